//! What the facts can be, as far as that is known before there is a release.

use std::collections::BTreeSet;

use sluice_core::model::verdict::Verdict;

use crate::cel::WEEKDAYS;
use crate::document::{Match, Param, Params};
use crate::expression::{Domain, Domains, Value};

/// What can be read of releases in `recent`.
const OUTCOMES: [&str; 5] = ["promoted", "rolled back", "aborted", "refused", "abandoned"];
const VERDICTS: [Verdict; 5] =
    [Verdict::Pass, Verdict::Warn, Verdict::Inconclusive, Verdict::Error, Verdict::Fail];

/// What each fact and parameter can be, whatever the release.
pub(crate) fn domains(params: &Params) -> Domains {
    let from_zero = Domain::numbers(0.0, f64::INFINITY);
    let usually = |names: &[&str]| Domain::Usually(names.iter().map(|one| (*one).to_owned()).collect());
    let mut domains = vec![
        (String::from("checks[].verdict"), Domain::texts(VERDICTS.map(Verdict::name))),
        (String::from("recent[].outcome"), Domain::texts(OUTCOMES)),
        (String::from("time.weekday"), Domain::texts(WEEKDAYS)),
        (String::from("time.hour"), Domain::numbers(0.0, 23.0)),
        (String::from("time.minute"), Domain::numbers(0.0, 59.0)),
        (String::from("release.strategy"), usually(&["blue-green", "canary", "rolling", "shadow"])),
        (String::from("plan.rollback"), usually(&["on-failure"])),
        (String::from("plan.target"), usually(&["command", "envoy", "gateway", "haproxy", "kubernetes"])),
    ];
    let counts =
        ["step.index", "step.seconds", "step.observed_seconds", "plan.instances", "plan.monitor_seconds"];
    domains.extend(counts.map(|name| (name.to_owned(), from_zero.clone())));
    for shape in ["current", "proposed"] {
        for revision in ["stable", "candidate", "baseline"] {
            let field = |name: &str| format!("{shape}.{revision}.{name}");
            domains.push((field("weight"), Domain::numbers(0.0, 100.0)));
            domains.push((field("instances"), from_zero.clone()));
        }
    }
    domains.extend(params.iter().filter_map(|(name, param)| of_param(name, param)));
    domains.into_iter().collect()
}

/// What is known beyond that of the releases that a policy is for.
pub(crate) fn narrowed(matching: &Match) -> Domains {
    let of = |name: &str, texts: &BTreeSet<String>| {
        let domain = Domain::texts(texts.iter().map(String::as_str));
        Some((name.to_owned(), domain)).filter(|_| !texts.is_empty())
    };
    let labels = matching.labels.iter();
    let labels =
        labels.map(|(name, text)| (format!("release.labels.{name}"), Domain::texts([text.as_str()])));
    let release = [
        of("release.environment", &matching.environments),
        of("release.service", &matching.services),
        of("release.strategy", &matching.strategies),
        of("release.labels.team", &matching.teams),
    ];
    release.into_iter().flatten().chain(labels).collect()
}

fn of_param(name: &str, param: &Param) -> Option<(String, Domain)> {
    let path = format!("params.{name}");
    let is_list = matches!(param.default, Value::List(_));
    if !param.values.is_empty() {
        let path = if is_list { format!("{path}[]") } else { path };
        return Some((path, Domain::texts(param.values.iter().map(String::as_str))));
    }
    // Of texts and lists the bounds are of their length.
    if !matches!(param.default, Value::Int(_) | Value::Double(_)) {
        return None;
    }
    let (least, most) = (param.min.unwrap_or(f64::NEG_INFINITY), param.max.unwrap_or(f64::INFINITY));
    (least.is_finite() || most.is_finite()).then(|| (path, Domain::numbers(least, most)))
}
