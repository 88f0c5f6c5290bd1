//! Why a comparison can not be made.

use thiserror::Error;

#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum StatisticsError {
    #[error("{needed} values are needed in each sample, and there are {found}")]
    TooFew { needed: usize, found: usize },
    #[error("the comparison takes {pairs} pairs of values, more than {limit}")]
    TooMany { pairs: usize, limit: usize },
    #[error("a value is not a number, or infinite")]
    NotFinite,
    #[error("the values do not vary, so there is nothing to judge a difference by")]
    NoVariation,
    #[error("there are no events")]
    NoEvents,
    #[error("a count is negative, not whole, or more than its total")]
    BadCount,
    #[error("{total} events are more than {limit}; compare them as two proportions")]
    TooManyEvents { total: u64, limit: u64 },
    #[error("the test was not left by an earlier round")]
    BadTest,
    #[error("the buckets of the two histograms are not the same, or do not end at infinity")]
    BadBuckets,
    #[error("the {what} `{value}` is not between 0 and 1")]
    NotAShare { what: &'static str, value: f64 },
    #[error("the {what} `{value}` must be more than {least}")]
    TooSmall { what: &'static str, value: f64, least: f64 },
}
