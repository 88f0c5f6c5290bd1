//! Formats: what the texts of a parameter are written as, so that a wrong one is told before a rule trips over it.

use jiff::Timestamp;
use serde::Serialize;

use crate::cel::check_pattern;
use crate::time::{check_zone, in_window};

/// What a text is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `Europe/Berlin`.
    TimeZone,
    /// `2026-12-20/2027-01-02`, dates or dates with times, as `in_window` reads it.
    Window,
    /// A pattern, as `matches` reads it.
    Regex,
}

/// The formats as they are written.
pub(super) const FORMATS: [(&str, Format); 3] =
    [("time-zone", Format::TimeZone), ("window", Format::Window), ("regex", Format::Regex)];

impl Format {
    /// Why a text is not written so.
    pub(super) fn wrong(self, text: &str) -> Option<String> {
        match self {
            Self::TimeZone => check_zone(text).err().map(|error| error.to_string()),
            Self::Window => match text.split_once('/') {
                None => Some(format!("`{text}` is no window; write it as `2026-12-20/2027-01-02`")),
                Some((from, to)) => {
                    in_window(Timestamp::UNIX_EPOCH, from, to, "UTC").err().map(|error| error.to_string())
                }
            },
            Self::Regex => check_pattern(text).err().map(|why| format!("`{text}`: {why}")),
        }
    }
}
