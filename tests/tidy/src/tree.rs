//! The repository's files as git sees them: tracked, or new and not ignored.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that the rules are about.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    files: Vec<File>,
}

/// One text file.
#[derive(Debug, Clone)]
pub struct File {
    /// From the top of the repository, with forward slashes.
    pub path: String,
    pub text: String,
}

impl Tree {
    /// The repository that this crate was built in.
    pub fn here() -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut files = Vec::new();
        for path in git(&root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])? {
            // A file that was deleted and not yet committed is still listed; a binary one has no lines.
            if let Some(text) =
                std::fs::read(root.join(&path)).ok().and_then(|bytes| String::from_utf8(bytes).ok())
            {
                files.push(File { path, text });
            }
        }
        Ok(Self { root, files })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn files(&self) -> &[File] {
        &self.files
    }

    pub fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files that git ignores, as a pattern selects them.
    pub fn ignored(&self, pattern: &str) -> io::Result<Vec<String>> {
        git(&self.root, &["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", pattern])
    }
}

impl File {
    /// Lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn git(root: &Path, arguments: &[&str]) -> io::Result<Vec<String>> {
    let output = Command::new("git").current_dir(root).args(arguments).output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("git can not list the files: {error}")));
    }
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}
