//! Sets of policies with five rules each over one context: how long a decision takes, and how that grows.

use std::hint::black_box;

use sluice_core::model::policy::Moment;

use crate::beside::{cedar, rego};
use crate::figure::{Bar, Failure, Figure, Row};
use crate::ours::{self, Facts};
use crate::table::time;
use crate::times::{Runner, Times, by_turns, times_longer};

const LARGEST: usize = 1_000;
/// Of the largest set, this many policies are for the release.
const MATCHING: usize = 10;
const TURNS: usize = 20;
const CALLS: usize = 10;

pub fn measure() -> Result<Figure, Failure> {
    let services = LARGEST / MATCHING;
    let sets = [
        ("10 policies, all match", MATCHING, 1),
        ("100 policies, 10 match", 100, 100 / MATCHING),
        ("1000 policies, 10 match", LARGEST, services),
        ("1000 policies, none match", LARGEST, 0),
        ("1000 policies, all match", LARGEST, 1),
    ];
    let times: Vec<Times> =
        sets.iter().map(|(_, policies, services)| asked(*policies, *services)).collect::<Result<_, _>>()?;
    let mut rows: Vec<Row> = sets.iter().zip(&times).map(|((name, ..), times)| spread(name, times)).collect();
    rows.push(growth("1000 with 10 that match, by 10", &times[2], &times[0]));
    rows.push(growth("1000 that match, by 10", &times[4], &times[0]));
    rows.push(traced(services)?);
    rows.extend(beside(services)?);
    Ok(Figure {
        title: String::from("policies: sets with five rules each, over one context"),
        beside: String::from(
            "the slowest in a hundred (p99) where there is no ratio, else what the row names",
        ),
        rows,
        notes: vec![
            format!(
                "Medians of {} decisions. Rules of policies that can not match are not evaluated.",
                TURNS * CALLS
            ),
            String::from("What does not match costs telling that each of its rules was skipped, and why."),
        ],
    })
}

/// Of `services` services one is the release's; with none, no policy is for it.
fn documents(policies: usize, services: usize) -> Vec<String> {
    match services {
        0 => (0..policies).map(|number| ours::numbered(number + 1_000_000, usize::MAX)).collect(),
        1 => {
            (0..policies).map(|number| ours::numbered(number, 1).replace("service-0", "service-7")).collect()
        }
        _ => (0..policies).map(|number| ours::numbered(number, services)).collect(),
    }
}

fn asked(policies: usize, services: usize) -> Result<Times, Failure> {
    let set = ours::set(&documents(policies, services))?;
    let context = ours::context(&Facts::good());
    let [times] = by_turns(
        TURNS,
        CALLS,
        [&mut || {
            black_box(set.evaluate(Moment::Shape, &context));
            Ok(())
        }],
    )?;
    Ok(times)
}

fn spread(name: &str, times: &Times) -> Row {
    let (median, slowest) = (times.median(), times.quantile(0.99));
    Row { ratio: None, ..Row::ratio(name, (time(median), time(slowest)), 0.0) }
}

fn growth(name: &str, large: &Times, small: &Times) -> Row {
    let shown = (time(large.median()), time(small.median()));
    Row::ratio(name, shown, times_longer(large.median(), small.median()))
}

fn traced(services: usize) -> Result<Row, Failure> {
    let set = ours::set(&documents(LARGEST, services))?;
    let context = ours::context(&Facts::good());
    let mut on = || {
        black_box(set.explain(Moment::Shape, &context));
        Ok(())
    };
    let mut off = || {
        black_box(set.evaluate(Moment::Shape, &context));
        Ok(())
    };
    let [on, off] = by_turns(TURNS, CALLS, [&mut on, &mut off])?;
    let shown = (time(on.median()), time(off.median()));
    Ok(Row::ratio("1000 with values kept, by without", shown, times_longer(on.median(), off.median())))
}

/// The same thousand in the other languages.
fn beside(services: usize) -> Result<Vec<Row>, Failure> {
    let facts = Facts::good();
    let set = ours::set(&documents(LARGEST, services))?;
    let context = ours::context(&facts);
    let modules: Vec<String> = (0..LARGEST).map(|number| rego::numbered(number, services)).collect();
    let mut engine = rego::engine(modules.iter().map(String::as_str))?;
    let rules: String = (0..LARGEST).map(|number| cedar::numbered(number, services)).collect();
    let permit = "permit (principal, action == Action::\"shape\", resource);\n";
    let guard = cedar::Guard::of(&format!("{permit}{rules}"))?;
    let refusals = [
        ours::refusals(&set, &context),
        rego::interpreted_set(&mut engine, rego::input(&facts))?,
        guard.refusals(&guard.request(&facts)?)?,
    ];
    if refusals != [0; 3] {
        return Err(format!("the engines refuse by {refusals:?} rules, and not by none").into());
    }
    let mut sluice = || {
        black_box(ours::refusals(&set, &context));
        Ok(())
    };
    let mut rego = || {
        black_box(rego::interpreted_set(&mut engine, rego::input(&facts))?);
        Ok(())
    };
    let mut cedar = || {
        black_box(guard.refusals(&guard.request(&facts)?)?);
        Ok(())
    };
    let runners: [Runner<'_>; 3] = [&mut sluice, &mut rego, &mut cedar];
    let [sluice, rego, cedar] = by_turns(TURNS, 2, runners)?;
    let row = |name: &str, theirs: &Times| {
        let ratio = times_longer(sluice.median(), theirs.median());
        let shown = (time(sluice.median()), time(theirs.median()));
        Row::ratio(&format!("1000, 10 match, by {name}"), shown, ratio).with(Bar::at_most(1.0, ratio, "x"))
    };
    Ok(vec![row("Rego", &rego), row("Cedar", &cedar)])
}
