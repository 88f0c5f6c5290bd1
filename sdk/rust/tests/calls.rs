//! What happens between the bytes of a call and a plugin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_sdk::testing::{Given, Tester, logged, problems, value};
use sluice_sdk::{Call, HealthCheck, Judged, Plugin, Problem, Query, Reading, Verdict, entry, log};

/// Remembers every value it saw, and asks a further query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Memory {
    /// How much it writes into its state at each call.
    #[serde(default)]
    padding: usize,
    #[serde(default, rename = "a/b~c")]
    odd: Option<u8>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    values: Vec<f64>,
    padding: String,
}

impl Plugin for Memory {
    const NAME: &'static str = "memory";
    const VERSION: &'static str = "1.2.3";
    const SUMMARY: &'static str = "Remembers";
    type State = Seen;

    fn validate(&self) -> Vec<Problem> {
        self.odd.map(|odd| Problem::new("/a~1b~0c", format!("{odd} is odd"))).into_iter().collect()
    }

    fn queries(&self) -> Vec<Query> {
        vec![Query::instant("now", "up")]
    }
}

impl HealthCheck for Memory {
    fn judge(&self, call: &Call, state: &mut Seen) -> Result<Judged, String> {
        let Reading::Value(now) = call.reading("now") else { return Err("there is no value".into()) };
        let before = call.query(&Query::instant("before", "up offset 1h"))?.reading() == Reading::Value(now);
        state.values.push(now);
        state.padding.push_str(&"x".repeat(self.padding));
        log::info(format!("saw {now}"));
        Ok(Judged::new(if before { Verdict::Pass } else { Verdict::Warn }, format!("{:?}", state.values)))
    }
}

sluice_sdk::export!(Memory: HealthCheck);

fn given() -> Given {
    Given::new().observed(value("now", 0.1)).answers("up offset 1h", value("before", 0.1))
}

#[test]
fn state_goes_from_call_to_call() {
    let mut tester = Tester::<Memory>::new("{}").unwrap();
    tester.judge(&given()).unwrap();
    assert_eq!(tester.judge(&given()).unwrap().reason, "[0.1, 0.1]");
    assert_eq!(tester.state(), br#"{"padding":"","values":[0.1,0.1]}"#);
    assert_eq!(logged().iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>(), ["saw 0.1", "saw 0.1"]);
}

#[test]
fn an_error_leaves_the_state_as_it_was() {
    let mut tester = Tester::<Memory>::new("{}").unwrap();
    assert_eq!(tester.judge(&Given::new()), Err("there is no value".into()));
    let unanswered = Given::new().observed(value("now", 0.1));
    assert_eq!(tester.judge(&unanswered), Err("the test has no answer to `up offset 1h`".into()));
    assert_eq!(tester.state(), b"");
}

#[test]
fn a_state_that_would_not_be_kept_is_an_error() {
    let mut tester = Tester::<Memory>::new(r#"{"padding": 70000}"#).unwrap();
    let error = tester.judge(&given()).unwrap_err();
    assert_eq!(error, "the state has 70029 bytes, more than the 65536 that are kept");
}

#[test]
fn a_state_that_can_not_be_read_is_an_error() {
    let read = |state: &[u8]| entry::run("{}", state, |_: &Memory, _| Ok(())).unwrap_err();
    assert!(read(b"{").starts_with("the state is not JSON: "), "{}", read(b"{"));
    assert!(read(b"[1]").starts_with("the state is of another form: "), "{}", read(b"[1]"));
}

#[test]
fn problems_have_places_that_are_json_pointers() {
    let told = |config| {
        problems::<Memory>(config).into_iter().map(|one| (one.path, one.message)).collect::<Vec<_>>()
    };
    assert_eq!(told(r#"{"a/b~c": 3}"#), [("/a~1b~0c".into(), "3 is odd".into())]);
    assert_eq!(told(r#"{"a/b~c": "x"}"#)[0].0, "/a~1b~0c");
    let deep = "[".repeat(100_000);
    assert!(told(&deep)[0].1.starts_with("the config is not JSON: recursion limit"));
    let error = entry::run(r#"{"a/b~c": 3}"#, b"", |_: &Memory, _| Ok(())).unwrap_err();
    assert_eq!(error, "the config is wrong; /a~1b~0c: 3 is odd");
    let error = entry::run("", b"", |_: &Memory, _| Ok(())).unwrap_err();
    assert!(error.starts_with("the config is wrong; the config is not JSON: "), "{error}");
}

#[test]
fn a_plugin_describes_itself_without_a_config() {
    let bare = entry::describe::<Memory>("").unwrap();
    assert_eq!((bare.name.as_str(), bare.version.as_str(), bare.queries.len()), ("memory", "1.2.3", 0));
    let configured = entry::describe::<Memory>("{}").unwrap();
    assert_eq!(configured.queries, [Query::instant("now", "up")]);
    assert_eq!(bare.config_schema, configured.config_schema);
}
