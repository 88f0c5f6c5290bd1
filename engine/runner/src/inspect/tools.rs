//! Tools: whether they are there, in a version that will do.

use std::time::Duration;

use semver::{Version, VersionReq};
use sluice_core::plan::Tool;
use sluice_core::release::prepared::{Finding, Grade};

use super::finding;
use crate::command::Short;

const WITHIN: Duration = Duration::from_secs(20);

pub(super) async fn look(tool: &Tool) -> Finding {
    let of = format!("tool {}", tool.name);
    let short = Short { command: &tool.command, directory: &tool.directory, input: b"", within: WITHIN };
    match short.run().await {
        Err(error) => finding(of, Grade::Bad, error),
        Ok(ended) if !ended.good => finding(of, Grade::Bad, ended.told()),
        Ok(ended) => {
            let (found, text) = judged(&tool.requirement, &ended.text);
            finding(of, found, text)
        }
    }
}

fn judged(requirement: &str, printed: &str) -> (Grade, String) {
    let version = version_in(printed);
    if requirement.is_empty() {
        return (Grade::Good, version.map_or_else(|| "is there".to_owned(), |version| version.to_string()));
    }
    let (Ok(wanted), Some(version)) = (VersionReq::parse(requirement), version) else {
        return (Grade::Bad, format!("prints no version, and `{requirement}` is required"));
    };
    match wanted.matches(&version) {
        true => (Grade::Good, format!("{version}, and `{requirement}` is required")),
        false => (Grade::Bad, format!("is {version}, and `{requirement}` is required")),
    }
}

/// The first version in a text: two or three numbers with dots, and what may follow them.
fn version_in(text: &str) -> Option<Version> {
    let letter = |character: char| character.is_ascii_alphanumeric() || ".-+".contains(character);
    text.split(|character| !letter(character)).find_map(|word| {
        let begins = word.find(|character: char| character.is_ascii_digit())?;
        let (before, word) = word.split_at(begins);
        // `v1.2` and `go1.2`, but not the `64` of `x86-64` or a date's.
        let plain = before.chars().all(|character| character.is_ascii_alphabetic());
        let numbers = word.split(['-', '+']).next()?.trim_end_matches('.');
        let parts: Vec<&str> = numbers.split('.').collect();
        if !plain || !(2..=4).contains(&parts.len()) {
            return None;
        }
        let number = |index: usize| parts.get(index).map_or(Some(0), |part| part.parse::<u64>().ok());
        let version = Version::new(number(0)?, number(1)?, number(2)?);
        let pre = word.split('+').next().and_then(|word| word.split_once('-')).map_or("", |(_, pre)| pre);
        let pre = if is_before_release(pre) { pre } else { "" };
        Some(Version { pre: semver::Prerelease::new(pre).unwrap_or_default(), ..version })
    })
}

/// `-rc.1` and `-SNAPSHOT` come before their release; the `-1` and `-gke.100` of who packed it do not.
fn is_before_release(suffix: &str) -> bool {
    let suffix = suffix.to_ascii_lowercase();
    let word = suffix.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or_default();
    ["alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "nightly", "canary", "a", "b", "m"]
        .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        let found = |text| version_in(text).map_or_else(String::new, |version| version.to_string());
        for (text, version) in [
            ("Terraform v1.9.8\non linux_amd64", "1.9.8"),
            ("git version 2.43.0", "2.43.0"),
            ("go version go1.22.1 linux/amd64", "1.22.1"),
            ("Python 3.12", "3.12.0"),
            ("tool 2.0.0-rc.1+build", "2.0.0-rc.1"),
            ("GNU Make 4.3.", "4.3.0"),
            ("HAProxy version 2.6.12-1+deb12u2 2025/04/14", "2.6.12"),
            ("Server Version: v1.29.4-gke.100", "1.29.4"),
            ("openjdk 17.0.9+9-Debian", "17.0.9"),
            ("build 2.0-SNAPSHOT", "2.0.0-SNAPSHOT"),
            ("built on x86_64 in 2024", ""),
            ("", ""),
        ] {
            assert_eq!(found(text), version, "{text}");
        }
    }

    #[test]
    fn a_version_is_held_against_what_is_required() {
        let told = |requirement, printed| judged(requirement, printed).1;
        assert_eq!(judged(">=1.5, <2", "v1.9.8").0, Grade::Good);
        assert_eq!(told(">=1.5, <2", "v1.4.0"), "is 1.4.0, and `>=1.5, <2` is required");
        assert_eq!(told(">=2.6", "HAProxy version 2.6.12-1"), "2.6.12, and `>=2.6` is required");
        assert_eq!(told(">=2", "v2.0.0-rc.1"), "is 2.0.0-rc.1, and `>=2` is required");
        assert_eq!(told(">=1.5", "nothing"), "prints no version, and `>=1.5` is required");
        assert_eq!(told("", "v1.9.8"), "1.9.8");
        assert_eq!(told("", "nothing"), "is there");
    }
}
