//! A stage of its own for releases: a state directory, a gateway address, the demo's workflow.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::port;
use crate::programs::Programs;

/// The service that the workflow is about.
const SERVICE: &str = "shop";

/// Where releases take place. What was started on it is stopped by `stop_gateway`.
#[derive(Debug, Clone)]
pub struct Stage {
    programs: Programs,
    state: PathBuf,
    workflow: PathBuf,
    port: u16,
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
    /// A fresh stage that keeps its state in this directory.
    pub fn new(programs: Programs, state: &Path) -> io::Result<Self> {
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/shop.yaml").canonicalize()?;
        Ok(Self { programs, state: state.to_owned(), workflow, port: port::free()? })
    }

    /// Where the service's users reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    /// `sluice run` of this release.
    pub fn run(&self, release: &Release) -> Command {
        let mut command = self.sluice("run");
        command.arg("-f").arg(&self.workflow).arg("--state").arg(&self.state);
        command.args(["--who", "demo", "--comment", &release.comment]);
        let settings = self.settings(release);
        command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        command
    }

    /// Ends the gateway and every instance that it runs.
    pub async fn stop_gateway(&self) -> io::Result<()> {
        let mut command = self.sluice("gateway");
        command.args(["--stop", "--service", SERVICE, "--state"]).arg(&self.state);
        let output = command.output().await?;
        if output.status.success() {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(io::Error::other(format!("the gateway did not stop: {error}")))
    }

    /// Any other command of the binary.
    pub fn sluice(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.programs.sluice);
        command.arg(subcommand).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn settings(&self, release: &Release) -> Vec<String> {
        let mut command = vec![self.programs.demo_service.display().to_string()];
        command.extend(["--version".to_owned(), release.version.clone()]);
        command.extend(release.arguments.iter().cloned());
        let mut settings = vec![
            format!("target.gateway.listen=127.0.0.1:{}", self.port),
            format!("candidate.version={}", release.version),
            format!("candidate.command={}", serde_json::Value::from(command)),
        ];
        settings.extend(release.settings.iter().cloned());
        settings
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
