//! What was measured: the exposition decoder, the series store, native histograms, PromQL,
//! observations with their quality, and statistics. Pure: bytes and times arrive as arguments, and nothing here knows of releases.

pub mod exposition;
pub mod histogram;
mod numeric;
pub mod observe;
pub mod promql;
pub mod series;
pub mod statistics;
pub mod store;
