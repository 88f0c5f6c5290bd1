//! What a figure is: measured values beside those of something known, and the bars they are held to.

use std::error::Error;

/// Why a figure could not be measured.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One of the project's figures.
#[derive(Debug, Clone)]
pub struct Figure {
    pub title: String,
    /// What stands beside it.
    pub beside: String,
    pub rows: Vec<Row>,
    /// What one must know to read it.
    pub notes: Vec<String>,
}

/// One measured value.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    pub ours: String,
    pub theirs: String,
    /// Ours by theirs, unless the row's name says otherwise.
    pub ratio: Option<f64>,
    pub bar: Option<Bar>,
}

/// What a value must reach.
#[derive(Debug, Clone)]
pub struct Bar {
    pub text: String,
    pub met: bool,
}

impl Figure {
    pub fn is_met(&self) -> bool {
        self.rows.iter().filter_map(|row| row.bar.as_ref()).all(|bar| bar.met)
    }
}

impl Row {
    /// Two values and their ratio.
    pub fn ratio(name: &str, (ours, theirs): (String, String), ratio: f64) -> Self {
        Self { name: name.to_owned(), ours, theirs, ratio: Some(ratio), bar: None }
    }

    pub fn with(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self
    }
}

impl Bar {
    /// Values that are not numbers miss every bar.
    pub fn at_most(limit: f64, value: f64, unit: &str) -> Self {
        Self { text: format!("at most {limit}{unit}"), met: value <= limit }
    }

    pub fn at_least(limit: f64, value: f64, unit: &str) -> Self {
        Self { text: format!("at least {limit}{unit}"), met: value >= limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_holds_at_its_limit_and_not_beyond() {
        assert!(Bar::at_most(4.0, 4.0, "x").met && !Bar::at_most(4.0, 4.1, "x").met);
        assert!(Bar::at_least(5.0, 5.0, "x").met && !Bar::at_least(5.0, 4.9, "x").met);
        assert!(!Bar::at_most(4.0, f64::NAN, "x").met && !Bar::at_least(5.0, f64::NAN, "x").met);
    }

    #[test]
    fn one_row_that_misses_makes_the_figure_miss() {
        let row = |value| Row::ratio("a", Default::default(), value).with(Bar::at_most(1.0, value, "x"));
        let figure = |rows| Figure { title: String::new(), beside: String::new(), rows, notes: Vec::new() };
        assert!(figure(vec![row(1.0), Row::ratio("b", Default::default(), 9.0)]).is_met());
        assert!(!figure(vec![row(1.0), row(2.0)]).is_met());
    }
}
