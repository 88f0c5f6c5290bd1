//! What hostile expressions take: each is read and evaluated in a process of its own, and must end with an error soon
//! and small.

use std::process::Command;
use std::time::{Duration, Instant};

use sluice_policy::cel::{Limits, Names, Value, evaluate, parse};

use crate::figure::{Bar, Failure, Figure, Row};
use crate::table::time;

/// The bars.
const LONGEST_MS: f64 = 100.0;
const LARGEST_MB: f64 = 64.0;
const RUNS: usize = 5;
/// The first argument of a process that evaluates one of them.
const ROLE: &str = "evaluate-hostile";

struct Lists;

impl Names for Lists {
    fn find(&self, name: &str) -> Option<Value> {
        match name {
            "numbers" => Some(Value::list((0..10_000).map(Value::Int))),
            "text" => Some(Value::text("a".repeat(1000))),
            _ => None,
        }
    }
}

/// Name, and expression.
fn expressions() -> Vec<(&'static str, String)> {
    vec![
        ("10,000 nested parentheses", format!("{}1{} == 1", "(".repeat(10_000), ")".repeat(10_000))),
        ("a chain of 10,000 additions", format!("{} == 0", vec!["1"; 10_001].join(" + "))),
        ("a chain of 10,000 `&&`", vec!["true"; 10_001].join(" && ")),
        ("a chain of 10,000 `!`", format!("{}true", "!".repeat(10_000))),
        ("a chain of 10,000 fields", format!("numbers{}", ".a".repeat(10_000))),
        ("a loop of 10k by 10k", String::from("numbers.all(a, numbers.all(b, a + b >= 0))")),
        ("the same, absorbed", String::from("numbers.all(a, numbers.all(b, true)) || true")),
        ("lists of 10k by 10k", String::from("numbers.map(a, numbers.map(b, a * b)).size() > 0")),
        ("lists that grow in a loop", String::from("numbers.map(a, numbers + numbers).size() > 0")),
        ("replacements, 1 GB", format!("text{}.size() > 0", ".replace('a', 'aaaaaaaaaa')".repeat(6))),
        (
            "replacements in a loop",
            String::from("numbers.map(a, text.replace('a', 'aaaaaaaaaa')).size() > 0"),
        ),
        ("sums of texts in a loop", String::from("numbers.map(a, text + text + text).size() > 0")),
        ("a list of 100,000 literals", format!("[{}].size() > 0", vec!["1"; 100_000].join(","))),
        ("a range of a billion", String::from("lists.range(1000000000).size() > 0")),
        ("patterns that explode", String::from("text.matches('(((a{99}){99}){99}){99}')")),
        ("patterns on long texts", format!("numbers.exists(a, !text.matches('{}'))", "(a|aa)*".repeat(60))),
        ("a pattern for each number", String::from("numbers.exists(a, text.matches('^b' + string(a)))")),
        ("widths of `format`", String::from("numbers.all(a, '%.1000000f'.format([1.0]) != '')")),
        ("sorting in a loop", String::from("numbers.all(a, numbers.sort().size() > 0)")),
        ("distinct in a loop", String::from("numbers.all(a, numbers.distinct().size() > 0)")),
        ("comparing lists in a loop", String::from("numbers.all(a, numbers == numbers)")),
        ("splitting in a loop", String::from("numbers.map(a, text.split('')).size() > 0")),
        (
            "flattening",
            String::from("numbers.map(a, [a, [a, [a]]]).flatten(3).map(a, numbers).flatten() == []"),
        ),
        ("lists of the same lists", doubled()),
        ("lazy values", String::from("cel.bind(a, numbers.map(x, text + text), a.map(y, y + y)) == []")),
    ]
}

/// Thirty lists, each of which holds the one before it twice.
fn doubled() -> String {
    let bind = |body: String, at: usize| format!("cel.bind(v{at}, [v{0}, v{0}], {body})", at - 1);
    format!("cel.bind(v0, [1, 1], {})", (1..30).rev().fold(String::from("v29 == v29"), bind))
}

pub fn measure() -> Result<Figure, Failure> {
    let mut rows = Vec::new();
    for (at, (name, _)) in expressions().iter().enumerate() {
        let (took, bytes) = quickest(at).map_err(|error| format!("{name}: {error}"))?;
        let (milliseconds, megabytes) = (took.as_secs_f64() * 1e3, bytes / 1e6);
        let bar = Bar {
            text: format!("at most {LONGEST_MS} ms and {LARGEST_MB} MB"),
            met: milliseconds <= LONGEST_MS && megabytes <= LARGEST_MB,
        };
        let shown = (time(took), format!("{megabytes:.1} MB"));
        rows.push(Row { ratio: None, ..Row::ratio(name, shown, 0.0) }.with(bar));
    }
    Ok(Figure {
        title: String::from("hostile expressions, which all end with an error"),
        beside: String::from("the memory that reading and evaluating took at most"),
        rows,
        notes: vec![format!(
            "Each in a process of its own, the quickest of {RUNS}. What they do is counted, and bounded by counts."
        )],
    })
}

/// Runs one of them where the arguments say so.
pub fn role(arguments: &[String]) -> Option<Result<(), Failure>> {
    let [first, at] = arguments else { return None };
    (first == ROLE).then(|| print(at.parse()?))
}

/// Of some runs, as a machine that does other things beside makes one longer and none shorter.
fn quickest(at: usize) -> Result<(Duration, f64), Failure> {
    let mut best = of(at)?;
    for _ in 1..RUNS {
        let (took, bytes) = of(at)?;
        best = (best.0.min(took), best.1.max(bytes));
    }
    Ok(best)
}

fn of(at: usize) -> Result<(Duration, f64), Failure> {
    let output = Command::new(std::env::current_exe()?).args([ROLE, &at.to_string()]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (nanos, bytes) = text.trim().split_once(' ').ok_or_else(|| format!("it ended with: {text}"))?;
    Ok((Duration::from_nanos(nanos.parse()?), bytes.parse()?))
}

fn print(at: usize) -> Result<(), Failure> {
    let (_, source) = expressions().into_iter().nth(at).ok_or("there is no such expression")?;
    let before = kilobytes("VmRSS:")?;
    let started = Instant::now();
    let error = ended(&source);
    let took = started.elapsed();
    let peak = kilobytes("VmHWM:")?.saturating_sub(before) * 1024;
    error.ok_or("it does not end with an error")?;
    println!("{} {peak}", took.as_nanos());
    Ok(())
}

/// The error that an expression ends with.
fn ended(source: &str) -> Option<String> {
    let limits = Limits::default();
    match parse(source, &limits) {
        Ok(parsed) => {
            evaluate(&parsed.root, &Lists, &limits, None).value.err().map(|error| error.to_string())
        }
        Err(flaws) => flaws.into_iter().next().map(|flaw| flaw.message),
    }
}

fn kilobytes(field: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix(field)).ok_or("the kernel tells no memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hostile_expression_ends_with_an_error() {
        for (name, source) in expressions() {
            assert!(ended(&source).is_some(), "{name}");
        }
    }
}
