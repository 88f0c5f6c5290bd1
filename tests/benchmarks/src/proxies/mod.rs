//! The gateway beside HAProxy and Envoy: the same requests through each, to instances of the same kind.

use end_to_end::proxy::Kind;
use tokio::runtime::Runtime;

use crate::figure::{Failure, Figure, Row};
use crate::shadow::{CALM_TURN, Run, TURN, TURNS, by_turns, changes, idle};
use crate::table::time;
use crate::times::times_longer;
use crate::traffic::bed::{Bed, Split};
use crate::traffic::{CALM, CLIENTS};

/// What is mirrored, in percent. HAProxy mirrors nothing here.
const MIRRORED: [u16; 3] = [0, 50, 100];

/// One proxy with its beds, by what is mirrored.
struct Party {
    name: &'static str,
    beds: Vec<Bed>,
}

/// What was measured of one.
struct Measured {
    name: &'static str,
    full: Vec<Run>,
    calm: Vec<Run>,
    old_weight: std::time::Duration,
    memory: [f64; 2],
}

pub fn measure() -> Result<Figure, Failure> {
    Runtime::new()?.block_on(async {
        let (mut parties, mut left_out) = (Vec::new(), Vec::new());
        let built_in = Party { name: "gateway", beds: beds(None, MIRRORED.len()).await?.unwrap_or_default() };
        for (name, kind, mirrors) in [("haproxy", Kind::Haproxy, false), ("envoy", Kind::Envoy, true)] {
            match beds(Some(kind), if mirrors { MIRRORED.len() } else { 1 }).await? {
                Some(beds) => parties.push(Party { name, beds }),
                None => left_out.push(format!("left out: {name}, which is not installed: see .ci/proxies")),
            }
        }
        let all: Vec<Party> = std::iter::once(built_in).chain(parties).collect();
        let measured = tokio::select! {
            measured = each(&all) => measured,
            interrupt = tokio::signal::ctrl_c() => Err(interrupt.err().map_or("interrupted".into(), Failure::from)),
        };
        for bed in all.into_iter().flat_map(|party| party.beds) {
            bed.stop().await?;
        }
        figure(&measured?, left_out)
    })
}

/// None where the proxy is not installed.
async fn beds(kind: Option<Kind>, count: usize) -> Result<Option<Vec<Bed>>, Failure> {
    let mut beds = Vec::new();
    for percent in MIRRORED.into_iter().take(count) {
        let split = Split { mirrored: percent * 10, ..Split::default() };
        match kind {
            None => beds.push(Bed::start(split).await?),
            Some(kind) => match Bed::behind(kind, split).await? {
                Some(bed) => beds.push(bed),
                None => return Ok(None),
            },
        }
    }
    Ok(Some(beds))
}

/// All by turns under load; then each by itself.
async fn each(parties: &[Party]) -> Result<Vec<Measured>, Failure> {
    let beds: Vec<&Bed> = parties.iter().flat_map(|party| &party.beds).collect();
    let mut full = by_turns(&beds, None).await?.into_iter();
    let mut calm = by_turns(&beds, Some(CALM)).await?.into_iter();
    let mut measured = Vec::new();
    for party in parties {
        let count = party.beds.len();
        let bed = party.beds.first().ok_or("a proxy without beds")?;
        measured.push(Measured {
            name: party.name,
            full: full.by_ref().take(count).collect(),
            calm: calm.by_ref().take(count).collect(),
            old_weight: changes::longest(bed).await?,
            memory: idle::memory(bed).await?,
        });
    }
    Ok(measured)
}

fn figure(measured: &[Measured], left_out: Vec<String>) -> Result<Figure, Failure> {
    let [ours, others @ ..] = measured else { return Err("nothing was measured".into()) };
    let mut notes = vec![
        format!(
            "{TURNS} turns of {} s ({} s at {CALM}/s) of each, none lost; p99 is the median of the turns'.",
            TURN.as_secs_f64(),
            CALM_TURN.as_secs_f64()
        ),
        "Mirrored answers are compared by the gateway, and thrown away by Envoy. An old weight is counted from".to_owned(),
        "the order to the last answer by it, over the file or the socket by which a proxy is told.".to_owned(),
    ];
    notes.extend(left_out);
    Ok(Figure {
        title: format!("proxies: the gateway, {CLIENTS} clients, small answers, on loopback"),
        beside: "the same requests through the proxy that the row names, to the same kind of instance"
            .to_owned(),
        rows: others.iter().flat_map(|theirs| rows(ours, theirs)).collect(),
        notes,
    })
}

fn rows(ours: &Measured, theirs: &Measured) -> Vec<Row> {
    let name = theirs.name;
    let mut rows = Vec::new();
    for (index, percent) in MIRRORED.into_iter().enumerate().take(theirs.full.len()) {
        let named = |what: &str| match percent {
            0 => format!("{name}: {what}"),
            percent => format!("{name}: {what}, {percent} % mirrored"),
        };
        if let (Some(one), Some(other)) = (ours.full.get(index), theirs.full.get(index)) {
            let (one, other) = (one.traffic.rate(), other.traffic.rate());
            rows.push(Row::ratio(
                &named("requests"),
                (format!("{one:.0}/s"), format!("{other:.0}/s")),
                one / other,
            ));
        }
        if let (Some(one), Some(other)) = (ours.calm.get(index), theirs.calm.get(index)) {
            for (what, of) in [("p50", Run::p50 as fn(&Run) -> _), ("p99", Run::p99)] {
                let (one, other) = (of(one), of(other));
                rows.push(Row::ratio(&named(what), (time(one), time(other)), times_longer(one, other)));
            }
        }
    }
    let (one, other) = (ours.old_weight, theirs.old_weight);
    let seen = format!("{name}: old weight, longest of {}", changes::CHANGES);
    rows.push(Row::ratio(&seen, (time(one), time(other)), times_longer(one, other)));
    let each = [ours, theirs].map(|one| format!("{:.1} KiB", idle::each(one.memory)));
    let [one, other] = [ours, theirs].map(|one| one.memory[1] - one.memory[0]);
    rows.push(Row::ratio(&format!("{name}: one of {} idle", idle::CONNECTIONS), each.into(), one / other));
    rows
}
