//! `sluice policy list`: which policies there are, for which releases, and how far they may be changed.

use sluice_policy::document::{Match, Param, ParamType, Policy, Rule, Waiver};
use sluice_runner::policies;

use crate::args::Output;
use crate::args::policy::Paths;
use crate::exit::{Exit, Failure};
use crate::show;
use crate::show::style::{BOLD, DIM, painted};

pub fn run(paths: &Paths, output: Output) -> Result<Exit, Failure> {
    let shelf = policies::read(&paths.paths).map_err(Failure::invalid)?;
    let set = &shelf.set;
    match output {
        Output::Json => set.policies().iter().for_each(|policy| {
            show::json_line(&serde_json::json!({
                "version": show::JSON_VERSION, "type": "policy", "digest": policy.digest(), "set": set.digest(),
                "policy": policy,
            }));
        }),
        Output::Human => {
            set.policies().iter().flat_map(lines).for_each(|line| show::line(&line));
            show::note(&format!("digest of the set: {}", set.digest()));
        }
    }
    Ok(Exit::Done)
}

fn lines(policy: &Policy) -> Vec<String> {
    let short: String = policy.digest().chars().take(19).collect();
    let mut lines = vec![format!("{}  {}", painted(BOLD, &policy.name), painted(DIM, short))];
    let mut add = |head: &str, text: String| lines.push(format!("  {head:<7}{}", show::safe(&text)));
    if !policy.description.is_empty() {
        add("", policy.description.clone());
    }
    add("for", matching(&policy.matching));
    policy.rules.iter().for_each(|one| add("rule", rule(one)));
    policy.params.iter().for_each(|(name, one)| add("param", param(name, one)));
    policy.waivers.iter().for_each(|one| add("waiver", waiver(one)));
    lines
}

fn matching(matching: &Match) -> String {
    let any = |what: &str, of: &std::collections::BTreeSet<String>| {
        let of: Vec<&str> = of.iter().map(String::as_str).collect();
        (!of.is_empty()).then(|| format!("{what} {}", of.join(" or ")))
    };
    let labels = matching.labels.iter().map(|(name, value)| Some(format!("label {name}: {value}")));
    let when = matching.when.as_ref().map(|when| format!("when {}", when.source().trim()));
    let parts = [
        any("environment", &matching.environments),
        any("service", &matching.services),
        any("team", &matching.teams),
        any("strategy", &matching.strategies),
    ];
    let parts: Vec<String> = parts.into_iter().chain(labels).chain([when]).flatten().collect();
    if parts.is_empty() { "every release".to_owned() } else { parts.join(", ") }
}

fn rule(rule: &Rule) -> String {
    let on: Vec<&str> = rule.on.iter().map(|moment| moment.name()).collect();
    let require = rule.require.as_ref().map(|require| match require.approvals {
        1 => format!(", unless {} approves", require.group),
        count => format!(", unless {count} of {} approve", require.group),
    });
    format!(
        "{}  {}, before {}{}",
        rule.id,
        rule.enforcement.name(),
        on.join(", "),
        require.unwrap_or_default()
    )
}

fn param(name: &str, param: &Param) -> String {
    let of = match param.kind {
        ParamType::String => " characters",
        ParamType::Strings => " of them",
        _ => "",
    };
    let range = match (param.min, param.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}{of}")),
        (Some(min), None) => Some(format!("{min} or more{of}")),
        (None, Some(max)) => Some(format!("{max} or less{of}")),
        (None, None) => None,
    };
    let values = (!param.values.is_empty()).then(|| format!("of {}", param.values.join(", ")));
    let bounds: Vec<String> = range.into_iter().chain(values).collect();
    let bounds = if bounds.is_empty() { String::new() } else { format!(" ({})", bounds.join("; ")) };
    let about = if param.description.is_empty() { String::new() } else { format!("  {}", param.description) };
    format!("{name} = {}{bounds}{about}", param.default)
}

fn waiver(waiver: &Waiver) -> String {
    let of = if waiver.services.is_empty() {
        String::new()
    } else {
        format!(" for {}", waiver.services.join(", "))
    };
    format!("{}{of} until {} by {}: {}", waiver.rule, waiver.expires, waiver.approver, waiver.reason)
}
