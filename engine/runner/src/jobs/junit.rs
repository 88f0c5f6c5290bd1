//! JUnit results: how many tests passed, failed and were skipped, and what the first failures say.
//!
//! Read by a pull parser in one pass. A document type declaration is refused, so there are no entities but the five
//! of XML itself; depth, size and the number of failures that are told are bounded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sluice_core::release::jobs::Tests;
use thiserror::Error;

/// Why results can not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JunitError {
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it is no XML: {0}")]
    Xml(String),
    #[error("it declares a document type, which is not read")]
    DocumentType,
    #[error("it is deeper than {MAX_DEPTH} elements")]
    TooDeep,
    #[error("it is not closed")]
    CutShort,
    #[error("it has no `testsuite`")]
    NoResults,
}

/// The most bytes of one file.
pub const MAX_BYTES: usize = 16 << 20;
const MAX_DEPTH: usize = 64;
/// Failures that are told by name.
const MAX_TOLD: usize = 10;
const MAX_TEXT: usize = 200;

/// A `testcase` that is open.
#[derive(Debug, Default)]
struct Case {
    name: String,
    failure: Option<String>,
    skipped: bool,
}

/// Reads one file.
pub fn read(bytes: &[u8]) -> Result<Tests, JunitError> {
    if bytes.len() > MAX_BYTES {
        return Err(JunitError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JunitError::NotUtf8)?;
    let mut reader = Reader::from_str(text);
    let (mut tests, mut case, mut depth, mut suites) = (Tests::default(), None, 0_usize, 0_usize);
    let mut said = 0;
    loop {
        match reader.read_event().map_err(|error| JunitError::Xml(shown(&error.to_string())))? {
            Event::Start(element) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JunitError::TooDeep);
                }
                suites += usize::from(element.name().as_ref() == b"testsuite");
                said = said.max(said_to_fail(&element));
                opened(&element, &mut case, &mut tests);
            }
            Event::Empty(element) => {
                suites += usize::from(element.name().as_ref() == b"testsuite");
                said = said.max(said_to_fail(&element));
                opened(&element, &mut case, &mut tests);
                closed(element.name().as_ref(), &mut case, &mut tests);
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                closed(element.name().as_ref(), &mut case, &mut tests);
            }
            Event::DocType(_) => return Err(JunitError::DocumentType),
            Event::Eof if depth > 0 => return Err(JunitError::CutShort),
            Event::Eof if suites == 0 => return Err(JunitError::NoResults),
            Event::Eof => return Ok(with_what_is_said(tests, said)),
            _ => {}
        }
    }
}

/// Adds the results of another file.
pub fn add(all: &mut Tests, more: Tests) {
    all.passed = all.passed.saturating_add(more.passed);
    all.failed = all.failed.saturating_add(more.failed);
    all.skipped = all.skipped.saturating_add(more.skipped);
    all.failures.extend(more.failures);
    all.failures.truncate(MAX_TOLD);
}

/// How many tests a suite says have failed.
fn said_to_fail(element: &BytesStart<'_>) -> u64 {
    if !matches!(element.name().as_ref(), b"testsuite" | b"testsuites") {
        return 0;
    }
    let count = |name| attribute(element, name).and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    count("failures").saturating_add(count("errors"))
}

/// A suite that says more has failed than it tells of has failed all the same.
fn with_what_is_said(mut tests: Tests, said: u64) -> Tests {
    if said > tests.failed {
        let more = said - tests.failed;
        failed(&mut tests, format!("{more} more, of which nothing is told"));
        tests.failed = said;
    }
    tests
}

fn failed(tests: &mut Tests, told: String) {
    tests.failed = tests.failed.saturating_add(1);
    if tests.failures.len() < MAX_TOLD {
        tests.failures.push(told);
    }
}

fn opened(element: &BytesStart<'_>, case: &mut Option<Case>, tests: &mut Tests) {
    match (element.name().as_ref(), case) {
        (b"testcase", case @ None) => {
            let class = attribute(element, "classname").filter(|class| !class.is_empty());
            let name = attribute(element, "name").unwrap_or_default();
            let name = class.map_or_else(|| name.clone(), |class| format!("{class} {name}"));
            *case = Some(Case { name, ..Case::default() });
        }
        (b"failure" | b"error", Some(case)) if case.failure.is_none() => {
            case.failure = Some(attribute(element, "message").unwrap_or_default());
        }
        // Beside the tests: what could not even be begun.
        (b"failure" | b"error", None) => {
            let message = attribute(element, "message").unwrap_or_default();
            failed(tests, format!("beside the tests: {message}"));
        }
        (b"skipped", Some(case)) => case.skipped = true,
        _ => {}
    }
}

fn closed(name: &[u8], case: &mut Option<Case>, tests: &mut Tests) {
    if name != b"testcase" {
        return;
    }
    let Some(case) = case.take() else { return };
    match (case.failure, case.skipped) {
        (Some(message), _) => {
            let colon = if message.is_empty() { "" } else { ": " };
            failed(tests, format!("{}{colon}{message}", case.name));
        }
        (None, true) => tests.skipped += 1,
        (None, false) => tests.passed += 1,
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = element.try_get_attribute(name).ok()??;
    let text = value
        .unescape_value()
        .map_or_else(|_| String::from_utf8_lossy(&value.value).into_owned(), Into::into);
    Some(shown(&text))
}

/// Somebody else's words, in one line and bounded.
fn shown(text: &str) -> String {
    let clean = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MAX_TEXT).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RESULTS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5"><testsuite name="shop" tests="5">
  <testcase classname="cart" name="adds"/>
  <testcase classname="cart" name="removes"><system-out><![CDATA[<failure/>]]></system-out></testcase>
  <testcase classname="cart" name="pays"><failure message="3 &lt; 4&#10;left">at cart.rs:7</failure></testcase>
  <testcase name="breaks"><error>boom</error></testcase>
  <testcase name="later"><skipped/></testcase>
</testsuite></testsuites>"#;

    #[test]
    fn results_are_added_up() {
        let tests = read(RESULTS.as_bytes()).unwrap();
        assert_eq!((tests.passed, tests.failed, tests.skipped), (2, 2, 1));
        assert_eq!(tests.failures, ["cart pays: 3 < 4 left", "breaks"]);
        let mut all = tests.clone();
        add(&mut all, tests);
        assert_eq!((all.passed, all.failed, all.failures.len()), (4, 4, 4));
    }

    #[test]
    fn an_error_beside_the_tests_fails_and_so_does_one_that_is_only_counted() {
        let collecting =
            r#"<testsuite tests="0" errors="1"><error message="collection failed"/></testsuite>"#;
        let tests = read(collecting.as_bytes()).unwrap();
        assert_eq!((tests.passed, tests.failed), (0, 1));
        assert_eq!(tests.failures, ["beside the tests: collection failed"]);
        let counted = r#"<testsuites failures="2"><testsuite failures="2"><testcase name="a"/></testsuite></testsuites>"#;
        let tests = read(counted.as_bytes()).unwrap();
        assert_eq!((tests.passed, tests.failed), (1, 2));
        assert_eq!(tests.failures, ["2 more, of which nothing is told"]);
    }

    #[test]
    fn what_is_no_results_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite>&b;</testsuite>"#;
        let cases = [
            ("", JunitError::NoResults),
            ("<html></html>", JunitError::NoResults),
            ("<testsuite><testcase name='a'>", JunitError::CutShort),
            (bomb, JunitError::DocumentType),
            (deep.as_str(), JunitError::TooDeep),
        ];
        for (text, error) in cases {
            assert_eq!(read(text.as_bytes()), Err(error), "{text}");
        }
        assert_eq!(read(&[0xff, 0xfe]), Err(JunitError::NotUtf8));
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Err(JunitError::TooLarge));
        assert!(matches!(read(b"<testsuite></other>"), Err(JunitError::Xml(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_mix_of_pieces_makes_it_panic(pieces in prop::collection::vec(0usize..9, 0..30)) {
            const PIECES: [&str; 9] = ["<testsuite>", "</testsuite>", "<testcase name=\"a\">", "</testcase>", "<failure/>",
                "<skipped/>", "<testcase name='b' classname='&amp;&#0;'/>", "&x;", "<![CDATA[ ]]>"];
            let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
            if let Ok(tests) = read(text.as_bytes()) {
                prop_assert!(tests.failures.len() <= MAX_TOLD);
            }
        }
    }
}
