//! A stage of its own for releases: a workflow, a state directory, a gateway address.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::port;
use crate::programs::Programs;
use crate::proxy::Proxy;

/// The service that the workflow is about.
const SERVICE: &str = "shop";

/// Where releases take place. Dropping it stops what was started on it.
#[derive(Debug)]
pub struct Stage {
    programs: Programs,
    state: PathBuf,
    workflow: PathBuf,
    /// Where users reach the service.
    address: String,
    /// What `--set` makes of the workflow's target.
    target: String,
}

/// What is to be released.
#[derive(Debug, Clone, Default)]
pub struct Release {
    pub version: String,
    /// Further arguments of the demo service: `--error-percent 8`.
    pub arguments: Vec<String>,
    /// Further `--set path=value`.
    pub settings: Vec<String>,
    pub comment: String,
}

impl Stage {
    /// A fresh stage that keeps its state in this directory. The workflow's path is from the folder `tests`.
    pub fn new(programs: Programs, state: &Path, workflow: &str) -> io::Result<Self> {
        let address = format!("127.0.0.1:{}", port::free()?);
        let target = format!("target.gateway.listen={address}");
        Ok(Self { programs, state: state.to_owned(), workflow: found(workflow)?, address, target })
    }

    /// A stage whose users reach the service through another proxy.
    pub fn behind(programs: Programs, state: &Path, workflow: &str, proxy: &Proxy) -> io::Result<Self> {
        let (address, target) = (proxy.address().to_owned(), format!("target={}", proxy.target()));
        Ok(Self { programs, state: state.to_owned(), workflow: found(workflow)?, address, target })
    }

    /// What a proxy's configuration must have to be the target.
    pub fn configuration(&self) -> io::Result<String> {
        let mut command = self.command("target");
        command.arg("config").arg("-f").arg(&self.workflow).args(["--set", &self.target]);
        let output = command.output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }

    /// Where the service's users reach it.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// `host:port` of that.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn workflow(&self) -> &Path {
        &self.workflow
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    /// `sluice run` of this release.
    pub fn run(&self, release: &Release) -> Command {
        self.planned("run", release)
    }

    /// `sluice plan --rehearse` of this release.
    pub fn rehearse(&self, release: &Release) -> Command {
        let mut command = self.planned("plan", release);
        command.arg("--rehearse");
        command
    }

    fn planned(&self, subcommand: &str, release: &Release) -> Command {
        let mut command = self.sluice(subcommand);
        command.kill_on_drop(true).arg("-f").arg(&self.workflow);
        command.args(["--who", "demo", "--comment", &release.comment]);
        let settings = self.settings(release);
        command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        command
    }

    /// Ends the gateway and every instance that it runs.
    pub async fn stop_gateway(&self) -> io::Result<()> {
        let output = self.sluice("gateway").args(["--stop", "--service", SERVICE]).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(io::Error::other(format!("the gateway did not stop: {error}")))
    }

    /// Any command of the binary, on this stage's state.
    pub fn sluice(&self, subcommand: &str) -> Command {
        Command::from(self.command(subcommand))
    }

    /// What the gateway has in effect, as far as releases can be compared: versions with their instances and
    /// weights, and the version that counts as stable.
    pub fn target(&self) -> io::Result<Value> {
        let record = std::fs::read(self.state.join("gateways").join(SERVICE).join("record.json"))?;
        let record: Value = serde_json::from_slice(&record)?;
        let in_effect = &record["in_effect"];
        let revisions = in_effect["desired"]["revisions"].as_array().map_or(&[][..], Vec::as_slice);
        let shown = revisions.iter().map(|one| {
            json!({ "version": one["revision"]["version"], "instances": one["instances"], "weight": one["weight"] })
        });
        Ok(json!({ "revisions": shown.collect::<Vec<_>>(), "stable": in_effect["stable"]["version"] }))
    }

    fn command(&self, subcommand: &str) -> std::process::Command {
        let mut command = std::process::Command::new(&self.programs.sluice);
        command
            .arg(subcommand)
            .arg("--state")
            .arg(&self.state)
            .stdin(Stdio::null())
            .env_remove("SLUICE_FAULT");
        command
    }

    fn settings(&self, release: &Release) -> Vec<String> {
        let mut command = vec![self.programs.demo_service.display().to_string()];
        command.extend(["--version".to_owned(), release.version.clone()]);
        command.extend(release.arguments.iter().cloned());
        let mut settings = vec![
            self.target.clone(),
            format!("candidate.version={}", release.version),
            format!("candidate.command={}", Value::from(command)),
        ];
        settings.extend(release.settings.iter().cloned());
        settings
    }
}

fn found(workflow: &str) -> io::Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(workflow).canonicalize()
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A stage that was stopped already is told "was not running", which is as good.
        let _ = self.command("gateway").args(["--stop", "--service", SERVICE]).output();
    }
}

impl Release {
    pub fn of(version: &str) -> Self {
        Self { version: version.to_owned(), ..Self::default() }
    }

    pub fn with_arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    pub fn with_settings(mut self, settings: &[&str]) -> Self {
        self.settings.extend(settings.iter().map(|setting| (*setting).to_owned()));
        self
    }

    pub fn with_comment(mut self, comment: &str) -> Self {
        comment.clone_into(&mut self.comment);
        self
    }
}
