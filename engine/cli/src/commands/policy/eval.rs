//! `sluice policy eval`: an expression or a set, tried out against a context.

use std::path::Path;

use sluice_core::model::policy::{Enforcement, Moment, RuleResult};
use sluice_policy::Context;
use sluice_policy::document::read_context;
use sluice_policy::explain::Explanation;
use sluice_policy::trial::{self, Tried};
use sluice_runner::policies::{self, files};

use crate::args::Output;
use crate::args::policy::Eval;
use crate::commands::now_ms;
use crate::exit::{Exit, Failure};
use crate::show;

pub fn run(eval: &Eval, output: Output) -> Result<Exit, Failure> {
    let context = eval.context.as_deref().map_or_else(|| Ok(Context::default()), read)?;
    let now = if context.now == 0 { now_ms() } else { context.now };
    let context = Context { now, ..context };
    match &eval.expression {
        Some(expression) => {
            let tried = trial::evaluate(expression, &context).map_err(Failure::invalid)?;
            one(&tried, eval.explain, output);
            Ok(tried.result.map_or(Exit::Done, of))
        }
        None => set(eval, &context, output),
    }
}

fn read(file: &Path) -> Result<Context, Failure> {
    let name = file.display().to_string();
    let source = files::document(file, &name).map_err(|told| {
        Failure::usage(
            format!("`{name}` can not be read: {told}"),
            "name a context: `sluice policy record` writes one",
        )
    })?;
    Ok(read_context(&source).map_err(Failure::invalid)?.context)
}

fn one(tried: &Tried, explain: bool, output: Output) {
    match output {
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "evaluation", "result": tried.result,
            "value": tried.value.as_ref().ok(), "error": tried.value.as_ref().err(), "missing": tried.missing,
            "explanation": explain.then_some(&tried.diagram),
        })),
        Output::Human => {
            if explain {
                tried.diagram.lines().for_each(|line| show::line(&show::safe(line)));
            }
            if !tried.missing.is_empty() {
                show::line(&format!(
                    "inconclusive: there is no value for {}",
                    show::safe(&tried.missing.join(", "))
                ));
                return;
            }
            match &tried.value {
                Ok(value) => show::line(&show::safe(value)),
                Err(error) => show::line(&format!("error: {}", show::safe(error))),
            }
        }
    }
}

fn set(eval: &Eval, context: &Context, output: Output) -> Result<Exit, Failure> {
    let shelf = policies::read(&eval.policies).map_err(Failure::invalid)?;
    let said = shelf.set.explain(Moment::from(eval.on), context);
    match output {
        Output::Human => said.iter().for_each(|one| tell(one, eval.explain)),
        Output::Json => said.iter().for_each(|one| {
            show::json_line(&serde_json::json!({
                "version": show::JSON_VERSION, "type": "rule", "outcome": one.outcome, "missing": one.missing,
                "explanation": eval.explain.then(|| one.diagram()),
            }));
        }),
    }
    if said.is_empty() {
        show::note(&format!("no rule is asked before {}", Moment::from(eval.on).name()));
    }
    Ok(worst(
        said.iter()
            .filter(|one| one.outcome.enforcement != Enforcement::Advisory)
            .map(|one| one.outcome.result),
    ))
}

fn tell(said: &Explanation, explain: bool) {
    let outcome = &said.outcome;
    show::line(&show::policy::outcome_line(outcome));
    if explain && !said.trace.all().is_empty() {
        said.diagram().lines().for_each(|line| show::line(&format!("    {}", show::safe(line))));
    }
}

/// An error says that nothing is known; a failure more than that something is missing.
fn worst(results: impl Iterator<Item = RuleResult>) -> Exit {
    let rank = |exit: &Exit| {
        [Exit::Done, Exit::Inconclusive, Exit::Refused, Exit::Unanswered].iter().position(|one| one == exit)
    };
    results.map(of).max_by_key(rank).unwrap_or(Exit::Done)
}

fn of(result: RuleResult) -> Exit {
    match result {
        RuleResult::Pass | RuleResult::Skipped | RuleResult::Waived => Exit::Done,
        RuleResult::Fail => Exit::Refused,
        RuleResult::Inconclusive => Exit::Inconclusive,
        RuleResult::Error => Exit::Unanswered,
    }
}
