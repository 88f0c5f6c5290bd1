//! Each house rule over the whole tree. A failure lists every place, what is wrong there, and what to do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use tidy::finding::{Finding, listing};
use tidy::rules;
use tidy::tree::{File, Tree};

fn none(findings: &[Finding]) {
    assert!(
        findings.is_empty(),
        "the house rules are broken in {} places:\n\n{}",
        findings.len(),
        listing(findings)
    );
}

/// Runs a rule over every Rust file.
fn each(rule: impl Fn(&File) -> Vec<Finding>) {
    let tree = Tree::here().unwrap();
    assert!(tree.rust_files().count() > 20, "git lists hardly any file");
    none(&tree.rust_files().flat_map(rule).collect::<Vec<_>>());
}

#[test]
fn imports_follow_the_map() {
    let tree = Tree::here().unwrap();
    let manifest = tree.root().join("Cargo.toml");
    let options = ["--locked".to_owned(), "--offline".to_owned()];
    let metadata =
        cargo_metadata::MetadataCommand::new().manifest_path(manifest).other_options(options).exec().unwrap();
    none(&rules::edges::check(&metadata));
}

#[test]
fn pure_crates_read_no_clock_and_no_files() {
    each(rules::absences::check);
}

#[test]
fn files_are_short() {
    each(rules::sizes::check);
}

#[test]
fn functions_are_short() {
    each(rules::functions::check);
}

#[test]
fn files_say_what_they_own() {
    each(rules::headers::check);
}

#[test]
fn modules_have_names_that_say_something() {
    each(rules::names::modules);
}

#[test]
fn files_have_names_that_say_something() {
    let tree = Tree::here().unwrap();
    none(&tree.files().iter().flat_map(rules::names::paths).collect::<Vec<_>>());
}

#[test]
fn members_take_all_from_the_workspace() {
    let tree = Tree::here().unwrap();
    let members = tree.files().iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    none(&members.flat_map(rules::manifests::check).collect::<Vec<_>>());
}

#[test]
fn unsafe_code_stands_in_one_place() {
    let tree = Tree::here().unwrap();
    none(&rules::unsafety::check(tree.rust_files()));
}

#[test]
fn no_file_names_a_machine_or_unfinished_work() {
    let tree = Tree::here().unwrap();
    none(&tree.files().iter().flat_map(rules::words::check).collect::<Vec<_>>());
}

#[test]
fn links_lead_somewhere() {
    let tree = Tree::here().unwrap();
    let documents = tree.files().iter().filter(|file| file.path.ends_with(".md"));
    let check = |file: &File| rules::links::check(file, |path| tree.root().join(path).exists());
    none(&documents.flat_map(check).collect::<Vec<_>>());
}

#[test]
fn invariants_name_tests_that_exist() {
    none(&rules::invariants::check(&Tree::here().unwrap()));
}

#[test]
fn the_lock_file_is_up_to_date() {
    none(&rules::generated::lock_file(&Tree::here().unwrap()));
}

#[test]
fn no_snapshot_waits_for_review() {
    none(&rules::generated::snapshots(&Tree::here().unwrap()).unwrap());
}
