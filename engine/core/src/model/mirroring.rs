//! How a target mirrors requests and compares the answers. How many are mirrored, and to which revision, is
//! the shape's affair.

use serde::{Deserialize, Serialize};

/// What is mirrored, how it is marked, and the bounds that keep it from weighing on users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Mirroring {
    /// Requests of other methods are not mirrored: they may have effects, which would come about twice.
    pub methods: Vec<String>,
    /// The header that marks a mirrored request; users' own are stripped of it.
    pub mark: String,
    /// How many mirrored requests may wait or be under way; beyond it they are shed.
    pub queue: u32,
    /// A request with a larger body is not mirrored, an answer with a larger body not compared to its end.
    pub body_bytes: u32,
    /// For a mirrored request, from the moment the user's came.
    pub timeout_ms: u64,
    pub compare: Comparing,
}

/// What counts as a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Comparing {
    /// Compared beside the status; by name.
    pub headers: Vec<String>,
    /// Patterns of JSON pointers: `/items/*/id`. What they name is not compared.
    pub ignore: Vec<String>,
    /// Arrays with the same elements in another order are the same.
    pub any_order: bool,
    pub latency: Latency,
    /// Ask stable a second time where answers differ, and do not count what differs from itself.
    pub noise: bool,
    /// How many differences are kept as examples.
    pub samples: u32,
}

/// The shadow is slower when it took more than `factor_percent` of stable's time and `slack_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Latency {
    pub factor_percent: u32,
    pub slack_ms: u64,
}

impl Default for Mirroring {
    fn default() -> Self {
        Self {
            methods: ["GET", "HEAD", "OPTIONS"].map(str::to_owned).to_vec(),
            mark: "X-Sluice-Mirrored".to_owned(),
            queue: 256,
            body_bytes: 64 * 1024,
            timeout_ms: 5_000,
            compare: Comparing::default(),
        }
    }
}

impl Default for Comparing {
    fn default() -> Self {
        Self {
            headers: vec!["content-type".to_owned()],
            ignore: Vec::new(),
            any_order: false,
            latency: Latency { factor_percent: 200, slack_ms: 100 },
            noise: false,
            samples: 20,
        }
    }
}
