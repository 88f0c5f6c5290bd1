//! Native histograms as they were measured: what a query answers that asks for one, and not for a number of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::number;

/// The histograms of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    pub labels: BTreeMap<String, String>,
    pub samples: Vec<Histogram>,
}

/// One histogram at one time. Its buckets are columns of the same length, from the lowest values to the highest;
/// those that counted nothing are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub at: u64,
    #[serde(with = "number")]
    pub count: f64,
    #[serde(with = "number")]
    pub sum: f64,
    #[serde(with = "number::column")]
    pub lower: Vec<f64>,
    #[serde(with = "number::column")]
    pub upper: Vec<f64>,
    #[serde(with = "number::column")]
    pub counts: Vec<f64>,
}
