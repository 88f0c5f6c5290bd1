//! Evaluation of rules: what each says of a context, and in which words.

mod exceptions;
mod failed;

use std::cell::RefCell;

use sluice_core::model::policy::{Moment, RuleOutcome, RuleResult};

use crate::Watch;
use crate::cel::Breach;
use crate::context::Context;
use crate::document::{Match, Message, OnMissing, Policy, Rule};
use crate::explain::Explanation;
use crate::expression::{Evaluated, Expression, Trace, Value, Variables};
use crate::vocabulary;

pub(crate) use exceptions::notes;
use failed::Failed;

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

/// What was found of a rule beside its outcome.
#[derive(Default)]
struct Found {
    trace: Trace,
    missing: Vec<String>,
    when: Trace,
    said: Trace,
}

/// Asks the rules that are for a moment.
pub(crate) fn all(
    policies: &[Policy],
    moment: Moment,
    context: &Context,
    watch: Watch<'_>,
) -> Vec<RuleOutcome> {
    each(policies, moment, context, (false, watch), |_, outcome, _| outcome)
}

/// Asks them, and keeps what every part of each came to.
pub(crate) fn explained(policies: &[Policy], moment: Moment, context: &Context) -> Vec<Explanation> {
    each(policies, moment, context, (true, Watch::none()), |rule, outcome, found| Explanation {
        outcome,
        source: rule.expr.source().to_owned(),
        trace: found.trace,
        missing: found.missing,
        when: found.when,
        said: found.said,
    })
}

fn each<T>(
    policies: &[Policy],
    moment: Moment,
    context: &Context,
    (traced, watch): (bool, Watch<'_>),
    tell: impl Fn(&Rule, RuleOutcome, Found) -> T,
) -> Vec<T> {
    let shared = vocabulary::variables(context).map(|shared| shared.watched(watch));
    let shared = shared.map_err(|error| error.to_string());
    let mut told = Vec::new();
    for policy in policies {
        let mut rules = policy.rules.iter().filter(|rule| rule.on.contains(&moment)).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let asking = Asking { policy, context, traced };
        let alike = |rule: &Rule, (result, why): (RuleResult, &str)| {
            tell(rule, outcome(policy, rule, result, why), Found::default())
        };
        // Nothing is made ready for a policy that is for others.
        if let Some(why) = other_release(&policy.matching, context) {
            told.extend(rules.map(|rule| alike(rule, (RuleResult::Skipped, &why))));
            continue;
        }
        // A decision of many rules is bounded as one of a long one is.
        let shared = match watch.is_over() {
            true => Err(Breach::Stopped.to_string()),
            false => shared.as_ref().map_err(Clone::clone),
        };
        let own = shared.and_then(|shared| asking.own(shared));
        let own = own.as_ref().map_err(Clone::clone).and_then(|own| asking.with_inputs(own));
        match own {
            Ok((variables, failed)) => {
                let (applies, when) = asking.applies(&variables);
                told.extend(rules.map(|rule| {
                    let (outcome, found) = match failed.of(policy, rule, &applies) {
                        Some(why) => (outcome(policy, rule, RuleResult::Error, &why), Found::default()),
                        None => asking.rule(rule, &applies, &variables),
                    };
                    tell(rule, outcome, Found { when: when.clone(), ..found })
                }));
            }
            Err(error) => {
                let error = format!("the rule can not be asked: {error}");
                told.extend(rules.map(|rule| alike(rule, (RuleResult::Error, &error))));
            }
        }
    }
    told
}

/// The rules of one policy, asked of one context.
struct Asking<'a> {
    policy: &'a Policy,
    context: &'a Context,
    traced: bool,
}

impl<'a> Asking<'a> {
    /// What the rules of this policy see beyond those of others.
    fn own<'v>(&self, shared: &'v Variables<'v>) -> Result<Variables<'v>, String>
    where
        'a: 'v,
    {
        vocabulary::own(shared, self.context, &self.policy.params)
    }

    /// What inputs there are, and those whose facts can not be evaluated.
    fn with_inputs<'v>(&self, own: &'v Variables<'v>) -> Result<(Variables<'v>, Failed), String>
    where
        'a: 'v,
    {
        let failed = RefCell::new(Failed::default());
        let fact =
            |name: &str, expression: &Expression| failed.borrow_mut().there(name, expression.evaluate(own));
        let inputs = match self.policy.inputs.is_empty() {
            true => None,
            false => Some(("inputs", vocabulary::inputs(self.context, &self.policy.inputs, fact))),
        };
        let variables = own.with(inputs).map_err(|error| error.to_string())?;
        let named = self.policy.variables.iter().map(|one| (one.name.as_str(), &one.expr));
        Ok((variables.naming(named), failed.into_inner()))
    }

    fn rule(&self, rule: &Rule, applies: &Applies<'_>, variables: &Variables<'_>) -> (RuleOutcome, Found) {
        let mut found = Found::default();
        let (result, message) = match applies {
            Applies::Yes => {
                let (evaluated, trace) = self.evaluated(&rule.expr, variables);
                found.missing = if self.traced { evaluated.missing.clone() } else { Vec::new() };
                found.trace = trace;
                self.judged(rule, variables, &evaluated, &mut found.said)
            }
            Applies::No(why) => (RuleResult::Skipped, why.clone()),
            Applies::Unknown(when, evaluated) => without_answer(rule, when, evaluated),
        };
        let (result, message) = exceptions::approved(rule, self.context, result, message);
        let (result, message) = exceptions::waived(self.policy, rule, self.context, result, message);
        let mut outcome = outcome(self.policy, rule, result, &message);
        outcome.awaits = exceptions::awaited(rule, &outcome);
        (outcome, found)
    }

    /// What an expression gives, and what was seen of it where that is wanted.
    fn evaluated(&self, expression: &Expression, variables: &Variables<'_>) -> (Evaluated, Trace) {
        match self.traced {
            true => expression.explain(variables),
            false => (expression.evaluate(variables), Trace::default()),
        }
    }

    /// Whether a policy that is for such releases is for this one.
    fn applies(&self, variables: &Variables<'_>) -> (Applies<'a>, Trace) {
        let Some(when) = &self.policy.matching.when else { return (Applies::Yes, Trace::default()) };
        let (evaluated, trace) = self.evaluated(when, variables);
        let applies = match evaluated {
            Evaluated { value: Ok(Value::Bool(true)), ref missing } if missing.is_empty() => Applies::Yes,
            Evaluated { value: Ok(Value::Bool(false)), ref missing } if missing.is_empty() => {
                Applies::No(format!("the policy is only for releases with `{}`", when.source().trim()))
            }
            evaluated => Applies::Unknown(when, evaluated),
        };
        (applies, trace)
    }

    fn judged(
        &self,
        rule: &Rule,
        variables: &Variables<'_>,
        evaluated: &Evaluated,
        said: &mut Trace,
    ) -> (RuleResult, String) {
        match evaluated {
            Evaluated { value: Ok(Value::Bool(holds)), missing } if missing.is_empty() => match holds {
                true => (RuleResult::Pass, String::new()),
                false => (RuleResult::Fail, self.rendered(rule, variables, said)),
            },
            evaluated => without_answer(rule, &rule.expr, evaluated),
        }
    }

    fn rendered(&self, rule: &Rule, variables: &Variables<'_>, said: &mut Trace) -> String {
        let expression = format!("`{}` does not hold", rule.expr.source().trim());
        let computed = match &rule.message {
            Message::None => return expression,
            Message::Plain(text) => return text.clone(),
            Message::Computed(computed) => computed,
        };
        let (evaluated, trace) = self.evaluated(computed, variables);
        *said = trace;
        match evaluated {
            Evaluated { value: Ok(Value::String(text)), missing } if missing.is_empty() => text.to_string(),
            // The rule was judged; a message that can not be rendered takes nothing from that.
            _ => expression,
        }
    }
}

/// Why a policy is for other releases, as far as that is known without evaluating anything.
pub(crate) fn other_release(matching: &Match, context: &Context) -> Option<String> {
    let release = &context.release;
    if !matching.environments.is_empty() && !matching.environments.contains(&release.environment) {
        return Some(format!("the policy is not for the environment `{}`", release.environment));
    }
    if !matching.services.is_empty() && !matching.services.contains(&release.service) {
        return Some(format!("the policy is not for the service `{}`", release.service));
    }
    let team = release.labels.get("team");
    if !matching.teams.is_empty() && !team.is_some_and(|team| matching.teams.contains(team)) {
        let team = team.map_or_else(|| String::from("of no team"), |team| format!("of the team `{team}`"));
        return Some(format!("the policy is not for releases {team}"));
    }
    if !matching.strategies.is_empty() && !matching.strategies.contains(&release.strategy) {
        return Some(format!("the policy is not for the strategy `{}`", release.strategy));
    }
    let mut labels = matching.labels.iter();
    let (name, wanted) = labels.find(|(name, wanted)| release.labels.get(*name) != Some(*wanted))?;
    Some(format!("the policy is for releases with the label `{name}: {wanted}`"))
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

fn outcome(policy: &Policy, rule: &Rule, result: RuleResult, message: &str) -> RuleOutcome {
    let end = (0..=message.len().min(MAX_MESSAGE)).rev().find(|end| message.is_char_boundary(*end));
    RuleOutcome {
        policy: policy.name.clone(),
        rule: rule.id.clone(),
        enforcement: rule.enforcement,
        result,
        message: message[..end.unwrap_or(0)].to_owned(),
        awaits: None,
    }
}
