//! The catalogue of what rules can see: every name with its type and what it is, as the checker knows them.

use serde::Serialize;

use crate::document::Params;
use crate::expression::Kind;
use crate::vocabulary;

/// One name that rules can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `release.labels`; entries of a list are `approvals[].who`, those of a map `checks[].score`.
    pub path: String,
    /// In CEL's words.
    #[serde(rename = "type")]
    pub kind: String,
    pub about: &'static str,
}

/// Every name, in the order in which people read them.
pub fn entries() -> Vec<Entry> {
    let scope = vocabulary::scope(&Params::new(), []);
    let mut found = Vec::new();
    scope.iter().filter(|(name, _)| *name != "params").for_each(|(name, kind)| walk(name, kind, &mut found));
    let order = |path: &str| ABOUT.iter().position(|(known, _)| *known == general(path));
    found.sort_by_key(|(path, _)| (order(path).unwrap_or(usize::MAX), path.clone()));
    let entry = |(path, kind): (String, String)| {
        let about = ABOUT.iter().find(|(known, _)| *known == general(&path)).map_or("", |(_, about)| about);
        Entry { path, kind, about }
    };
    found.into_iter().map(entry).collect()
}

/// What each name is. Those of the two shapes, and of the revisions in one, are told once.
const ABOUT: &[(&str, &str)] = &[
    ("release", "the release that is decided on"),
    ("release.service", "the service"),
    ("release.environment", "the environment that the workflow names"),
    ("release.labels", "the workflow's labels"),
    ("release.version", "version of the candidate"),
    ("release.stable_version", "version of the stable revision; empty for a first deployment"),
    ("release.strategy", "the name of a shipped strategy, the path of another"),
    ("release.comment", "why the release is made, as told with `--comment`"),
    ("release.who", "who makes it"),
    ("release.tickets", "what it is made for, as the workflow's `record.tickets` says"),
    ("release.first", "whether nothing was served before"),
    ("plan", "what the release is going to do beside its steps"),
    ("plan.target", "kind of the target"),
    ("plan.instances", "instances of the candidate at full traffic"),
    ("plan.image", "the candidate's variable `IMAGE`; empty where it has none"),
    ("plan.checks", "names of the health checks"),
    ("plan.rollback", "the name of a shipped rollback plugin, the path of another"),
    ("plan.approvals", "names of the approvals before anything is done"),
    ("plan.tests", "names of the jobs of the test stage"),
    ("plan.smoke", "names of the smoke tests"),
    ("plan.notified", "names of those who are told"),
    ("plan.monitor_seconds", "time under watch at full traffic"),
    ("SHAPE", "the shape in effect (`current`) and the one that is asked for (`proposed`)"),
    ("SHAPE.REVISION", "a revision's part in it; one that has none has no weight and no instances"),
    ("SHAPE.REVISION.weight", "percent of the traffic"),
    ("SHAPE.REVISION.instances", "how many instances"),
    ("step", "the step in effect"),
    ("step.name", "its name; empty before the first"),
    ("step.index", "how many steps were completed"),
    ("step.seconds", "time in this step under observation"),
    ("step.observed_seconds", "time during which users reached the candidate and it was observed"),
    ("checks", "the last verdict of each health check, by its name"),
    ("checks[].verdict", "`pass`, `warn`, `inconclusive`, `error` or `fail`"),
    ("checks[].score", "the check's own score; missing where it gave none"),
    ("checks[].reason", "why, in its words"),
    ("checks[].values", "what it rests on, by the name of the measurement"),
    ("metrics", "what was measured, as `CHECK.MEASUREMENT`; missing where there is no number to go by"),
    ("recent", "the last releases of this service that have ended, the latest first, at most 20"),
    ("recent[].version", "version of its candidate"),
    ("recent[].outcome", "`promoted`, `rolled back`, `aborted`, `refused` or `abandoned`"),
    ("recent[].who", "who made it"),
    ("recent[].began", "when it began"),
    ("recent[].ended", "when it ended"),
    ("others", "releases of other services that are under way, at most 100"),
    ("others[].service", "its service"),
    ("others[].environment", "its environment"),
    ("others[].version", "version of its candidate"),
    ("others[].who", "who makes it"),
    ("others[].labels", "its labels"),
    ("others[].began", "when it began"),
    ("approvals", "the approvals before anything was done, and those since the step in effect began"),
    ("approvals[].who", "who gave it"),
    ("approvals[].group", "a group of theirs, once for each; empty where the workflow names no approvers"),
    ("approvals[].comment", "what they said"),
    ("override", "who overrides the plan; empty at other moments"),
    ("override.who", "who"),
    ("override.comment", "and why"),
    ("now", "the moment of the decision, one for all rules"),
    ("time", "that moment in the zone of the parameter `zone`, else in UTC"),
    ("time.date", "`2026-11-23`"),
    ("time.weekday", "`Mon` to `Sun`"),
    ("time.hour", "0 to 23"),
    ("time.minute", "0 to 59"),
];

fn walk(path: &str, kind: &Kind, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), name(kind)));
    match kind {
        Kind::Record(fields) => {
            fields.iter().for_each(|(field, of)| walk(&format!("{path}.{field}"), of, found))
        }
        Kind::List(of) | Kind::Map(_, of) => {
            if let Kind::Record(fields) = &**of {
                fields.iter().for_each(|(field, of)| walk(&format!("{path}[].{field}"), of, found));
            }
        }
        _ => {}
    }
}

/// The same path whichever shape and revision it is of.
fn general(path: &str) -> String {
    let mut parts = path.split('.');
    match parts.next() {
        Some("current" | "proposed") => {
            let rest: Vec<&str> = parts.collect();
            let of = |at: usize| rest.get(at).map(|field| format!(".{field}")).unwrap_or_default();
            let revision = if rest.is_empty() { "" } else { ".REVISION" };
            format!("SHAPE{revision}{}", of(1))
        }
        _ => path.to_owned(),
    }
}

/// CEL's name of a kind.
fn name(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "bool".to_owned(),
        Kind::Int => "int".to_owned(),
        Kind::Uint => "uint".to_owned(),
        Kind::Double => "double".to_owned(),
        Kind::Text => "string".to_owned(),
        Kind::Bytes => "bytes".to_owned(),
        Kind::Time => "timestamp".to_owned(),
        Kind::Span => "duration".to_owned(),
        Kind::List(of) => format!("list({})", name(of)),
        Kind::Map(key, of) => format!("map({}, {})", name(key), name(of)),
        Kind::Record(_) => "object".to_owned(),
        Kind::Optional(of) => format!("optional({})", name(of)),
        _ => "dyn".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_described_and_every_description_is_of_a_name() {
        let entries = entries();
        let bare: Vec<&str> =
            entries.iter().filter(|one| one.about.is_empty()).map(|one| one.path.as_str()).collect();
        assert!(bare.is_empty(), "{bare:?}");
        let idle: Vec<&str> = ABOUT
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| entries.iter().all(|one| general(&one.path) != **path))
            .collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    #[test]
    fn types_are_in_the_words_of_cel() {
        let kind = |path: &str| entries().into_iter().find(|one| one.path == path).map(|one| one.kind);
        assert_eq!(kind("metrics").as_deref(), Some("map(string, double)"));
        assert_eq!(kind("approvals").as_deref(), Some("list(object)"));
        assert_eq!(kind("proposed.baseline.instances").as_deref(), Some("int"));
        assert_eq!(kind("now").as_deref(), Some("timestamp"));
    }
}
