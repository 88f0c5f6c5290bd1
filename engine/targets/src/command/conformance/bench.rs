//! The bench that a command stands on: two revisions, shapes of them, and looking until they are in effect.

use std::collections::BTreeMap;

use sluice_core::model::shape::{Role, Weight};
use sluice_core::plan::Revision;
use sluice_runner::ports::target::{Desired, DesiredRevision, Progress, Target, TargetError, TargetStatus};
use tokio::time::{Duration, Instant, sleep};

use super::super::CommandTarget;
use super::Subject;

/// A command under examination.
#[derive(Debug)]
pub struct Bench {
    pub subject: Subject,
    pub target: CommandTarget,
    pub one: Revision,
    pub two: Revision,
    pub generation: u64,
    /// What was last accepted and seen.
    pub last: Option<Desired>,
}

const LOOK_AGAIN: Duration = Duration::from_millis(100);

impl Bench {
    pub async fn open(subject: Subject) -> Result<Self, TargetError> {
        let target = CommandTarget::open(&subject.service, &subject.options).await?;
        let revision = |version| Revision::new(version, subject.spec.clone(), 1);
        let (one, two) = (revision("conformance-1"), revision("conformance-2"));
        Ok(Self { subject, target, one, two, generation: 0, last: None })
    }

    /// The next shape: the first revision as stable, the second as candidate with a weight.
    pub fn next(&mut self, candidate: Option<u16>) -> Desired {
        self.generation += 1;
        let weight = Weight::per_mille(candidate.unwrap_or(0)).unwrap_or_default();
        let of = |revision: &Revision, role, weight| DesiredRevision {
            revision: revision.clone(),
            role,
            instances: 1,
            weight,
        };
        let mut revisions = vec![of(&self.one, Role::Stable, weight.rest())];
        if candidate.is_some() {
            revisions.push(of(&self.two, Role::Candidate, weight));
        }
        Desired {
            release: self.subject.release.clone(),
            generation: self.generation,
            key: format!("{}#{}", self.subject.release, self.generation),
            revisions,
            routes: Vec::new(),
            mirror: None,
            stable: Some(self.one.id.clone()),
        }
    }

    /// Hands a shape over and sees it in effect.
    pub async fn brings_about(&mut self, desired: Desired) -> Result<TargetStatus, String> {
        self.target.apply(&desired).await.map_err(|error| format!("apply: {error}"))?;
        let accepted = self.look().await?;
        if accepted.key != desired.key {
            return Err(format!(
                "accepted `{}`, and then observed `{}`: what is accepted must be on record",
                desired.key, accepted.key
            ));
        }
        let status = self.settled().await?;
        is_as_asked(&desired, &status)?;
        self.last = Some(desired);
        Ok(status)
    }

    /// That it refuses, which no failure is.
    pub async fn refuses(&self, desired: &Desired, what: &str) -> Result<(), String> {
        match self.target.apply(desired).await {
            Err(TargetError::Refused(_)) => Ok(()),
            Err(error) => Err(format!("{what} must be answered with `refused`, and this failed: {error}")),
            Ok(()) => Err(format!("{what} was accepted")),
        }
    }

    pub async fn look(&self) -> Result<TargetStatus, String> {
        self.target.observe().await.map_err(|error| format!("observe: {error}"))
    }

    pub async fn settled(&self) -> Result<TargetStatus, String> {
        let deadline = Instant::now() + self.subject.within;
        loop {
            let status = self.look().await?;
            match &status.progress {
                Progress::Settled => return Ok(status),
                Progress::Failed { error } => return Err(format!("it failed: {error}")),
                Progress::Settling { waiting_for } if Instant::now() >= deadline => {
                    let within = self.subject.within.as_secs();
                    return Err(format!("not in effect within {within} s; it waits for {waiting_for}"));
                }
                Progress::Settling { .. } => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Nothing is to stay behind.
    pub async fn clear(&mut self) {
        let nothing = Desired { revisions: Vec::new(), stable: None, ..self.next(None) };
        if self.target.apply(&nothing).await.is_ok() {
            let _ = self.settled().await;
        }
    }
}

/// Whether what is observed is what was asked for.
pub fn is_as_asked(desired: &Desired, status: &TargetStatus) -> Result<(), String> {
    if (&status.release, status.generation, &status.key)
        != (&desired.release, desired.generation, &desired.key)
    {
        return Err(format!(
            "it has generation {} of `{}`, and was given generation {} of `{}`",
            status.generation, status.release, desired.generation, desired.release
        ));
    }
    let weights: BTreeMap<&str, Weight> =
        status.revisions.iter().map(|one| (one.revision.id.as_str(), one.weight)).collect();
    for wanted in &desired.revisions {
        let id = wanted.revision.id.as_str();
        let Some(seen) = status.revisions.iter().find(|one| one.revision.id == id) else {
            return Err(format!("`{id}` is not observed"));
        };
        if seen.revision != wanted.revision {
            return Err(format!("`{id}` does not come back as it was given: keep `revision` as it is"));
        }
        if seen.weight != wanted.weight {
            return Err(format!("`{id}` has {} of the traffic, not {}", seen.weight, wanted.weight));
        }
        let ready = seen.instances.iter().filter(|instance| instance.ready).count();
        if ready < usize::try_from(wanted.instances).unwrap_or(usize::MAX) {
            return Err(format!("`{id}` is settled with {ready} ready instances of {}", wanted.instances));
        }
    }
    let is_wanted = |id: &str| desired.revisions.iter().any(|one| one.revision.id == id);
    if let Some((id, weight)) = weights.iter().find(|(id, weight)| weight.get() > 0 && !is_wanted(id)) {
        return Err(format!("`{id}` still has {weight} of the traffic"));
    }
    let stable = status.stable.as_ref().map(|stable| stable.id.as_str());
    if stable != desired.stable.as_deref() {
        return Err(format!("stable is {stable:?}, not {:?}", desired.stable));
    }
    Ok(())
}
