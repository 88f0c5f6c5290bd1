//! What was measured: the exposition decoder, the series store, native histograms, PromQL,
//! and observations with their quality. Pure: bytes and times arrive as arguments, and nothing here knows of releases.

pub mod exposition;
pub mod histogram;
mod numeric;
pub mod observe;
pub mod promql;
pub mod series;
pub mod store;
