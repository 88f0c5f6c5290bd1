//! Why a Prometheus gave no answer. Each is the end of a sentence that begins with its address.

use miette::Diagnostic;
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum PrometheusError {
    #[error("can not be reached: {0}")]
    #[diagnostic(help("see that it listens there, and that its certificate is trusted (`ca`)"))]
    Unreachable(String),

    #[error("did not answer within {0} ms")]
    #[diagnostic(help("make the query cheaper, or raise `metrics.prometheus.timeout`"))]
    TimedOut(u64),

    #[error("answered {status}{said}")]
    #[diagnostic(help("see what it says in its own console"))]
    Status { status: String, said: String, for_the_moment: bool },

    #[error("answered with a redirect to `{0}`, which is not followed")]
    #[diagnostic(help("write the address that it leads to"))]
    Redirect(String),

    #[error("answered with `{0}`, which is no answer of Prometheus")]
    #[diagnostic(help("see that the address is that of Prometheus itself"))]
    ContentType(String),

    #[error("compressed its answer (`{0}`), though it was asked not to")]
    #[diagnostic(help("have what stands before it heed `Accept-Encoding: identity`"))]
    Compressed(String),

    #[error("has an answer of more than {0} bytes")]
    #[diagnostic(help("aggregate the query"))]
    TooLong(usize),

    #[error("cut its answer short: {0}")]
    #[diagnostic(help("see whether it was ended meanwhile"))]
    CutShort(String),

    #[error("gave an answer that can not be read: {0}")]
    #[diagnostic(help("see that the address is that of Prometheus itself"))]
    Garbled(String),

    #[error("refused the query: {0}")]
    #[diagnostic(help("try the query in its own console"))]
    Refused(String),

    #[error("can not be told who asks: {0}")]
    #[diagnostic(help("set the variable, or write the file, that `metrics.prometheus` names"))]
    Secret(String),

    #[error("can not be asked: {0}")]
    #[diagnostic(help("see that `ca` is a file of certificates"))]
    Client(String),
}

impl PrometheusError {
    /// Whether asking again may help.
    pub(super) fn is_for_the_moment(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::CutShort(_) => true,
            Self::Status { for_the_moment, .. } => *for_the_moment,
            _ => false,
        }
    }
}
