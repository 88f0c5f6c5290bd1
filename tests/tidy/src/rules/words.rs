//! What may not stand in any file: paths of somebody's machine, and marks of unfinished work.

use crate::finding::Finding;
use crate::tree::File;

/// Put together so that this file does not hold what it forbids.
const PATHS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/fa", "rm/"),
];

const MARKS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

pub fn check(file: &File) -> Vec<Finding> {
    // Locked digests are random letters.
    if file.path == "Cargo.lock" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for path in PATHS.iter().filter(|path| starts_there(line, path)) {
            let what = format!("`{path}` is a path of one machine");
            findings.push(Finding::new(
                &file.path,
                number,
                what,
                "use a path from the top of the repository",
            ));
        }
        for mark in MARKS.iter().filter(|mark| stands_alone(line, mark)) {
            let remedy = "finish it, or leave it out and open an issue";
            findings.push(Finding::new(
                &file.path,
                number,
                format!("`{mark}` marks unfinished work"),
                remedy,
            ));
        }
    }
    findings
}

/// Whether an absolute path begins with it: not within a longer one, nor within a web address.
fn starts_there(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '}' | ')'))
    })
}

/// Whether the word stands in the line as a word of its own.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let around = [line[..at].chars().next_back(), line[at + word.len()..].chars().next()];
        !around.iter().flatten().any(|c| c.is_alphanumeric() || *c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&File { path: "README.md".to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        assert_eq!(found(concat!("see /wo", "rk/main\n")), 1);
        assert_eq!(found(concat!("`/ho", "me/anna/x`\n")), 1);
        assert_eq!(found("frame/work/x and https://example.org/home/x\n"), 0);
    }

    #[test]
    fn marks_are_found_as_words_only() {
        assert_eq!(found(concat!("// TO", "DO: later\n")), 1);
        assert_eq!(found(concat!("MASTO", "DON\n")), 0);
    }
}
