//! `sluice metrics lint`: what the rules of OpenMetrics say of a page.

use std::path::Path;
use std::time::Duration;

use miette::Diagnostic;
use sluice_metrics::exposition::{Format, Grade, Limits, Remark, lint};
use sluice_runner::scrape::trial::{self, RawPage};

use crate::args::{Lint, Output};
use crate::exit::{Exit, Failure};
use crate::show;
use crate::show::style::{BAD, CAREFUL, DIM, painted};

pub async fn run(command: &Lint, output: Output) -> Result<Exit, Failure> {
    let page = page(command).await?;
    let format = command.format.map_or(page.format, Format::from);
    let remarks = lint(&page.bytes, format, &Limits::default());
    for remark in &remarks {
        match output {
            Output::Human => tell(&command.page, remark),
            Output::Json => show::json_line(&as_json(&command.page, remark)),
        }
    }
    let errors = remarks.iter().filter(|one| one.grade == Grade::Error).count();
    let warnings = remarks.len() - errors;
    summary(command, format, (errors, warnings), output);
    let bad = errors > 0 || (command.strict && warnings > 0);
    Ok(if bad { Exit::Refused } else { Exit::Done })
}

async fn page(command: &Lint) -> Result<RawPage, Failure> {
    if trial::is_address(&command.page) {
        let got = trial::page(&command.page, Duration::from_millis(command.timeout)).await;
        return got.map_err(|why| {
            let help = why.help().map(|help| help.to_string()).unwrap_or_default();
            Failure::broken(format!("`{}` {why}", show::safe(&command.page)), help)
        });
    }
    trial::file(Path::new(&command.page)).map_err(|error| {
        let told = format!("`{}` can not be read: {error}", show::safe(&command.page));
        Failure::usage(
            told,
            "name a file with a metrics page in it, or the address of one: `http://host:port/path`",
        )
    })
}

fn tell(page: &str, remark: &Remark) {
    let (style, word) = match remark.grade {
        Grade::Error => (BAD, "error"),
        Grade::Warning => (CAREFUL, "warning"),
    };
    let place = format!("{page}:{}:{}:", remark.line, remark.column);
    let rule = painted(DIM, format!("[{}]", remark.rule));
    show::line(&format!(
        "{} {} {} {rule}",
        show::safe(&place),
        painted(style, word),
        show::safe(&remark.message)
    ));
    show::line(&format!("    {}", painted(DIM, remark.help)));
}

fn summary(command: &Lint, format: Format, (errors, warnings): (usize, usize), output: Output) {
    let name = match format {
        Format::PrometheusText => "prometheus",
        Format::OpenMetrics => "openmetrics",
        Format::Protobuf => "protobuf",
    };
    match output {
        Output::Human => show::note(&format!(
            "read as {name}: {}, {}",
            show::counted(errors, "error", "errors"),
            show::counted(warnings, "warning", "warnings")
        )),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "linted", "page": command.page, "format": name,
            "errors": errors, "warnings": warnings,
        })),
    }
}

fn as_json(page: &str, remark: &Remark) -> serde_json::Value {
    let grade = if remark.grade == Grade::Error { "error" } else { "warning" };
    serde_json::json!({
        "version": show::JSON_VERSION, "type": "page-remark", "page": page, "line": remark.line,
        "column": remark.column, "grade": grade, "rule": remark.rule, "message": remark.message, "help": remark.help,
    })
}
