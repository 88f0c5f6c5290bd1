//! A function fits a screen: 60 lines of body at most, tests included.

use syn::visit::{self, Visit};

use crate::finding::Finding;
use crate::tree::File;

const LINES: usize = 60;

pub fn check(file: &File) -> Vec<Finding> {
    match syn::parse_file(&file.text) {
        Ok(parsed) => {
            let mut visitor = Visitor { file, findings: Vec::new() };
            visitor.visit_file(&parsed);
            visitor.findings
        }
        Err(error) => {
            let line = error.span().start().line;
            vec![Finding::new(
                &file.path,
                line,
                format!("the file does not parse: {error}"),
                "make it compile",
            )]
        }
    }
}

struct Visitor<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Visitor<'_> {
    fn function(&mut self, name: &syn::Ident, block: &syn::Block) {
        let braces = block.brace_token.span;
        let first = braces.open().start().line;
        let lines = braces.close().start().line.saturating_sub(first + 1);
        if lines > LINES {
            let what = format!("the body of `{name}` has {lines} lines, {LINES} is the most");
            self.findings.push(Finding::new(
                &self.file.path,
                name.span().start().line,
                what,
                "name its parts as functions of their own; near 15 is good",
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: String) -> Vec<Finding> {
        check(&File { path: "a.rs".to_owned(), text })
    }

    fn body(lines: usize) -> String {
        format!("{{\n{}}}\n", "    let _ = 1;\n".repeat(lines))
    }

    #[test]
    fn the_limit_is_the_last_that_passes() {
        assert!(found(format!("fn short() {}", body(LINES))).is_empty());
        assert_eq!(found(format!("\nfn long() {}", body(LINES + 1)))[0].line, 2);
    }

    #[test]
    fn methods_defaults_and_tests_count_too() {
        let long = body(LINES + 1);
        for text in [
            format!("struct A; impl A {{ fn long(&self) {long} }}"),
            format!("trait A {{ fn long(&self) {long} }}"),
            format!("mod tests {{ #[test] fn long() {long} }}"),
        ] {
            assert_eq!(found(text.clone()).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_does_not_parse_is_told() {
        assert!(found("fn".to_owned())[0].what.starts_with("the file does not parse"));
    }
}
