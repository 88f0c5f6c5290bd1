//! What each part of the demo must come out as.

use super::Part;

/// What a part must come out as. No request may be lost in any.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    pub code: Option<i32>,
    /// Versions that must have answered users, and no others.
    pub served: Vec<&'static str>,
    /// The one version that may, and must, have answered some requests with an error.
    pub faulty: Option<&'static str>,
}

/// What came out otherwise, as sentences; empty when all is well.
pub fn wrong(part: &Part) -> Vec<String> {
    let Part { title, expected, code, seen, .. } = part;
    let mut wrong = Vec::new();
    if *code != expected.code {
        let shown =
            |code: &Option<i32>| code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
        wrong.push(format!("{title}: {} instead of {}", shown(code), shown(&expected.code)));
    }
    if seen.lost() > 0 {
        wrong.push(format!("{title}: requests were lost: {seen}"));
    }
    for version in &expected.served {
        if seen.of_version(version) == 0 {
            wrong.push(format!("{title}: no user was answered by {version}"));
        }
    }
    for answers in seen.answers.iter().filter(|answers| !expected.served.contains(&answers.version.as_str()))
    {
        let who = if answers.version.is_empty() { "nobody" } else { &answers.version };
        wrong.push(format!("{title}: {} answers {} by {who}", answers.count, answers.status));
    }
    for version in &expected.served {
        let errors = seen.errors_of(version);
        if expected.faulty == Some(version) && errors == 0 {
            wrong.push(format!("{title}: {version} answered no request with an error, so nothing was shown"));
        }
        if expected.faulty != Some(version) && errors > 0 {
            wrong.push(format!("{title}: {version} answered {errors} requests with an error"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::{Answers, Failure, Tally};

    fn part(answers: &[(&str, u16, u64)], failures: &[(Failure, u64)]) -> Part {
        let answers = answers.iter().map(|(version, status, count)| Answers {
            version: (*version).to_owned(),
            status: *status,
            count: *count,
        });
        Part {
            title: "v3".to_owned(),
            expected: Expected { code: Some(4), served: vec!["v2", "v3"], faulty: Some("v3") },
            code: Some(4),
            took: Duration::ZERO,
            seen: Tally { answers: answers.collect(), failures: failures.to_vec(), ..Tally::default() },
        }
    }

    const GOOD: [(&str, u16, u64); 3] = [("v2", 200, 90), ("v3", 200, 9), ("v3", 500, 1)];

    #[test]
    fn all_is_well_when_only_the_faulty_version_failed() {
        assert_eq!(wrong(&part(&GOOD, &[])), Vec::<String>::new());
    }

    #[test]
    fn each_departure_is_told() {
        let other = Part { code: Some(0), ..part(&GOOD, &[]) };
        assert_eq!(wrong(&other), ["v3: exit code 0 instead of exit code 4"]);
        assert!(wrong(&part(&GOOD, &[(Failure::Broken, 1)]))[0].contains("requests were lost"));
        let stable_failed = part(&[GOOD[0], GOOD[1], GOOD[2], ("v2", 500, 2)], &[]);
        assert_eq!(wrong(&stable_failed), ["v3: v2 answered 2 requests with an error"]);
        let harmless = part(&GOOD[..2], &[]);
        assert_eq!(wrong(&harmless), ["v3: v3 answered no request with an error, so nothing was shown"]);
        let refused = part(&[GOOD[0], GOOD[1], GOOD[2], ("", 502, 1)], &[]);
        assert_eq!(wrong(&refused).len(), 2);
        assert!(wrong(&part(&GOOD[1..], &[])).contains(&"v3: no user was answered by v2".to_owned()));
    }
}
