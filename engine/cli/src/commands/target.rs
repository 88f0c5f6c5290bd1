//! `sluice target`: whether a command holds to all that a target must, and how a proxy is configured to be one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sluice_core::document::workflow::Target;
use sluice_core::plan::{Port, Readiness, RevisionSpec};
use sluice_runner::prepare;
use sluice_targets::command::CommandOptions;
use sluice_targets::command::conformance::{Finding, Outcome, Subject, examine};
use sluice_targets::factory;

use super::now_ms;
use crate::args::{Output, TargetCommand, TargetConfig, TargetTest};
use crate::exit::{Exit, Failure};
use crate::show;
use crate::show::style::{BAD, DIM, GOOD, painted};

pub async fn run(command: TargetCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        TargetCommand::Test(test) => try_it(&test, output).await,
        TargetCommand::Config(config) => configuration(&config),
    }
}

fn configuration(config: &TargetConfig) -> Result<Exit, Failure> {
    let documents = prepare::read(&config.file, &config.set)?;
    let target = documents.workflow.target_plan(&documents.base.to_string_lossy());
    let proxy = factory::proxy(&target).map_err(|_other| {
        let told = format!("the target `{}` is no proxy of its own", target.kind);
        Failure::usage(told, "name `haproxy` or `envoy` as the target")
    })?;
    proxy.prepare().map_err(|error| {
        Failure::broken(error, "make the folder that the workflow names, writable for this user")
    })?;
    proxy.configuration().lines().for_each(show::line);
    Ok(Exit::Done)
}

async fn try_it(test: &TargetTest, output: Output) -> Result<Exit, Failure> {
    let subject = subject(test)?;
    let service = subject.service.clone();
    let examined = examine(subject).await;
    let findings = examined.map_err(|error| {
        Failure::broken(error, "answer `describe` first: `engine/README.md` has the protocol")
    })?;
    match output {
        Output::Json => findings.iter().for_each(|one| show::json_line(&as_json(one))),
        Output::Human => findings.iter().for_each(|one| show::line(&line(one))),
    }
    let broken = findings.iter().filter(|one| one.result != Outcome::Met).count();
    if broken > 0 {
        show::note(&format!("{broken} of {} requirements are not met", findings.len()));
        return Ok(Exit::Internal);
    }
    show::note(&format!("all {} requirements are met, tried as the service `{service}`", findings.len()));
    Ok(Exit::Done)
}

fn subject(test: &TargetTest) -> Result<Subject, Failure> {
    let release = format!("conformance-{}", now_ms());
    let within = Duration::from_millis(test.within);
    let named = test.service.clone();
    match &test.file {
        Some(file) => {
            let (service, options, spec) = from_workflow(file, &test.set)?;
            let service = named.unwrap_or_else(|| format!("{service}-conformance"));
            Ok(Subject { options, service, spec, release, within })
        }
        None => {
            let service = named.unwrap_or_else(|| "sluice-conformance".to_owned());
            Ok(Subject { options: from_words(test)?, service, spec: nothing_to_run(), release, within })
        }
    }
}

fn from_workflow(file: &Path, set: &[String]) -> Result<(String, CommandOptions, RevisionSpec), Failure> {
    let documents = prepare::read(file, set)?;
    let workflow = &documents.workflow;
    let base = documents.base.to_string_lossy();
    if !matches!(workflow.target, Target::Command(_)) {
        let told = format!("the target `{}` is Sluice's own", workflow.target.kind());
        return Err(Failure::usage(told, "only targets of the kind `command` are tested so"));
    }
    let options = serde_json::from_value(workflow.target_plan(&base).config)
        .map_err(|error| Failure::broken(error, "this is a fault of Sluice"))?;
    Ok((workflow.service.clone(), options, workflow.candidate.spec(&base)))
}

fn from_words(test: &TargetTest) -> Result<CommandOptions, Failure> {
    let unknown = |error: std::io::Error| Failure::broken(error, "change into a directory that is there");
    let mut env = BTreeMap::new();
    for pair in &test.env {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` is not a variable"), "write `--env NAME=VALUE`")
        })?;
        env.insert(name.to_owned(), value.to_owned());
    }
    Ok(CommandOptions {
        command: test.command.clone(),
        directory: std::env::current_dir().map_err(unknown)?,
        env,
        pass_env: vec!["PATH".to_owned(), "HOME".to_owned()],
        timeout_ms: 30_000,
        retries: 3,
    })
}

fn nothing_to_run() -> RevisionSpec {
    RevisionSpec {
        command: Vec::new(),
        port: Port::Env("PORT".to_owned()),
        env: BTreeMap::new(),
        directory: "/".to_owned(),
        readiness: Readiness { path: None, within_ms: 30_000, interval_ms: 200 },
        metrics_path: None,
        drain_ms: 1_000,
        stop_ms: 1_000,
    }
}

fn line(finding: &Finding) -> String {
    let requirement = finding.requirement;
    match &finding.result {
        Outcome::Met => format!("{} {requirement}", painted(GOOD, "✓")),
        Outcome::NotTried => painted(DIM, format!("· {requirement}: not tried")),
        Outcome::Broken(told) => format!("{} {requirement}\n    {}", painted(BAD, "✗"), show::safe(told)),
    }
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let (result, told) = match &finding.result {
        Outcome::Met => ("met", ""),
        Outcome::NotTried => ("not-tried", ""),
        Outcome::Broken(told) => ("broken", told.as_str()),
    };
    serde_json::json!({
        "version": show::JSON_VERSION, "type": "requirement", "requirement": finding.requirement,
        "result": result, "told": told,
    })
}
