//! How a figure is printed.

use std::fmt::Write;
use std::time::Duration;

use crate::figure::{Figure, Row};

const NAME: usize = 34;
const VALUE: usize = 14;

/// A figure as text, with a line for each row.
pub fn of(figure: &Figure) -> String {
    let mut text = format!("{}\n  beside: {}\n", figure.title, figure.beside);
    line(&mut text, ["", "sluice", "beside", "ratio"], "bar");
    for row in &figure.rows {
        let ratio = row.ratio.map(|ratio| format!("{ratio:.2}x")).unwrap_or_default();
        line(&mut text, [&row.name, &row.ours, &row.theirs, &ratio], &held(row));
    }
    for note in &figure.notes {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {note}");
    }
    text
}

/// A length of time with three figures.
pub fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (value, unit) = if micros < 1e3 { (micros, "us") } else { (micros / 1e3, "ms") };
    let decimals = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

fn line(text: &mut String, [name, ours, theirs, ratio]: [&str; 4], bar: &str) {
    let cells = format!("  {name:<NAME$}{ours:>VALUE$}{theirs:>VALUE$}{ratio:>9}   {bar}");
    let _ = writeln!(text, "{}", cells.trim_end());
}

fn held(row: &Row) -> String {
    let Some(bar) = &row.bar else { return String::new() };
    format!("{}: {}", bar.text, if bar.met { "met" } else { "MISSED" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bar;

    #[test]
    fn a_figure_is_a_table() {
        let values = || ("8.00 us".to_owned(), "2.00 us".to_owned());
        let figure = Figure {
            title: "a call".to_owned(),
            beside: "a bare call".to_owned(),
            rows: vec![
                Row::ratio("median", values(), 4.0).with(Bar::at_most(4.0, 4.0, "x")),
                Row::ratio("slowest", values(), 4.0).with(Bar::at_most(3.0, 4.0, "x")),
                Row { ratio: None, ..Row::ratio("p99", values(), 0.0) },
            ],
            notes: vec!["So it is.".to_owned()],
        };
        let expected = "\
a call
  beside: a bare call
                                            sluice        beside    ratio   bar
  median                                   8.00 us       2.00 us    4.00x   at most 4x: met
  slowest                                  8.00 us       2.00 us    4.00x   at most 3x: MISSED
  p99                                      8.00 us       2.00 us
  So it is.
";
        assert_eq!(of(&figure), expected);
    }

    #[test]
    fn times_have_three_figures() {
        let shown = [1_234, 12_345, 123_456, 1_234_567].map(|nanos| time(Duration::from_nanos(nanos)));
        assert_eq!(shown, ["1.23 us", "12.3 us", "123 us", "1.23 ms"]);
    }
}
