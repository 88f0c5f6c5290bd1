//! Pages in protocol buffers: metric families, each behind its length. A histogram that is native and
//! classic at once is read as both, so that queries of either form have an answer.
//!
//! Families are walked by hand and only single metrics are given to `prost`: an empty message takes two bytes
//! on the wire and hundreds in memory, so what is decoded at once is bounded by the length of an entry.

mod messages;
mod native;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::builder::{Builder, Metadata};
use super::canonical::spell;
use super::error::Fault;
use super::page::MetricType;
use messages::{Exemplar, Histogram, LabelPair, Metric, Summary, Timestamp};

/// Reads a page; a fault comes with the byte at which its family begins.
pub fn page(bytes: &[u8], builder: &mut Builder<'_, '_>) -> Result<(), (usize, Fault)> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        builder.begins(at);
        let family = delimited(&mut rest).map_err(|fault| (at, fault))?;
        read_family(family, builder).map_err(|fault| (at, fault))?;
    }
    Ok(())
}

/// What stands before the metrics of a family, wherever it stands on the wire.
struct Head<'b> {
    name: &'b str,
    help: &'b str,
    unit: &'b str,
    kind: MetricType,
}

fn read_family(bytes: &[u8], builder: &mut Builder<'_, '_>) -> Result<(), Fault> {
    let mut head = Head { name: "", help: "", unit: "", kind: MetricType::Counter };
    fields(bytes, |tag, field| {
        match (tag, field) {
            (1, Field::Bytes(name)) => head.name = text(name, "metric name")?,
            (2, Field::Bytes(help)) => head.help = text(help, "help text")?,
            (5, Field::Bytes(unit)) => head.unit = text(unit, "unit")?,
            (3, Field::Varint(kind)) => head.kind = metric_type(kind)?,
            _ => {}
        }
        Ok(())
    })?;
    let name = || Cow::Owned(head.name.to_owned());
    builder.metadata(name(), Metadata::Help(Cow::Owned(head.help.to_owned())))?;
    if !head.unit.is_empty() {
        builder.metadata(name(), Metadata::Unit(Cow::Owned(head.unit.to_owned())))?;
    }
    builder.metadata(name(), Metadata::Type(head.kind))?;
    fields(bytes, |tag, field| match (tag, field) {
        (4, Field::Bytes(metric)) => {
            builder.check_line(metric.len())?;
            let metric = Metric::decode(metric).map_err(|error| Fault::NotProtobuf(error.to_string()))?;
            read_metric(&head, metric, builder)
        }
        _ => Ok(()),
    })
}

fn read_metric(head: &Head<'_>, metric: Metric, builder: &mut Builder<'_, '_>) -> Result<(), Fault> {
    if let Some(start) = start(head.kind, &metric) {
        builder.created(start.seconds());
    }
    let mut samples = Samples { head, labels: &metric.label, timestamp: metric.timestamp_ms, builder };
    let (value, exemplar) = match head.kind {
        MetricType::Counter => metric.counter.map(|one| (one.value, one.exemplar)),
        MetricType::Gauge => metric.gauge.map(|one| (one.value, None)),
        MetricType::Summary => return samples.summary(&metric.summary.unwrap_or_default()),
        MetricType::Histogram | MetricType::GaugeHistogram => {
            return samples.histogram(&metric.histogram.unwrap_or_default());
        }
        _ => metric.untyped.map(|one| (one.value, None)),
    }
    .unwrap_or_default();
    samples.add("", None, value)?;
    exemplar.map_or(Ok(()), |exemplar| samples.exemplar(&exemplar))
}

/// When a counter of any kind began to count.
fn start(kind: MetricType, metric: &Metric) -> Option<Timestamp> {
    match kind {
        MetricType::Counter => metric.counter.as_ref()?.start_timestamp,
        MetricType::Summary => metric.summary.as_ref()?.start_timestamp,
        MetricType::Histogram => metric.histogram.as_ref()?.start_timestamp,
        _ => None,
    }
}

/// The samples that one metric comes to.
struct Samples<'m, 'b, 'a, 'l> {
    head: &'m Head<'m>,
    labels: &'m [LabelPair],
    timestamp: Option<i64>,
    builder: &'b mut Builder<'a, 'l>,
}

impl Samples<'_, '_, '_, '_> {
    fn summary(&mut self, summary: &Summary) -> Result<(), Fault> {
        self.add("_count", None, summary.sample_count as f64)?;
        self.add("_sum", None, summary.sample_sum)?;
        for one in &summary.quantile {
            self.add("", Some(("quantile", spell(one.quantile))), one.value)?;
        }
        Ok(())
    }

    fn histogram(&mut self, histogram: &Histogram) -> Result<(), Fault> {
        let count = if histogram.sample_count_float > 0.0 {
            histogram.sample_count_float
        } else {
            histogram.sample_count as f64
        };
        let is_gauge = self.head.kind == MetricType::GaugeHistogram;
        if let Some(native) = native::read(histogram, count, is_gauge, self.builder.limits().buckets)? {
            self.label(None)?;
            self.builder.histogram(Cow::Owned(self.head.name.to_owned()), native, self.timestamp)?;
            if histogram.bucket.is_empty() {
                return Ok(());
            }
        }
        self.add("_count", None, count)?;
        self.add("_sum", None, histogram.sample_sum)?;
        let mut ends = false;
        for bucket in &histogram.bucket {
            ends |= bucket.upper_bound == f64::INFINITY;
            let count = if bucket.cumulative_count_float > 0.0 {
                bucket.cumulative_count_float
            } else {
                bucket.cumulative_count as f64
            };
            self.add("_bucket", Some(("le", spell(bucket.upper_bound))), count)?;
            if let Some(exemplar) = &bucket.exemplar {
                self.exemplar(exemplar)?;
            }
        }
        // The last bucket may be left out, as it is the count.
        if ends { Ok(()) } else { self.add("_bucket", Some(("le", spell(f64::INFINITY))), count) }
    }

    fn add(&mut self, suffix: &str, more: Option<(&'static str, String)>, value: f64) -> Result<(), Fault> {
        self.label(more)?;
        self.builder.sample(Cow::Owned(format!("{}{suffix}", self.head.name)), value)?;
        if let Some(timestamp) = self.timestamp.filter(|timestamp| *timestamp != 0) {
            self.builder.timestamp(timestamp);
        }
        Ok(())
    }

    fn label(&mut self, more: Option<(&'static str, String)>) -> Result<(), Fault> {
        self.builder.begin_labels();
        for LabelPair { name, value } in self.labels {
            self.builder.label(Cow::Owned(name.clone()), Cow::Owned(value.clone()))?;
        }
        more.map_or(Ok(()), |(name, value)| self.builder.label(Cow::Borrowed(name), Cow::Owned(value)))
    }

    fn exemplar(&mut self, exemplar: &Exemplar) -> Result<(), Fault> {
        self.builder.begin_exemplar();
        for LabelPair { name, value } in &exemplar.label {
            self.builder.label(Cow::Owned(name.clone()), Cow::Owned(value.clone()))?;
        }
        let millis = |timestamp: Timestamp| {
            timestamp.seconds.saturating_mul(1000).saturating_add(i64::from(timestamp.nanos) / 1_000_000)
        };
        self.builder.exemplar(exemplar.value, exemplar.timestamp.map(millis));
        Ok(())
    }
}

/// One field of a message, as far as families have them.
enum Field<'b> {
    Bytes(&'b [u8]),
    Varint(u64),
}

fn fields<'b>(
    mut bytes: &'b [u8],
    mut visit: impl FnMut(u32, Field<'b>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let garbled = |error: prost::DecodeError| Fault::NotProtobuf(error.to_string());
    while !bytes.is_empty() {
        let (tag, wire_type) = decode_key(&mut bytes).map_err(garbled)?;
        match wire_type {
            WireType::LengthDelimited => visit(tag, Field::Bytes(delimited(&mut bytes)?))?,
            WireType::Varint => visit(tag, Field::Varint(decode_varint(&mut bytes).map_err(garbled)?))?,
            _ => skip_field(wire_type, tag, &mut bytes, DecodeContext::default()).map_err(garbled)?,
        }
    }
    Ok(())
}

/// Takes what stands behind its length.
fn delimited<'b>(bytes: &mut &'b [u8]) -> Result<&'b [u8], Fault> {
    let length = decode_varint(bytes).map_err(|error| Fault::NotProtobuf(error.to_string()))?;
    let length = usize::try_from(length).ok().filter(|length| *length <= bytes.len());
    let (taken, rest) = bytes.split_at(length.ok_or(Fault::CutShort)?);
    *bytes = rest;
    Ok(taken)
}

fn text<'b>(bytes: &'b [u8], what: &'static str) -> Result<&'b str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8(what))
}

fn metric_type(number: u64) -> Result<MetricType, Fault> {
    Ok(match number {
        0 => MetricType::Counter,
        1 => MetricType::Gauge,
        2 => MetricType::Summary,
        3 => MetricType::Unknown,
        4 => MetricType::Histogram,
        5 => MetricType::GaugeHistogram,
        _ => return Err(Fault::UnknownType(number.to_string())),
    })
}
