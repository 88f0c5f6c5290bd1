//! For programs: one object a case, and one for what it amounts to.

use super::Results;
use crate::show::{JSON_VERSION, json_line};

pub fn print(results: &Results) {
    for one in &results.ran {
        let case = &one.shelved.case;
        json_line(&serde_json::json!({
            "version": JSON_VERSION, "type": "case", "policy": one.report.policy, "case": one.report.case,
            "document": case.document, "line": case.line, "passed": one.report.passed(),
            "differences": one.report.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "microseconds": u64::try_from(one.took.as_micros()).unwrap_or(u64::MAX),
        }));
    }
    for (policy, rule, text) in results.remarks() {
        let place = results.place(policy, rule);
        json_line(&serde_json::json!({
            "version": JSON_VERSION, "type": "remark", "policy": policy, "rule": rule, "text": text,
            "document": place.map(|(document, _)| document), "line": place.map(|(_, line)| line),
        }));
    }
    let conditions = results.coverage.as_ref().map(sluice_policy::testing::Coverage::conditions);
    json_line(&serde_json::json!({
        "version": JSON_VERSION, "type": "tested", "cases": results.ran.len(), "failed": results.failed(),
        "rules": results.coverage.as_ref().map(|one| one.rules.len()),
        "rules-covered": results.coverage.as_ref().map(|one| one.rules.iter().filter(|rule| super::is_covered(rule)).count()),
        "conditions": conditions.map(|(_, all)| all), "conditions-covered": conditions.map(|(seen, _)| seen),
        "changes": results.mutation.as_ref().map(|one| one.tried),
        "cases-left-out": results.mutation.as_ref().map(|one| one.left_out),
        "changes-not-noticed": results.mutation.as_ref().map(|one| one.survivors.len()),
        "good": results.is_good(),
    }));
}
