//! The grammar of Prometheus text 0.0.4, with the quoted names of 1.0.0.
//!
//! Blanks (spaces and tabs) may stand between any two tokens, and commas between labels may be left
//! out, as in Prometheus.

use std::borrow::Cow;

use memchr::memchr;

use super::builder::{Builder, Metadata};
use super::cursor::{Cursor, Quoting, unescaped};
use super::error::{Fault, shown};
use super::number;
use super::page::MetricType;

const NAME: Quoting = Quoting { newlines: true, nuls: false, what: "name" };
const VALUE: Quoting = Quoting { newlines: true, nuls: true, what: "label value" };

pub fn page<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    loop {
        let start = cursor.at();
        cursor.skip_blanks();
        builder.begins(cursor.at());
        match cursor.peek() {
            None => return Ok(()),
            Some(b'\n') => {}
            Some(b'#') => comment(cursor, builder)?,
            Some(0) => return Err(Fault::Nul),
            Some(_) => sample(cursor, builder)?,
        }
        builder.check_line(cursor.at() - start)?;
        match cursor.peek() {
            None => return Ok(()),
            Some(b'\n') => cursor.advance(),
            Some(_) => return Err(cursor.expected("the end of the line")),
        }
    }
}

fn comment<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    cursor.advance();
    let bare = !matches!(cursor.peek(), Some(b' ' | b'\t'));
    cursor.skip_blanks();
    if !bare && keyword(cursor, b"HELP") {
        let name = metadata_name(cursor)?;
        let at = cursor.at();
        let text = std::str::from_utf8(metadata_text(cursor));
        let text = text.map_err(|_| cursor.blame(at, Fault::NotUtf8("help text")))?;
        return builder.metadata(name, Metadata::Help(unescaped(text)));
    }
    if !bare && keyword(cursor, b"TYPE") {
        let name = metadata_name(cursor)?;
        let at = cursor.at();
        let kind = metric_type(metadata_text(cursor)).map_err(|fault| cursor.blame(at, fault))?;
        return builder.metadata(name, Metadata::Type(kind));
    }
    let at = cursor.at();
    let text = cursor.rest_of_line();
    if text.first() == Some(&0) || (bare && memchr(0, text).is_some()) {
        return Err(cursor.blame(at, Fault::Nul));
    }
    Ok(())
}

/// Takes the word and the blanks after it; without blanks it is the start of a comment.
fn keyword(cursor: &mut Cursor<'_>, word: &[u8]) -> bool {
    let mut ahead = Cursor::clone(cursor);
    let taken = ahead.take(word) && matches!(ahead.peek(), Some(b' ' | b'\t'));
    if taken {
        ahead.skip_blanks();
        *cursor = ahead;
    }
    taken
}

fn metadata_name<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Fault> {
    if cursor.peek() == Some(b'"') {
        return cursor.quoted(NAME);
    }
    cursor.metric_name().map(Cow::Borrowed).ok_or_else(|| cursor.expected("a metric name"))
}

/// All after the one byte that parts it from the name.
fn metadata_text<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let line = cursor.rest_of_line();
    if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) { &[] } else { line.get(1..).unwrap_or_default() }
}

fn metric_type(text: &[u8]) -> Result<MetricType, Fault> {
    Ok(match text {
        b"counter" => MetricType::Counter,
        b"gauge" => MetricType::Gauge,
        b"histogram" => MetricType::Histogram,
        b"summary" => MetricType::Summary,
        b"untyped" => MetricType::Unknown,
        _ => return Err(Fault::UnknownType(shown(text))),
    })
}

fn sample<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    builder.begin_labels();
    let mut name = cursor.metric_name().map(Cow::Borrowed);
    cursor.skip_blanks();
    if cursor.peek() == Some(b'{') {
        cursor.advance();
        labels(cursor, builder, &mut name)?;
        cursor.skip_blanks();
    } else if name.is_none() {
        return Err(cursor.expected("a metric name"));
    }
    let name = name.ok_or(Fault::NoMetricName)?;
    let start = cursor.at();
    builder.value_begins(start);
    let text = cursor.until(b" \t\n{");
    if text.is_empty() {
        return Err(cursor.expected("a value"));
    }
    let value = number::float(text);
    builder.sample(name, value.ok_or_else(|| cursor.blame(start, Fault::NotANumber(shown(text))))?)?;
    timestamp(cursor, builder)
}

fn timestamp<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    cursor.skip_blanks();
    let start = cursor.at();
    while cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        cursor.advance();
    }
    let digits = cursor.since(start);
    if digits.is_empty() {
        return match cursor.peek() {
            None | Some(b'\n') => Ok(()),
            Some(_) => Err(cursor.expected("a timestamp in milliseconds or the end of the line")),
        };
    }
    let millis = number::millis(digits);
    builder.timestamp(millis.ok_or_else(|| cursor.blame(start, Fault::NotATimestamp(shown(digits))))?);
    cursor.skip_blanks();
    Ok(())
}

fn labels<'a>(
    cursor: &mut Cursor<'a>,
    builder: &mut Builder<'a, '_>,
    metric: &mut Option<Cow<'a, str>>,
) -> Result<(), Fault> {
    loop {
        cursor.skip_blanks();
        let quoted = cursor.peek() == Some(b'"');
        let name = match cursor.peek() {
            Some(b'}') => {
                cursor.advance();
                return Ok(());
            }
            Some(b'"') => cursor.quoted(NAME)?,
            _ => Cow::Borrowed(cursor.label_name().ok_or_else(|| cursor.expected("a label name or `}`"))?),
        };
        cursor.skip_blanks();
        if quoted && matches!(cursor.peek(), Some(b',' | b'}')) {
            if metric.replace(name).is_some() {
                return Err(Fault::TwoMetricNames);
            }
        } else {
            let value = label_value(cursor)?;
            builder.label(name, value)?;
            cursor.skip_blanks();
        }
        if cursor.peek() == Some(b',') {
            cursor.advance();
        }
    }
}

fn label_value<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Fault> {
    if cursor.peek() != Some(b'=') {
        return Err(cursor.expected("`=` after the label name"));
    }
    cursor.advance();
    cursor.skip_blanks();
    if cursor.peek() != Some(b'"') {
        return Err(cursor.expected("a quoted label value"));
    }
    cursor.quoted(VALUE)
}
