//! What a plugin says of itself, and what it says of a config.

use sluice_runner::ports::plugins::{ConfigProblem, DescribeError, Description, PluginFailure};

use crate::bench::{Bench, assert_failure};
use crate::guest::{Guest, described, health_check, problem};

#[test]
fn a_description_arrives() {
    let description = describe(health_check()).unwrap();
    assert_eq!((description.name.as_str(), description.version.as_str()), ("guest", "1.2.3"));
    assert_eq!(description.config_schema, serde_json::json!({}));
    assert_eq!(
        (description.queries[0].name.as_str(), description.queries[0].expr.as_str()),
        ("errors", "sum(errors)")
    );
}

#[test]
fn problems_of_a_config_arrive_with_their_places() {
    let mut guest = health_check();
    guest.description = problem("/limit", "must be a number");
    let problem = ConfigProblem { path: "/limit".to_owned(), message: "must be a number".to_owned() };
    assert_eq!(describe(guest), Err(DescribeError::Config(vec![problem])));
}

#[test]
fn a_schema_that_is_not_json_is_a_bad_output() {
    let text = "plugin `guest` returned a config schema that is not JSON: expected value at line 1 column 1";
    refused(described("guest", "?"), text);
}

#[test]
fn a_query_without_a_text_is_a_bad_output() {
    let description = described("guest", "{}").word(68, 0);
    refused(description, "plugin `guest` returned a query without a name or a text");
}

#[test]
fn two_queries_of_one_name_are_a_bad_output() {
    let twice = described("guest", "{}").word(40, 2);
    refused(twice, "plugin `guest` returned two queries named `errors`");
}

#[test]
fn a_refusal_without_a_reason_is_a_bad_output() {
    let description = problem("", "").word(8, 0);
    refused(description, "plugin `guest` returned no description, and no reason why");
}

#[test]
fn a_description_that_never_comes_runs_out_of_fuel() {
    let mut guest = health_check();
    guest.describing = "(loop $again (br $again)) unreachable".to_owned();
    let Err(DescribeError::Plugin(error)) = describe(guest) else { panic!("it can not answer") };
    assert_failure(&error, PluginFailure::OutOfFuel, "plugin `guest` ran out of fuel (50000000 units)");
}

fn describe(guest: Guest) -> Result<Description, DescribeError> {
    let bench = Bench::new();
    let described = bench.load_check(&guest).unwrap().describe("{}");
    bench.assert_well();
    described
}

fn refused(description: crate::image::Image, text: &str) {
    let mut guest = health_check();
    guest.description = description;
    let Err(DescribeError::Plugin(error)) = describe(guest) else { panic!("it must be refused") };
    assert_failure(&error, PluginFailure::BadOutput, text);
}
