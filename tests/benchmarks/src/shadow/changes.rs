//! How long an old weight is seen: from the word to the last answer that it decided.

use std::time::{Duration, Instant};

use end_to_end::load::{Load, Options};
use tokio::time::sleep;

use crate::figure::{Failure, Row};
use crate::table::time;
use crate::traffic::CLIENTS;
use crate::traffic::bed::{Bed, CANDIDATE, Split};

pub const CHANGES: usize = 10;
/// Without an answer of the old weight for so long, there will be none.
const QUIET: Duration = Duration::from_millis(200);
const LOOK: Duration = Duration::from_millis(1);

/// The row of one, with nothing beside it.
pub fn row(longest: Duration) -> Row {
    Row {
        name: format!("old weight seen, longest of {CHANGES}"),
        ours: time(longest),
        theirs: String::new(),
        ratio: None,
        bar: None,
    }
}

/// The longest of several changes from all traffic to none.
pub async fn longest(bed: &Bed) -> Result<Duration, Failure> {
    let [address, _] = bed.addresses().await?;
    let options = Options { url: format!("http://{address}/"), clients: CLIENTS, ..Options::default() };
    let load = Load::start(&options)?;
    let mut longest = Duration::ZERO;
    for _ in 0..CHANGES {
        bed.shape(Split { candidate: 1000, ..Split::default() }).await?;
        while load.take().of_version(CANDIDATE) == 0 {
            sleep(LOOK).await;
        }
        let said = Instant::now();
        bed.apply(Split::default()).await?;
        let mut last = said;
        while last.elapsed() < QUIET {
            if load.take().of_version(CANDIDATE) > 0 {
                last = Instant::now();
            }
            sleep(LOOK).await;
        }
        longest = longest.max(last - said);
        bed.settled().await?;
    }
    let lost = load.stop().await.lost();
    if lost > 0 {
        return Err(format!("{lost} requests were lost by changes of weights").into());
    }
    Ok(longest)
}
