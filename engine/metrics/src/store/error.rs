//! Why a scrape was not taken in.

use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IngestError {
    #[error("the scrape is not later than the one before it")]
    NotLater,
    #[error("the series `{series}` has the label `{label}` twice")]
    LabelTwice { series: String, label: String },
    #[error("the series `{series}` is on the page twice, with different values")]
    SeriesTwice { series: String },
    #[error("the series `{series}` counts, and is {value}")]
    CountBelowZero { series: String, value: String },
    #[error("the series `{series}` is also exposed by `{other}`, and nothing tells the two apart")]
    ExposedTwice { series: String, other: String },
    #[error("the store is full: more than {limit} series")]
    TooManySeries { limit: usize },
    #[error("the store is full: more than {limit} samples")]
    TooManySamples { limit: usize },
    #[error("the store is full: more than {limit} bytes")]
    TooManyBytes { limit: usize },
}
