//! A health check: what a query measures stays below a limit, with room to spare.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Call, HealthCheck, Judged, Measurement, Plugin, Problem, Quality, Query, Reading, Verdict};

/// `{"expr": "max(process_resident_memory_bytes{role=\"candidate\"})", "limit": 5e8, "spare": 0.2}`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Headroom {
    /// A PromQL query with one number as its answer.
    expr: String,
    /// At and above it the check fails.
    limit: f64,
    /// The share of the limit that is to be left; with less the check warns.
    #[serde(default)]
    spare: f64,
}

impl Plugin for Headroom {
    const NAME: &'static str = "headroom";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Holds what a query measures below a limit";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        let problem = |path: &str, message: &str| Problem::new(path, message);
        let limit = (self.limit <= 0.0).then(|| problem("/limit", "is to be above 0"));
        let spare =
            (!(0.0..1.0).contains(&self.spare)).then(|| problem("/spare", "is to be from 0 to below 1"));
        limit.into_iter().chain(spare).collect()
    }

    fn queries(&self) -> Vec<Query> {
        vec![Query::instant("used", self.expr.as_str())]
    }
}

impl HealthCheck for Headroom {
    fn judge(&self, call: &Call, _: &mut ()) -> Result<Judged, String> {
        let (verdict, value, quality, reason) = match call.reading("used") {
            // What can not be measured never passes: the release holds, and says why.
            Reading::Missing { quality, reason } => {
                (Verdict::Inconclusive, None, quality, format!("nothing to judge: {reason}"))
            }
            Reading::Value(used) => {
                let verdict = match used / self.limit {
                    share if share >= 1.0 => Verdict::Fail,
                    share if share > 1.0 - self.spare => Verdict::Warn,
                    _ => Verdict::Pass,
                };
                (verdict, Some(used), Quality::Value, format!("{used} of {} is used", self.limit))
            }
        };
        let bound = format!("< {}", self.limit);
        let name = "used".into();
        let used = Measurement { name, value, quality, bound, verdict: verdict.clone(), attrs: Vec::new() };
        Ok(Judged { verdict, score: None, reason, measurements: vec![used] })
    }
}

sluice_sdk::export!(Headroom: HealthCheck);

#[cfg(test)]
mod tests {
    use sluice_sdk::testing::{Given, Tester, missing, problems, value};
    use sluice_sdk::{Observation, Quality, Verdict};

    use super::Headroom;

    fn judged(observation: Observation) -> (Verdict, String) {
        let mut check =
            Tester::<Headroom>::new(r#"{"expr": "queue_length", "limit": 100, "spare": 0.2}"#).unwrap();
        let judged = check.judge(&Given::new().observed(observation)).unwrap();
        (judged.verdict, judged.reason)
    }

    #[test]
    fn warns_before_the_limit_and_fails_at_it() {
        let verdicts = [80.0, 81.0, 99.0, 100.0].map(|used| judged(value("used", used)).0);
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Warn, Verdict::Warn, Verdict::Fail]);
    }

    #[test]
    fn never_passes_what_was_not_measured() {
        let (verdict, reason) = judged(missing("used", Quality::Stale, "no answer for 30s"));
        assert_eq!(
            (verdict, reason.as_str()),
            (Verdict::Inconclusive, "nothing to judge: no answer for 30s")
        );
        assert_eq!(judged(value("used", f64::NAN)).0, Verdict::Inconclusive);
    }

    #[test]
    fn tells_what_is_wrong_in_the_config() {
        let wrong = problems::<Headroom>(r#"{"expr": "queue_length", "limit": 0, "spare": 1}"#);
        let paths: Vec<_> = wrong.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["/limit", "/spare"]);
    }
}
