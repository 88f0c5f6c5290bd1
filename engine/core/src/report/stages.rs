//! The part of the Markdown that is about preparation, jobs and notices.

use super::Report;
use super::markdown::{cell, line, word};
use super::time::of_day;
use crate::one_line::one_line;
use crate::release::jobs::JobResult;

pub(super) fn write(text: &mut String, report: &Report) {
    findings(text, report);
    jobs(text, report);
    notices(text, report);
}

fn findings(text: &mut String, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    line(text, "\n## Preparation\n\n| looked at | found | |\n| --- | --- | --- |");
    for one in &report.findings {
        line(text, &format!("| {} | {} | {} |", cell(&one.of), word(&one.grade), cell(&one.text)));
    }
}

fn jobs(text: &mut String, report: &Report) {
    if report.jobs.is_empty() {
        return;
    }
    line(text, "\n## Jobs\n\n| ended | stage | job | kind | try | result | took | tests | kept |");
    line(text, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for one in &report.jobs {
        let result = &one.result;
        let sign = if result.passed { "passed" } else { "**failed**" };
        let tests = result.tests.as_ref().map_or_else(String::new, |tests| tests.told());
        let kept: Vec<String> = result.kept.iter().map(|path| cell(path)).collect();
        let (took, kept) = (crate::document::measure::show_duration(result.took_ms), kept.join("<br>"));
        let (job, kind, how) = (cell(&one.job), cell(&one.kind), cell(&result.how));
        let (at, stage, attempt) = (of_day(one.at), one.stage, one.attempt);
        line(
            text,
            &format!(
                "| {at} | {stage} | {job} | {kind} | {attempt} | {sign}: {how} | {took} | {tests} | {kept} |"
            ),
        );
    }
    for one in report.jobs.iter().filter(|one| !one.result.passed) {
        last_lines(text, &one.job, &one.result);
    }
}

/// The end of a failed job's output, indented so that nothing in it is markup.
fn last_lines(text: &mut String, job: &str, result: &JobResult) {
    let failures = result.tests.iter().flat_map(|tests| &tests.failures);
    let lines: Vec<&String> = failures.chain(&result.last).collect();
    if lines.is_empty() {
        return;
    }
    line(text, &format!("\nWhat {} said last:\n", cell(job)));
    for one in lines {
        line(text, &format!("    {}", one_line(one)));
    }
}

fn notices(text: &mut String, report: &Report) {
    if report.notices.is_empty() {
        return;
    }
    line(text, "\n## Who was told\n\n| time (UTC) | who | of | |\n| --- | --- | --- | --- |");
    for one in &report.notices {
        let how = if one.told.error.is_empty() { "told".to_owned() } else { cell(&one.told.error) };
        let (name, of) = (cell(&one.told.name), word(&one.occasion));
        line(text, &format!("| {} | {name} | {of} | {how} |", of_day(one.at)));
    }
}
