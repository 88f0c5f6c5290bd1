//! The demo: three releases of the demo service under real load, and whether they came out as they should.

use std::io;
use std::time::{Duration, Instant};

use crate::load::{Load, Options, Tally};
use crate::stage::{Release, Stage};

mod expect;
mod summary;

pub use expect::{Expected, wrong};
pub use summary::summary;

/// Exit codes of `sluice run`.
const PROMOTED: i32 = 0;
const ROLLED_BACK: i32 = 4;

/// How much load users make during the releases.
const CLIENTS: usize = 20;
const RATE: f64 = 400.0;
/// After the last release, to see who is served.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// One part of the demo, and what users saw during it.
#[derive(Debug)]
pub struct Part {
    /// What happens in it: `v2 by canary`.
    pub title: String,
    pub expected: Expected,
    /// Exit code of `sluice run`; none where there is none to run, or when a signal ended it.
    pub code: Option<i32>,
    pub took: Duration,
    pub seen: Tally,
}

/// Told before each part, so that whoever watches knows what comes.
pub type Announce = fn(&str);

/// Runs all parts. The gateway runs on until `Stage::stop_gateway`.
pub async fn play(stage: &Stage, announce: Announce) -> io::Result<Vec<Part>> {
    announce("v1 is deployed first: there is nothing to compare it with");
    let first = Release::of("v1").with_comment("the first deployment");
    let started = Instant::now();
    let code = release(stage, &first).await?;
    let expected = Expected { code: Some(PROMOTED), ..Expected::default() };
    let took = started.elapsed();
    let mut parts =
        vec![Part { title: "v1 deployed".to_owned(), expected, code, took, seen: Tally::default() }];
    if code != Some(PROMOTED) {
        return Ok(parts);
    }

    let options = Options { url: stage.url(), clients: CLIENTS, rate: Some(RATE), ..Options::default() };
    let load = Load::start(&options).map_err(io::Error::other)?;
    announce("users send 400 requests a second from here on; v2 comes in by 5, 25, 50 and 100 %");
    let good = Release::of("v2").with_comment("a good release");
    let expected = Expected { code: Some(PROMOTED), served: vec!["v1", "v2"], faulty: None };
    parts.push(under_load(stage, &load, "v2 by canary", Some(&good), expected).await?);

    announce("v3 answers 8 % of its requests with 500");
    let bad = Release::of("v3").with_arguments(&["--error-percent", "8"]).with_comment("a bad release");
    let expected = Expected { code: Some(ROLLED_BACK), served: vec!["v2", "v3"], faulty: Some("v3") };
    parts.push(under_load(stage, &load, "v3 by canary", Some(&bad), expected).await?);

    let expected = Expected { code: None, served: vec!["v2"], faulty: None };
    parts.push(under_load(stage, &load, "afterwards", None, expected).await?);
    drop(load.stop().await);
    Ok(parts)
}

/// One part of the demo while users send requests.
async fn under_load(
    stage: &Stage,
    load: &Load,
    title: &str,
    what: Option<&Release>,
    expected: Expected,
) -> io::Result<Part> {
    let started = Instant::now();
    let code = match what {
        Some(what) => release(stage, what).await?,
        None => {
            tokio::time::sleep(AFTERWARDS).await;
            None
        }
    };
    Ok(Part { title: title.to_owned(), expected, code, took: started.elapsed(), seen: load.take() })
}

/// Runs a release on this terminal; its exit code.
async fn release(stage: &Stage, release: &Release) -> io::Result<Option<i32>> {
    Ok(stage.run(release).status().await?.code())
}
