//! What the rules of every policy see of a context. Most rules read a few of many facts: a name is made into a value
//! when it is first read, and what stands at the end of a path without what is above it.

use std::cell::OnceCell;
use std::sync::Arc;

use super::values::{
    approvals_value, checks_value, moment, numbers, override_value, release_value, shape_value, step_value,
};
use super::{facts, values};
use crate::cel::Place;
use crate::context::{Context, ReleaseFacts, ShapeFacts, StepFacts};
use crate::expression::{Moment, Source, Value};

/// The names of the facts, in the order of their values.
const NAMES: [&str; 12] = [
    "release",
    "current",
    "proposed",
    "step",
    "plan",
    "recent",
    "others",
    "checks",
    "metrics",
    "override",
    "approvals",
    "now",
];

/// The facts of a context.
#[derive(Debug)]
pub(super) struct Shared<'c> {
    context: &'c Context,
    made: [OnceCell<Value>; NAMES.len()],
}

impl<'c> Shared<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, made: [const { OnceCell::new() }; NAMES.len()] }
    }

    fn make(&self, name: &str) -> Value {
        let context = self.context;
        match name {
            "release" => release_value(&context.release),
            "current" => shape_value(&context.current),
            "proposed" => shape_value(&context.proposed),
            "step" => step_value(&context.step),
            "plan" => facts::plan(&context.plan),
            "recent" => Value::list(context.recent.iter().map(facts::recent)),
            "others" => Value::list(context.others.iter().map(facts::other)),
            "checks" => checks_value(&context.checks),
            "metrics" => numbers("metrics", &context.metrics),
            "override" => override_value(&context.by),
            "approvals" => approvals_value(&context.approvals),
            _ => Value::Timestamp(Moment::from_timestamp(moment(context))),
        }
    }
}

impl Source for Shared<'_> {
    fn find(&self, name: &str) -> Option<Value> {
        let at = NAMES.iter().position(|known| *known == name)?;
        Some(self.made[at].get_or_init(|| self.make(NAMES[at])).clone())
    }

    fn path(&self, names: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
        let [(name, _), (field, _), rest @ ..] = names else { return None };
        let context = self.context;
        match name.as_ref() {
            "release" => Some((of_release(&context.release, field)?, 2)),
            "step" => Some((of_step(&context.step, field)?, 2)),
            "current" => of_shape(&context.current, field, rest),
            "proposed" => of_shape(&context.proposed, field, rest),
            "metrics" => Some((self.entry(name, field)?, 2)),
            "checks" => of_check(context, field, rest),
            _ => None,
        }
    }

    fn entry(&self, name: &str, key: &str) -> Option<Value> {
        let number = if name == "metrics" { self.context.metrics.get(key).copied().flatten() } else { None };
        number.filter(|number| number.is_finite()).map(Value::Double)
    }
}

fn of_release(release: &ReleaseFacts, field: &str) -> Option<Value> {
    Some(Value::text(match field {
        "service" => release.service.as_str(),
        "environment" => &release.environment,
        "version" => &release.version,
        "stable_version" => &release.stable_version,
        "strategy" => &release.strategy,
        "comment" => &release.comment,
        "who" => &release.who,
        "first" => return Some(Value::Bool(release.first)),
        _ => return None,
    }))
}

fn of_step(step: &StepFacts, field: &str) -> Option<Value> {
    Some(match field {
        "index" => Value::Int(step.index.into()),
        "seconds" => Value::Double(step.seconds),
        "observed_seconds" => Value::Double(step.observed_seconds),
        _ => return None,
    })
}

fn of_shape(shape: &ShapeFacts, role: &str, rest: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
    let revision = match role {
        "stable" => shape.stable,
        "candidate" => shape.candidate,
        "baseline" => shape.baseline,
        _ => return None,
    };
    let value = match rest.first()?.0.as_ref() {
        "weight" => Value::Double(revision.weight),
        "instances" => Value::Int(revision.instances.into()),
        _ => return None,
    };
    Some((value, 3))
}

fn of_check(context: &Context, name: &str, rest: &[(Arc<str>, Place)]) -> Option<(Value, usize)> {
    let check = context.checks.get(name)?;
    let value = match rest.first()?.0.as_ref() {
        "verdict" => Value::text(check.verdict.name()),
        "reason" => Value::text(values::cut(&check.reason)),
        _ => return None,
    };
    Some((value, 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_core::model::verdict::Verdict;

    use crate::context::CheckFacts;
    use crate::expression::Key;

    fn context() -> Context {
        let mut context = Context::default();
        context.release.service = String::from("shop");
        context.step.seconds = 2.5;
        context.current.baseline.instances = 3;
        context.proposed.candidate.weight = 12.5;
        context.metrics.extend([(String::from("a"), Some(1.0)), (String::from("b"), Some(f64::NAN))]);
        let values = Default::default();
        let check = CheckFacts { verdict: Verdict::Warn, score: None, reason: String::from("high"), values };
        context.checks.insert(String::from("errors"), check);
        context
    }

    fn names(path: &str) -> Vec<(Arc<str>, Place)> {
        path.split('.').map(|name| (name.into(), Place::default())).collect()
    }

    /// Step by step, as values are read.
    fn read(shared: &Shared<'_>, names: &[(Arc<str>, Place)]) -> Option<Value> {
        names[1..].iter().try_fold(shared.find(&names[0].0)?, |value, (name, _)| match value {
            Value::Map(map) => map.get(&Key::text(name.as_ref())).cloned(),
            _ => None,
        })
    }

    /// Every path through every record.
    fn paths(value: &Value, path: String, found: &mut Vec<String>) {
        if let Value::Map(map) = value {
            map.entries.iter().for_each(|(key, one)| paths(one, format!("{path}.{}", key.to_text()), found));
        }
        found.push(path);
    }

    #[test]
    fn a_path_gives_what_its_parts_give() {
        let context = context();
        let shared = Shared::new(&context);
        let mut found = vec![String::from("metrics.b"), String::from("checks.other.verdict")];
        NAMES.iter().for_each(|name| paths(&shared.find(name).unwrap(), (*name).to_owned(), &mut found));
        let mut short = 0;
        for names in found.iter().map(|path| names(path)) {
            if let Some((value, used)) = shared.path(&names) {
                assert_eq!(Some(value), read(&shared, &names[..used]), "{names:?}");
                short += 1;
            }
        }
        assert!(short > 20, "{short} paths have a short way");
        assert!(shared.path(&names("metrics.b")).is_none() && shared.entry("metrics", "b").is_none());
    }
}
