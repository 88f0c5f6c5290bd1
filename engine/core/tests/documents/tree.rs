//! The tree: places are right, and nothing that is read does harm.

use proptest::prelude::*;
use sluice_core::document::problem::quoted;
use sluice_core::document::source::Source;
use sluice_core::document::tree::{Limits, Node, Value, parse};

use super::{read, rendered};

/// Each scalar with the text at its place.
fn places(source: &Source, node: &Node, found: &mut Vec<String>) {
    match &node.value {
        Value::List(list) => list.iter().for_each(|item| places(source, item, found)),
        Value::Map(map) => map.iter().for_each(|entry| {
            found.push(format!("{}: {}", entry.key, source.slice(entry.key_span)));
            places(source, &entry.value, found);
        }),
        value => found.push(format!("{value:?} = {}", source.slice(node.span))),
    }
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::List(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Map(map) => 1 + map.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn places_are_right_beyond_ascii() {
    let text = "# über 🙂\n'schlüssel 🙂': grün # 🙂\nliste: [ä, \"ö\\n🙂\", {ü: 1}]\nleer:\nblock: |\n  é\n  à\nende: 0x1f\n";
    let source = Source::new("test", text);
    let mut found = Vec::new();
    places(&source, &parse(&source, Limits::default()).unwrap(), &mut found);
    insta::assert_snapshot!(found.join("\n"), @r#"
    schlüssel 🙂: 'schlüssel 🙂'
    Text("grün") = grün
    liste: liste
    Text("ä") = ä
    Text("ö\n🙂") = "ö\n🙂"
    ü: ü
    Int(1) = 1
    leer: leer
    Null = leer
    block: block
    Text("é\nà\n") = é
      à
    ende: ende
    Int(31) = 0x1f
    "#);
}

#[test]
fn collections_end_where_their_last_value_ends() {
    let source = Source::new(
        "test",
        "a:\n  b:\n    - 1\n    -\n    # comment - with a dash\n    - \n\n\nc: [ 1 ]\nd: {e: 1,\n  f: 2 }\n",
    );
    let root = parse(&source, Limits::default()).unwrap();
    let map = root.as_map().unwrap();
    let slices: Vec<&str> = map.iter().map(|entry| source.slice(entry.value.span)).collect();
    assert_eq!(slices[1..], ["[ 1 ]", "{e: 1,\n  f: 2 }"]);
    assert_eq!(slices[0], "b:\n    - 1\n    -\n    # comment - with a dash\n    -");
}

#[test]
fn scalars_follow_the_core_schema() {
    let text = "[~, null, yes, on, True, 0o17, 0x1F, 012, +5, -0, 1., .5, 1e3, 1_000, 0b1, 1.2.3, '1', - , .e1, 1:30]";
    let source = Source::new("test", &text.replace("- ,", ""));
    let root = parse(&source, Limits::default()).unwrap();
    let values: Vec<String> =
        root.as_list().unwrap().iter().map(|node| format!("{:?}", node.value)).collect();
    insta::assert_snapshot!(values.join(" "), @r#"Null Null Text("yes") Text("on") Bool(true) Int(15) Int(31) Int(12) Int(5) Int(0) Float(1.0) Float(0.5) Float(1000.0) Text("1_000") Text("0b1") Text("1.2.3") Text("1") Text(".e1") Text("1:30")"#);
}

#[test]
fn nothing_that_a_terminal_would_obey_is_quoted() {
    assert_eq!(quoted("a\u{1b}[2Jb\u{202e}c\n"), r"`a\u{1b}[2Jb\u{202e}c\n`");
    assert_eq!(quoted(&"x".repeat(100)).chars().count(), 83);
}

#[test]
fn deep_documents_end_soon_in_every_form() {
    for text in ["[".repeat(500_000), "{a: ".repeat(200_000), "- ".repeat(500_000), "? ".repeat(500_000)] {
        let told = rendered(&read("deep.yaml", text.as_bytes(), &[]).unwrap_err());
        assert!(told.contains("too-deep"), "{}", &told[..told.len().min(400)]);
    }
}

#[test]
fn a_position_counts_characters() {
    let source = Source::new("test", "ä: 1\nüü: 2\n");
    assert_eq!(source.position(source.text.find('2').unwrap()), (2, 5));
    assert_eq!(source.position(1), (1, 1));
    assert_eq!(source.position(9_999), (3, 1));
}

/// Pieces that documents are made of, so that more than noise is tried.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "ä",
        "🙂",
        ": ",
        "- ",
        "\n",
        "  ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "'",
        "\"",
        "#",
        "&a ",
        "*a",
        "!t ",
        "| ",
        "> ",
        "? ",
        "---\n",
        "...\n",
        "%TAG ! x\n",
        "\\",
        "1",
        "~",
        "\r\n",
        "\u{feff}",
        "\u{85}",
        "\u{0}",
        "<<: ",
        "apiVersion: sluice/v1\n",
        "kind: Workflow\n",
        "candidate:\n",
        "  port: 1\n",
        "checks:\n",
        "labels: ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        check(text.as_bytes())?;
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
    }

    #[test]
    fn no_mix_of_pieces_makes_the_reader_panic(text in pieces()) {
        check(text.as_bytes())?;
    }

    #[test]
    fn no_override_makes_the_reader_panic(argument in "\\PC*", path in "[a-z0-9.]{0,20}", value in pieces()) {
        let set = format!("{path}={value}");
        if let Err(problems) = read("good.yaml", include_bytes!("good.yaml"), &[&argument, &set]) {
            prop_assert!(!problems.is_empty());
            rendered(&problems);
        }
    }
}

/// Every span is a place in the text, and what was read is no deeper than allowed.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Err(problems) = read("any.yaml", bytes, &[]) {
        prop_assert!(!problems.is_empty());
        rendered(&problems);
    }
    let Ok(source) = Source::read("any.yaml", bytes, Limits::default()) else { return Ok(()) };
    match parse(&source, Limits::default()) {
        Ok(root) => prop_assert!(depth(&root) <= 64),
        Err(problems) => prop_assert!(!problems.is_empty()),
    }
    Ok(())
}
