//! Requirements on the protocol: versions, unknown things, sizes.

use serde_json::{Value, json};
use sluice_runner::ports::target::Target;

use super::super::process::ask;
use super::super::wire::{Answer, Operation, VERSION};
use super::bench::{Bench, is_as_asked};

type Checked = Result<(), String>;

const MEGABYTE: usize = 1024 * 1024;

impl Bench {
    pub async fn describes(&mut self) -> Checked {
        let answer = self.target.ask(Operation::Describe).await.map_err(|error| error.to_string())?;
        if answer.capabilities != Some(self.target.capabilities()) {
            return Err("two answers to `describe` differ".to_owned());
        }
        Ok(())
    }

    pub async fn ignores_unknown_fields(&mut self) -> Checked {
        let desired = self.next(None);
        let mut question = json!({
            "version": VERSION, "operation": "apply", "service": self.subject.service,
            "desired": desired, "colour": "blue",
        });
        question["desired"]["mood"] = json!({ "good": true });
        if let Some(one) = question.pointer_mut("/desired/revisions/0") {
            one["shade"] = json!(null);
        }
        if !self.say(question.to_string().as_bytes()).await?.accepted {
            return Err("a shape with fields that it does not know was not accepted".to_owned());
        }
        is_as_asked(&desired, &self.settled().await?)?;
        self.last = Some(desired);
        Ok(())
    }

    pub async fn refuses_what_it_does_not_know(&mut self) -> Checked {
        let desired = self.next(Some(1000));
        let question = |version: u32, operation: &str| {
            json!({
                "version": version, "operation": operation, "service": self.subject.service, "desired": desired,
            })
        };
        for (what, question) in [
            ("version 99", question(99, "apply")),
            ("the operation `dance`", question(VERSION, "dance")),
            ("a question without version", json!({ "operation": "apply", "desired": desired })),
            ("what is no JSON", Value::Null),
        ] {
            let text = if question.is_null() { "{\"version\": 1,".to_owned() } else { question.to_string() };
            // However it says so, it must not say yes.
            if self
                .say(text.as_bytes())
                .await
                .is_ok_and(|answer| answer.refused.is_none() && answer.error.is_none())
            {
                return Err(format!("{what} was not refused"));
            }
        }
        self.is_as_it_was().await
    }

    pub async fn bears_much(&mut self) -> Checked {
        let mut desired = self.next(None);
        let much = "x".repeat(MEGABYTE);
        for one in &mut desired.revisions {
            one.revision.spec.env.insert("MUCH".to_owned(), much.clone());
        }
        // It may refuse so much; it must neither hang nor lose what it has.
        match self.target.apply(&desired).await {
            Ok(()) => is_as_asked(&desired, &self.settled().await?),
            Err(sluice_runner::ports::target::TargetError::Refused(_)) => self.is_as_it_was().await,
            Err(error) => Err(error.to_string()),
        }
    }

    /// Asks with just these bytes.
    async fn say(&self, question: &[u8]) -> Result<Answer, String> {
        let ran = ask(&self.target.means, question).await.map_err(|error| error.to_string())?;
        if ran.code != Some(0) {
            return Err(format!("it ended with {:?}: {}", ran.code, ran.last_words));
        }
        Answer::read(&ran.answer)
    }
}
