//! What goes on beside the loop: looking before the release begins, telling people, jobs. None of it holds up
//! judging, and a person's word is heard meanwhile.

use std::sync::Arc;

use sluice_core::plan::{Occasion, Plan, Stage};
use sluice_core::release::event::Event;
use sluice_core::release::jobs::{JobResult, Try};
use sluice_core::release::prepared::{Finding, Grade, Told};
use tokio::task::JoinHandle;

use super::{Engine, EngineError, Listener};
use crate::ports::stages::{Notice, Order, TryId};

/// What is under way beside the loop; jobs are in their workshop.
#[derive(Debug, Default)]
pub(super) struct Aside {
    looking: Option<JoinHandle<Vec<Finding>>>,
    telling: Option<(Occasion, String, JoinHandle<Vec<Told>>)>,
    /// Whether what an engine before this one left running was ended.
    cleared: bool,
}

impl Engine {
    /// Looks whether the release may begin; whether that was appended.
    pub(super) async fn prepare(&mut self, listener: &mut dyn Listener) -> Result<bool, EngineError> {
        let (plan, target) = (Arc::clone(&self.state.plan), Arc::clone(&self.parts.target));
        let inspector = Arc::clone(&self.parts.inspector);
        let begin = || tokio::spawn(async move { inspector.inspect(plan, target).await });
        let looking = self.aside.looking.get_or_insert_with(begin);
        if !looking.is_finished() {
            return Ok(false);
        }
        let findings = match looking.await {
            Ok(findings) => findings,
            Err(error) => {
                let (of, text) = ("preparation".to_owned(), format!("was not finished: {error}"));
                vec![Finding { of, grade: Grade::Bad, text }]
            }
        };
        self.aside.looking = None;
        self.append(vec![Event::Prepared { findings }], None, listener).map(|()| true)
    }

    /// Tells people; whether that was appended. One thing is told after the other.
    pub(super) async fn notify(
        &mut self,
        occasion: Occasion,
        text: String,
        listener: &mut dyn Listener,
    ) -> Result<bool, EngineError> {
        let (release, plan) = (self.release.clone(), Arc::clone(&self.state.plan));
        let herald = Arc::clone(&self.parts.herald);
        let begin = || {
            let notice = Notice { release, plan, occasion, text: text.clone() };
            (occasion, text, tokio::spawn(async move { herald.tell(notice).await }))
        };
        let (_, _, telling) = self.aside.telling.get_or_insert_with(begin);
        if !telling.is_finished() {
            return Ok(false);
        }
        let Some((told_of, text, telling)) = self.aside.telling.take() else { return Ok(false) };
        let told = telling.await.unwrap_or_else(|error| {
            let error = format!("was not finished: {error}");
            vec![Told { name: "everybody".to_owned(), error }]
        });
        if told_of != occasion {
            // What was told meanwhile is of no use any more.
            return Ok(false);
        }
        self.append(vec![Event::Notified { occasion, text, told }], None, listener).map(|()| true)
    }

    /// Sees to it that just these tries are under way; whether the end of one was appended.
    pub(super) async fn run_jobs(
        &mut self,
        tries: Vec<Try>,
        listener: &mut dyn Listener,
    ) -> Result<bool, EngineError> {
        if !self.aside.cleared {
            self.parts.workshop.clear().await;
            self.aside.cleared = true;
        }
        let wanted: Vec<TryId> = tries.iter().map(id).collect();
        let ended: Vec<_> =
            self.parts.workshop.ended().into_iter().filter(|(one, _)| wanted.contains(one)).collect();
        if !ended.is_empty() {
            let events = ended.into_iter().map(|(one, result)| ended_event(one, result)).collect();
            return self.append(events, None, listener).map(|()| true);
        }
        for one in tries {
            if let Err(how) = self.begin(&one).await {
                let result = JobResult { passed: false, how, ..JobResult::default() };
                return self.append(vec![ended_event(id(&one), result)], None, listener).map(|()| true);
            }
        }
        Ok(false)
    }

    /// Ends the tries that are wanted no more, and shows what jobs wrote.
    pub(super) fn look_after_jobs(&self, listener: &mut dyn Listener) {
        let wanted: Vec<TryId> = self.state.tries().iter().map(id).collect();
        self.parts.workshop.keep(&wanted);
        for said in self.parts.workshop.said() {
            listener.said(&said.job, &said.line);
        }
    }

    async fn begin(&self, one: &Try) -> Result<(), String> {
        let mut variables = about(&self.state.plan, &self.release);
        variables.push(("SLUICE_JOB".to_owned(), one.job.name.clone()));
        variables.push(("SLUICE_ATTEMPT".to_owned(), one.attempt.to_string()));
        if matches!(one.stage, Stage::Preview | Stage::Promoted) {
            // Where the target can not be reached now, it is tried again on the next turn.
            let Ok(status) = self.parts.target.observe().await else { return Ok(()) };
            let preview = match status.preview {
                Some(preview) => preview,
                None if one.stage == Stage::Promoted || self.state.after => status.address.clone(),
                None => return Err("was not begun: the target has no path to the candidate alone".to_owned()),
            };
            variables.push(("SLUICE_URL".to_owned(), status.address));
            variables.push(("SLUICE_PREVIEW_URL".to_owned(), preview));
        }
        self.parts.workshop.begin(Order { id: id(one), job: one.job.clone(), variables });
        Ok(())
    }
}

fn id(one: &Try) -> TryId {
    TryId { stage: one.stage, job: one.job.name.clone(), attempt: one.attempt }
}

fn ended_event(one: TryId, result: JobResult) -> Event {
    let TryId { stage, job, attempt } = one;
    Event::JobEnded { stage, job, attempt, result: Box::new(result) }
}

/// What every job may know of the release.
fn about(plan: &Plan, release: &str) -> Vec<(String, String)> {
    let stable = plan.stable.as_ref().map_or("", |stable| stable.version.as_str());
    let variables = [
        ("SLUICE_RELEASE", release),
        ("SLUICE_SERVICE", &plan.about.service),
        ("SLUICE_ENVIRONMENT", &plan.about.environment),
        ("SLUICE_VERSION", &plan.candidate.version),
        ("SLUICE_STABLE_VERSION", stable),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
