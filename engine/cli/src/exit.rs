//! The exit codes, all of them.

use miette::{Diagnostic, Report};
use sluice_core::release::decision::Outcome;
use sluice_runner::engine::Left;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Promoted, or rehearsed; or done, for commands that release nothing.
    Done,
    /// Anything that is neither the documents' fault nor the release's; another release that is open; an abandoned one.
    Internal,
    /// Wrong arguments, or a document with problems.
    Invalid,
    /// Refused before anything was done: by policy, by the preparation, by a test. Of policies that are tried out or
    /// tested: a rule or a case fails. Of a metrics page: it breaks a rule.
    Refused,
    /// Rolled back, or aborted: stable serves again.
    RolledBack,
    /// The release is still open: it waits for a person, was interrupted, the time given was over, or another engine
    /// has it.
    Waiting,
    /// Of rules that were tried out: something that they read is missing, so that none can tell. Of a query: it has no
    /// answer to trust.
    Inconclusive,
    /// Of rules that were tried out: one can not be evaluated.
    Unanswered,
}

/// Why a command did not do as asked.
#[derive(Debug)]
pub enum Failure {
    /// The caller's to mend.
    Invalid(Report),
    Internal(Report),
}

/// As help texts show it.
pub const TABLE: &str = "\
Exit codes:
  0  promoted, or rehearsed (or done, for commands that release nothing)
  1  anything internal: the target can not be reached, the journal not written, ...;
     or another release of the service is open; or abandoned: the target was left as it was
  2  wrong usage, or a document with problems
  3  refused by policy, by the preparation or by a test; the target was not touched;
     or a rule or a case of one fails (`sluice policy`), or a page breaks one (`sluice metrics lint`)
  4  rolled back or aborted; stable serves again
  5  still open: waits for a person, was interrupted, --timeout passed, or another engine has it;
     see `sluice resume`
  6  inconclusive: a value is missing to tell (`sluice policy eval`, `sluice metrics query`)
  7  a rule can not be evaluated (`sluice policy eval`)";

/// As the help texts of `sluice policy` show it: of those, what such a command can end with.
pub const POLICY_TABLE: &str = "\
Exit codes:
  0  everything passes
  1  anything internal: a file can not be written, ...
  2  wrong usage, or a document with problems
  3  a rule or a case fails, or is lacking
  6  inconclusive: a value is missing to tell (`eval`)
  7  a rule can not be evaluated (`eval`)";

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Invalid => 2,
            Self::Refused => 3,
            Self::RolledBack => 4,
            Self::Waiting => 5,
            Self::Inconclusive => 6,
            Self::Unanswered => 7,
        }
    }
}

impl From<&Left> for Exit {
    fn from(left: &Left) -> Self {
        match left {
            Left::Ended { outcome, .. } => Self::from(*outcome),
            Left::Waiting(_) | Left::Stopped => Self::Waiting,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Promoted | Outcome::Rehearsed => Self::Done,
            Outcome::Refused => Self::Refused,
            Outcome::RolledBack | Outcome::Aborted => Self::RolledBack,
            Outcome::Abandoned => Self::Internal,
        }
    }
}

impl Failure {
    pub fn invalid(error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self::Invalid(Report::new(error))
    }

    pub fn internal(error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self::Internal(Report::new(error))
    }

    /// A plain sentence with what to do.
    pub fn usage(message: impl std::fmt::Display, help: impl Into<String>) -> Self {
        Self::Invalid(plain(message, help))
    }

    pub fn broken(message: impl std::fmt::Display, help: impl Into<String>) -> Self {
        Self::Internal(plain(message, help))
    }

    pub fn report(&self) -> &Report {
        match self {
            Self::Invalid(report) | Self::Internal(report) => report,
        }
    }
}

fn plain(message: impl std::fmt::Display, help: impl Into<String>) -> Report {
    Report::from(miette::MietteDiagnostic::new(message.to_string()).with_help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_in_the_table() {
        let all = [
            Exit::Done,
            Exit::Internal,
            Exit::Invalid,
            Exit::Refused,
            Exit::RolledBack,
            Exit::Waiting,
            Exit::Inconclusive,
            Exit::Unanswered,
        ];
        for (code, exit) in (0..).zip(all) {
            assert_eq!(exit.code(), code);
            assert!(TABLE.contains(&format!("\n  {code}  ")), "{code} is not in the table");
        }
        let of_policies = POLICY_TABLE.lines().filter_map(|line| line.get(2..3)?.parse::<u8>().ok());
        assert_eq!(of_policies.collect::<Vec<_>>(), [0, 1, 2, 3, 6, 7]);
    }
}
