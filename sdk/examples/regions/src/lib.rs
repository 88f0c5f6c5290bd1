//! A strategy that begins with beta testers, goes on region by region, and ends with everybody.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Audience, Call, Plugin, Problem, Proposal, Role, Shape, Step, Strategy, Watch, Weight};

/// `{"beta": {"cookie": {"name": "beta", "value": "1"}}, "header": "X-Region", "regions": ["eu", "us"]}`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Regions {
    /// Who tries it before any region.
    beta: Audience,
    /// The header in which the load balancer says where a request comes from.
    header: String,
    /// Its values, in the order in which the regions follow.
    regions: Vec<String>,
    /// How the beta testers are watched.
    #[serde(default)]
    beta_watch: Watch,
    /// How each region is watched.
    #[serde(default)]
    watch: Watch,
}

/// The engine takes 64 routes in a shape; one is the testers'.
const MOST: usize = 63;

impl Regions {
    /// The testers, and the first so many regions, whatever the weights.
    fn routed(&self, shape: Shape, regions: usize) -> Shape {
        let shape = self.beta.routed(shape, Role::Candidate);
        let header = |shape: Shape, region: &String| shape.header(&self.header, region, Role::Candidate);
        self.regions.iter().take(regions).fold(shape, header)
    }

    /// Regions are taken to be of one size: so many of them need so many instances.
    fn step(&self, call: &Call, regions: usize) -> Step {
        let share = Weight::per_mille((1000 * regions / (self.regions.len() + 1)) as u16);
        let shape = Shape::new().with(Role::Stable, call.full(&Role::Stable), Weight::ALL);
        let shape = shape.with(Role::Candidate, call.scaled(&Role::Candidate, share), Weight::NONE);
        let (name, watch) = match regions.checked_sub(1).map(|last| &self.regions[last]) {
            None => ("beta testers", &self.beta_watch),
            Some(region) => (region.as_str(), &self.watch),
        };
        Step::new(name, self.routed(shape, regions), watch.gate(name))
    }

    fn everybody(&self, call: &Call) -> Step {
        let shape = Shape::new().with(Role::Stable, call.full(&Role::Stable), Weight::NONE);
        let shape = shape.with(Role::Candidate, call.full(&Role::Candidate), Weight::ALL);
        Step::new("everybody", shape, self.watch.gate("everybody"))
            .because(format!("all {} regions are on it", self.regions.len()))
    }
}

impl Plugin for Regions {
    const NAME: &'static str = "regions";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str = "Begins with beta testers, goes on region by region, ends with everybody";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.beta.problems("/beta");
        problems.extend(self.beta_watch.problems("/beta-watch"));
        problems.extend(self.watch.problems("/watch"));
        if !(1..=MOST).contains(&self.regions.len()) {
            let message = format!("{} regions are not between 1 and {MOST}", self.regions.len());
            problems.push(Problem::new("/regions", message));
        }
        for (index, region) in self.regions.iter().enumerate() {
            if self.regions[..index].contains(region) {
                problems.push(Problem::new(
                    format!("/regions/{index}"),
                    format!("`{region}` stands there twice"),
                ));
            }
        }
        problems
    }
}

impl Strategy for Regions {
    fn next(&self, call: &Call, _: &mut ()) -> Result<Proposal, String> {
        if !call.can_route() {
            let told = "the target does not route by header or cookie: use the target `gateway` or `envoy`";
            return Ok(Proposal::Abort(told.into()));
        }
        Ok(match call.completed() {
            regions if regions <= self.regions.len() => self.step(call, regions).into(),
            regions if regions == self.regions.len() + 1 => self.everybody(call).into(),
            _ => Proposal::Complete("everybody was on it, and every gate closed".into()),
        })
    }
}

sluice_sdk::export!(Regions: Strategy);

#[cfg(test)]
mod tests {
    use sluice_sdk::testing::{Given, Tester, problems};
    use sluice_sdk::{Duration, Matcher, Proposal, Role, Step};

    use super::Regions;

    const CONFIG: &str = r#"{"beta": {"cookie": {"name": "beta", "value": "1"}}, "header": "X-Region",
        "regions": ["eu", "us", "ap"], "beta-watch": {"hold": "1h"}, "watch": {"hold": "10m", "checks": ["errors"]}}"#;

    fn step(completed: u32) -> Step {
        let given = Given::new().full(&Role::Stable, 8).full(&Role::Candidate, 8).completed(completed);
        match Tester::<Regions>::new(CONFIG).unwrap().next(&given) {
            Ok(Proposal::Step(step)) => *step,
            other => panic!("no step: {other:?}"),
        }
    }

    #[test]
    fn testers_come_first_then_each_region_then_everybody() {
        let seen: Vec<_> = (0..5).map(step).map(|step| (step.name, step.shape.routes.len())).collect();
        let expected = [("beta testers", 1), ("eu", 2), ("us", 3), ("ap", 4), ("everybody", 0)];
        assert_eq!(seen, expected.map(|(name, routes)| (name.to_owned(), routes)));
        let sizes: Vec<_> = (0..5).map(|done| step(done).shape.instances(&Role::Candidate)).collect();
        assert_eq!(sizes, [1, 2, 4, 6, 8]);
        let shares: Vec<_> = (0..5).map(|done| step(done).shape.weight(&Role::Candidate).get()).collect();
        assert_eq!(shares, [0, 0, 0, 0, 1000]);
        let eu = Matcher::Header { name: "X-Region".into(), value: "eu".into() };
        assert_eq!(step(1).shape.routes[1].matcher, eu);
    }

    #[test]
    fn testers_and_regions_are_watched_each_in_their_way() {
        assert_eq!((step(0).gate.min_time, step(0).gate.checks.len()), (Duration::hours(1), 0));
        assert_eq!(
            (step(2).gate.min_time, step(2).gate.checks),
            (Duration::minutes(10), vec!["errors".into()])
        );
        let given = Given::new().completed(5);
        assert!(matches!(Tester::<Regions>::new(CONFIG).unwrap().next(&given), Ok(Proposal::Complete(_))));
    }

    #[test]
    fn a_target_without_routes_is_refused() {
        let given = Given::new().attr("target.routes", "false");
        let answer = Tester::<Regions>::new(CONFIG).unwrap().next(&given);
        assert!(matches!(answer, Ok(Proposal::Abort(_))), "{answer:?}");
    }

    #[test]
    fn tells_what_is_wrong_in_the_config() {
        let wrong = problems::<Regions>(
            r#"{"beta": {"header": {"name": "", "value": "1"}}, "header": "X-Region", "regions": ["eu", "eu"]}"#,
        );
        let places: Vec<_> = wrong.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(places, ["/beta/header/name", "/regions/1"]);
    }
}
