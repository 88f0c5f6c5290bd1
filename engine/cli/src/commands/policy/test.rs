//! `sluice policy test`: cases, what they reach, and what they do not notice.

use sluice_core::document::problem::Problems;
use sluice_runner::policies;
use sluice_runner::policies::testing::{coverage, mutation, run_cases};

use crate::args::Output;
use crate::args::policy::{Form, Test};
use crate::exit::{Exit, Failure};
use crate::show;
use crate::show::policy::cases::{self, Results};

pub fn run(test: &Test, output: Output) -> Result<Exit, Failure> {
    let form = if output == Output::Json && test.format == Form::Human { Form::Json } else { test.format };
    let shelf = policies::read(&test.paths.paths).map_err(|problems| {
        unread(&problems, form);
        Failure::invalid(problems)
    })?;
    let ran = run_cases(&shelf, &test.filter);
    if ran.is_empty() && !test.filter.is_empty() {
        let told = format!("no case has `{}` in its name", show::safe(&test.filter));
        return Err(Failure::usage(told, "names are `policy/case`"));
    }
    let results = Results {
        coverage: test.coverage.then(|| coverage(&shelf, &test.filter)),
        mutation: test.mutate.then(|| mutation(&shelf, &test.filter)),
        ran,
        set: shelf.set,
    };
    match form {
        Form::Human => cases::human::print(&results),
        Form::Json => cases::json::print(&results),
        Form::Junit => show::text(&cases::junit::text(&results)),
        Form::Sarif => show::json(&cases::sarif::value(&results)),
        Form::Tap => show::text(&cases::tap::text(&results)),
    }
    Ok(if results.is_good() { Exit::Done } else { Exit::Refused })
}

/// Tells in the form asked for that nothing was run; people and programs that read JSON are told on standard error.
fn unread(problems: &Problems, form: Form) {
    match form {
        Form::Human | Form::Json => {}
        Form::Junit => show::text(&cases::junit::unread(problems)),
        Form::Sarif => show::json(&cases::sarif::unread(problems)),
        Form::Tap => show::text(&cases::tap::unread(problems)),
    }
}
