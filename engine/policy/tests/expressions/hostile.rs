//! Hostile expressions: each ends with an error, and none takes the process with it.

use sluice_policy::expression::{Fault, Value, Variables};

use super::{condition, record, said};

const MAX_BYTES: usize = 8192;

fn refused(source: &str) -> Fault {
    condition(source).expect_err("it is refused").remove(0)
}

#[test]
fn ten_thousand_of_anything_are_refused() {
    let long = [
        format!("{}yes{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("count{} > 0", " + 1".repeat(10_000)),
        format!("{}yes", "!".repeat(10_000)),
        format!("yes{}", " && yes".repeat(10_000)),
        format!("word == '{}'", "a".repeat(10_000)),
    ];
    for source in long {
        assert!(refused(&source).message.ends_with("more than the limit of 8192"), "{}", &source[..40]);
    }
}

#[test]
fn what_is_within_the_limit_on_bytes_is_refused_by_its_depth() {
    let deep = [
        format!("{}yes{}", "(".repeat(2_000), ")".repeat(2_000)),
        "(".repeat(MAX_BYTES),
        "[".repeat(MAX_BYTES),
        "{".repeat(MAX_BYTES),
        "f(".repeat(MAX_BYTES / 2),
        format!("{}yes", "words.all(a, ".repeat(200)),
    ];
    for source in deep {
        let message = refused(&source).message;
        assert_eq!(message, "brackets stand more than 64 deep inside one another");
    }
}

#[test]
fn what_is_within_the_limit_on_bytes_is_refused_by_its_operators() {
    let long = [
        format!("1{}", "+1".repeat(2_000)),
        format!("{}yes", "!".repeat(4_000)),
        format!("{}count", "-".repeat(4_000)),
        format!("yes{}", "||yes".repeat(800)),
        format!("release{}", ".a".repeat(2_000)),
        format!("words{}", "[0]".repeat(1_000)),
        format!("{}yes", "yes?yes:".repeat(500)),
        format!("word{}", " in words".repeat(600)),
        // Behind what looks like a text and is none.
        format!("r'\\'{}", "+1".repeat(2_000)),
        format!("'''a'''{}", "+1".repeat(2_000)),
    ];
    for source in long {
        let message = refused(&source).message;
        assert_eq!(message, "the expression has more than 512 operators", "{source}");
    }
}

#[test]
fn the_largest_that_is_allowed_is_evaluated_on_a_small_stack() {
    let sources = [
        format!("count{} == 161", " + 1".repeat(158)),
        format!("{}yes", "!".repeat(512)),
        format!("yes{}", " && yes".repeat(512)),
        format!("{}yes{}", "(".repeat(64), ")".repeat(64)),
        format!("{}yes", "yes ? yes : ".repeat(159)),
        format!("{}yes{}", "[yes].all(a, ".repeat(4), ")".repeat(4)),
        format!("{}yes{}", "cel.bind(a, yes, a ? ".repeat(60), " : false)".repeat(60)),
    ];
    for source in sources {
        let short = source[..24].to_owned();
        let expression = condition(&source).unwrap_or_else(|faults| panic!("{short}: {faults:?}"));
        let thread = std::thread::Builder::new().stack_size(1024 * 1024);
        let evaluated =
            thread.spawn(move || expression.evaluate(&super::variables())).unwrap().join().unwrap();
        assert_eq!(evaluated.value.unwrap().to_string(), "true", "{short}");
    }
}

#[test]
fn more_levels_than_the_evaluator_goes_are_refused() {
    for source in [format!("count{} == 4", " + 1".repeat(300)), format!("{}yes", "yes ? yes : ".repeat(200))]
    {
        assert_eq!(refused(&source).message, "the expression is nested more than 160 levels deep");
    }
}

#[test]
fn values_can_not_be_made_to_grow() {
    // Each loop would multiply what the one before it made.
    let grown = "[word].map(a, a + a + a + a)";
    let bomb = (0..20).fold(grown.to_owned(), |bomb, _| format!("{bomb}.map(a, a + a + a + a)"));
    assert_eq!(said(&format!("size({bomb}) > 0")), "error: a text would be longer than 65536 bytes");
}

#[test]
fn loops_over_what_is_written_out_are_bounded_too() {
    let list = format!("[{}]", vec!["1"; 900].join(","));
    let nested = format!("{list}.all(a, {list}.all(b, a == b && b == a))");
    let message = refused(&nested).message;
    assert_eq!(message, "this always fails: the expression takes more than 400000 steps");
    let of_fact = format!("{list}.all(a, {list}.all(b, a == b && b == a && count == 3))");
    assert_eq!(said(&of_fact), "error: the expression takes more than 400000 steps");
    assert_eq!(said(&format!("{list}.all(a, a == 1)")), "true");
}

#[test]
fn an_exploding_pattern_is_refused() {
    let message = refused("word.matches('((((x{99}){99}){99}){99})')").message;
    assert!(
        message.starts_with("the pattern can not be used: Compiled regex exceeds size limit"),
        "{message}"
    );
}

#[test]
fn too_much_context_is_an_error_and_not_a_slow_answer() {
    let long = Value::list(vec![Value::text(""); 1025]);
    let error = Variables::new([("words", long)]).unwrap_err().to_string();
    assert_eq!(error, "`words` has 1025 entries, more than the limit of 1024");
    let long = record([("comment", Value::text("x".repeat(5000)))]);
    let error = Variables::new([("release", long)]).unwrap_err().to_string();
    assert_eq!(error, "`release.comment` has 5000 bytes, more than the limit of 4096");
}

#[test]
fn what_is_checked_is_looked_at_once_at_every_level() {
    let depth = 30;
    let format = format!("{}word{} == word", "'%s'.format([".repeat(depth), "])".repeat(depth));
    let chosen = format!("{}'a'{} == 'b'", "(yes ? 'a' : ".repeat(60), ")".repeat(60));
    let compared = format!("{}yes{}", "(1 < size(words) == ".repeat(60), ")".repeat(60));
    for source in [format, chosen, compared] {
        assert!(condition(&source).is_ok(), "{source}");
    }
}
