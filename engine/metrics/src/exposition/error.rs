//! Why a page was refused, and where.

use memchr::{memchr_iter, memrchr};
use thiserror::Error;

/// How much of a page's own text is repeated in a message.
const SHOWN: usize = 40;

/// The first fault of a page. Lines and columns (in bytes) count from one. A page in protocol buffers has no
/// lines: there the line is zero, and the column is the byte at which the metric family begins.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{column}: {fault}", place(*.line))]
pub struct DecodeError {
    pub line: usize,
    pub column: usize,
    pub fault: Fault,
}

impl DecodeError {
    pub(super) fn new(bytes: &[u8], at: usize, fault: Fault) -> Self {
        let before = bytes.get(..at).unwrap_or(bytes);
        let line_start = memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        Self { line: memchr_iter(b'\n', before).count() + 1, column: before.len() - line_start + 1, fault }
    }
}

fn place(line: usize) -> String {
    if line == 0 { "metric family at byte ".to_owned() } else { format!("line {line}, column ") }
}

/// What is wrong with a page.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    #[error("the quoted string does not end")]
    UnterminatedString,
    #[error("a {0} byte does not belong in this string")]
    ForbiddenByte(&'static str),
    #[error("the {0} is not valid UTF-8")]
    NotUtf8(&'static str),
    #[error("the {0} is empty")]
    EmptyName(&'static str),
    #[error("the sample has no metric name")]
    NoMetricName,
    #[error("the sample has two metric names")]
    TwoMetricNames,
    #[error("`{0}` is not a number")]
    NotANumber(String),
    #[error("`{0}` is not a timestamp")]
    NotATimestamp(String),
    #[error("`{0}` is not a metric type of this format")]
    UnknownType(String),
    #[error("the unit `{unit}` is not the last word of the metric name `{name}`")]
    UnitNotSuffix { unit: String, name: String },
    #[error("the page does not end with `# EOF`, so it may have been cut short")]
    NoEof,
    #[error("there is text after `# EOF`")]
    TextAfterEof,
    #[error("a NUL byte does not belong here")]
    Nul,
    #[error("these are no protocol buffers of metrics: {0}")]
    NotProtobuf(String),
    #[error("the page was cut short")]
    CutShort,
    #[error("a native histogram {0}")]
    WrongHistogram(String),
    #[error("the page is longer than {limit} bytes")]
    PageTooLong { limit: usize },
    #[error("the line is longer than {limit} bytes")]
    LineTooLong { limit: usize },
    #[error("there are more than {limit} labels")]
    TooManyLabels { limit: usize },
    #[error("the name or label is longer than {limit} bytes")]
    LabelTooLong { limit: usize },
    #[error("a native histogram has more than {limit} buckets")]
    TooManyBuckets { limit: usize },
    #[error("there are more than {limit} samples")]
    TooManySamples { limit: usize },
}

/// The start of a piece of the page, safe to print.
pub(super) fn shown(bytes: &[u8]) -> String {
    let head = bytes.get(..SHOWN).unwrap_or(bytes);
    let mut text = String::new();
    for character in String::from_utf8_lossy(head).chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    if head.len() < bytes.len() {
        text.push('…');
    }
    text
}
