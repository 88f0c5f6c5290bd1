//! Two releases beside one another, for people.

use std::collections::BTreeMap;

use sluice_core::report::{Comparison, Side, Spread};

use super::style::{BOLD, painted};
use super::{line, safe, table, time};

pub fn print(compared: &Comparison) {
    let [one, other] = &compared.releases;
    let pair = |name: &str, of: fn(&Side) -> String| vec![name.to_owned(), of(one), of(other)];
    let rows = vec![
        pair("candidate", |side| side.candidate.clone()),
        pair("from", |side| side.stable.clone().unwrap_or_else(|| "-".to_owned())),
        pair("who", |side| side.who.clone()),
        pair("began", |side| time::date_and_minute(side.started_at)),
        pair("took", |side| time::span(side.took_ms)),
        pair("outcome", |side| side.outcome.map_or_else(|| "open".to_owned(), |one| one.to_string())),
        pair("because", |side| cut(&side.reason)),
    ];
    table(&["", &one.release, &other.release], rows);
    plan(compared);
    steps(compared);
    decisions(compared);
}

fn plan(compared: &Comparison) {
    head("plan");
    if compared.plan.is_empty() {
        line("the same");
        return;
    }
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), cut);
    let rows = compared.plan.iter().map(|one| {
        let [first, second] = &one.values;
        vec![one.place.clone(), value(first), value(second)]
    });
    table(&["place", "first", "second"], rows.collect());
    if compared.plan_left_out > 0 {
        line(&format!("{} further differences", compared.plan_left_out));
    }
}

/// How long each step took, what was said in it, and on what that rests.
fn steps(compared: &Comparison) {
    head("steps");
    let mut rows = Vec::new();
    for step in &compared.steps {
        let took = step.took_ms.map(|took| took.map_or_else(|| "-".to_owned(), time::span));
        let [first, second] = took;
        rows.push(vec![step.step.clone(), "took".to_owned(), first, second]);
        for one in compared.verdicts.iter().filter(|one| one.step == step.step) {
            let [first, second] = &one.counts;
            rows.push(vec![String::new(), one.check.clone(), told(first), told(second)]);
            let measured =
                compared.measured.iter().filter(|two| two.step == one.step && two.check == one.check);
            rows.extend(measured.map(|two| {
                let [first, second] = two.values;
                vec![String::new(), format!("  {}", two.name), spread(first), spread(second)]
            }));
        }
    }
    if rows.is_empty() {
        line("neither came to a step");
    } else {
        table(&["step", "", "first", "second"], rows);
    }
}

fn decisions(compared: &Comparison) {
    head("decided");
    let [first, second] = &compared.decisions;
    let same = first.iter().zip(second).take_while(|(one, other)| kind(one) == kind(other)).count();
    let (all, others) = (first.len().max(second.len()), same > 0);
    if same == all {
        line("the same, one after the other");
        return;
    }
    if others {
        line(&format!("the same up to `{}`; then", safe(first.get(same - 1).map_or("", |one| kind(one)))));
    }
    for (name, decisions) in ["first ", "second"].into_iter().zip([first, second]) {
        for decision in decisions.iter().skip(same) {
            line(&format!("  {name}  {}", safe(decision)));
        }
        if decisions.len() == same {
            line(&format!("  {name}  nothing further"));
        }
    }
}

fn head(text: &str) {
    line("");
    line(&painted(BOLD, text));
}

/// What was decided, without the reasons and their numbers.
fn kind(decision: &str) -> &str {
    decision.split(": ").next().unwrap_or_default()
}

fn told(counts: &BTreeMap<String, u64>) -> String {
    let told: Vec<String> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    if told.is_empty() { "-".to_owned() } else { told.join(", ") }
}

/// A value alone, or from the least over the mean to the most.
fn spread(spread: Option<Spread>) -> String {
    let number = |value: f64| format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned();
    match spread {
        None => "-".to_owned(),
        Some(one) if one.least == one.most => number(one.mean),
        Some(one) => format!("{} to {}, mean {}", number(one.least), number(one.most), number(one.mean)),
    }
}

/// A cell of a table, so that the second release is seen beside the first.
fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        cut.push('…');
    }
    cut
}

const MOST: usize = 60;
