//! A file is read in one go: 400 lines at most.

use crate::finding::Finding;
use crate::tree::File;

const LINES: usize = 400;

pub fn check(file: &File) -> Vec<Finding> {
    let lines = file.lines().count();
    if lines <= LINES {
        return Vec::new();
    }
    let what = format!("the file has {lines} lines, {LINES} is the most");
    vec![Finding::new(&file.path, LINES + 1, what, "split it by what it owns; near 200 is good")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: usize) -> File {
        File { path: "a.rs".to_owned(), text: "//! x\n".repeat(lines) }
    }

    #[test]
    fn the_limit_is_the_last_that_passes() {
        assert!(check(&of(LINES)).is_empty());
        assert_eq!(check(&of(LINES + 1)).len(), 1);
    }
}
