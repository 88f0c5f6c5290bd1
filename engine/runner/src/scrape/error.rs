//! Why a page was not taken in. Each is the end of a sentence that begins with the page's address.

use miette::Diagnostic;
use sluice_metrics::exposition::DecodeError;
use sluice_metrics::store::IngestError;
use thiserror::Error;

/// One page that was discarded whole.
#[derive(Debug, Error, Diagnostic)]
#[error("`{url}` {why}")]
pub struct ScrapeFailure {
    pub url: String,
    #[source]
    #[diagnostic_source]
    pub why: ScrapeError,
}

/// Why a page was discarded.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum ScrapeError {
    #[error("is not an http address")]
    #[diagnostic(help("write it as `http://host:port/path`"))]
    NotHttp,

    #[error("can not be read: {0}")]
    #[diagnostic(help("name a file with a metrics page in it"))]
    File(String),

    #[error("can not be asked: {0}")]
    #[diagnostic(help("write certificates in PEM into the file that `ca` names"))]
    Ca(String),

    #[error("can not be reached: {0}")]
    #[diagnostic(help("see that the service listens there"))]
    Unreachable(String),

    #[error("did not give its whole page within {0} ms")]
    #[diagnostic(help("make the page smaller, or raise the scrape time-out of the workflow"))]
    TimedOut(u64),

    #[error("answered {0}")]
    #[diagnostic(help("see that the metrics path is right"))]
    Status(String),

    #[error("answered with a redirect to `{0}`, which is not followed")]
    #[diagnostic(help("write the address that it leads to"))]
    Redirect(String),

    #[error("does not say what its page is")]
    #[diagnostic(help("send `Content-Type: text/plain; version=0.0.4`"))]
    NoContentType,

    #[error("says that its page is `{0}`, which is no metrics page")]
    #[diagnostic(help(
        "see that the metrics path is right; `text/plain` and `application/openmetrics-text` are read"
    ))]
    ContentType(String),

    #[error("compressed its page (`{0}`), though it was asked not to")]
    #[diagnostic(help("have it heed `Accept-Encoding: identity`"))]
    Compressed(String),

    #[error("does not say how long its page is, so one that was cut short could not be told")]
    #[diagnostic(help(
        "send a `Content-Length`, or speak HTTP/1.1, or send OpenMetrics, which has an end mark"
    ))]
    NoLength,

    #[error("has a page of more than {0} bytes")]
    #[diagnostic(help("expose fewer series"))]
    TooLong(usize),

    #[error("cut its page short: {0}")]
    #[diagnostic(help("see whether the service was ended meanwhile"))]
    CutShort(String),

    #[error("did not speak HTTP: {0}")]
    #[diagnostic(help("see that the port is right"))]
    Garbled(String),

    #[error("has a page that can not be read: {0}")]
    #[diagnostic(help("correct what exposes it; a page is read whole or not at all"))]
    Page(#[from] DecodeError),

    #[error("has a page that can not be kept: {0}")]
    #[diagnostic(help("correct what exposes it; a page is kept whole or not at all"))]
    Store(#[from] IngestError),

    #[error("was not read: {0}")]
    #[diagnostic(help("this is an error in the engine; please report it"))]
    Internal(String),
}
