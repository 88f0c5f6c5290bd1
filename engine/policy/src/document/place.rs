//! Places inside an expression as places in the document that it stands in.

use sluice_core::document::problem::Problem;
use sluice_core::document::reader::Field;
use sluice_core::document::source::Span;

use crate::expression::Fault;

/// What is wrong with an expression, at its place in the document.
pub(super) fn problem(field: &Field<'_>, text: &str, fault: &Fault, kind: &str) -> Problem {
    let whole = field.node().span;
    let written = field.reading().source(whole).slice(whole);
    let span = match (offset(written, text, fault.start), offset(written, text, fault.end)) {
        (Some(start), Some(end)) => Span { start: whole.start + start, end: whole.start + end, ..whole },
        _ => whole,
    };
    let label = format!("in `{}`", field.path());
    let problem = field.reading().problem(kind, span, fault.message.as_str(), label);
    match &fault.help {
        Some(help) => problem.with_help(help.as_str()),
        None => problem,
    }
}

/// Where in a scalar as written a byte of its text stands.
///
/// YAML folds, indents and escapes; whatever the style, what is not white space stands there in order. So the
/// two texts are walked together over that alone, and a scalar that does not follow has no known places.
fn offset(written: &str, text: &str, target: usize) -> Option<usize> {
    let (mut rest, style) = open(written);
    for character in text.get(..target)?.chars().filter(|one| !one.is_whitespace()) {
        rest = rest.trim_start();
        rest = skip(rest, character, style)?;
    }
    let ends_here = text[target..].chars().next().is_none_or(char::is_whitespace);
    let rest = if ends_here { rest } else { rest.trim_start() };
    Some(written.len() - rest.len())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Verbatim,
    SingleQuoted,
    DoubleQuoted,
}

fn open(written: &str) -> (&str, Style) {
    match written.chars().next() {
        Some('\'') => (&written[1..], Style::SingleQuoted),
        Some('"') => (&written[1..], Style::DoubleQuoted),
        Some('|' | '>') => (written.split_once('\n').map_or("", |(_, body)| body), Style::Verbatim),
        _ => (written, Style::Verbatim),
    }
}

/// Goes past one character of the text.
fn skip(rest: &str, character: char, style: Style) -> Option<&str> {
    match style {
        Style::SingleQuoted if character == '\'' => rest.strip_prefix("''"),
        Style::DoubleQuoted if rest.starts_with('\\') => {
            let length = match rest.as_bytes().get(1)? {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            };
            rest.get(length..)
        }
        _ => rest.strip_prefix(character),
    }
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn every_style_of_scalar_keeps_its_places() {
        let cases = [
            ("a < b", "a < b", 4, "b"),
            ("'a == ''x'' && b'", "a == 'x' && b", 12, "b"),
            (r#""a == \"x\" && b""#, r#"a == "x" && b"#, 12, "b"),
            ("|\n  a &&\n  b\n", "a &&\nb\n", 5, "b"),
            (">-\n  a &&\n  bc\n", "a && bc", 5, "bc"),
            ("a &&\n    b", "a && b", 5, "b"),
        ];
        for (written, text, at, found) in cases {
            let offset = offset(written, text, at);
            assert_eq!(offset.map(|offset| &written[offset..offset + found.len()]), Some(found), "{written}");
        }
    }

    #[test]
    fn a_scalar_that_does_not_follow_has_no_places() {
        assert_eq!(offset("abc", "xyz", 2), None);
        assert_eq!(offset("abc", "abc", 9), None);
    }
}
