//! The record as Markdown: for pull requests, tickets and chats. What comes from outside can not change its form.

use std::fmt::Write;

use crate::model::difference::Difference;
use crate::model::policy::RuleResult;
use crate::model::verdict::{Measurement, Verdict};
use crate::one_line::one_line;

use super::time::{date_and_time, of_day};
use super::{Report, VerdictLine, stages};

pub(super) fn write(report: &Report, pictures: &[&str]) -> String {
    let mut text = String::new();
    head(&mut text, report);
    for picture in pictures {
        line(&mut text, &format!("\n![the release over time]({picture})"));
    }
    stages::write(&mut text, report);
    decisions(&mut text, report);
    shapes(&mut text, report);
    verdicts(&mut text, report);
    rules(&mut text, report);
    explanations(&mut text, report);
    people(&mut text, report);
    failures(&mut text, report);
    differences(&mut text, report);
    pins(&mut text, report);
    text
}

fn head(text: &mut String, report: &Report) {
    let from = report.stable.as_ref().map_or_else(String::new, |stable| format!("{} → ", cell(stable)));
    let outcome = match (&report.outcome, &report.waiting_for) {
        (Some(outcome), _) => format!("**{outcome}**: {}", cell(&report.reason)),
        (None, Some(waiting)) => format!("**open**, waits for {}", cell(waiting)),
        (None, None) => "**open**".to_owned(),
    };
    line(text, &format!("# {}: {from}{}", cell(&report.service), cell(&report.candidate)));
    line(text, &format!("\n{outcome}\n"));
    line(text, "| | |\n| --- | --- |");
    let mut row = |name: &str, value: String| line(text, &format!("| {name} | {value} |"));
    row("release", format!("`{}`", cell(&report.release)));
    row("environment", cell(&report.environment));
    if report.rehearsal {
        row("rehearsal", "of the first step and its way back; nobody was to be exposed".to_owned());
    }
    row("who", cell(&report.who));
    if !report.comment.is_empty() {
        row("comment", cell(&report.comment));
    }
    if !report.changelog.is_empty() {
        row("changelog", cell(&report.changelog));
    }
    if !report.tickets.is_empty() {
        row("tickets", cell(&report.tickets.join(", ")));
    }
    row("began", date_and_time(report.started_at));
    row("last event", date_and_time(report.last_at));
}

fn decisions(text: &mut String, report: &Report) {
    line(text, "\n## Decisions\n\n| time (UTC) | decision | about | reasons |\n| --- | --- | --- | --- |");
    for one in &report.decisions {
        let reasons: Vec<String> =
            one.decision.reasons.iter().map(|reason| cell(&reason.to_string())).collect();
        let (kind, about) = (one.decision.kind, cell(&one.decision.about));
        line(text, &format!("| {} | {kind} | {about} | {} |", of_day(one.at), reasons.join("<br>")));
    }
}

fn shapes(text: &mut String, report: &Report) {
    line(text, "\n## Shapes\n\n| asked for | in effect | shape |\n| --- | --- | --- |");
    for one in &report.shapes {
        let effect = one.in_effect_at.map_or_else(|| "never".to_owned(), of_day);
        line(text, &format!("| {} | {effect} | {} |", of_day(one.intended_at), one.shape));
    }
}

/// Verdicts in a row that say the same are one line, with the range of each value.
fn verdicts(text: &mut String, report: &Report) {
    if report.verdicts.is_empty() {
        return;
    }
    line(text, "\n## Verdicts\n\n| from | to | step | check | verdict | rounds | values | last reason |");
    line(text, "| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut checks: Vec<&str> = report.verdicts.iter().map(|one| one.judgement.check.as_str()).collect();
    checks.sort_unstable();
    checks.dedup();
    for check in checks {
        let of_check: Vec<&VerdictLine> =
            report.verdicts.iter().filter(|one| one.judgement.check == check).collect();
        for run in of_check.chunk_by(|one, other| kind(one) == kind(other)) {
            verdict_run(text, check, run);
        }
    }
}

fn kind(one: &VerdictLine) -> (&str, Verdict) {
    (&one.step, one.judgement.verdict)
}

fn verdict_run(text: &mut String, check: &str, run: &[&VerdictLine]) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let values: Vec<String> = last.judgement.measurements.iter().map(|one| range(one, run)).collect();
    let (step, verdict) = kind(last);
    line(
        text,
        &format!(
            "| {} | {} | {} | {} | {verdict} | {} | {} | {} |",
            of_day(first.at),
            of_day(last.at),
            cell(step),
            cell(check),
            run.len(),
            values.join("<br>"),
            cell(&last.judgement.reason),
        ),
    );
}

fn range(measurement: &Measurement, run: &[&VerdictLine]) -> String {
    let values = run.iter().flat_map(|one| &one.judgement.measurements);
    let known = values.filter(|one| one.name == measurement.name).filter_map(|one| one.value);
    let (low, high) = known
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let shown = match (low.is_finite(), high > low) {
        (false, _) => "not measured".to_owned(),
        (true, false) => number(low),
        (true, true) => format!("{} to {}", number(low), number(high)),
    };
    format!("{} {shown} ({})", cell(&measurement.name), cell(&measurement.bound))
}

fn rules(text: &mut String, report: &Report) {
    let told = report.rules.iter().flat_map(|line| line.outcomes.iter().map(move |outcome| (line, outcome)));
    let told: Vec<_> =
        told.filter(|(_, one)| !matches!(one.result, RuleResult::Pass | RuleResult::Skipped)).collect();
    let asked: usize = report.rules.iter().map(|line| line.outcomes.len()).sum();
    line(text, "\n## Policies\n");
    let waived = told.iter().filter(|(_, one)| one.result == RuleResult::Waived).count();
    let and_waived = if waived > 0 { format!(", {waived} waived") } else { String::new() };
    line(text, &format!("{asked} evaluations; {} did not pass{and_waived}.", told.len() - waived));
    if told.is_empty() {
        return;
    }
    line(text, "\n| time (UTC) | before | rule | enforcement | result | message |");
    line(text, "| --- | --- | --- | --- | --- | --- |");
    for (at, one) in told {
        let (moment, rule) = (word(&at.moment), format!("{}/{}", cell(&one.policy), cell(&one.rule)));
        let (enforcement, result) = (word(&one.enforcement), word(&one.result));
        let message = cell(&one.message);
        line(
            text,
            &format!("| {} | {moment} | {rule} | {enforcement} | {result} | {message} |", of_day(at.at)),
        );
    }
}

/// An indented block takes any text as it is.
fn explanations(text: &mut String, report: &Report) {
    if report.explanations.is_empty() {
        return;
    }
    line(text, "\n### Why rules refused");
    for one in &report.explanations {
        let rule = format!("{}/{}", cell(&one.outcome.policy), cell(&one.outcome.rule));
        let (moment, at) = (word(&one.moment), of_day(one.at));
        line(text, &format!("\n{rule}, before {moment}, {at}: {}\n", cell(&one.outcome.message)));
        for drawn in one.drawn.lines() {
            let plain: String = drawn.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
            line(text, &format!("    {plain}"));
        }
    }
}

fn people(text: &mut String, report: &Report) {
    if report.signals.is_empty() {
        return;
    }
    line(text, "\n## What people said\n\n| time (UTC) | who | word | comment |\n| --- | --- | --- | --- |");
    for one in &report.signals {
        let (who, word, comment) = (cell(&one.who), word(&one.signal), cell(&one.comment));
        line(text, &format!("| {} | {who} | {word} | {comment} |", of_day(one.at)));
    }
}

fn failures(text: &mut String, report: &Report) {
    if report.failures.is_empty() {
        return;
    }
    line(text, "\n## Failures\n\n| time (UTC) | of | what |\n| --- | --- | --- |");
    for one in &report.failures {
        line(text, &format!("| {} | {} | {} |", of_day(one.at), cell(&one.of), cell(&one.what)));
    }
}

fn differences(text: &mut String, report: &Report) {
    if report.differences.is_empty() {
        return;
    }
    line(text, "\n## Where the shadow answered otherwise\n");
    line(text, "| time (UTC) | request | what | stable | shadow |\n| --- | --- | --- | --- | --- |");
    for one in &report.differences {
        let Difference { kind, method, path, place, stable, shadow, .. } = &one.difference;
        let (request, what) = (cell(&format!("{method} {path}")), cell(&format!("{kind} {place}")));
        let (stable, shadow) = (cell(stable), cell(shadow));
        line(
            text,
            &format!("| {} | {request} | {} | {stable} | {shadow} |", of_day(one.at), what.trim_end()),
        );
    }
}

fn pins(text: &mut String, report: &Report) {
    line(text, "\n## Plan\n");
    line(text, &format!("- plan `{}`", report.plan_digest));
    for one in &report.plugins {
        let (place, name, source) = (cell(&one.place), cell(&one.name), cell(&one.source));
        line(text, &format!("- {place}: {name} ({source}) `{}`", one.digest));
    }
    for policy in &report.policies {
        line(text, &format!("- policy {}", cell(policy)));
    }
}

/// Text from outside, so that it stays in its cell and is no markup.
pub(super) fn cell(text: &str) -> String {
    let mut safe = String::new();
    for character in one_line(text).chars().take(2_000) {
        match character {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '#' => {
                safe.push('\\');
                safe.push(character);
            }
            character => safe.push(character),
        }
    }
    safe
}

pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn number(value: f64) -> String {
    let shown = format!("{value:.4}");
    shown.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "{line}");
}
