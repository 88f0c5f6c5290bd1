//! Reads the files of a release, bounded in size and number.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use sluice_core::document::problem::{Problem, Problems};
use sluice_core::document::source::{Source, Spanned};
use sluice_core::document::tree::Limits;
use sluice_core::document::workflow::Workflow;
use sluice_core::plan::PolicyDocument;
use thiserror::Error;

use super::PrepareError;
use crate::policies::files::{MAX_POLICIES, bounded, document, listed};

/// A workflow file that can not be read.
#[derive(Debug, Error, Diagnostic)]
pub enum FileError {
    #[error("the workflow `{path}` can not be read")]
    #[diagnostic(help("name the workflow file with `-f`"))]
    Workflow { path: String, source: io::Error },
}

/// The workflow's text, and the absolute folder it is in.
pub(super) fn workflow(path: &Path) -> Result<(Source, PathBuf), PrepareError> {
    let unreadable = |source| FileError::Workflow { path: path.display().to_string(), source };
    let absolute = path.canonicalize().map_err(unreadable)?;
    let bytes = bounded(&absolute).map_err(unreadable)?;
    let source = Source::read(path.display().to_string(), &bytes, Limits::default())?;
    let base = absolute.parent().map_or_else(PathBuf::new, Path::to_owned);
    Ok((source, base))
}

/// The policy documents that a workflow names: files, or folders with `*.yaml` and `*.yml` right in them.
/// What can not be read is among the problems.
pub(super) fn policies(workflow: &Workflow, base: &Path, problems: &mut Problems) -> Vec<PolicyDocument> {
    let mut documents: Vec<PolicyDocument> = Vec::new();
    for named in &workflow.policies {
        match listed(&base.join(&named.value)) {
            Ok(files) => {
                for file in files {
                    match read_policy(&file, base) {
                        Ok(document) if documents.contains(&document) => {}
                        Ok(document) => documents.push(document),
                        Err(told) => problems.push(unreadable(workflow, named, &file, &told)),
                    }
                }
            }
            Err(told) => {
                problems.push(unreadable(workflow, named, &base.join(&named.value), &told.to_string()))
            }
        }
    }
    if documents.len() > MAX_POLICIES {
        let message =
            format!("{} policy documents are more than the limit of {MAX_POLICIES}", documents.len());
        problems.push(Problem::new("sluice::workflow::too-many-policies", message));
    }
    documents
}

fn unreadable(workflow: &Workflow, named: &Spanned<String>, file: &Path, told: &str) -> Problem {
    let message = format!("the policy `{}` can not be read: {told}", file.display());
    let problem = workflow.problem("missing-file", named.span, message, "named here");
    problem.with_help("write the path of a file or folder, relative to the workflow")
}

fn read_policy(file: &Path, base: &Path) -> Result<PolicyDocument, String> {
    let shown = file.strip_prefix(base).unwrap_or(file).display().to_string();
    let source = document(file, &shown)?;
    Ok(PolicyDocument { source: shown, text: source.text.as_ref().to_owned() })
}
