//! Tests of what is known before a release.

mod abilities;
mod outlines;

use sluice_core::document::overrides::Overrides;
use sluice_core::document::problem::{Problem, Problems};
use sluice_core::document::source::Source;
use sluice_core::document::tree::Limits;
use sluice_core::document::workflow::Workflow;

fn workflow(text: &str) -> Workflow {
    let source = Source::read("workflow.yaml", text.as_bytes(), Limits::default()).unwrap();
    Workflow::read(&source, &Overrides::read::<&str>(&[]).unwrap()).unwrap()
}

/// What is wrong, and what to do, a line each.
fn told(problems: &Problems) -> String {
    let one = |problem: &Problem| {
        let help = miette::Diagnostic::help(problem).map(|help| help.to_string()).unwrap_or_default();
        format!("{problem} ({help})")
    };
    problems.iter().map(one).collect::<Vec<_>>().join("\n")
}
