//! Every member takes its lints, its metadata and its dependencies from the workspace. A crate that is a workspace
//! of its own is no member: fuzz targets are, as they want another compiler.

use crate::finding::Finding;
use crate::tree::File;

/// What each member's `[package]` takes from the workspace.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

pub fn check(file: &File) -> Vec<Finding> {
    if file.lines().any(|(_, line)| line.trim() == "[workspace]") {
        return Vec::new();
    }
    let mut section = String::new();
    let mut lints = false;
    let mut inherited = Vec::new();
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let from_workspace = line.replace(' ', "").contains("workspace=true");
        match section.as_str() {
            "lints" => lints |= from_workspace,
            "package" if from_workspace => inherited.push(line.split('.').next().unwrap_or(line).to_owned()),
            name if name.ends_with("dependencies") && !from_workspace => findings.push(Finding::new(
                &file.path,
                number,
                format!("`{line}` declares a dependency on its own"),
                "declare it in the root Cargo.toml with its reason, and take it with `workspace = true`",
            )),
            _ => {}
        }
    }
    if !lints {
        let remedy = "add `[lints]` with `workspace = true`";
        findings.push(Finding::new(&file.path, 1, "the crate does not use the workspace's lints", remedy));
    }
    for key in INHERITED.iter().filter(|key| !inherited.iter().any(|found| found == *key)) {
        let what = format!("`{key}` is not the workspace's");
        findings.push(Finding::new(&file.path, 1, what, format!("write `{key}.workspace = true`")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n\
        tokio = { workspace = true, features = [\"net\"] }\n";

    #[test]
    fn a_workspace_of_its_own_is_no_member() {
        assert_eq!(found("[package]\nname = \"a\"\n[dependencies]\nserde = \"1\"\n[workspace]\n"), [""; 0]);
    }

    fn found(text: &str) -> Vec<String> {
        let file = File { path: "a/Cargo.toml".to_owned(), text: text.to_owned() };
        check(&file).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_member_takes_all_from_the_workspace() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_departure_is_found() {
        assert_eq!(found(&GOOD.replace("[lints]\nworkspace = true\n", "")).len(), 1);
        assert_eq!(found(&GOOD.replace("edition.workspace = true", "edition = \"2021\"")).len(), 1);
        let own = GOOD.replace("serde.workspace = true", "serde = \"1\"");
        assert_eq!(found(&own), ["`serde = \"1\"` declares a dependency on its own"]);
    }
}
