//! What surrounds the steps of a release: looking before it begins, telling people, running jobs.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_core::plan::{Job, Occasion, Plan, Stage};
use sluice_core::release::jobs::JobResult;
use sluice_core::release::prepared::{Finding, Told};

use super::target::Target;

/// Looks whether a release may begin. Ends within a time that the implementation bounds.
#[async_trait]
pub trait Inspector: Send + Sync + std::fmt::Debug {
    /// All that was looked at, and everything that is wrong at once.
    async fn inspect(&self, plan: Arc<Plan>, target: Arc<dyn Target>) -> Vec<Finding>;
}

/// Something to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    pub release: String,
    pub plan: Arc<Plan>,
    pub occasion: Occasion,
    pub text: String,
}

/// Tells people. Ends within a time that the implementation bounds.
#[async_trait]
pub trait Herald: Send + Sync + std::fmt::Debug {
    /// Tells everybody whom the plan names for this occasion, and says whom it could not.
    async fn tell(&self, notice: Notice) -> Vec<Told>;
}

/// One try of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TryId {
    pub stage: Stage,
    pub job: String,
    pub attempt: u32,
}

/// A try to be begun.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: TryId,
    pub job: Job,
    /// What its environment says of the release, beside its own.
    pub variables: Vec<(String, String)>,
}

/// A line that a job wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub job: String,
    pub line: String,
}

/// Runs jobs, beside the loop.
#[async_trait]
pub trait Workshop: Send + Sync + std::fmt::Debug {
    /// Ends what an engine before this one has left running. To be called before the first try.
    async fn clear(&self);

    /// Begins a try; nothing where it is under way already.
    fn begin(&self, order: Order);

    /// Ends every try that is not among these, without waiting for its end.
    fn keep(&self, wanted: &[TryId]);

    /// Tries that have ended by themselves since the last time.
    fn ended(&self) -> Vec<(TryId, JobResult)>;

    /// Lines that jobs wrote since the last time; some are left out where there are too many.
    fn said(&self) -> Vec<Said>;

    /// Ends every try, and returns when none is left.
    async fn close(&self);
}
