//! SARIF 2.1.0: what is wrong, at its place, for a code review.

use serde_json::{Value, json};
use sluice_core::document::problem::{Problem, Problems};

use super::Results;

pub fn value(results: &Results) -> Value {
    let failed = results.ran.iter().filter(|one| !one.report.passed()).map(|one| {
        let case = &one.shelved.case;
        let told: Vec<String> = one.report.differences.iter().map(ToString::to_string).collect();
        let text = format!(
            "the case `{}` of the policy `{}` fails: {}",
            one.report.case,
            one.report.policy,
            told.join("; ")
        );
        json!({
            "ruleId": "policy-case", "level": "error", "message": {"text": text},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(&case.document)}, "region": {"startLine": case.line},
            }}],
        })
    });
    let lacking = results.remarks().map(|(policy, rule, text)| {
        let place = results.place(policy, rule).map(
            |(file, line)| json!({"artifactLocation": {"uri": uri(file)}, "region": {"startLine": line}}),
        );
        let mut location = json!({"logicalLocations": [{"fullyQualifiedName": format!("{policy}/{rule}")}]});
        if let Some(place) = place {
            location["physicalLocation"] = place;
        }
        json!({
            "ruleId": "policy-completeness", "level": "warning",
            "message": {"text": format!("the rule `{policy}/{rule}`: {text}")},
            "locations": [location],
        })
    });
    document(failed.chain(lacking).collect())
}

/// Documents that could not be read: a result for each of their problems.
pub fn unread(problems: &Problems) -> Value {
    let result = |problem: &Problem| {
        let help = problem.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        let location = problem.document.as_ref().zip(problem.position()).map(|(document, (line, column))| {
            json!({"physicalLocation": {
                "artifactLocation": {"uri": uri(&document.name)},
                "region": {"startLine": line, "startColumn": column},
            }})
        });
        json!({
            "ruleId": "policy-document", "level": "error",
            "message": {"text": format!("{}{help}", problem.message)},
            "locations": Vec::from_iter(location),
        })
    };
    document(problems.iter().map(result).collect())
}

fn document(results: Vec<Value>) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sluice policy test", "version": env!("CARGO_PKG_VERSION"),
                "rules": [
                    {"id": "policy-case", "shortDescription": {"text": "a rule says something else than its case expects"}},
                    {"id": "policy-completeness", "shortDescription": {"text": "cases do not tell a rule from a wrong one"}},
                    {"id": "policy-document", "shortDescription": {"text": "a document that can not be read"}},
                ],
            }},
            "results": results,
        }],
    })
}

/// A path as the path of a URI.
fn uri(path: &str) -> String {
    path.bytes().fold(String::new(), |mut uri, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
        uri
    })
}
