//! Links between the repository's own documents lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::finding::Finding;
use crate::tree::File;

/// Every relative link of a Markdown file that `exists` does not know.
pub fn check(file: &File, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    for (number, link) in links(file) {
        let path = link.split('#').next().unwrap_or_default();
        if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        if !exists(&flat(&folder.join(path))) {
            let what = format!("the link `{link}` leads nowhere");
            findings.push(Finding::new(
                &file.path,
                number,
                what,
                "correct the path, which is relative to this file",
            ));
        }
    }
    findings
}

/// Targets of `[text](target)` outside code blocks.
fn links(file: &File) -> Vec<(usize, &str)> {
    let mut code = false;
    let mut links = Vec::new();
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        if code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            if let Some(target) = line[at + 2..].split(')').next() {
                links.push((number, target.split(' ').next().unwrap_or(target)));
            }
        }
    }
    links
}

fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(flat.pop()),
            Component::CurDir => {}
            other => flat.push(other),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let file = File { path: "sdk/README.md".to_owned(), text: text.to_owned() };
        let known = |path: &Path| path == Path::new("sdk/wit") || path == Path::new("README.md");
        check(&file, known).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_dead_link_is_found_and_a_live_one_is_not() {
        let live = "[a](wit) [b](../README.md#tour) [c](https://example.org) [d](#here)\n";
        assert_eq!(found(live), Vec::<usize>::new());
        assert_eq!(found("\n[a](gone.md)\n"), [2]);
        assert_eq!(found("```\nx[0](y)\n```\n"), Vec::<usize>::new());
    }
}
