//! Usage: help, wrong arguments, and commands that need a journal.

use insta::assert_snapshot;

use super::command::sluice;

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["--help"]);
    assert_eq!(ended.code, 0);
    assert_snapshot!(ended.out, @r"
    Decides, step by step, whether a deployment may go on.

    Strategies, health checks and rollback decisions are sandboxed WebAssembly plugins; guardrails are
    CEL policies; both judge scraped metrics. Every decision is journaled with what it rests on.

    Usage: sluice [OPTIONS] <COMMAND>

    Commands:
      run          Run a release to its end: promoted, rolled back, or waiting
      plan         Check the workflow and print what a release would do, without doing any of it; or
                   rehearse its beginning
      resume       Take up a release that was paused, interrupted, or whose engine died
      history      List releases, the latest first
      show         Show one release: where it stands, and every event
      report       Write the record of a release: every verdict with its values, every decision with its
                   reasons
      compare      Compare two releases: their plans, the time and the measurements of each step, what
                   was decided
      approve      Give the approval that a release waits for
      pause        Hold a release where it is; failing checks still roll it back
      abort        Go back to stable, and end the release
      promote      Skip what is left of the step's waiting; a failed or missing verdict still holds
      plugin       List and inspect plugins
      policy       Check, try out and test policies; explain what they said, and ask others what they
                   would have said
      metrics      Try out what checks rest on: hold a metrics page to its rules, ask a query
      target       Try a command as a target, and print what a proxy must have to be one
      schema       Print the JSON Schema of a document, for editors
      completions  Print completions for a shell
      gateway      Serve a service's traffic: the process behind the `gateway` target

    Options:
          --state <DIR>
              Where journals, gateways and compiled plugins are kept [default: ~/.local/state/sluice]
              
              [env: SLUICE_STATE]

          --output <OUTPUT>
              How results are printed

              Possible values:
              - human: For people: colours and a live view where there is a terminal, plain lines
                elsewhere
              - json:  For programs: one JSON object a line, versioned
              
              [default: human]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Exit codes:
      0  promoted, or rehearsed (or done, for commands that release nothing)
      1  anything internal: the target can not be reached, the journal not written, ...;
         or another release of the service is open; or abandoned: the target was left as it was
      2  wrong usage, or a document with problems
      3  refused by policy, by the preparation or by a test; the target was not touched;
         or a rule or a case of one fails (`sluice policy`), or a page breaks one (`sluice metrics
         lint`)
      4  rolled back or aborted; stable serves again
      5  still open: waits for a person, was interrupted, --timeout passed, or another engine has it;
         see `sluice resume`
      6  inconclusive: a value is missing to tell (`sluice policy eval`, `sluice metrics query`)
      7  a rule can not be evaluated (`sluice policy eval`)
    ");
}

#[test]
fn wrong_arguments_exit_with_2() {
    let state = tempfile::tempdir().unwrap();
    for arguments in [&["runn"][..], &["run"], &["run", "-f"], &["plan", "-f", "x", "--nonsense"], &[]] {
        let ended = sluice(state.path(), arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.err);
        assert!(ended.out.is_empty());
    }
}

#[test]
fn no_time_at_all_is_refused_before_there_is_a_release() {
    let state = tempfile::tempdir().unwrap();
    for time in ["0s", "0ms"] {
        let ended = sluice(state.path(), &["run", "-f", "steps-that-fall.yaml", "--timeout", time]);
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("in no time nothing is done"), "{}", ended.err);
    }
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0, "something was left behind");
}

#[test]
fn a_file_that_is_not_there_exits_with_2() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["plan", "-f", "nowhere.yaml"]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err, @r"
    x the workflow `nowhere.yaml` can not be read
    `-> No such file or directory (os error 2)
    help: name the workflow file with `-f`
    ");
}

#[test]
fn a_value_laid_over_wrongly_is_pointed_at() {
    let state = tempfile::tempdir().unwrap();
    let ended =
        sluice(state.path(), &["plan", "-f", "missing-plugin.yaml", "--set", "candidate.instances=many"]);
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err, @r"
    sluice::workflow::wrong-type

      x expected a whole number, found the text `many`
       ,-[--set:1:21]
     1 | candidate.instances=many
       :                     ^^|^
       :                       `-- `candidate.instances`
       `----
      help: write for example `1`
    ");
}

#[test]
fn a_release_that_nobody_knows_is_told() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["show", "shop-1"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("there is no journal in"), "{}", ended.err);
}

#[test]
fn problems_are_json_where_json_was_asked_for() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["plan", "-f", "missing-plugin.yaml", "--output", "json"]);
    assert_eq!(ended.code, 2);
    let told: serde_json::Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(told["related"][0]["code"], "sluice::workflow::plugin");
    assert_eq!((&told["version"], &told["type"]), (&1.into(), &"problem".into()));
    let ended = sluice(state.path(), &["plan", "--nonsense", "--output", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!((&told["version"], &told["type"]), (&1.into(), &"problem".into()));
    assert!(told["message"].as_str().unwrap().contains("--nonsense"));
}

#[test]
fn an_argument_that_is_too_long_is_not_repeated() {
    let state = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    for arguments in [
        &["run", "-f", "a.yaml", "--comment", &long][..],
        &["run", "-f", &long],
        &["show", &long],
        &[&long],
        &["show", "a", &format!("--{long}")],
        &["run", "-f", "a.yaml", "--timeout", &long],
    ] {
        let ended = sluice(state.path(), arguments);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("xxx") && ended.err.len() < 1_000, "{} bytes", ended.err.len());
    }
}

#[test]
fn a_state_directory_that_can_not_be_used_is_told_before_anything_is_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for command in ["plan", "run"] {
        let ended = sluice(&file.join("state"), &[command, "-f", "steps-that-fall.yaml"]);
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(
            ended.err.contains("the state directory `") && ended.err.contains("can not be used"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn a_file_is_no_state_directory() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("state");
    std::fs::write(&file, "").unwrap();
    let ended = sluice(&file, &["history"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("/state` is a file"), "{}", ended.err);
    assert!(ended.err.contains("name a directory with `--state`"), "{}", ended.err);
}

#[test]
fn a_state_directory_that_can_not_be_looked_into_is_named() {
    let state = tempfile::tempdir().unwrap();
    std::fs::write(state.path().join("file"), "").unwrap();
    let within = state.path().join("file/state");
    let ended = sluice(&within, &["history"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("/file/state` can not be used: Not a directory"), "{}", ended.err);
}

#[test]
fn the_state_directory_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let within = state.path().join("sluice");
    let ended = sluice(&within, &["plan", "-f", "nothing.yaml"]);
    assert_eq!(ended.code, 2);
    assert_eq!(std::fs::metadata(&within).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn nobody_has_no_name() {
    let state = tempfile::tempdir().unwrap();
    for who in ["", " ", "\n\t"] {
        let ended = sluice(state.path(), &["abort", "shop", "--who", who]);
        assert_eq!(ended.code, 2, "{who:?}");
        assert!(ended.err.contains("write for example `--who anna`"), "{}", ended.err);
    }
}

#[test]
fn a_config_that_a_plugin_does_not_accept_exits_with_2() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["plugin", "inspect", "canary", "--config", "{\"steps\": 5}"]);
    assert_eq!(ended.code, 2, "{}", ended.out);
    assert_eq!(sluice(state.path(), &["plugin", "inspect", "canary"]).code, 0);
}

#[test]
fn schemas_and_completions_are_printed() {
    let state = tempfile::tempdir().unwrap();
    for document in ["workflow", "policy"] {
        let ended = sluice(state.path(), &["schema", document]);
        let schema: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    assert!(sluice(state.path(), &["completions", "bash"]).out.contains("complete -F"));
}

#[test]
fn the_bundled_plugins_are_listed_and_describe_themselves() {
    let state = tempfile::tempdir().unwrap();
    let listed = sluice(state.path(), &["plugin", "list", "--output", "json"]);
    let names: Vec<String> = listed
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].as_str().unwrap().to_owned()
        })
        .collect();
    let bundled = "canary blue-green rolling shadow threshold diff compare sequential burn-rate no-regression on-failure";
    assert_eq!(names.join(" "), bundled);
    for name in names {
        let shown = sluice(state.path(), &["plugin", "inspect", &name]);
        assert!(shown.out.contains("config schema:"), "{}", shown.out);
    }
}

#[test]
fn a_service_that_would_leave_the_state_directory_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let ended = sluice(state.path(), &["gateway", "--service", "../other", "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("`../other` is no name of a service"), "{}", ended.err);
}
