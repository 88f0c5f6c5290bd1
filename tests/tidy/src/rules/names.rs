//! A name says what is in it: no drawers for odds and ends.

use syn::visit::{self, Visit};

use crate::finding::Finding;
use crate::tree::File;

const DRAWERS: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "misc", "stuff"];

/// Files and folders, of any kind.
pub fn paths(file: &File) -> Vec<Finding> {
    let stems = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    stems
        .filter(|stem| DRAWERS.contains(&stem.to_ascii_lowercase().as_str()))
        .map(|stem| finding(file, 1, stem))
        .collect()
}

/// Modules within a Rust file.
pub fn modules(file: &File) -> Vec<Finding> {
    let mut visitor = Visitor { file, findings: Vec::new() };
    if let Ok(parsed) = syn::parse_file(&file.text) {
        visitor.visit_file(&parsed);
    }
    visitor.findings
}

struct Visitor<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if DRAWERS.contains(&name.as_str()) {
            self.findings.push(finding(self.file, item.ident.span().start().line, &name));
        }
        visit::visit_item_mod(self, item);
    }
}

fn finding(file: &File, line: usize, name: &str) -> Finding {
    Finding::new(
        &file.path,
        line,
        format!("`{name}` says nothing of what is in it"),
        "name it by what it owns",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn drawers_are_found_as_files_folders_and_modules() {
        assert_eq!(paths(&file("engine/core/src/utils.rs", "")).len(), 1);
        assert_eq!(paths(&file("tests/common/mod.rs", "")).len(), 1);
        assert_eq!(paths(&file("engine/core/src/plan.rs", "")).len(), 0);
        assert_eq!(modules(&file("a.rs", "fn a() {}\nmod helpers { fn b() {} }"))[0].line, 2);
        assert_eq!(modules(&file("a.rs", "mod tests { mod misc {} }")).len(), 1);
        assert_eq!(modules(&file("a.rs", "mod tests {}")).len(), 0);
    }
}
