//! One decision by four rules, beside the same in Rego and Cedar: reading the rules, asking them, and telling why.

use std::hint::black_box;
use std::time::Duration;

use sluice_core::model::policy::Moment;
use sluice_policy::expression::{Expression, Kind, Value, Variables, compile};
use sluice_policy::vocabulary;

use crate::beside::{cedar, rego};
use crate::figure::{Bar, Failure, Figure, Row};
use crate::ours::{self, Facts};
use crate::table::time;
use crate::times::{Runner, Times, by_turns, times_longer};

const TURNS: usize = 30;
/// Calls that are timed together: one alone is too short for the clock.
const CALLS: usize = 100;
/// The name of the rows without what surrounds the rules.
const ALONE: &str = "the rules alone";
const RULES: [&str; 4] = [
    "metrics[\"errors.ratio\"] < 0.01",
    "metrics[\"latency.p99\"] < 0.3",
    "release.environment in [\"staging\", \"production\"]",
    "size(approvals) >= 2",
];

pub fn measure() -> Result<Figure, Failure> {
    let (good, bad) = (Facts::good(), Facts::bad());
    let mut rows = compilation()?;
    rows.extend(rules_alone(&good)?);
    rows.extend(whole("passing decision", &good, 0)?);
    rows.extend(whole("refused decision", &bad, RULES.len())?);
    rows.push(traced(&good)?);
    Ok(Figure {
        title: String::from("policies: four rules (error rate, latency, environment, approvals)"),
        beside: String::from("`regorus`, by its interpreter or its virtual machine (vm), and `cedar-policy`"),
        rows,
        notes: vec![
            format!(
                "Medians of {TURNS} turns of {CALLS} of each. All were seen to refuse for the same rules."
            ),
            String::from(
                "A decision begins with what is known of the release, and ends with every rule's answer.",
            ),
        ],
    })
}

fn compilation() -> Result<Vec<Row>, Failure> {
    let document = ours::GUARD.to_owned();
    let mut sluice = || {
        black_box(ours::set([&document])?);
        Ok(())
    };
    let mut interpreter = || {
        black_box(rego::compiled()?);
        Ok(())
    };
    let mut machine = || {
        black_box(rego::machine()?);
        Ok(())
    };
    let mut cedar = || {
        black_box(cedar::compiled(cedar::GUARD)?);
        Ok(())
    };
    let runners: [Runner<'_>; 4] = [&mut sluice, &mut interpreter, &mut machine, &mut cedar];
    let [sluice, interpreter, machine, cedar] = by_turns(TURNS, 10, runners)?;
    let row = |name: &str, theirs: &Times| {
        let shown = (time(sluice.median()), time(theirs.median()));
        Row::ratio(&format!("reading, by {name}"), shown, times_longer(sluice.median(), theirs.median()))
    };
    Ok(vec![row("Rego", &interpreter), row("Rego (vm)", &machine), row("Cedar", &cedar)])
}

/// The rules over facts that every engine already has in its own form.
fn rules_alone(facts: &Facts) -> Result<Vec<Row>, Failure> {
    let scope = vocabulary::scope(&Default::default(), []);
    let rules: Vec<Expression> = RULES
        .iter()
        .map(|rule| compile(rule, &scope, &Kind::Bool).map_err(|flaws| format!("{flaws:?}").into()))
        .collect::<Result<_, Failure>>()?;
    let context = ours::context(facts);
    let variables: Variables<'_> = vocabulary::variables(&context)?;
    let mut sluice = repeated(|| {
        let holds = |rule: &Expression| rule.evaluate(&variables).value == Ok(Value::Bool(true));
        Ok(rules.iter().filter(|rule| !holds(rule)).count())
    });
    let input = rego::input(facts);
    let mut engine = rego::engine([rego::GUARD])?;
    let mut interpreter = repeated(|| rego::interpreted(&mut engine, input.clone()));
    let mut vm = rego::machine()?;
    let mut machine = repeated(|| rego::ran(&mut vm, input.clone()));
    let guard = cedar::Guard::of(cedar::GUARD)?;
    let request = guard.request(facts)?;
    let mut cedar = repeated(|| guard.refusals(&request));
    beside(ALONE, [&mut sluice, &mut interpreter, &mut machine, &mut cedar], 0)
}

/// From what is known of the release to every rule's answer.
fn whole(name: &str, facts: &Facts, refusals: usize) -> Result<Vec<Row>, Failure> {
    let set = ours::set([&ours::GUARD.to_owned()])?;
    let context = ours::context(facts);
    let mut sluice = repeated(|| Ok(ours::refusals(&set, &context)));
    let mut engine = rego::engine([rego::GUARD])?;
    let mut interpreter = repeated(|| rego::interpreted(&mut engine, rego::input(facts)));
    let mut vm = rego::machine()?;
    let mut machine = repeated(|| rego::ran(&mut vm, rego::input(facts)));
    let guard = cedar::Guard::of(cedar::GUARD)?;
    let mut cedar = repeated(|| guard.refusals(&guard.request(facts)?));
    beside(name, [&mut sluice, &mut interpreter, &mut machine, &mut cedar], refusals)
}

fn traced(facts: &Facts) -> Result<Row, Failure> {
    let set = ours::set([&ours::GUARD.to_owned()])?;
    let context = ours::context(facts);
    let mut on = repeated(|| Ok(set.explain(Moment::Shape, &context).len()));
    let mut off = repeated(|| Ok(set.evaluate(Moment::Shape, &context).len()));
    let [on, off] = by_turns(TURNS, 1, [&mut || on().map(drop), &mut || off().map(drop)])?;
    let shown = (time(each(&on)), time(each(&off)));
    Ok(Row::ratio("with every value kept, by without", shown, times_longer(on.median(), off.median())))
}

type Refusals<'a> = &'a mut dyn FnMut() -> Result<usize, Failure>;

/// Rows of ours beside each of the others, once all gave the same answer.
fn beside(name: &str, [a, b, c, d]: [Refusals<'_>; 4], refusals: usize) -> Result<Vec<Row>, Failure> {
    let counts = [a()?, b()?, c()?, d()?];
    if counts != [refusals; 4] {
        return Err(format!("the engines refuse by {counts:?} rules, and not by {refusals}").into());
    }
    let runners: [Runner<'_>; 4] =
        [&mut || a().map(drop), &mut || b().map(drop), &mut || c().map(drop), &mut || d().map(drop)];
    let [sluice, interpreter, machine, cedar] = by_turns(TURNS, 1, runners)?;
    let row = |engine: &str, theirs: &Times| {
        let ratio = times_longer(sluice.median(), theirs.median());
        let row =
            Row::ratio(&format!("{name}, by {engine}"), (time(each(&sluice)), time(each(theirs))), ratio);
        (row, Bar::at_most(1.0, ratio, "x"))
    };
    let barred = |(row, bar): (Row, Bar)| row.with(bar);
    // Most of a decision is to make values of what is known, of which the virtual machine is given less.
    let by_machine = match row("Rego (vm)", &machine) {
        (row, bar) if name == ALONE => row.with(bar),
        (row, _) => row,
    };
    Ok(vec![barred(row("Rego", &interpreter)), by_machine, barred(row("Cedar", &cedar))])
}

/// One of the calls that were timed together.
fn each(times: &Times) -> Duration {
    times.median() / u32::try_from(CALLS).unwrap_or(u32::MAX)
}

/// Many calls, and what the last came to.
fn repeated<'a>(
    mut call: impl FnMut() -> Result<usize, Failure> + 'a,
) -> impl FnMut() -> Result<usize, Failure> + 'a {
    move || {
        let mut last = 0;
        for _ in 0..CALLS {
            last = black_box(call()?);
        }
        Ok(last)
    }
}
