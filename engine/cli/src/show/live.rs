//! On a terminal: what happened scrolls by, and below it a frame shows where the release stands.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use crossterm::{cursor, queue, terminal};
use sluice_core::release::event::{Event, Record};
use sluice_core::release::state::State;
use sluice_runner::engine::{Although, Left, Listener};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::frame::{self, Seen};
use super::{View, going_back_first, lines, style, tell};

/// How often the frame is drawn anew at the most.
const EVERY: Duration = Duration::from_millis(100);
/// With less there is nothing to see in a frame.
const LEAST_WIDTH: usize = 40;

#[derive(Debug, Default)]
pub struct Live {
    /// The frame as it stands on the screen.
    drawn: Vec<String>,
    drawn_at: Option<Instant>,
    seen: Seen,
    noticed: tell::Noticed,
}

impl Live {
    /// Replaces the frame: lines that stay, then the frame anew.
    fn draw(&mut self, stay: &[String], frame: Vec<String>) {
        let mut out = Vec::new();
        if !self.drawn.is_empty() {
            let up = u16::try_from(rows(&self.drawn, columns()).min(height() - 1)).unwrap_or(u16::MAX);
            let _ = queue!(out, cursor::MoveUp(up), cursor::MoveToColumn(0));
            let _ = queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown));
        }
        for line in stay.iter().chain(&frame) {
            let _ = writeln!(out, "{}", style::coloured(line));
        }
        // Cursor movements are meant for this terminal; only colours may be unwanted.
        let text = String::from_utf8_lossy(&out);
        let plain = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
        let mut stdout = std::io::stdout().lock();
        let text = if plain { without_colours(&text) } else { text.into_owned() };
        let _ = stdout.write_all(text.as_bytes());
        let _ = stdout.flush();
        (self.drawn, self.drawn_at) = (frame, Some(Instant::now()));
    }
}

impl Live {
    /// What a record shows that the state does not keep.
    fn note(&mut self, record: &Record) {
        match &record.event {
            Event::Observed { set } => {
                self.seen.ready = set.ready.clone();
                for one in &set.differences {
                    *self.seen.differences.entry(one.kind.name()).or_default() += 1;
                }
            }
            Event::JobStarted { job, .. } => drop(self.seen.said.remove(job)),
            _ => {}
        }
    }
}

impl Listener for Live {
    fn recorded(&mut self, record: &Record, state: &State) {
        self.note(record);
        let stay = tell::tell(&self.noticed.anew(record), state, false);
        if !stay.is_empty() {
            self.draw(&stay, framed(state, &self.seen, state.at));
        }
    }

    fn looked(&mut self, ready: &BTreeMap<String, u32>) {
        self.seen.ready = ready.clone();
    }

    fn going_back_first(&mut self, although: Although) {
        let frame = self.drawn.clone();
        self.draw(&[going_back_first(although).to_owned()], frame);
    }

    fn said(&mut self, job: &str, line: &str) {
        self.seen.said.insert(job.to_owned(), line.to_owned());
        // The frame stays as it is; only what scrolls by above it is new.
        let frame = self.drawn.clone();
        self.draw(&[tell::said(job, line)], frame);
    }

    fn ticked(&mut self, state: &State, now_ms: u64) {
        if self.drawn_at.is_some_and(|drawn| drawn.elapsed() < EVERY) {
            return;
        }
        let frame = framed(state, &self.seen, now_ms);
        if frame != self.drawn {
            self.draw(&[], frame);
        }
    }
}

impl View for Live {
    fn left(&mut self, left: Option<&Left>, state: &State) {
        self.draw(&[], framed(state, &self.seen, state.at));
        lines::farewell(left, state);
    }
}

/// The frame as this terminal can show it: what stays may wrap, what is drawn over may not.
fn framed(state: &State, seen: &Seen, now: u64) -> Vec<String> {
    let width = width();
    let frame = frame::frame(state, seen, now, width).iter().map(|line| cut(line, columns())).collect();
    fitted(frame, height())
}

fn width() -> usize {
    columns().max(LEAST_WIDTH)
}

fn columns() -> usize {
    // A terminal that does not know its size has none.
    terminal::size().ok().filter(|(columns, _)| *columns > 0).map_or(80, |(columns, _)| usize::from(columns))
}

fn height() -> usize {
    terminal::size().ok().filter(|(_, rows)| *rows > 0).map_or(24, |(_, rows)| usize::from(rows)).max(4)
}

/// The rows that lines take on a terminal of so many columns, which may be narrower than when they were drawn.
fn rows(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| without_colours(line).width().div_ceil(columns).max(1)).sum()
}

/// Cuts a frame to what is drawn over on a terminal of this height, the line below it included: lines that were scrolled
/// away would stay. What matters last goes first.
fn fitted(mut frame: Vec<String>, height: usize) -> Vec<String> {
    let most = height.saturating_sub(1);
    let missing = if frame.len() > most { frame.len() + 1 - most } else { 0 };
    for _ in 0..missing {
        let last = (1..frame.len()).rev().max_by_key(|line| (dispensable(&frame[*line]), *line));
        last.map(|line| frame.remove(line));
    }
    if missing > 0 {
        frame.push(format!("  and {missing} more lines"));
    }
    frame
}

/// How well one can do without a line of the frame.
fn dispensable(line: &str) -> u8 {
    let plain = without_colours(line);
    let mut words = plain.split_whitespace();
    match (words.next(), words.next()) {
        (Some("waits"), _) => 0,
        (Some("stable" | "candidate"), _) => 1,
        (Some("check"), Some("✗" | "E" | "!" | "?")) => 2,
        (Some("gate"), _) => 3,
        (Some("check"), _) => 5,
        _ => 4,
    }
}

/// Cuts a line to the terminal's width, counting no colour: a wrapped line would be drawn over wrongly.
fn cut(line: &str, width: usize) -> String {
    let (mut cut, mut cells, mut escape) = (String::new(), 0, false);
    for character in line.chars() {
        match (escape, character) {
            (false, '\u{1b}') => escape = true,
            (true, 'm') => escape = false,
            (false, _) => {
                cells += character.width().unwrap_or(0);
                if cells >= width {
                    continue;
                }
            }
            (true, _) => {}
        }
        cut.push(character);
    }
    cut
}

/// Takes colours out and leaves cursor movements in.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('\u{1b}') {
        let (before, after) = rest.split_at(start);
        plain.push_str(before);
        let end = after.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(after.len() - 1);
        let (escape, tail) = after.split_at(end + 1);
        if !escape.ends_with('m') {
            plain.push_str(escape);
        }
        rest = tail;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_without_counting_colours() {
        assert_eq!(cut("\u{1b}[31mabc\u{1b}[0mdef", 5), "\u{1b}[31mabc\u{1b}[0md");
        assert_eq!(cut("水水水水", 6), "水水", "each takes two cells");
    }

    #[test]
    fn a_frame_that_a_narrower_terminal_wraps_is_drawn_over_whole() {
        let frame = ["shop", "", "\u{1b}[31m0123456789\u{1b}[0m", "水水水水水水"].map(str::to_owned);
        assert_eq!([80, 10, 9, 5].map(|columns| rows(&frame, columns)), [4, 5, 6, 7]);
    }

    #[test]
    fn a_frame_is_cut_to_the_terminal_and_keeps_what_matters() {
        let frame = [
            "shop",
            "  stable    v1",
            "  candidate v2",
            "  gate      ·",
            "  jobs      ✓ unit",
            "  check     ✓ a",
        ];
        let bad = ["  check     ✗ b", "  check     · c", "  waits for  an approval"];
        let frame: Vec<String> = frame.iter().chain(&bad).map(|line| (*line).to_owned()).collect();
        assert_eq!(fitted(frame.clone(), 10), frame);
        assert_eq!(
            fitted(frame.clone(), 7).join("\n"),
            "\
shop
  stable    v1
  candidate v2
  check     ✗ b
  waits for  an approval
  and 4 more lines"
        );
        assert_eq!(fitted(frame, 4).join("\n"), "shop\n  waits for  an approval\n  and 7 more lines");
    }

    #[test]
    fn only_colours_are_taken_out() {
        assert_eq!(without_colours("\u{1b}[2Aa\u{1b}[31mb\u{1b}[0m\u{1b}[J"), "\u{1b}[2Aab\u{1b}[J");
    }
}
