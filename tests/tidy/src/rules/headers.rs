//! Each source file says at its top what it owns.

use crate::finding::Finding;
use crate::tree::File;

pub fn check(file: &File) -> Vec<Finding> {
    let first = file.text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#!"));
    let said = first.and_then(|line| line.strip_prefix("//!")).is_some_and(|text| !text.trim().is_empty());
    if said {
        return Vec::new();
    }
    vec![Finding::new(
        &file.path,
        1,
        "the file does not say what it owns",
        "begin it with a `//!` line that does",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&File { path: "a.rs".to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_header_is_the_first_thing_and_says_something() {
        assert_eq!(found("//! What this owns.\nfn a() {}\n"), 0);
        assert_eq!(found("#![no_std]\n//! What this owns.\n"), 0);
        assert_eq!(found("fn a() {}\n//! late\n"), 1);
        assert_eq!(found("//!\nfn a() {}\n"), 1);
        assert_eq!(found(""), 1);
    }
}
