//! Whether the shadow answered as stable did. Pure: answers in, differences out.
//!
//! Compared are the status, the headers that the settings name, the body (JSON by its content, all else byte
//! by byte) and the time to the head of the answer. What stable answers otherwise to itself is noise.

mod json;
mod noise;
mod pattern;
mod samples;

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use sluice_core::model::difference::DifferenceKind;
use sluice_core::model::mirroring::{Comparing, Latency};

use pattern::{Pattern, Step};

pub use noise::Noise;
pub use samples::Samples;

/// What of an answer is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    /// In the order of [`Rules`]; nothing for a header that is not there.
    headers: Vec<Option<String>>,
    is_json: bool,
    body: Captured,
    /// From handing over the request to the head of the response.
    pub took: Duration,
}

/// A body, as far as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captured {
    Whole(Bytes),
    /// Its beginning; it is longer than what is kept.
    Cut(Bytes),
}

/// What counts as a difference, ready for use.
#[derive(Debug, Clone)]
pub struct Rules {
    headers: Vec<HeaderName>,
    ignored: Vec<Pattern>,
    any_order: bool,
    latency: Latency,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: DifferenceKind,
    /// In a JSON body; empty for the whole and for all that is no JSON body.
    path: Vec<Step>,
    /// A header's name.
    header: Option<HeaderName>,
    pub stable: String,
    pub shadow: String,
}

/// Of one pair of answers; more are not looked for.
const MAX_FOUND: usize = 64;
/// What stands for a header or a value that is not there.
const ABSENT: &str = "absent";

impl Rules {
    pub fn new(comparing: &Comparing) -> Self {
        let named = |name: &String| HeaderName::from_bytes(name.as_bytes()).ok();
        Self {
            headers: comparing.headers.iter().filter_map(named).collect(),
            ignored: comparing.ignore.iter().map(|pointer| Pattern::parse(pointer)).collect(),
            any_order: comparing.any_order,
            latency: comparing.latency,
        }
    }

    /// What is compared of an answer with this head.
    pub fn answer(&self, status: u16, headers: &HeaderMap, took: Duration, body: Captured) -> Answer {
        let read = |name: &HeaderName| {
            let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            let values: Vec<_> = values.collect();
            (!values.is_empty()).then(|| values.join(", "))
        };
        Answer {
            status,
            headers: self.headers.iter().map(read).collect(),
            is_json: is_json(headers),
            body,
            took,
        }
    }

    /// Every difference that is neither ignored nor known as noise.
    pub fn differences(&self, stable: &Answer, shadow: &Answer, noise: &Noise) -> Vec<Found> {
        let mut found = Vec::new();
        if stable.status != shadow.status {
            let (stable, shadow) = (stable.status.to_string(), shadow.status.to_string());
            found.push(Found::whole(DifferenceKind::Status, stable, shadow));
        }
        let headers = self.headers.iter().zip(stable.headers.iter().zip(&shadow.headers));
        for (name, (one, other)) in headers.filter(|(_, (one, other))| one != other) {
            if !noise.has_header(name) {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| ABSENT.to_owned());
                let whole = Found::whole(DifferenceKind::Header, shown(one), shown(other));
                found.push(Found { header: Some(name.clone()), ..whole });
            }
        }
        found.extend(self.bodies(stable, shadow, noise));
        if self.is_slower(stable.took, shadow.took) {
            let shown = |took: Duration| format!("{} ms", took.as_millis());
            found.push(Found::whole(DifferenceKind::Latency, shown(stable.took), shown(shadow.took)));
        }
        found
    }

    fn bodies(&self, stable: &Answer, shadow: &Answer, noise: &Noise) -> Vec<Found> {
        let whole = |stable: String, shadow: String| vec![Found::whole(DifferenceKind::Body, stable, shadow)];
        let (one, other) = match (&stable.body, &shadow.body) {
            (one, other) if one == other => return Vec::new(),
            (Captured::Whole(one), Captured::Whole(other)) => (one, other),
            // Their ends are not known; of JSON, nothing can be said without them.
            (Captured::Cut(_), Captured::Cut(_)) if stable.is_json || shadow.is_json => return Vec::new(),
            (Captured::Cut(one), Captured::Cut(other)) => (one, other),
            (one, other) => return whole(one.length(), other.length()),
        };
        let parsed = |bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        if stable.is_json
            && shadow.is_json
            && let (Some(one), Some(other)) = (parsed(one), parsed(other))
        {
            let ignored =
                |path: &[Step]| noise.has(path) || self.ignored.iter().any(|pattern| pattern.is(path));
            return json::differences(&one, &other, self.any_order, &ignored);
        }
        let at = one.iter().zip(other).take_while(|(one, other)| one == other).count();
        let from = |bytes: &Bytes| {
            let rest = String::from_utf8_lossy(bytes.get(at..).unwrap_or_default()).into_owned();
            format!("from byte {at} of {}: {rest}", bytes.len())
        };
        whole(from(one), from(other))
    }

    fn is_slower(&self, stable: Duration, shadow: Duration) -> bool {
        let factor = f64::from(self.latency.factor_percent) / 100.0;
        let slack = Duration::from_millis(self.latency.slack_ms).as_secs_f64();
        shadow.as_secs_f64() > stable.as_secs_f64() * factor + slack
    }
}

/// Takes out what is `own`: what two answers of stable itself differ in, to the same request.
pub fn without(found: Vec<Found>, own: &[Found]) -> Vec<Found> {
    let is_own = |one: &Found| {
        own.iter().any(|own| {
            // A body that differs as a whole says nothing of its parts.
            own.kind == one.kind && own.header == one.header && (own.path.is_empty() || own.path == one.path)
        })
    };
    found.into_iter().filter(|one| !is_own(one)).collect()
}

impl Answer {
    /// The same with its body, which comes later than its head.
    pub fn with(self, body: Captured) -> Self {
        Self { body, ..self }
    }
}

impl Found {
    fn whole(kind: DifferenceKind, stable: String, shadow: String) -> Self {
        Self { kind, path: Vec::new(), header: None, stable, shadow }
    }

    /// A header's name or a JSON pointer; empty for the whole.
    pub fn place(&self) -> String {
        self.header.as_ref().map_or_else(|| pattern::pointer(&self.path), ToString::to_string)
    }
}

impl Captured {
    fn length(&self) -> String {
        match self {
            Self::Whole(bytes) => format!("{} bytes", bytes.len()),
            Self::Cut(bytes) => format!("more than {} bytes", bytes.len()),
        }
    }
}

/// What was compressed is compared byte by byte.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    plain && (kind == "application/json" || kind.ends_with("+json"))
}

#[cfg(test)]
mod tests;
