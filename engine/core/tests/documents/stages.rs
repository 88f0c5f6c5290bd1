//! What a good document means for all that surrounds the steps.

use serde::Serialize;

use super::good::{FULL, good};

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_full_workflow_says_what_surrounds_the_steps() {
    let stages = good(FULL).stages("/srv/shop");
    let notify: Vec<String> = stages.prepare.notify.iter().map(json).collect();
    insta::assert_snapshot!(notify.join("\n"), @r#"
    {"name":"payments","by":{"webhook":{"url":"http://chat.example/hook","template":"slack"}},"on":["started","ended"],"required":true}
    {"name":"log","by":{"command":{"command":["./tell","--loud"],"directory":"/srv/shop"}},"on":["started","waiting","ended"],"required":false}
    "#);
    let environment: Vec<String> = stages.prepare.environment.iter().map(json).collect();
    insta::assert_snapshot!(environment.join("\n"), @r#"
    {"name":"space","must":{"have-room":{"path":"/srv/shop/data","bytes":5368709120}}}
    {"name":"db","must":{"connect":"db:5432"}}
    {"name":"api","must":{"answer":"http://api.example/health"}}
    {"name":"ready","must":{"succeed":{"command":["./ready"],"directory":"/srv/shop"}}}
    "#);
    insta::assert_snapshot!(json(&stages.prepare.tools), @r#"[{"name":"terraform","command":["terraform","version"],"requirement":">=1.5, <2","directory":"/srv/shop"}]"#);
    insta::assert_snapshot!(json(&stages.prepare.approvals), @r#"[{"name":"change-board","kind":"approval","needs":[],"work":{"accept":{"group":"sre","message":"is the window open"}},"timeout_ms":7200000,"retries":0}]"#);
    let jobs: Vec<String> = stages.test.jobs.iter().map(json).collect();
    insta::assert_snapshot!(jobs.join("\n"), @r#"
    {"name":"uat","kind":"acceptance","needs":["staging"],"work":{"accept":{"group":"product","message":"please try it"}},"timeout_ms":28800000,"retries":0}
    {"name":"unit","kind":"unit","needs":[],"work":{"command":{"command":["make","unit"],"env":{"MODE":"fast"},"directory":"/srv/shop/service","artefacts":["reports/*.html"],"junit":["reports/*.xml"]}},"timeout_ms":300000,"retries":1}
    {"name":"staging","kind":"staging","needs":["unit"],"work":{"workflow":{"path":"/srv/shop/staging.yaml","set":["candidate.env.MODE=slow"]}},"timeout_ms":600000,"retries":0}
    "#);
    assert_eq!((stages.test.parallel, stages.smoke.preview.len(), stages.smoke.promoted.len()), (3, 1, 1));
    insta::assert_snapshot!(json(&stages.monitor), @r#"{"for_ms":600000,"keep":1,"checks":["errors"]}"#);
    insta::assert_snapshot!(json(&stages.record), @r#"{"changelog":"https://example.org/changes","tickets":["PAY-7","PAY-9"]}"#);
}
