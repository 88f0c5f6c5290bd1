//! Workflow documents: what good ones mean, and how bad ones are told.

mod bad;
mod good;
mod overrides;
mod schema;
mod stages;
mod tree;

use miette::{GraphicalReportHandler, GraphicalTheme};
use sluice_core::document::overrides::Overrides;
use sluice_core::document::problem::Problems;
use sluice_core::document::source::Source;
use sluice_core::document::tree::Limits;
use sluice_core::document::workflow::Workflow;

/// Reads a file's bytes as the command line does.
fn read(name: &str, bytes: &[u8], overrides: &[&str]) -> Result<Workflow, Problems> {
    let source = Source::read(name, bytes, Limits::default())?;
    Workflow::read(&source, &Overrides::read(overrides)?)
}

/// Every problem as the terminal shows it, without colours.
fn rendered(problems: &Problems) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut text = String::new();
    for problem in problems {
        handler.render_report(&mut text, problem).expect("a string takes any text");
        text.push('\n');
    }
    if problems.left_out() > 0 {
        text.push_str(&format!("{} more problems are left out\n", problems.left_out()));
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
