//! Problems: what is wrong, where, and what to write instead; on standard error.

use std::io::{IsTerminal, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, JSONReportHandler};
use serde_json::Value;
use sluice_core::document::problem::{Problem, Problems};

use super::JSON_VERSION;
use super::style::coloured;
use crate::args::Output;
use crate::exit::Failure;

/// Tells all problems of a failure.
pub fn tell(failure: &Failure, output: Output) {
    let report = failure.report();
    let mut text = String::new();
    match (output, report.downcast_ref::<Problems>()) {
        (Output::Json, _) => {
            let _ = JSONReportHandler::new().render_report(&mut text, report.as_ref());
            text = versioned(&text);
        }
        (Output::Human, Some(problems)) => {
            problems.iter().for_each(|problem| draw(&mut text, problem));
            let left_out = problems.left_out();
            if left_out > 0 {
                text.push_str(&format!("and {left_out} more\n"));
            }
        }
        (Output::Human, None) => draw(&mut text, report.as_ref()),
    }
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
}

/// Tells what is not wrong, and surely not meant.
pub fn hint(problem: &Problem, output: Output) {
    let mut text = String::new();
    match output {
        Output::Json => {
            let _ = JSONReportHandler::new().render_report(&mut text, problem);
            text = versioned(&text);
        }
        Output::Human => draw(&mut text, problem),
    }
    let _ = writeln!(anstream::stderr(), "{}", text.trim_end());
}

/// Tells wrong usage, as JSON.
pub fn tell_usage(message: &str) {
    let told = serde_json::json!({
        "version": JSON_VERSION, "type": "problem", "code": "sluice::usage", "severity": "error",
        "message": message.trim_end(),
    });
    let _ = writeln!(anstream::stderr(), "{told}");
}

/// With what every JSON line begins with.
fn versioned(text: &str) -> String {
    let Ok(Value::Object(mut told)) = serde_json::from_str(text) else { return text.to_owned() };
    told.insert("version".to_owned(), JSON_VERSION.into());
    told.insert("type".to_owned(), "problem".into());
    Value::Object(told).to_string()
}

fn draw(text: &mut String, problem: &dyn Diagnostic) {
    let terminal = std::io::stderr().is_terminal();
    let theme = match (terminal, std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty())) {
        (true, false) => GraphicalTheme::unicode(),
        (true, true) => GraphicalTheme::unicode_nocolor(),
        (false, _) => GraphicalTheme::none(),
    };
    // A log wraps its lines as it likes; only a terminal has a width.
    let width = match crossterm::terminal::size() {
        Ok((columns, _)) if terminal => usize::from(columns.clamp(60, 120)),
        _ => 10_000,
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let mut drawn = String::new();
    let _ = handler.render_report(&mut drawn, problem);
    // Colours are ours; whatever else is in it came with somebody's text.
    drawn.lines().for_each(|line| text.push_str(&format!("{}\n", coloured(line))));
}
