//! The grammar of OpenMetrics 1.0, as lax as Prometheus is with it: one space between tokens, no other
//! blanks, no comments, and `# EOF` at the end.

use std::borrow::Cow;

use super::builder::{Builder, Metadata};
use super::cursor::{Cursor, Quoting, unescaped};
use super::error::{Fault, shown};
use super::number;
use super::page::MetricType;

const NAME: Quoting = Quoting { newlines: true, nuls: false, what: "name" };
const VALUE: Quoting = Quoting { newlines: false, nuls: true, what: "label value" };
const EXEMPLAR: Quoting = Quoting { newlines: false, nuls: false, what: "exemplar label" };

pub fn page<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    loop {
        let start = cursor.at();
        builder.begins(start);
        match cursor.peek() {
            None => return Err(Fault::NoEof),
            Some(b'#') => {
                cursor.advance();
                if cursor.take(b" EOF") {
                    return end(cursor);
                }
                metadata(cursor, builder)?;
            }
            Some(_) => sample(cursor, builder)?,
        }
        builder.check_line(cursor.at() - start)?;
        match cursor.peek() {
            None => return Err(Fault::NoEof),
            Some(b'\n') => cursor.advance(),
            Some(_) => return Err(cursor.expected("the end of the line")),
        }
    }
}

fn end(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.take(b"\n");
    cursor.peek().map_or(Ok(()), |_| Err(Fault::TextAfterEof))
}

fn metadata<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    let keyword = [&b" HELP "[..], b" TYPE ", b" UNIT "].into_iter().find(|keyword| cursor.take(keyword));
    let keyword = keyword.ok_or_else(|| cursor.expected("` HELP `, ` TYPE `, ` UNIT ` or ` EOF`"))?;
    let name = if cursor.peek() == Some(b'"') {
        cursor.quoted(NAME)?
    } else {
        Cow::Borrowed(cursor.metric_name().ok_or_else(|| cursor.expected("a metric name"))?)
    };
    if cursor.peek() != Some(b' ') {
        return Err(cursor.expected("one space and a text"));
    }
    cursor.advance();
    let at = cursor.at();
    let text = cursor.rest_of_line();
    let what = match keyword {
        b" TYPE " => metric_type(text).map(Metadata::Type),
        b" UNIT " => unit(&name, text),
        _ => std::str::from_utf8(text)
            .map(|text| Metadata::Help(unescaped(text)))
            .map_err(|_| Fault::NotUtf8("help text")),
    };
    builder.metadata(name, what.map_err(|fault| cursor.blame(at, fault))?)
}

fn metric_type(text: &[u8]) -> Result<MetricType, Fault> {
    Ok(match text {
        b"counter" => MetricType::Counter,
        b"gauge" => MetricType::Gauge,
        b"histogram" => MetricType::Histogram,
        b"gaugehistogram" => MetricType::GaugeHistogram,
        b"summary" => MetricType::Summary,
        b"info" => MetricType::Info,
        b"stateset" => MetricType::StateSet,
        b"unknown" => MetricType::Unknown,
        _ => return Err(Fault::UnknownType(shown(text))),
    })
}

fn unit<'a>(name: &str, text: &'a [u8]) -> Result<Metadata<'a>, Fault> {
    let unit = std::str::from_utf8(text).map_err(|_| Fault::NotUtf8("unit"))?;
    let stem = name.strip_suffix(unit);
    if !unit.is_empty() && !stem.is_some_and(|stem| stem.ends_with('_')) {
        return Err(Fault::UnitNotSuffix { unit: shown(text), name: shown(name.as_bytes()) });
    }
    Ok(Metadata::Unit(Cow::Borrowed(unit)))
}

fn sample<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    builder.begin_labels();
    let mut name = cursor.metric_name().map(Cow::Borrowed);
    if cursor.take(b"{") {
        labels(cursor, builder, VALUE, Some(&mut name))?;
    } else if name.is_none() {
        return Err(cursor.expected("a metric name"));
    }
    let name = name.ok_or(Fault::NoMetricName)?;
    builder.value_begins(cursor.at() + 1);
    let value = value(cursor)?;
    builder.sample(name, value)?;
    if cursor.take(b" # {") {
        return exemplar(cursor, builder);
    }
    if let Some(millis) = timestamp(cursor)? {
        builder.timestamp(millis);
        if cursor.take(b" # {") {
            return exemplar(cursor, builder);
        }
    }
    Ok(())
}

fn exemplar<'a>(cursor: &mut Cursor<'a>, builder: &mut Builder<'a, '_>) -> Result<(), Fault> {
    builder.begin_exemplar();
    labels(cursor, builder, EXEMPLAR, None)?;
    let value = value(cursor)?;
    let millis = timestamp(cursor)?;
    builder.exemplar(value, millis);
    Ok(())
}

/// One space and a number.
fn value(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    if cursor.peek() != Some(b' ') {
        return Err(cursor.expected("one space and a value"));
    }
    cursor.advance();
    let start = cursor.at();
    let text = cursor.until(b" \n");
    if text.is_empty() {
        return Err(cursor.expected("a value"));
    }
    number::float(text).ok_or_else(|| cursor.blame(start, Fault::NotANumber(shown(text))))
}

/// One space and a time in seconds, if the line goes on.
fn timestamp(cursor: &mut Cursor<'_>) -> Result<Option<i64>, Fault> {
    if cursor.peek() != Some(b' ') {
        return Ok(None);
    }
    cursor.advance();
    let start = cursor.at();
    let text = cursor.until(b" \n");
    if text.is_empty() {
        return Err(cursor.expected("a timestamp in seconds"));
    }
    let millis = number::seconds(text);
    millis.map(Some).ok_or_else(|| cursor.blame(start, Fault::NotATimestamp(shown(text))))
}

/// The labels of a sample, or of an exemplar, which has no metric name to find among them.
fn labels<'a>(
    cursor: &mut Cursor<'a>,
    builder: &mut Builder<'a, '_>,
    value: Quoting,
    mut metric: Option<&mut Option<Cow<'a, str>>>,
) -> Result<(), Fault> {
    loop {
        let quoted = cursor.peek() == Some(b'"');
        let name = match cursor.peek() {
            Some(b'}') => {
                cursor.advance();
                return Ok(());
            }
            Some(b'"') => cursor.quoted(if metric.is_some() { NAME } else { EXEMPLAR })?,
            _ => Cow::Borrowed(cursor.label_name().ok_or_else(|| cursor.expected("a label name or `}`"))?),
        };
        match (&mut metric, cursor.peek()) {
            (Some(metric), Some(b',' | b'}')) if quoted => {
                if metric.replace(name).is_some() {
                    return Err(Fault::TwoMetricNames);
                }
            }
            _ => {
                let value = label_value(cursor, value)?;
                builder.label(name, value)?;
            }
        }
        if !cursor.take(b",") && cursor.peek() != Some(b'}') {
            return Err(cursor.expected("`,` or `}` after the label"));
        }
    }
}

fn label_value<'a>(cursor: &mut Cursor<'a>, quoting: Quoting) -> Result<Cow<'a, str>, Fault> {
    if !cursor.take(b"=") {
        return Err(cursor.expected("`=` after the label name"));
    }
    if cursor.peek() != Some(b'"') {
        return Err(cursor.expected("a quoted label value"));
    }
    cursor.quoted(quoting)
}
