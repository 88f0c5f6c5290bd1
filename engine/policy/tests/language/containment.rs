//! No expression is more than its limits. What it takes is counted, and the counts are what is tested: how long
//! a count lasts is the machine's.

use std::collections::BTreeMap;

use sluice_policy::cel::{Evaluation, Limits, Names, Value, evaluate, parse};

struct Lists(BTreeMap<&'static str, Value>);

impl Names for Lists {
    fn find(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

fn names() -> Lists {
    Lists(BTreeMap::from([
        ("numbers", Value::list((0..10_000).map(Value::Int))),
        ("text", Value::text("a".repeat(1000))),
    ]))
}

fn names_of_none() -> Lists {
    Lists(BTreeMap::new())
}

fn evaluated(source: &str) -> Evaluation {
    let parsed = parse(source, &Limits::default()).unwrap_or_else(|flaws| panic!("{flaws:?}"));
    evaluate(&parsed.root, &names(), &Limits::default(), None)
}

/// The error that an expression ends in, after no more than it may take.
fn stopped(source: &str) -> String {
    let evaluation = evaluated(source);
    let limits = Limits::default();
    // A step that breaks the limit is the last, and is not taken.
    assert!(evaluation.steps <= limits.steps * 2, "{} steps", evaluation.steps);
    assert!(evaluation.made <= limits.made + limits.text as u64, "{} bytes", evaluation.made);
    evaluation.value.expect_err("it is stopped").to_string()
}

const STEPS: &str = "the expression takes more than 400000 steps";

#[test]
fn a_loop_of_ten_thousand_in_one_of_ten_thousand() {
    assert_eq!(stopped("numbers.all(a, numbers.all(b, a + b >= 0))"), STEPS);
    assert_eq!(stopped("numbers.map(a, numbers.map(b, a * b))"), STEPS);
    assert_eq!(stopped("numbers.exists(a, !(a in numbers))"), STEPS);
    assert_eq!(stopped("sets.intersects(numbers.map(a, -1 - a), numbers)"), STEPS);
    assert_eq!(stopped("numbers.distinct()"), STEPS);
}

#[test]
fn patterns_that_can_not_be_compiled_are_counted_like_those_that_can() {
    // Too large, each another one; what they say to it hides nothing.
    let large = r"numbers.all(i, 'x'.matches('\\pL{' + string(900 + i) + '}') || true)";
    let good = "numbers.all(i, 'x'.matches('x' + string(i)) || true)";
    assert_eq!(stopped(large), stopped(good));
    assert!(stopped(good).contains("patterns"), "{}", stopped(good));
    // The same one is compiled once.
    let evaluation = evaluated(r"numbers.all(i, 'x'.matches('\\pL{' + string(1000) + '}') || true)");
    assert_eq!(evaluation.value.unwrap(), Value::Bool(true));
}

#[test]
fn replacements_that_would_make_a_gigabyte() {
    let source = format!("text{}.size() > 0", ".replace('a', 'aaaaaaaaaa')".repeat(6));
    assert_eq!(stopped(&source), "a text would be longer than 65536 bytes");
    let source = "numbers.map(a, text.replace('a', 'aaaaaaaaaa')).size() > 0";
    assert_eq!(stopped(source), "the expression makes more than 8388608 bytes of values");
    assert_eq!(
        stopped("lists.range(1000000).size() > 0"),
        "a list or map would have more than 10000 entries"
    );
    assert_eq!(
        stopped("text.split('').map(a, text).join().size() > 0"),
        "a text would be longer than 65536 bytes"
    );
    assert_eq!(
        stopped("'%.100f'.format([1.0]).replace('0', text) == ''"),
        "a text would be longer than 65536 bytes"
    );
}

#[test]
fn a_list_that_holds_the_same_lists_many_times_is_counted_and_not_written_out() {
    let doubled = |last: &str| {
        let bind = |body: String, at: usize| format!("cel.bind(v{at}, [v{0}, v{0}], {body})", at - 1);
        let inner = (1..30).rev().fold(last.replace("LAST", "v29"), bind);
        format!("cel.bind(v0, [1, 1], {inner})")
    };
    for last in
        ["LAST == LAST", "LAST in [LAST]", "'%s'.format([LAST]) == ''", "[LAST, LAST].distinct() == []"]
    {
        assert_eq!(stopped(&doubled(last)), STEPS, "{last}");
    }
    let shown = evaluated(&doubled("LAST")).value.unwrap().to_string();
    assert!(shown.len() < 1000, "{} bytes", shown.len());
}

#[test]
fn lists_in_lists_are_compared_and_dropped_on_a_small_stack() {
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(50), "]".repeat(50));
    let names: Vec<String> = (0..9).map(|at| format!("v{at}")).collect();
    // Each is made before the next one is looked at, so that none is made deep down.
    let mut source = String::from("v8 == v8");
    for at in (1..9).rev() {
        source = format!("cel.bind({}, {}, {0}.size() == 1 && {source})", names[at], nested(&names[at - 1]));
    }
    let source = format!("cel.bind(v0, 1, {source})");
    let parsed = parse(&source, &Limits::default()).unwrap_or_else(|flaws| panic!("{flaws:?}"));
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let run = move || evaluate(&parsed.root, &names_of_none(), &Limits::default(), None).value;
    assert_eq!(thread.spawn(run).unwrap().join().unwrap(), Ok(Value::Bool(true)));
}

#[test]
fn a_breach_is_absorbed_by_nothing() {
    let loops = "numbers.all(a, numbers.all(b, true))";
    for source in [
        format!("{loops} || true"),
        format!("true && ({loops} || true)"),
        format!("[1, 2].exists(a, {loops} || a == 1)"),
        format!("optional.none().or(optional.of({loops})).hasValue() || true"),
        format!("cel.bind(a, {loops}, a || true)"),
    ] {
        assert_eq!(stopped(&source), STEPS, "{source}");
    }
}

#[test]
fn a_hundred_thousand_literals_are_not_even_read() {
    let source = format!("[{}].size() > 0", vec!["1"; 100_000].join(","));
    let flaws = parse(&source, &Limits::default()).unwrap_err();
    assert_eq!(flaws[0].message, "the expression has 200012 bytes, more than the limit of 8192");
}

#[test]
fn patterns_are_bounded_in_size_and_number() {
    let error = |source: &str| evaluated(source).value.unwrap_err().to_string();
    assert!(error("text.matches('(((a{99}){99}){99}){99}')").contains("exceeds size limit"));
    assert!(error("text.matches(text)").contains("longer than 512 bytes"));
    let many = "numbers.exists(a, text.matches('^b' + string(a)))";
    assert_eq!(error(many), "the expression uses more than 32 different patterns");
    // One that is used again is compiled once.
    assert_eq!(
        evaluated("lists.range(100).exists(a, text.matches('^' + 'b'))").value,
        Ok(Value::Bool(false))
    );
}

#[test]
fn lazy_values_do_not_go_deeper_than_the_stack() {
    let values: Vec<String> = (1..100).map(|at| format!("cel.index({}) + 1", at - 1)).collect();
    let source = format!("cel.block([0, {}], cel.index(99))", values.join(", "));
    let parsed = parse(&source, &Limits::default()).unwrap();
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let run = move || evaluate(&parsed.root, &names(), &Limits::default(), None).value;
    assert_eq!(thread.spawn(run).unwrap().join().unwrap(), Ok(Value::Int(99)));
}

struct Clock(std::cell::Cell<u32>);

impl Names for Clock {
    fn find(&self, _: &str) -> Option<Value> {
        Some(Value::list((0..1000).map(Value::Int)))
    }

    fn is_over(&self) -> bool {
        self.0.set(self.0.get() + 1);
        self.0.get() > 3
    }
}

#[test]
fn whoever_has_a_clock_can_stop_it() {
    let parsed = parse("numbers.all(a, numbers.all(b, true)) || true", &Limits::default()).unwrap();
    let evaluation = evaluate(&parsed.root, &Clock(Default::default()), &Limits::default(), None);
    let error = evaluation.value.unwrap_err().to_string();
    assert_eq!(error, "the machine is overloaded: the evaluation was stopped, as the time for it was over");
    assert!(evaluation.steps < 10_000, "{}", evaluation.steps);
}
