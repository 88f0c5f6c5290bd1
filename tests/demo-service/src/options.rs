//! The command line.

use clap::Parser;

use crate::faults::Share;

/// A small HTTP service that answers its version, measures itself, and fails as often as it is told to.
#[derive(Debug, Clone, Parser)]
#[command(name = "demo-service")]
pub struct Options {
    /// The version it answers with.
    #[arg(long, default_value = "v1")]
    pub version: String,

    /// The share of requests to `/` that it answers with 500, spread evenly.
    #[arg(long, value_name = "PERCENT", default_value = "0")]
    pub error_percent: Share,

    /// How long it takes to answer a request to `/`.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,

    /// The port it listens on at 127.0.0.1; 0 chooses a free one.
    #[arg(long, env = "PORT", default_value_t = 0)]
    pub port: u16,

    /// Ends at once, with exit code 70 and no answer, on the request to `/` after this many.
    #[arg(long, value_name = "N")]
    pub crash_after_requests: Option<u64>,

    /// Waits this long before it listens.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub startup_ms: u64,

    /// Answers 503 on `/health`, for ever.
    #[arg(long)]
    pub refuse_ready: bool,
}
