//! Getting one page: asked for as Prometheus 3 asks, bounded in bytes and time, believed only when it is whole.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION,
    TRANSFER_ENCODING,
};
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode, Url, redirect};
use sluice_metrics::exposition::Format;

use super::ScrapeError;

/// A page, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub bytes: Vec<u8>,
    pub format: Format,
}

/// The formats that Prometheus 3 asks for where it wants native histograms, in its order.
const WANTED: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
    application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
    application/openmetrics-text;version=0.0.1;q=0.4,\
    text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
    text/plain;version=0.0.4;q=0.2";
const TIME_OUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");
/// The most of somebody else's words that is repeated in a message.
const SHOWN: usize = 80;
/// How long a connection is kept for the next round.
const KEPT: Duration = Duration::from_secs(60);

/// A client that trusts the system's certificates.
pub(crate) fn client() -> Result<Client, ScrapeError> {
    client_trusting(None)
}

/// The same, and the certificates of a file.
pub(crate) fn client_trusting(ca: Option<&str>) -> Result<Client, ScrapeError> {
    let internal = |error: reqwest::Error| ScrapeError::Internal(root_of(&error));
    if let Some(ca) = ca {
        return builder()
            .tls_certs_merge(certificates(ca).map_err(ScrapeError::Ca)?)
            .build()
            .map_err(internal);
    }
    // A machine may have none, and most pages are without TLS.
    builder().build().or_else(|_none| builder().tls_certs_only([]).build()).map_err(internal)
}

/// The certificates of a file, of which there is at least one.
pub(crate) fn certificates(ca: &str) -> Result<Vec<Certificate>, String> {
    let bytes = std::fs::read(ca).map_err(|error| format!("`{ca}`: {error}"))?;
    let certificates =
        Certificate::from_pem_bundle(&bytes).map_err(|error| format!("`{ca}`: {}", root_of(&error)))?;
    if certificates.is_empty() {
        return Err(format!("`{ca}` has no certificate in it"));
    }
    Ok(certificates)
}

/// What makes a client that goes only where it is told: no proxy, no redirect.
pub(crate) fn builder() -> ClientBuilder {
    // The first one counts; there is no other.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(KEPT)
        .pool_max_idle_per_host(1)
}

/// Gets a page of at most `limit` bytes within a time.
pub(super) async fn fetch(
    client: &Client,
    url: &str,
    within: Duration,
    limit: usize,
) -> Result<Fetched, ScrapeError> {
    let url = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or(ScrapeError::NotHttp)?;
    let whole = async {
        let response = client
            .get(url)
            .header(ACCEPT, WANTED)
            .header(ACCEPT_ENCODING, "identity")
            .header(TIME_OUT, within.as_secs_f64().to_string())
            .send()
            .await
            .map_err(unanswered)?;
        let format = accepted(&response, limit)?;
        Ok(Fetched { bytes: body(response, limit).await?, format })
    };
    let late = |_| ScrapeError::TimedOut(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
    tokio::time::timeout(within, whole).await.map_err(late)?
}

/// Refuses by the head what would not be a metrics page, and says how to read it.
fn accepted(response: &Response, limit: usize) -> Result<Format, ScrapeError> {
    let headers = response.headers();
    let status = response.status();
    if status.is_redirection() {
        return Err(ScrapeError::Redirect(text(headers, LOCATION).unwrap_or_default()));
    }
    if status != StatusCode::OK {
        return Err(ScrapeError::Status(status.to_string()));
    }
    if let Some(encoding) = text(headers, CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
        return Err(ScrapeError::Compressed(encoding));
    }
    let kind = headers.get(CONTENT_TYPE).ok_or(ScrapeError::NoContentType)?;
    // Read as a whole: what is shown of it is cut, and Envoy's is long.
    let kind = String::from_utf8_lossy(kind.as_bytes());
    let format = Format::from_content_type(&kind).ok_or_else(|| ScrapeError::ContentType(shown(&kind)))?;
    match response.content_length() {
        Some(length) if usize::try_from(length).map_or(true, |length| length > limit) => {
            Err(ScrapeError::TooLong(limit))
        }
        // The end of such a page is that of the connection. A cut one has fewer series, and an error series that
        // is absent counts as no errors.
        None if format != Format::OpenMetrics && !headers.contains_key(TRANSFER_ENCODING) => {
            Err(ScrapeError::NoLength)
        }
        _ => Ok(format),
    }
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, ScrapeError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| ScrapeError::CutShort(root_of(&error)))? {
        if chunk.len() > limit - bytes.len() {
            return Err(ScrapeError::TooLong(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unanswered(error: reqwest::Error) -> ScrapeError {
    let root = root_of(&error);
    if error.is_connect() { ScrapeError::Unreachable(root) } else { ScrapeError::Garbled(root) }
}

/// What went wrong, without the layers that it went through.
pub(crate) fn root_of(error: &dyn Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    shown(&root.to_string())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| shown(&String::from_utf8_lossy(value.as_bytes())))
}

/// Somebody else's words, safe to print.
pub(super) fn shown(words: &str) -> String {
    let clean = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    let mut shown: String = words.chars().take(SHOWN).map(clean).collect();
    if words.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
