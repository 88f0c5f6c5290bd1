//! ARCHITECTURE.md names, for each invariant, tests that exist.

use crate::finding::Finding;
use crate::tree::{File, Tree};

/// The document that states the invariants.
pub const DOCUMENT: &str = "ARCHITECTURE.md";

/// Whether each row of each table with a `test` column names at least one test, and all that it names exist.
///
/// A name stands in backticks: `engine/core/src/plan.rs::name`, `sluice_core::plan::name`, or just `name`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(document) = tree.file(DOCUMENT) else {
        let remedy = "write it: the map of the house, and a table of invariants with a `test` column";
        return vec![Finding::new(DOCUMENT, 1, "there is no such file", remedy)];
    };
    check_document(document, |name| exists(tree, name))
}

fn check_document(document: &File, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let rows = test_cells(document);
    if rows.is_empty() {
        let remedy = "add a table with the columns `invariant` and `test`";
        return vec![Finding::new(&document.path, 1, "no invariant names its test", remedy)];
    }
    let mut findings = Vec::new();
    for (line, cell) in rows {
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            let remedy = "name one in backticks, or take the invariant out";
            findings.push(Finding::new(&document.path, line, "an invariant without a test", remedy));
        }
        for name in names.iter().filter(|name| !exists(name)) {
            let what = format!("the test `{name}` does not exist");
            findings.push(Finding::new(&document.path, line, what, "correct the name, or write the test"));
        }
    }
    findings
}

/// Cells of the `test` column with their lines.
fn test_cells(document: &File) -> Vec<(usize, String)> {
    let mut column = None;
    let mut cells = Vec::new();
    for (number, line) in document.lines() {
        let Some(row) = line.trim().strip_prefix('|') else {
            column = None;
            continue;
        };
        let row: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        match column {
            None => {
                column = row
                    .iter()
                    .position(|cell| ["test", "tests"].contains(&cell.to_lowercase().as_str()))
                    .or(Some(usize::MAX))
            }
            Some(_) if row.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))) => {}
            Some(place) => cells.extend(row.get(place).map(|cell| (number, (*cell).to_owned()))),
        }
    }
    cells
}

/// Whether a function of that name is in the file or the crate that the name gives.
fn exists(tree: &Tree, name: &str) -> bool {
    let (place, function) = name.rsplit_once("::").unwrap_or(("", name));
    let declaration = format!("fn {function}(");
    tree.rust_files().filter(|file| fits(tree, file, place)).any(|file| file.text.contains(&declaration))
}

fn fits(tree: &Tree, file: &File, place: &str) -> bool {
    if place.is_empty() {
        return true;
    }
    if place.contains('/') || place.ends_with(".rs") {
        return file.path.starts_with(place);
    }
    let package = place.split("::").next().unwrap_or(place).replace('_', "-");
    let name = format!("name = \"{package}\"");
    tree.files()
        .iter()
        .filter(|manifest| {
            manifest.path.ends_with("Cargo.toml") && manifest.text.lines().any(|line| line == name)
        })
        .any(|manifest| file.path.starts_with(manifest.path.trim_end_matches("Cargo.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let document = File { path: DOCUMENT.to_owned(), text: text.to_owned() };
        check_document(&document, |name| name == "core::known")
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    const HEAD: &str = "| invariant | test |\n|---|---|\n";

    #[test]
    fn a_named_test_must_exist() {
        assert_eq!(found(&format!("{HEAD}| a | `core::known` |\n")), Vec::<String>::new());
        assert_eq!(found(&format!("{HEAD}| a | `core::gone` |\n")), ["the test `core::gone` does not exist"]);
        assert_eq!(found(&format!("{HEAD}| a | later |\n")), ["an invariant without a test"]);
    }

    #[test]
    fn a_table_must_be_there_and_others_do_not_matter() {
        assert_eq!(found("text\n"), ["no invariant names its test"]);
        let other = format!("| word | meaning |\n|---|---|\n| a | b |\n\n{HEAD}| a | `core::known` |\n");
        assert_eq!(found(&other), Vec::<String>::new());
    }

    #[test]
    fn names_are_looked_up_in_the_tree() {
        let tree = Tree::here().unwrap();
        assert!(exists(&tree, "names_are_looked_up_in_the_tree"));
        assert!(exists(&tree, "tidy::rules::invariants::names_are_looked_up_in_the_tree"));
        assert!(exists(&tree, "tests/tidy/src/rules/invariants.rs::names_are_looked_up_in_the_tree"));
        assert!(!exists(&tree, "sluice_core::names_are_looked_up_in_the_tree"));
    }
}
