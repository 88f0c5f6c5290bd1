//! What a job writes: kept in a bounded file, its last lines at hand, its lines as they come for whoever watches.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::locked;
use crate::ports::stages::Said;

/// Lines that wait to be shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Voice(Arc<Mutex<VecDeque<Said>>>);

/// The output of one try, from both of its streams.
#[derive(Debug)]
pub(super) struct Output {
    job: String,
    voice: Voice,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    file: Option<File>,
    room: usize,
    last: VecDeque<String>,
}

/// Of one try's output; the rest is dropped, and the file says so.
const FILE_BYTES: usize = 16 << 20;
/// The lines that a report repeats.
const LAST_LINES: usize = 20;
const LINE_BYTES: usize = 400;
/// Lines that wait to be shown at the most; who is so far behind misses the oldest.
const WAITING: usize = 1_000;

impl Voice {
    pub fn take(&self) -> Vec<Said> {
        locked(&self.0).drain(..).collect()
    }

    fn say(&self, said: Said) {
        let mut waiting = locked(&self.0);
        if waiting.len() >= WAITING {
            waiting.pop_front();
        }
        waiting.push_back(said);
    }
}

impl Output {
    pub fn new(job: &str, path: &Path, voice: Voice) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let kept = Kept { file: Some(file), room: FILE_BYTES, last: VecDeque::new() };
        Ok(Self { job: job.to_owned(), voice, kept: Mutex::new(kept) })
    }

    /// Copies a stream to its end. Lines of two streams stay whole.
    pub async fn take(self: Arc<Self>, mut stream: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 * 1024];
        let mut line = Vec::new();
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            for part in buffer.get(..read).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
                let ended = part.ends_with(b"\n");
                let text = part.strip_suffix(b"\n").unwrap_or(part);
                let room = (FILE_BYTES / 64).saturating_sub(line.len()).min(text.len());
                line.extend_from_slice(text.get(..room).unwrap_or_default());
                if ended {
                    self.line(&line);
                    line.clear();
                }
            }
        }
        if !line.is_empty() {
            self.line(&line);
        }
    }

    /// The last lines.
    pub fn last(&self) -> Vec<String> {
        locked(&self.kept).last.iter().cloned().collect()
    }

    fn line(&self, line: &[u8]) {
        locked(&self.kept).write(line);
        let text = String::from_utf8_lossy(line.get(..LINE_BYTES.min(line.len())).unwrap_or_default());
        let text = text.trim_end().to_owned();
        if text.is_empty() {
            return;
        }
        let mut kept = locked(&self.kept);
        if kept.last.len() >= LAST_LINES {
            kept.last.pop_front();
        }
        kept.last.push_back(text.clone());
        drop(kept);
        self.voice.say(Said { job: self.job.clone(), line: text });
    }
}

impl Kept {
    fn write(&mut self, line: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let fits = line.len() < self.room;
        let written = match fits {
            true => file.write_all(line).and_then(|()| file.write_all(b"\n")),
            false => file.write_all(b"[the rest was cut off]\n"),
        };
        self.room = self.room.saturating_sub(line.len() + 1);
        if !fits || written.is_err() {
            // The pipe must be emptied all the same, or the job would hang.
            self.file = None;
        }
    }
}
