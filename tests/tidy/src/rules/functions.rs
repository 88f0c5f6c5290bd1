//! A function fits a screen: 60 lines of body at most, tests included. A literal of several lines is data, such as
//! the snapshot that a test expects, and counts as one line.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::finding::Finding;
use crate::tree::File;

const LINES: usize = 60;

pub fn check(file: &File) -> Vec<Finding> {
    match syn::parse_file(&file.text) {
        Ok(parsed) => {
            let literals = file.text.parse().map(literals).unwrap_or_default();
            let mut visitor = Visitor { file, literals, findings: Vec::new() };
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

/// First and last lines of the literals that have several.
fn literals(tokens: TokenStream) -> Vec<(usize, usize)> {
    let of = |token: TokenTree| match token {
        TokenTree::Group(group) => literals(group.stream()),
        TokenTree::Literal(literal) => vec![(literal.span().start().line, literal.span().end().line)],
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(of).filter(|(first, last)| first < last).collect()
}

struct Visitor<'a> {
    file: &'a File,
    literals: Vec<(usize, usize)>,
    findings: Vec<Finding>,
}

impl Visitor<'_> {
    fn function(&mut self, name: &syn::Ident, block: &syn::Block) {
        let braces = block.brace_token.span;
        let (first, last) = (braces.open().start().line, braces.close().start().line);
        let within = self.literals.iter().filter(|(start, end)| first <= *start && *end <= last);
        let data: usize = within.map(|(start, end)| end - start).sum();
        let lines = last.saturating_sub(first + 1 + data);
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
    fn a_literal_counts_as_one_line() {
        let expected = format!("    check!(x, @r\"\n{}\");\n", "data\n".repeat(LINES));
        assert!(found(format!("fn short() {{\n{expected}}}\n")).is_empty());
        let rest = "    let _ = 1;\n".repeat(LINES);
        assert_eq!(found(format!("fn long() {{\n{expected}{rest}}}\n")).len(), 1);
    }

    #[test]
    fn what_does_not_parse_is_told() {
        assert!(found("fn".to_owned())[0].what.starts_with("the file does not parse"));
    }
}
