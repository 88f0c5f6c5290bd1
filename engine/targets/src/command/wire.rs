//! What is asked of the command and what it answers: one JSON object each way, versioned. Both sides ignore fields
//! that they do not know.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_runner::ports::target::{Capabilities, Desired, Progress, TargetStatus};

use super::process::plain;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question<'a> {
    pub version: u32,
    pub service: &'a str,
    #[serde(flatten)]
    pub operation: Operation<'a>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "operation", rename_all = "kebab-case")]
pub enum Operation<'a> {
    /// What the platform can do. It changes nothing, and `sluice plan` asks it.
    Describe,
    /// What the platform is now. It changes nothing.
    Observe,
    /// To be brought about; answered once it is on record, before it is in effect.
    Apply { desired: &'a Desired },
}

/// An answer: of `status`, `capabilities`, `accepted`, `refused` and `error` one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer {
    pub version: u32,
    #[serde(default)]
    pub capabilities: Option<Capabilities>,
    #[serde(default)]
    pub status: Option<Box<TargetStatus>>,
    #[serde(default)]
    pub accepted: bool,
    /// It will not do this, and asking again is of no use.
    #[serde(default)]
    pub refused: Option<String>,
    /// It could not do this.
    #[serde(default)]
    pub error: Option<String>,
    /// Whether it may do so soon, if asked again.
    #[serde(default)]
    pub retry: bool,
}

/// Pages that one status may name; each is scraped in every round.
const MAX_ENDPOINTS: usize = 1_000;
const MAX_WORDS: usize = 1_000;

impl Answer {
    /// Reads an answer; the version is read first, as another version's need not have this form.
    pub fn read(text: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| format!("it is no JSON: {error}"))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                return Err(format!("it has the version {version}, and this is version {VERSION}"));
            }
            None => return Err("it has no `version`".to_owned()),
        }
        let mut answer: Self =
            serde_json::from_value(value).map_err(|error| format!("it is not of its form: {error}"))?;
        if let Some(status) = &mut answer.status {
            tame(status)?;
        }
        answer.refused = answer.refused.as_deref().map(cut);
        answer.error = answer.error.as_deref().map(cut);
        Ok(answer)
    }
}

/// What is shown to people is bounded and holds nothing that a terminal would obey.
fn tame(status: &mut TargetStatus) -> Result<(), String> {
    if status.endpoints.len() > MAX_ENDPOINTS {
        let count = status.endpoints.len();
        return Err(format!("it names {count} metrics pages, and {MAX_ENDPOINTS} is the limit"));
    }
    status.address = cut(&status.address);
    match &mut status.progress {
        Progress::Settled => {}
        Progress::Settling { waiting_for: words } | Progress::Failed { error: words } => *words = cut(words),
    }
    for instance in status.revisions.iter_mut().flat_map(|revision| &mut revision.instances) {
        instance.id = cut(&instance.id);
        instance.address = cut(&instance.address);
        instance.last_exit = cut(&instance.last_exit);
    }
    Ok(())
}

fn cut(words: &str) -> String {
    plain(&words.chars().take(MAX_WORDS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Answer, String> {
        Answer::read(text.as_bytes())
    }

    #[test]
    fn unknown_fields_are_ignored_and_other_versions_told() {
        let answer = read(r#"{"version": 1, "accepted": true, "colour": "blue"}"#).unwrap();
        assert!(answer.accepted && answer.status.is_none());
        let capabilities = r#"{"version": 1, "capabilities": {"routes": true, "flight": true}}"#;
        let routes = Capabilities { routes: true, ..Capabilities::default() };
        assert_eq!(read(capabilities).unwrap().capabilities, Some(routes));
        assert_eq!(read(r#"{"version": 2}"#).unwrap_err(), "it has the version 2, and this is version 1");
        assert_eq!(read("{}").unwrap_err(), "it has no `version`");
        assert!(read("done").unwrap_err().starts_with("it is no JSON"));
        let broken = read(r#"{"version": 1, "status": {"release": "r"}}"#).unwrap_err();
        assert_eq!(broken, "it is not of its form: missing field `generation`");
    }

    #[test]
    fn a_weight_beyond_all_is_no_weight() {
        let status = r#"{"version": 1, "status": {"release": "r", "generation": 1, "key": "k",
            "progress": {"state": "settled"}, "stable": null, "address": "", "endpoints": [],
            "revisions": [{"revision": {"id": "v1", "version": "v1", "instances": 1, "spec": {}},
                "role": "stable", "weight": 1001, "instances": []}]}}"#;
        assert!(read(status).is_err());
    }

    #[test]
    fn words_for_people_hold_nothing_that_a_terminal_obeys() {
        let said = r#"{"version": 1, "refused": "no\u001b[2Jway", "error": ""}"#;
        assert_eq!(read(said).unwrap().refused.as_deref(), Some("no [2Jway"));
    }
}
