//! Prometheus' own PromQL tests. Cases with experimental syntax are not counted; of those that fail, the
//! ones that read what the vectors do not hold (native histograms, start timestamps) are told apart. Of
//! the rest nearly all must pass.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use sluice_metrics::promql::{Answer, AnswerKind, Options, PromqlError, check, instant, range};

use crate::memory::{Memory, labels};
use crate::vectors;

/// The share that passed, of the cases that have what they read, when this was last raised.
const FLOOR: f64 = 0.98;

/// How a case ended that did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The case reads series whose samples were left out when the vectors were made.
    InputMissing,
    Other,
}

#[test]
fn promql() {
    let Some(steps) = vectors::read("promql.ndjson") else { return };
    let mut memory = Memory::default();
    let (mut passed, mut experimental) = (0, 0);
    let mut failures: Vec<(Kind, String)> = Vec::new();
    for step in &steps {
        match step["op"].as_str().unwrap() {
            "file" | "clear" => memory = Memory::default(),
            "load" => memory.load(step),
            _ if step["skip"] != "" => {}
            _ if is_experimental(step["expr"].as_str().unwrap()) => experimental += 1,
            _ => match evaluate(step, &memory) {
                Ok(()) => passed += 1,
                Err(why) => {
                    let text = format!("{}: {}: {why}", step["id"].as_str().unwrap(), step["expr"]);
                    failures.push((kind(step, &memory), text));
                }
            },
        }
    }
    report(passed, experimental, failures);
}

fn report(passed: usize, experimental: usize, mut failures: Vec<(Kind, String)>) {
    failures.sort();
    let missing = failures.iter().filter(|(kind, _)| *kind == Kind::InputMissing).count();
    println!("conformance promql: {passed} of {}", passed + failures.len());
    println!(
        "  {missing} of the failing read native histograms or start times, which the vectors leave out;"
    );
    println!("  of the others pass {passed} of {}", passed + failures.len() - missing);
    println!("  not counted: {experimental} with syntax that Prometheus marks experimental");
    for (kind, failure) in &failures {
        println!("  {kind:?} {}", failure.chars().take(240).collect::<String>());
    }
    vectors::write_failures("promql", &failures.iter().map(|(_, one)| one.clone()).collect::<Vec<_>>());
    let with_input = passed + failures.len() - missing;
    assert!(passed as f64 >= FLOOR * with_input as f64, "{passed} of {with_input} pass");
}

fn kind(step: &Value, memory: &Memory) -> Kind {
    let expr = step["expr"].as_str().unwrap();
    let words: HashSet<&str> = expr.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).collect();
    let reads_all = expr.contains("__name__=~") || expr.trim_start().starts_with('{') || expr.contains("({");
    let missing = memory.missing.iter().any(|name| words.contains(name.as_str()));
    if missing || (reads_all && !memory.missing.is_empty()) { Kind::InputMissing } else { Kind::Other }
}

/// `anchored` and `smoothed`, arithmetic where a time stands, and the operators that trim histograms: in
/// Prometheus each is behind a feature flag.
fn is_experimental(expr: &str) -> bool {
    let expr = &without_strings(expr);
    let words = || expr.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let extended = words().any(|word| word == "anchored" || word == "smoothed");
    let trims = expr.contains("</") || expr.contains(">/");
    extended || trims || computes_a_time(expr)
}

fn without_strings(expr: &str) -> String {
    expr.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// Whether a bracket, or what follows `offset`, is more than a time.
fn computes_a_time(expr: &str) -> bool {
    let is_time = |text: &str| {
        !text.trim().is_empty() && text.trim().chars().all(|c| c.is_alphanumeric() || c == '.' || c == '_')
    };
    let bracket = expr.split('[').skip(1).any(|rest| {
        let inner = rest.split(']').next().unwrap_or_default();
        !inner.split(':').all(|part| part.trim().is_empty() || is_time(part)) || inner.contains('(')
    });
    let offset = expr.split("offset ").skip(1).any(|rest| {
        let rest = rest.trim_start_matches(['-', '+', ' ']);
        rest.starts_with('(')
            || ["step", "range", "min_of", "max_of"].iter().any(|name| rest.starts_with(name))
    });
    bracket || offset
}

fn evaluate(step: &Value, memory: &Memory) -> Result<(), String> {
    match (answer(step, memory), step["fail"] == true) {
        // Refusing is right where it must fail, unless nobody knows why it was refused.
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
