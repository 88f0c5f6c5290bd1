//! A plot in the terminal. Each series has a sign and, where there are colours, one of its own.

use anstyle::{AnsiColor, Style};
use sluice_core::model::observation::{Range, Series};

use super::style::{BOLD, DIM, painted};
use super::{cut, safe, time};

const ROWS: usize = 14;
/// For the numbers at the left.
const MARGIN: usize = 10;
const SIGNS: [(char, AnsiColor); 6] = [
    ('*', AnsiColor::Blue),
    ('+', AnsiColor::Magenta),
    ('o', AnsiColor::Green),
    ('x', AnsiColor::Yellow),
    ('#', AnsiColor::Cyan),
    ('@', AnsiColor::Red),
];

/// What is drawn: which series has a point in which cell.
struct Field {
    cells: Vec<Vec<Option<usize>>>,
    from: u64,
    to: u64,
    step: u64,
    least: f64,
    most: f64,
}

/// The plot's lines, none wider than `width`.
pub fn plot(expr: &str, all: &[Series], range: Range, width: usize) -> Vec<String> {
    let drawn = all.get(..SIGNS.len()).unwrap_or(all);
    let mut lines = vec![painted(BOLD, cut(&safe(expr), width))];
    match Field::of(drawn, range, width.saturating_sub(MARGIN + 3)) {
        Some(field) => lines.extend(field.lines()),
        None => lines.push("no value is a finite number".to_owned()),
    }
    for (series, (sign, colour)) in drawn.iter().zip(SIGNS) {
        let last = series.value.last().copied().map(number).unwrap_or_default();
        let text = format!("{} {last}", labels(series));
        let sign = painted(Style::new().fg_color(Some(colour.into())), sign);
        lines.push(format!("{:>MARGIN$} {sign} {}", "", safe(&cut(&text, width - MARGIN - 3))));
    }
    if all.len() > drawn.len() {
        lines.push(format!("{:>MARGIN$} and {} more series; aggregate them", "", all.len() - drawn.len()));
    }
    lines
}

/// A series' labels as PromQL has them.
pub fn labels(series: &Series) -> String {
    let name = series.labels.get("__name__").cloned().unwrap_or_default();
    let pairs: Vec<String> = series
        .labels
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .map(|(label, value)| format!("{label}={value:?}"))
        .collect();
    format!("{name}{{{}}}", pairs.join(", "))
}

/// A number in at most nine characters.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{value:.2e}");
    }
    let digits = if size >= 1000.0 { 0 } else { 3 };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl Field {
    fn of(all: &[Series], range: Range, columns: usize) -> Option<Self> {
        let finite = || all.iter().flat_map(|one| &one.value).copied().filter(|value| value.is_finite());
        let (least, most) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
        let to = all.iter().filter_map(|one| one.at.last()).max().copied()?;
        // A flat line stands in the middle of something.
        let room = if most > least { 0.0 } else { least.abs().max(1.0) / 2.0 };
        let mut field = Self {
            cells: vec![vec![None; columns.max(1)]; ROWS],
            from: to.saturating_sub(range.window_ms),
            to,
            step: range.step_ms,
            least: least - room,
            most: most + room,
        };
        for (index, series) in all.iter().enumerate() {
            field.draw(index, series);
        }
        Some(field)
    }

    fn draw(&mut self, index: usize, series: &Series) {
        let mut before: Option<(u64, f64)> = None;
        for (at, value) in series.at.iter().zip(&series.value) {
            let here = value.is_finite().then_some((*at, *value));
            // What is missing in between stays so.
            let near = before.filter(|(last, _)| at.saturating_sub(*last) <= self.step.saturating_mul(3) / 2);
            if let Some(here) = here {
                self.line(index, near.unwrap_or(here), here);
            }
            before = here;
        }
    }

    /// A line between two points, without gaps; it rises within the column that it ends in.
    fn line(&mut self, index: usize, (from, first): (u64, f64), (to, last): (u64, f64)) {
        let (start, end) = (self.column(from), self.column(to));
        let mut above = self.row(first);
        for column in start.min(end)..=end {
            let share = if column == end { 1.0 } else { (column - start) as f64 / (end - start) as f64 };
            let row = self.row(first * (1.0 - share) + last * share);
            let rises = if column == start && start < end { row } else { above };
            for row in rises.min(row)..=rises.max(row) {
                self.mark(column, row, index);
            }
            above = row;
        }
    }

    fn mark(&mut self, column: usize, row: usize, index: usize) {
        if let Some(cell) = self.cells.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            cell.get_or_insert(index);
        }
    }

    fn column(&self, at: u64) -> usize {
        let columns = self.cells.first().map_or(1, Vec::len);
        let share = at.saturating_sub(self.from) as f64 / (self.to - self.from).max(1) as f64;
        ((share * columns as f64) as usize).min(columns - 1)
    }

    /// Counted from above. Halves are taken before they are subtracted, as the difference may be infinite.
    fn row(&self, value: f64) -> usize {
        let share = (value / 2.0 - self.least / 2.0) / (self.most / 2.0 - self.least / 2.0);
        ROWS - 1 - ((share * (ROWS - 1) as f64).round() as usize).min(ROWS - 1)
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (row, cells) in self.cells.iter().enumerate() {
            let share = 1.0 - row as f64 / (ROWS - 1) as f64;
            let tick = if row == 0 || row == ROWS - 1 || row == ROWS / 2 {
                number((self.least / 2.0 * (1.0 - share) + self.most / 2.0 * share) * 2.0)
            } else {
                String::new()
            };
            let drawn: String = cells.iter().map(|cell| sign(*cell)).collect();
            let line = format!("{} {}", painted(DIM, format!("{tick:>MARGIN$} │")), drawn);
            lines.push(line.trim_end().to_owned());
        }
        let (from, to) = (time::of_day(self.from), time::of_day(self.to));
        let columns = self.cells.first().map_or(1, Vec::len);
        let gap = columns.saturating_sub(from.len() + to.len());
        lines.push(painted(DIM, format!("{:>MARGIN$} └{}", "", "─".repeat(columns))));
        lines.push(painted(
            DIM,
            format!("{:>MARGIN$}  {from}{}{to} UTC", "", " ".repeat(gap.saturating_sub(4))),
        ));
        lines
    }
}

fn sign(cell: Option<usize>) -> String {
    cell.and_then(|index| SIGNS.get(index)).map_or_else(
        || " ".to_owned(),
        |(sign, colour)| painted(Style::new().fg_color(Some((*colour).into())), sign),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const RANGE: Range = Range { window_ms: 60_000, step_ms: 1000 };

    fn series(code: &str, value: impl Fn(f64) -> f64) -> Series {
        let at: Vec<u64> = (1..=60).map(|second| 1_700_000_000_000 + second * 1000).collect();
        let value = (1..=60).map(|second| value(f64::from(second))).collect();
        Series { labels: BTreeMap::from([("code".to_owned(), code.to_owned())]), at, value }
    }

    fn bare(lines: &[String]) -> String {
        let text = lines.join("\n");
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn two_series_are_told_apart_without_colours() {
        let all = [
            series("200", |second| second * 2.0),
            series("500", |second| (second / 8.0).sin() * 30.0 + 60.0),
        ];
        let lines = plot("sum by (code) (rate(requests_total[1m]))", &all, RANGE, 80);
        insta::assert_snapshot!(bare(&lines), @r#"
        sum by (code) (rate(requests_total[1m]))
               120 │                                                                 ***
                   │                                                             *****
                   │                                                       *******
                   │            +++++++                                *****
                   │       ++++++     ++++++                     *******           +++++
                   │    ++++               ++++              *****               +++
                   │  +++                     +++      *******               +++++
            56.462 │                            ++******                   +++
                   │                         ****** ++++                ++++
                   │                   *******         ++++        ++++++
                   │               *****                  ++++++++++
                   │         *******
                   │     *****
                 2 │  ****
                   └───────────────────────────────────────────────────────────────────
                    22:13:20                                               22:14:20 UTC
                   * {code="200"} 120
                   + {code="500"} 88.14
        "#);
        assert!(lines.concat().contains("\u{1b}[34m*"), "and with them");
    }

    #[test]
    fn few_values_are_joined_and_what_is_missing_is_not() {
        let mut few = series("200", |second| second);
        few.at = [1, 2, 3, 5, 6].map(|tenth| 1_700_000_000_000 + tenth * 10_000).to_vec();
        few.value = vec![0.0, 8.0, 4.0, 4.0, 1.0];
        let lines = plot("few", &[few], Range { window_ms: 60_000, step_ms: 10_000 }, 60);
        insta::assert_snapshot!(bare(&lines), @r#"
        few
                 8 │                **
                   │                ***
                   │               ** ***
                   │              **    **
                   │              *      **
                   │             **       **
                   │            **         **               **
             3.692 │            *                            **
                   │           **                             **
                   │           *                               ***
                   │          **                                 **
                   │         **                                   **
                   │         *
                 0 │        **
                   └───────────────────────────────────────────────
                    22:13:20                           22:14:20 UTC
                   * {code="200"} 1
        "#);
    }

    #[test]
    fn whatever_the_values_are_no_line_is_too_wide() {
        let wide = "x".repeat(5000) + "\u{1b}[2J\n";
        let mut odd = series(&wide, |_| 1.0);
        let values =
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0];
        for (index, value) in values.iter().cycle().take(60).enumerate() {
            odd.value[index] = *value;
        }
        let flat = series("0", |_| 0.0);
        let none = series("", |_| f64::NAN);
        for all in [vec![odd.clone()], vec![flat; 9], vec![none], vec![odd; 7], vec![]] {
            let lines = plot(&wide, &all, RANGE, 80);
            for line in bare(&lines).lines() {
                assert!(line.chars().count() <= 80 && !line.contains('\u{1b}'), "{line}");
            }
        }
        let empty = Series { labels: BTreeMap::new(), at: vec![], value: vec![] };
        plot("", &[empty], Range { window_ms: 0, step_ms: 0 }, 20);
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 1.0, -0.25, 1234.5, 1e6, 0.000_012_345, f64::INFINITY, 99.5556].map(number);
        assert_eq!(shown, ["0", "1", "-0.25", "1234", "1.00e6", "1.23e-5", "inf", "99.556"]);
    }
}
