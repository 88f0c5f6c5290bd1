//! Gives a workflow's parts in the plan's types.

use std::path::{Component, Path, PathBuf};

use serde_json::json;

use super::{Candidate, Gateway, Target, Workflow};
use crate::plan::{Channel, Job, Must, Notifier, Revision, RevisionSpec, Stages, TargetPlan, Work};

impl Workflow {
    /// What it can do is for the target to say. `base` is the absolute path of the folder that the workflow is in.
    pub fn target_plan(&self, base: &str) -> TargetPlan {
        let config = match &self.target {
            Target::Gateway(gateway) => gateway.config(),
            Target::Haproxy(haproxy) => haproxy.config(),
            Target::Envoy(envoy) => envoy.config(),
            Target::Command(command) => command.config(joined(base, &command.directory)),
        };
        TargetPlan { kind: self.target.kind().to_owned(), config, capabilities: None }
    }
}

impl Workflow {
    /// What surrounds the steps, with every folder and file by its absolute path; `base` is the folder that the
    /// workflow is in.
    pub fn stages(&self, base: &str) -> Stages {
        let mut stages = self.stages.clone();
        let rebase = |directory: &mut String| *directory = joined(base, directory);
        let prepare = &mut stages.prepare;
        prepare.tools.iter_mut().for_each(|tool| rebase(&mut tool.directory));
        for Notifier { by, .. } in &mut prepare.notify {
            if let Channel::Command { directory, .. } = by {
                rebase(directory);
            }
        }
        for condition in &mut prepare.environment {
            if let Must::Succeed { directory: path, .. } | Must::HaveRoom { path, .. } = &mut condition.must {
                rebase(path);
            }
        }
        let smoke = &mut stages.smoke;
        let jobs = stages.test.jobs.iter_mut().chain(&mut smoke.preview).chain(&mut smoke.promoted);
        for Job { work, .. } in jobs {
            match work {
                Work::Command(command) => rebase(&mut command.directory),
                Work::Workflow { path, .. } => rebase(path),
                Work::Accept { .. } => {}
            }
        }
        stages
    }
}

impl Candidate {
    /// How one instance is run; `base` is the absolute path of the folder that the workflow is in.
    pub fn spec(&self, base: &str) -> RevisionSpec {
        RevisionSpec {
            command: self.command.clone(),
            port: self.port.clone(),
            env: self.env.clone(),
            directory: joined(base, &self.directory),
            readiness: self.readiness.clone(),
            metrics_path: self.metrics_path.clone(),
            drain_ms: self.drain_ms,
            stop_ms: self.stop_ms,
        }
    }

    pub fn revision(&self, base: &str) -> Revision {
        Revision::new(&self.version, self.spec(base), self.instances)
    }
}

impl Gateway {
    /// In the form in which the gateway target reads it.
    fn config(&self) -> serde_json::Value {
        let mut config =
            json!({ "listen": self.listen.to_string(), "trust-forwarded": self.trust_forwarded });
        if let Some(sticky) = &self.sticky {
            config["sticky"] = json!({ "cookie": sticky.cookie, "max-age-s": sticky.ttl_ms / 1_000 });
        }
        if let Some(preview) = &self.preview {
            config["preview"] = json!(preview.to_string());
        }
        if let Some(capacity) = self.capacity {
            config["capacity"] = json!(capacity);
        }
        if let Some(mirror) = &self.mirror {
            config["mirror"] = json!(mirror);
        }
        config
    }
}

/// `..` stays: what it means depends on links, which only the file system knows.
fn joined(base: &str, directory: &str) -> String {
    let whole = Path::new(base).join(directory);
    let parts = whole.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}
