//! The strict decoder of Prometheus text 0.0.4 (with the quoted UTF-8 names of 1.0.0), OpenMetrics 1.0, and
//! the metric families in protocol buffers that alone have native histograms.
//!
//! It accepts and refuses what Prometheus 3.14's own parser does, and reads the same samples, with
//! these exceptions, all on the side of refusing:
//!
//! - a NUL byte at the start of a line or in a bare `#` comment ends Prometheus' parse there and then,
//!   with what came before taken for the whole page; here the page is refused;
//! - a name that is not UTF-8, or is empty, is refused here and not only by the storage behind;
//! - white space before a metric name is skipped, and not made a part of the name.
//!
//! A page is decoded whole or not at all: the first fault or broken limit refuses it.

mod builder;
mod canonical;
mod cursor;
mod error;
mod limits;
mod lint;
mod number;
mod openmetrics;
mod page;
mod prometheus;
mod protobuf;

#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod tests;

pub(crate) use canonical::spell;
pub use error::{DecodeError, Fault};
pub use limits::Limits;
pub use lint::{Grade, Remark, lint};
pub use page::{Exemplar, Family, HistogramSample, Label, MetricType, Page, Sample};

use builder::Builder;
use cursor::Cursor;

/// Which language a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    PrometheusText,
    OpenMetrics,
    /// Metric families, each behind its length.
    Protobuf,
}

impl Format {
    /// By the media type of a `Content-Type` header; nothing for one that is none of these.
    pub fn from_content_type(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        if media_type.eq_ignore_ascii_case("text/plain") {
            Some(Self::PrometheusText)
        } else if media_type.eq_ignore_ascii_case("application/openmetrics-text") {
            Some(Self::OpenMetrics)
        } else if media_type.eq_ignore_ascii_case("application/vnd.google.protobuf") {
            let has = |wanted: &str| parts.clone().any(|part| part.eq_ignore_ascii_case(wanted));
            let readable = has("proto=io.prometheus.client.MetricFamily") && has("encoding=delimited");
            readable.then_some(Self::Protobuf)
        } else {
            None
        }
    }
}

/// Decodes a whole page.
pub fn decode<'a>(bytes: &'a [u8], format: Format, limits: &Limits) -> Result<Page<'a>, DecodeError> {
    let mut builder = Builder::new(limits, bytes.len());
    read(bytes, format, limits, &mut builder)?;
    Ok(builder.finish())
}

fn read<'a>(
    bytes: &'a [u8],
    format: Format,
    limits: &Limits,
    builder: &mut Builder<'a, '_>,
) -> Result<(), DecodeError> {
    if bytes.len() > limits.bytes {
        return Err(DecodeError::new(bytes, limits.bytes, Fault::PageTooLong { limit: limits.bytes }));
    }
    let mut cursor = Cursor::new(bytes);
    let outcome = match format {
        Format::PrometheusText => prometheus::page(&mut cursor, builder),
        Format::OpenMetrics => openmetrics::page(&mut cursor, builder),
        Format::Protobuf => {
            let told = protobuf::page(bytes, builder);
            return told.map_err(|(at, fault)| DecodeError { line: 0, column: at, fault });
        }
    };
    outcome.map_err(|fault| DecodeError::new(bytes, cursor.fault_at(), fault))
}
