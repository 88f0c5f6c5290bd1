//! One expression, tried out against a context: the same checks and the same evaluation as in a rule.

use std::fmt::Write;

use sluice_core::document::problem::{Problem, Problems};
use sluice_core::document::source::{Source, Span};
use sluice_core::model::policy::RuleResult;

use crate::context::Context;
use crate::document::Params;
use crate::explain::diagram;
use crate::expression::{Expression, Kind, Value, Variables, compile};
use crate::vocabulary;

/// What came of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// What it would make of a rule; nothing for an expression that is no condition.
    pub result: Option<RuleResult>,
    /// Its value, or why there is none.
    pub value: Result<String, String>,
    /// What was read and is missing.
    pub missing: Vec<String>,
    /// The expression with the values of its parts under them.
    pub diagram: String,
}

/// Checks an expression as rules are checked, and evaluates it. There are no parameters, as there is no policy.
pub fn evaluate(text: &str, context: &Context) -> Result<Tried, Problems> {
    let params = Params::new();
    let expression = compile(text, &vocabulary::scope(&params, []), &Kind::Unknown).map_err(|flaws| {
        let source = Source::new("expression", text);
        let mut problems = Problems::new();
        for flaw in flaws {
            let problem = Problem::new("sluice::policy::expression", flaw.message).at(
                &source,
                Span::new(flaw.start, flaw.end),
                "here",
            );
            problems.push(match flaw.help {
                Some(help) => problem.with_help(help),
                None => problem,
            });
        }
        problems
    })?;
    let told = |error: String| Problems::from(Problem::new("sluice::policy::context", error));
    let shared = vocabulary::variables(context).map_err(|error| told(error.to_string()))?;
    let variables = vocabulary::own(&shared, context, &params).map_err(told)?;
    Ok(tried(&expression, &variables))
}

fn tried(expression: &Expression, variables: &Variables<'_>) -> Tried {
    let (evaluated, trace) = expression.explain(variables);
    let result = match &evaluated.value {
        _ if !evaluated.missing.is_empty() => Some(RuleResult::Inconclusive),
        Ok(Value::Bool(true)) => Some(RuleResult::Pass),
        Ok(Value::Bool(false)) => Some(RuleResult::Fail),
        Ok(_) => None,
        Err(_) => Some(RuleResult::Error),
    };
    let value = match &evaluated.value {
        Ok(value) => {
            let mut text = String::new();
            let _ = write!(text, "{value}");
            Ok(text)
        }
        Err(error) => Err(error.to_string()),
    };
    Tried { result, value, missing: evaluated.missing, diagram: diagram(expression.source(), &trace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(text: &str) -> Tried {
        let mut context = Context::default();
        context.proposed.candidate.weight = 50.0;
        evaluate(text, &context).unwrap()
    }

    #[test]
    fn a_condition_comes_out_as_a_rule_would() {
        let result = |text| tried(text).result;
        assert_eq!(result("proposed.candidate.weight < 60.0"), Some(RuleResult::Pass));
        assert_eq!(result("proposed.candidate.weight > 60.0"), Some(RuleResult::Fail));
        assert_eq!(result("metrics['errors.rate'] < 0.1"), Some(RuleResult::Inconclusive));
        assert_eq!(result("release.labels['tier'] == '1'"), Some(RuleResult::Error));
        assert_eq!(result("proposed.candidate.weight / 2.0"), None);
        assert_eq!(tried("proposed.candidate.weight / 2.0").value, Ok("25".to_owned()));
    }

    #[test]
    fn what_is_wrong_with_it_is_told_as_in_a_policy() {
        let told = evaluate("proposd.candidate.weight < 'x'", &Context::default()).unwrap_err();
        assert!(told.to_string().contains("there is no `proposd`"), "{told}");
    }
}
