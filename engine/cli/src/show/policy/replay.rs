//! What other policies would have said: as a table, as JSON, as Markdown.

use sluice_core::model::policy::RuleOutcome;
use sluice_runner::journal::Summary;
use sluice_runner::policies::replay::{Change, Replayed};

use super::super::{JSON_VERSION, counted, json_line, note, safe, table as draw, time};

type All = [(Summary, Replayed)];

pub fn table(all: &All) {
    let rows: Vec<Vec<String>> = rows(all).collect();
    if !rows.is_empty() {
        draw(&["release", "when (UTC)", "before", "step", "then", "now", "times", "because"], rows);
    }
    note(&summed(all));
}

pub fn json(all: &All) {
    for (summary, replayed) in all {
        for change in &replayed.changes {
            json_line(&serde_json::json!({
                "version": JSON_VERSION, "type": "changed-decision", "release": summary.id, "service": summary.service,
                "environment": summary.environment, "at": change.at, "moment": change.moment, "step": change.step,
                "was-refused": change.was_refused, "is-refused": !change.was_refused, "times": change.times,
                "because": change.because,
            }));
        }
    }
    let (asked, changed) = sums(all);
    json_line(&serde_json::json!({
        "version": JSON_VERSION, "type": "replayed", "releases": all.len(), "decisions": asked, "changed": changed,
    }));
}

pub fn markdown(all: &All) -> String {
    let mut text = format!("## Policies against history\n\n{}.\n", summed(all));
    let rows: Vec<Vec<String>> = rows(all).collect();
    if !rows.is_empty() {
        text.push_str("\n| release | when (UTC) | before | step | then | now | times | because |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        rows.iter().for_each(|row| {
            let cells: Vec<String> = row.iter().map(|one| cell(one)).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        });
    }
    text
}

fn rows(all: &All) -> impl Iterator<Item = Vec<String>> {
    all.iter().flat_map(|(summary, replayed)| replayed.changes.iter().map(|change| row(summary, change)))
}

fn row(summary: &Summary, change: &Change) -> Vec<String> {
    let word = |refused: bool| if refused { "refused" } else { "allowed" }.to_owned();
    let because = |one: &RuleOutcome| format!("{}/{}: {}", one.policy, one.rule, one.message);
    let because: Vec<String> = change.because.iter().map(because).collect();
    vec![
        summary.id.clone(),
        time::date_and_minute(change.at),
        change.moment.name().to_owned(),
        if change.step.is_empty() { "-".to_owned() } else { change.step.clone() },
        word(change.was_refused),
        word(!change.was_refused),
        change.times.to_string(),
        because.join("; "),
    ]
}

fn summed(all: &All) -> String {
    let (asked, changed) = sums(all);
    let releases = counted(all.len(), "release", "releases");
    let decisions = counted(asked, "decision", "decisions");
    match changed {
        0 => format!("{releases}, {decisions}: none would change"),
        _ => format!("{releases}, {decisions}: {changed} would change"),
    }
}

fn sums(all: &All) -> (usize, usize) {
    let asked = all.iter().map(|(_, replayed)| replayed.asked).sum();
    let times = |replayed: &Replayed| replayed.changes.iter().map(|change| change.times).sum::<usize>();
    (asked, all.iter().map(|(_, replayed)| times(replayed)).sum())
}

/// Text from outside, so that it stays in its cell and is no markup.
fn cell(text: &str) -> String {
    let escaped = safe(text);
    escaped.chars().fold(String::new(), |mut cell, one| {
        if "|*_`[]<>\\#".contains(one) {
            cell.push('\\');
        }
        cell.push(one);
        cell
    })
}
