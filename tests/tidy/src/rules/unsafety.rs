//! `unsafe` stands in one file of the plugin host, where each use says why it is sound, and nowhere else.

use syn::visit::{self, Visit};

use crate::finding::Finding;
use crate::tree::File;

/// Where the one documented exception lives.
const HOST: &str = "engine/host/src/";

/// Every use of `unsafe` that the rule does not allow, over all the files.
pub fn check<'a>(files: impl Iterator<Item = &'a File>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut exception: Option<String> = None;
    for file in files {
        for line in uses(file) {
            let first_in_host =
                file.path.starts_with(HOST) && exception.as_ref().is_none_or(|path| *path == file.path);
            if !first_in_host {
                let remedy = "do it without; only the loading of cached native code in the plugin host may";
                findings.push(Finding::new(
                    &file.path,
                    line,
                    "`unsafe` outside the one file that may use it",
                    remedy,
                ));
                continue;
            }
            exception = Some(file.path.clone());
            if !explained(file, line) {
                let remedy = "write a `// SAFETY:` comment above it that says why it is sound";
                findings.push(Finding::new(&file.path, line, "`unsafe` without its reason", remedy));
            }
        }
    }
    findings
}

/// Lines on which `unsafe` stands as code.
fn uses(file: &File) -> Vec<usize> {
    let mut visitor = Visitor { lines: Vec::new() };
    if let Ok(parsed) = syn::parse_file(&file.text) {
        visitor.visit_file(&parsed);
    }
    visitor.lines
}

/// Whether the comment right above the line gives the reason.
fn explained(file: &File, line: usize) -> bool {
    let lines: Vec<&str> = file.text.lines().take(line.saturating_sub(1)).collect();
    let comment = lines
        .iter()
        .rev()
        .map(|line| line.trim())
        .take_while(|line| line.starts_with("//") || line.starts_with("#["));
    comment.into_iter().any(|line| line.contains("SAFETY:"))
}

struct Visitor {
    lines: Vec<usize>,
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_expr_unsafe(&mut self, item: &'ast syn::ExprUnsafe) {
        self.lines.push(item.unsafe_token.span.start().line);
        visit::visit_expr_unsafe(self, item);
    }

    fn visit_signature(&mut self, item: &'ast syn::Signature) {
        if let syn::Safety::Unsafe(token) = &item.safety {
            self.lines.push(token.span.start().line);
        }
        visit::visit_signature(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.lines.extend(item.unsafety.iter().map(|token| token.span.start().line));
        visit::visit_item_impl(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        check(files.iter()).into_iter().map(|finding| format!("{}:{}", finding.file, finding.line)).collect()
    }

    #[test]
    fn only_one_file_of_the_host_may_and_only_with_its_reason() {
        let sound = "fn a() {\n    // SAFETY: because\n    unsafe { b() }\n}\n";
        let silent = "fn a() {\n    unsafe { b() }\n}\n";
        assert_eq!(found(&[("engine/host/src/cache.rs", sound)]), Vec::<String>::new());
        assert_eq!(found(&[("engine/host/src/cache.rs", silent)]), ["engine/host/src/cache.rs:2"]);
        assert_eq!(found(&[("engine/core/src/plan.rs", sound)]), ["engine/core/src/plan.rs:3"]);
        let two = [("engine/host/src/a.rs", sound), ("engine/host/src/b.rs", sound)];
        assert_eq!(found(&two), ["engine/host/src/b.rs:3"]);
    }

    #[test]
    fn functions_and_implementations_count_too_and_words_do_not() {
        assert_eq!(found(&[("a.rs", "unsafe fn a() {}\n")]), ["a.rs:1"]);
        assert_eq!(found(&[("a.rs", "struct A;\nunsafe impl Send for A {}\n")]), ["a.rs:2"]);
        assert_eq!(found(&[("a.rs", "// unsafe\nconst A: &str = \"unsafe {}\";\n")]), Vec::<String>::new());
    }
}
