//! What instances write, counted by how bad it is, so that a service without metrics can be judged too.
//!
//! A line's level is what it says first of these: `"level": "..."` (JSON; also `severity`), `level=...`
//! (logfmt; also `severity=`), or one of the words below in capitals, standing alone. `panicked` counts too, as
//! Rust writes it. Only the beginning of a line is looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How bad a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Other,
}

/// The lines of one revision's instances.
#[derive(Debug)]
pub struct LineCounts {
    pub revision: Arc<str>,
    counts: [AtomicU64; Level::ALL.len()],
}

const ERRORS: [&str; 8] = ["error", "err", "fatal", "panic", "crit", "critical", "alert", "emerg"];
const WARNINGS: [&str; 2] = ["warn", "warning"];
const NAMES: [&str; 2] = ["level", "severity"];

impl Level {
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Other];

    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Other => "other",
        }
    }

    /// What a line, or its beginning, says of itself.
    pub fn of(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        declared(&line).unwrap_or_else(|| called(&line))
    }

    fn named(word: &str) -> Self {
        let word = word.to_ascii_lowercase();
        if ERRORS.contains(&word.as_str()) {
            Self::Error
        } else if WARNINGS.contains(&word.as_str()) {
            Self::Warning
        } else {
            Self::Other
        }
    }
}

impl LineCounts {
    pub fn new(revision: Arc<str>) -> Self {
        Self { revision, counts: Default::default() }
    }

    pub fn count(&self, line: &[u8]) {
        let level = Level::of(line);
        let counts = Level::ALL.iter().zip(&self.counts);
        if let Some((_, count)) = counts.into_iter().find(|(one, _)| **one == level) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = (Level, u64)> {
        Level::ALL.into_iter().zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// The value of a field that names the level.
fn declared(line: &str) -> Option<Level> {
    let places = NAMES.iter().flat_map(|name| line.match_indices(name).map(|(at, _)| (at, at + name.len())));
    places.into_iter().find_map(|(at, end)| {
        let (before, after) = (line.get(..at)?, line.get(end..)?);
        let value = match before.bytes().last() {
            Some(b'"') => after.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start(),
            None | Some(b' ' | b'\t') => after.strip_prefix('=')?,
            Some(_) => return None,
        };
        let value = value.strip_prefix('"').unwrap_or(value);
        Some(Level::named(value.split(|at: char| !at.is_ascii_alphabetic()).next().unwrap_or_default()))
    })
}

/// The first word that names a level, as most formats for people have it.
fn called(line: &str) -> Level {
    let mut words = line.split(|at: char| !at.is_ascii_alphanumeric());
    let level = words.find_map(|word| match word {
        "panicked" => Some(Level::Error),
        word if word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            let level = Level::named(word);
            let says = level != Level::Other || ["INFO", "DEBUG", "TRACE", "NOTICE"].contains(&word);
            says.then_some(level)
        }
        _ => None,
    });
    level.unwrap_or(Level::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_found_in_the_forms_that_services_write() {
        for line in [
            r#"{"time":"12:00","level":"error","msg":"no such table"}"#,
            r#"{"severity": "CRITICAL", "message": "all is fine"}"#,
            r#"msg="level up" level=error"#,
            "time=12:00 level=error msg=\"level=info\"",
            "level=fatal",
            "2026-01-02T03:04:05Z ERROR shop::cart: no such table",
            "[FATAL] out of memory",
            "E0102 ERROR: disk full",
            "thread 'main' panicked at src/main.rs:2:5:",
            "PANIC: unprotected error in call to Lua API",
        ] {
            assert_eq!(Level::of(line.as_bytes()), Level::Error, "{line}");
        }
        for line in ["WARN slow", "ts=1 level=warn msg=x", r#"{"level":"Warning"}"#, "[WARNING] old"] {
            assert_eq!(Level::of(line.as_bytes()), Level::Warning, "{line}");
        }
        for line in [
            "",
            "GET /errors 200",
            "an error page was shown",
            r#"{"level":"info","msg":"ERROR is what it said"}"#,
            "INFO ERROR page was shown",
            "no ERRORS here",
            r#"{"sublevel":"error"}"#,
            "level: unknown",
            "\u{fffd}",
        ] {
            assert_eq!(Level::of(line.as_bytes()), Level::Other, "{line}");
        }
    }

    #[test]
    fn lines_are_counted_by_level() {
        let lines = LineCounts::new("v1".into());
        ["ERROR a", "WARN b", "c", "ERROR d"].iter().for_each(|line| lines.count(line.as_bytes()));
        let counts: Vec<_> = lines.counts().map(|(level, count)| (level.name(), count)).collect();
        assert_eq!(counts, [("error", 2), ("warning", 1), ("other", 1)]);
    }
}
