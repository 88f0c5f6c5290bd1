//! `sluice policy new`: a policy to begin with, and a case that it passes.

use std::io::Write;
use std::path::Path;

use sluice_runner::policies;

use crate::args::policy::New;
use crate::exit::{Exit, Failure};
use crate::show;

const POLICY: &str = "\
# yaml-language-server: $schema=policy.schema.json
# What this policy is for, and why. `sluice schema policy > policy.schema.json` lets editors complete it;
# `sluice policy context` prints what rules can see.
apiVersion: sluice/v1
kind: DeploymentPolicy
name: NAME
description: No step gives the candidate many more users at once.
params:
  largest: {type: number, default: 25, min: 1, max: 100, description: Percentage points of one step.}
match:
  environments: [production]
rules:
  - id: small-steps
    on: [shape]
    enforcement: soft
    expr: proposed.candidate.weight - current.candidate.weight <= params.largest
    message: \"'a step to ' + string(proposed.candidate.weight) + ' % is too large'\"
";

const PASSES: &str = "\
on: shape
context:
  release: {environment: production}
  current: {candidate: {weight: 25}}
  proposed: {candidate: {weight: 50}}
expect: {small-steps: pass}
";

const FAILS: &str = "\
on: shape
context:
  release: {environment: production}
  current: {candidate: {weight: 5}}
  proposed: {candidate: {weight: 50}}
expect: {small-steps: {result: fail, message: a step to 50 % is too large}}
";

pub fn run(new: &New) -> Result<Exit, Failure> {
    let name = &new.name;
    let is_name = name.len() <= 63
        && name.bytes().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == b'-')
        && name.bytes().next().is_some_and(|first| first != b'-')
        && !name.ends_with('-');
    if !is_name {
        let told = format!("`{}` is no name of a policy", show::safe(name));
        return Err(Failure::usage(told, "use lower-case letters, digits and `-`, such as `small-steps`"));
    }
    let policy = new.dir.join(format!("{name}.yaml"));
    let cases = new.dir.join("tests").join(name);
    std::fs::create_dir_all(&cases).map_err(|error| unwritable(&cases, &error))?;
    write(&policy, &POLICY.replace("NAME", name))?;
    write(&cases.join("small-step.yaml"), PASSES)?;
    write(&cases.join("large-step.yaml"), FAILS)?;
    // What was written is read as anybody's would be.
    policies::read(std::slice::from_ref(&policy)).map_err(Failure::invalid)?;
    show::line(&policy.display().to_string());
    show::note(&format!("try it: `sluice policy test {}`", new.dir.display()));
    Ok(Exit::Done)
}

/// Nothing is written over.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = std::fs::File::create_new(path).map_err(|error| unwritable(path, &error))?;
    file.write_all(text.as_bytes()).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let told = format!("`{}` can not be made: {error}", path.display());
    Failure::usage(told, "choose another name, or another folder with `--dir`")
}
