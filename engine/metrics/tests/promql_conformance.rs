//! Prometheus' own PromQL tests. Not all of the language is here yet: the count of what passes may
//! only grow.

use std::collections::BTreeMap;

use serde_json::Value;
use sluice_metrics::promql::{Answer, AnswerKind, Options, PromqlError, check, instant, range};
use sluice_metrics::series::{Labels, Selector, SeriesView, Source, Standing, stale_marker};

use crate::vectors;

/// What passed when this was last raised.
const FLOOR: usize = 812;

#[derive(Default)]
struct Memory {
    series: BTreeMap<Labels, (Vec<i64>, Vec<f64>)>,
}

impl Source for Memory {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let chosen = self.series.iter().filter(|(labels, _)| selector.accepts(labels));
        let view = |(labels, (at, value)): (&'a Labels, &'a (Vec<i64>, Vec<f64>))| SeriesView {
            labels,
            at,
            value,
            standing: Standing::Live,
        };
        chosen.map(view).collect()
    }
}

impl Memory {
    fn load(&mut self, step: &Value) {
        for series in step["series"].as_array().unwrap() {
            let columns = self.series.entry(labels(&series["l"])).or_default();
            for point in series["p"].as_array().unwrap() {
                let value = if point[1] == "stale" { stale_marker() } else { vectors::float(&point[1]) };
                columns.0.push(point[0].as_i64().unwrap());
                columns.1.push(value);
            }
        }
    }
}

#[test]
fn promql() {
    let Some(steps) = vectors::read("promql.ndjson") else { return };
    let mut memory = Memory::default();
    let (mut passed, mut failures) = (0, Vec::new());
    for step in &steps {
        match step["op"].as_str().unwrap() {
            "file" | "clear" => memory = Memory::default(),
            "load" => memory.load(step),
            _ if step["skip"] != "" => {}
            _ => match evaluate(step, &memory) {
                Ok(()) => passed += 1,
                Err(why) => {
                    failures.push(format!("{}: {}: {why}", step["id"].as_str().unwrap(), step["expr"]))
                }
            },
        }
    }
    println!("conformance promql: {passed} of {}", passed + failures.len());
    println!("  failing ids: {}", vectors::write_failures("promql", &failures).display());
    assert!(passed >= FLOOR, "{passed} pass, {FLOOR} did");
}

fn evaluate(step: &Value, memory: &Memory) -> Result<(), String> {
    let outcome = answer(step, memory);
    match (outcome, step["fail"] == true) {
        (Err(PromqlError::Unsupported(what)), _) => Err(format!("unsupported: {what}")),
        (Err(_), true) => Ok(()),
        (Ok(_), true) => Err("must fail".into()),
        (Err(error), false) => Err(error.to_string()),
        (Ok(answer), false) => compare(step, &answer),
    }
}

fn answer(step: &Value, memory: &Memory) -> Result<Answer, PromqlError> {
    let checked = check(step["expr"].as_str().unwrap())?;
    let time = |name: &str| step[name].as_i64().unwrap();
    let options = Options::default();
    let (answer, _) = if step["kind"] == "instant" {
        instant(&checked, memory, time("t"), &options)?
    } else {
        range(&checked, memory, (time("start"), time("end"), time("step")), &options)?
    };
    Ok(answer)
}

fn compare(step: &Value, answer: &Answer) -> Result<(), String> {
    let expected = step["exp"].as_array().unwrap();
    let times: Vec<i64> = if step["kind"] == "instant" {
        vec![step["t"].as_i64().unwrap()]
    } else {
        let time = |name: &str| step[name].as_i64().unwrap();
        (time("start")..=time("end")).step_by(time("step") as usize).collect()
    };
    if expected.first().is_some_and(|one| one["l"].is_null()) != (answer.kind == AnswerKind::Scalar) {
        return Err(format!("the answer is a {:?}", answer.kind));
    }
    if answer.series.len() != expected.len() {
        return Err(format!("{} series, not {}: {:?}", answer.series.len(), expected.len(), answer.series));
    }
    for (position, expected) in expected.iter().enumerate() {
        let wanted = labels(&expected["l"]);
        let found = if step["ordered"] == true {
            answer.series.get(position).filter(|series| series.labels == wanted)
        } else {
            answer.series.iter().find(|series| series.labels == wanted)
        };
        let found = found.ok_or_else(|| format!("no {wanted} in {:?}", answer.series))?;
        let points: BTreeMap<i64, f64> = found.at.iter().copied().zip(found.value.iter().copied()).collect();
        for (index, time) in times.iter().enumerate() {
            let expected = expected["p"].get(index).filter(|value| !value.is_null()).map(vectors::float);
            if !same(expected, points.get(time).copied()) {
                return Err(format!("{wanted} at {time}: {:?}, not {expected:?}", points.get(time)));
            }
        }
    }
    Ok(())
}

fn same(expected: Option<f64>, found: Option<f64>) -> bool {
    match (expected, found) {
        (None, None) => true,
        (Some(expected), Some(found)) if expected.is_nan() => found.is_nan(),
        (Some(expected), Some(found)) => {
            expected == found || (expected - found).abs() <= 1e-6 * expected.abs().max(found.abs())
        }
        _ => false,
    }
}

fn labels(value: &Value) -> Labels {
    // A scalar has no labels at all.
    let Some(pairs) = value.as_object() else { return Labels::default() };
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    Labels::from_strs(pairs)
}
