//! Evaluation of rules: what each says of a context, and in which words.

use sluice_core::model::policy::{Moment, RuleOutcome, RuleResult};

use crate::context::Context;
use crate::document::{Match, Message, OnMissing, Policy, Rule};
use crate::expression::{Evaluated, Expression, Value, Variables};
use crate::vocabulary;

/// Bytes of a message.
const MAX_MESSAGE: usize = 1024;

/// Whether a policy is for a release.
enum Applies<'a> {
    Yes,
    /// And why.
    No(String),
    /// This condition has no answer.
    Unknown(&'a Expression, Evaluated),
}

pub(crate) fn all(policies: &[Policy], moment: Moment, context: &Context) -> Vec<RuleOutcome> {
    let shared = Variables::new(vocabulary::shared(context));
    let mut outcomes = Vec::new();
    for policy in policies {
        let rules: Vec<&Rule> = policy.rules.iter().filter(|rule| rule.on.contains(&moment)).collect();
        if rules.is_empty() {
            continue;
        }
        let own = vocabulary::own(context, &policy.params).map_err(|error| error.to_string());
        let variables = shared
            .as_ref()
            .map_err(ToString::to_string)
            .and_then(|shared| shared.with(own?).map_err(|error| error.to_string()));
        match variables {
            Ok(variables) => outcomes.extend(of_policy(policy, &rules, context, &variables)),
            Err(error) => {
                let message = format!("the rule can not be asked: {error}");
                outcomes.extend(rules.iter().map(|rule| outcome(policy, rule, RuleResult::Error, &message)));
            }
        }
    }
    outcomes
}

fn of_policy(
    policy: &Policy,
    rules: &[&Rule],
    context: &Context,
    variables: &Variables<'_>,
) -> Vec<RuleOutcome> {
    let applies = applies(&policy.matching, context, variables);
    let of_rule = |rule: &&Rule| {
        let (result, message) = match &applies {
            Applies::Yes => judged(rule, variables),
            Applies::No(why) => (RuleResult::Skipped, why.clone()),
            Applies::Unknown(when, evaluated) => without_answer(rule, when, evaluated),
        };
        outcome(policy, rule, result, &message)
    };
    rules.iter().map(of_rule).collect()
}

fn applies<'a>(matching: &'a Match, context: &Context, variables: &Variables<'_>) -> Applies<'a> {
    let release = &context.release;
    if !matching.environments.is_empty() && !matching.environments.contains(&release.environment) {
        return Applies::No(format!("the policy is not for the environment `{}`", release.environment));
    }
    if !matching.services.is_empty() && !matching.services.contains(&release.service) {
        return Applies::No(format!("the policy is not for the service `{}`", release.service));
    }
    for (name, wanted) in &matching.labels {
        if release.labels.get(name) != Some(wanted) {
            return Applies::No(format!("the policy is for releases with the label `{name}: {wanted}`"));
        }
    }
    let Some(when) = &matching.when else { return Applies::Yes };
    let evaluated = when.evaluate(variables);
    match evaluated {
        Evaluated { value: Ok(Value::Bool(true)), ref missing } if missing.is_empty() => Applies::Yes,
        Evaluated { value: Ok(Value::Bool(false)), ref missing } if missing.is_empty() => {
            Applies::No(format!("the policy is only for releases with `{}`", when.source().trim()))
        }
        evaluated => Applies::Unknown(when, evaluated),
    }
}

fn judged(rule: &Rule, variables: &Variables<'_>) -> (RuleResult, String) {
    let evaluated = rule.expr.evaluate(variables);
    match evaluated {
        Evaluated { value: Ok(Value::Bool(holds)), ref missing } if missing.is_empty() => match holds {
            true => (RuleResult::Pass, String::new()),
            false => (RuleResult::Fail, rendered(rule, variables)),
        },
        evaluated => without_answer(rule, &rule.expr, &evaluated),
    }
}

/// What a rule says when its own expression, or the condition of its policy, is neither so nor not so.
fn without_answer(rule: &Rule, asked: &Expression, evaluated: &Evaluated) -> (RuleResult, String) {
    if !evaluated.missing.is_empty() {
        let missing = evaluated.missing.join("`, `");
        return match rule.on_missing {
            OnMissing::Inconclusive => {
                (RuleResult::Inconclusive, format!("there is no value for `{missing}`"))
            }
            OnMissing::Deny => {
                (RuleResult::Fail, format!("there is no value for `{missing}`, which the rule refuses"))
            }
            OnMissing::Allow => {
                (RuleResult::Pass, format!("there is no value for `{missing}`, which the rule allows"))
            }
        };
    }
    let why = match &evaluated.value {
        Ok(value) => format!("it gives `{value}`, and not yes or no"),
        Err(error) => error.to_string(),
    };
    (RuleResult::Error, format!("`{}` can not be evaluated: {why}", asked.source().trim()))
}

fn rendered(rule: &Rule, variables: &Variables<'_>) -> String {
    let expression = format!("`{}` does not hold", rule.expr.source().trim());
    match &rule.message {
        Message::None => expression,
        Message::Plain(text) => text.clone(),
        Message::Computed(message) => match message.evaluate(variables) {
            Evaluated { value: Ok(Value::String(text)), missing } if missing.is_empty() => text.to_string(),
            // The rule was judged; a message that can not be rendered takes nothing from that.
            _ => expression,
        },
    }
}

fn outcome(policy: &Policy, rule: &Rule, result: RuleResult, message: &str) -> RuleOutcome {
    let end =
        message.char_indices().map(|(at, one)| at + one.len_utf8()).take_while(|end| *end <= MAX_MESSAGE);
    RuleOutcome {
        policy: policy.name.clone(),
        rule: rule.id.clone(),
        enforcement: rule.enforcement,
        result,
        message: message[..end.last().unwrap_or(0)].to_owned(),
    }
}
