//! A rollback decision: several checks that fail at once go back at once, a single one only when it stays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_sdk::{Call, Plugin, Problem, Rollback, RollbackAnswer, Seen, Verdict};

/// `{"checks": 2, "rounds": 3}`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Quorum {
    /// So many checks that fail in one round go back.
    checks: u32,
    /// So many rounds in a row with any failure go back.
    rounds: u32,
}

/// Carried from round to round with the release's journal: an engine that was killed goes on counting.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Rounds {
    failed_in_a_row: u32,
}

impl Plugin for Quorum {
    const NAME: &'static str = "quorum";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Goes back when several checks fail at once, or one keeps failing";
    type State = Rounds;

    fn validate(&self) -> Vec<Problem> {
        let zero =
            |(path, value): &(&str, u32)| (*value == 0).then(|| Problem::new(*path, "is to be at least 1"));
        [("/checks", self.checks), ("/rounds", self.rounds)].iter().filter_map(zero).collect()
    }
}

impl Rollback for Quorum {
    fn decide(&self, call: &Call, state: &mut Rounds) -> Result<RollbackAnswer, String> {
        let failed = |one: &&Seen| one.verdict == Verdict::Fail || one.verdict.is_error();
        let names: Vec<&str> =
            call.judgements().iter().filter(failed).map(|one| one.check.as_str()).collect();
        if names.is_empty() {
            // A round that says nothing is no recovery: only one in which all pass is.
            if call.judgements().iter().all(|one| one.verdict.passes()) {
                state.failed_in_a_row = 0;
            }
            return Ok(RollbackAnswer::Keep("no check fails".into()));
        }
        state.failed_in_a_row = state.failed_in_a_row.saturating_add(1);
        let reason =
            format!("{} failed, in round {} of {}", names.join(" and "), state.failed_in_a_row, self.rounds);
        if names.len() >= self.checks as usize || state.failed_in_a_row >= self.rounds {
            // `by` could name shapes to go back by; none means stable alone, at once.
            return Ok(RollbackAnswer::RollBack { reason, by: Vec::new() });
        }
        Ok(RollbackAnswer::Hold(reason))
    }
}

sluice_sdk::export!(Quorum: Rollback);

#[cfg(test)]
mod tests {
    use sluice_sdk::testing::{Given, Tester, problems};
    use sluice_sdk::{RollbackAnswer, Verdict};

    use super::Quorum;

    fn round(errors: Verdict, latency: Verdict) -> Given {
        Given::new().judged("errors", errors, "").judged("latency", latency, "")
    }

    #[test]
    fn two_at_once_go_back_at_once() {
        let mut quorum = Tester::<Quorum>::new(r#"{"checks": 2, "rounds": 3}"#).unwrap();
        let answer = quorum.decide(&round(Verdict::Fail, Verdict::error())).unwrap();
        let reason = "errors and latency failed, in round 1 of 3".to_owned();
        assert_eq!(answer, RollbackAnswer::RollBack { reason, by: Vec::new() });
    }

    #[test]
    fn one_goes_back_when_it_stays_and_silence_is_no_recovery() {
        let mut quorum = Tester::<Quorum>::new(r#"{"checks": 2, "rounds": 3}"#).unwrap();
        let bad = round(Verdict::Fail, Verdict::Pass);
        assert!(matches!(quorum.decide(&bad), Ok(RollbackAnswer::Hold(_))));
        quorum.decide(&round(Verdict::Pass, Verdict::Pass)).unwrap();
        assert!(matches!(quorum.decide(&bad), Ok(RollbackAnswer::Hold(_))));
        quorum.decide(&round(Verdict::Inconclusive, Verdict::Pass)).unwrap();
        assert!(matches!(quorum.decide(&bad), Ok(RollbackAnswer::Hold(_))));
        assert!(matches!(quorum.decide(&bad), Ok(RollbackAnswer::RollBack { .. })));
    }

    #[test]
    fn tells_what_is_wrong_in_the_config() {
        assert_eq!(problems::<Quorum>(r#"{"checks": 0, "rounds": 0}"#).len(), 2);
    }
}
