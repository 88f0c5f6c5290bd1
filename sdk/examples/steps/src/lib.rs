//! A strategy that raises the candidate's share of the traffic step by step.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Call, Duration, Gate, Plugin, Problem, Proposal, Role, Shape, Step, Strategy, Weight};

/// `{"weights": [5, 25, 100], "hold": "2m"}`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Steps {
    /// The candidate's share at each step, rising.
    weights: Vec<Weight>,
    /// How long each step is held at least.
    hold: Duration,
}

impl Plugin for Steps {
    const NAME: &'static str = "steps";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Raises the candidate's share of the traffic step by step";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        let falls = |index: &usize| self.weights[*index] <= self.weights[index - 1];
        let problem = |index| Problem::new(format!("/weights/{index}"), "is not above the one before");
        (1..self.weights.len()).filter(falls).map(problem).collect()
    }
}

impl Strategy for Steps {
    fn next(&self, call: &Call, _: &mut ()) -> Result<Proposal, String> {
        let Some(weight) = self.weights.get(call.completed()) else {
            return Ok(Proposal::Complete("every step closed".into()));
        };
        let shape = Shape::new().with(Role::Stable, call.full(&Role::Stable), weight.rest()).with(
            Role::Candidate,
            call.scaled(&Role::Candidate, *weight),
            *weight,
        );
        Ok(Step::new(weight.to_string(), shape, Gate::after(self.hold)).into())
    }
}

sluice_sdk::export!(Steps: Strategy);

#[cfg(test)]
mod tests {
    use sluice_sdk::testing::{Given, Tester, problems};
    use sluice_sdk::{Proposal, Role};

    use super::Steps;

    #[test]
    fn goes_up_and_completes() {
        let mut steps = Tester::<Steps>::new(r#"{"weights": [5, 100], "hold": "2m"}"#).unwrap();
        let Ok(Proposal::Step(first)) = steps.next(&Given::new()) else { panic!("no step") };
        assert_eq!((first.name.as_str(), first.shape.weight(&Role::Candidate).get()), ("5 %", 50));
        assert!(matches!(steps.next(&Given::new().completed(2)), Ok(Proposal::Complete(_))));
    }

    #[test]
    fn tells_what_is_wrong_in_the_config() {
        let wrong = problems::<Steps>(r#"{"weights": [50, 25], "hold": "2m"}"#);
        assert_eq!((wrong[0].path.as_str(), wrong.len()), ("/weights/1", 1));
    }
}
