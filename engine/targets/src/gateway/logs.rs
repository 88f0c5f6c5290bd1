//! What instances write: kept in bounded files, counted by level, with the last lines at hand for when one ends
//! badly.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

use super::levels::LineCounts;

/// One instance's output, over all its incarnations.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    lines: Arc<LineCounts>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    file: Option<File>,
    written: u64,
    last: VecDeque<String>,
    line: Vec<u8>,
}

/// A file is put aside at this size, in the place of the one that was put aside before.
const ROTATE_AT: u64 = 1024 * 1024;
const LINES: usize = 10;
const LINE_BYTES: usize = 300;

impl Log {
    /// `<revision>-<number>.log`, with what can not stand in a file's name replaced.
    pub fn new(folder: &Path, revision: &str, number: u32, lines: Arc<LineCounts>) -> Self {
        let safe = |at: char| if at.is_ascii_alphanumeric() || "-_.".contains(at) { at } else { '_' };
        let name: String = revision.chars().map(safe).collect();
        Self { path: folder.join(format!("{name}-{number}.log")), lines, open: Mutex::default() }
    }

    /// Copies a stream to its end.
    pub async fn take(self: Arc<Self>, mut stream: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            let mut open = self.open.lock().await;
            if let Some(bytes) = buffer.get(..read) {
                open.remember(bytes, &self.lines);
                if let Err(error) = open.write(&self.path, bytes).await {
                    // The pipe must be emptied all the same, or the service would hang.
                    tracing::warn!(%error, path = %self.path.display(), "output can not be kept");
                    open.file = None;
                }
            }
        }
    }

    /// The last lines, in one.
    pub async fn last(&self) -> String {
        let open = self.open.lock().await;
        let rest = String::from_utf8_lossy(&open.line);
        let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
        open.last.iter().map(String::as_str).chain(rest).collect::<Vec<_>>().join(" | ")
    }

    /// Forgets the lines, for the next incarnation.
    pub async fn begin(&self) {
        let mut open = self.open.lock().await;
        open.last.clear();
        open.line.clear();
    }
}

impl Open {
    async fn write(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        if self.written >= ROTATE_AT {
            self.file = None;
            tokio::fs::rename(path, path.with_extension("log.old")).await?;
        }
        if self.file.is_none() {
            let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).await?;
            self.written = file.metadata().await?.len();
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes).await?;
            file.flush().await?;
            self.written += u64::try_from(bytes.len()).unwrap_or(0);
        }
        Ok(())
    }

    fn remember(&mut self, bytes: &[u8], lines: &LineCounts) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            let room = LINE_BYTES.saturating_sub(self.line.len()).min(text.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or_default());
            if ended {
                let line = String::from_utf8_lossy(&self.line).trim().to_owned();
                if !line.is_empty() {
                    lines.count(&self.line);
                }
                self.line.clear();
                if !line.is_empty() {
                    self.last.push_back(line);
                }
                if self.last.len() > LINES {
                    self.last.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_lines_are_at_hand_and_the_files_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let log = Arc::new(Log::new(folder.path(), "v1/../x", 2, Arc::new(LineCounts::new("v1".into()))));
        let flood = "a line of twenty char\n".repeat(150_000) + "one\n\ntwo";
        Arc::clone(&log).take(flood.as_bytes()).await;
        assert!(log.last().await.ends_with("a line of twenty char | one | two"), "{}", log.last().await);
        let mut files: Vec<(String, u64)> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len()))
            .collect();
        files.sort();
        assert_eq!(
            files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["v1_.._x-2.log", "v1_.._x-2.log.old"]
        );
        assert!(files.iter().all(|(_, size)| *size <= ROTATE_AT + 8 * 1024));
    }
}
