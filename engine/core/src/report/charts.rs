//! What each check saw, over time: the answers to its queries for each revision, and what it measured against which
//! bound. However long a release takes, a line has a bounded number of points.

use std::collections::BTreeMap;

use crate::model::observation::{ObservationSet, Quality};
use crate::model::verdict::{Judgement, Verdict};

/// One plot: lines that have a unit in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    pub check: String,
    /// What is plotted: a query, or a measurement.
    pub name: String,
    pub lines: Vec<Line>,
    /// What the values are held against, as last said.
    pub bound: String,
    /// When a value was held against it, and how it came out.
    pub verdicts: Vec<(u64, Verdict)>,
    /// Lines that there was no room for.
    pub left_out: usize,
}

/// One series. Points that were merged keep their least and their greatest value.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// `stable`, `candidate`, `baseline`; empty where nothing says whose it is.
    pub role: String,
    /// The labels beside it.
    pub labels: String,
    pub points: Vec<Point>,
    /// How many values go into one point.
    merged: usize,
    waiting: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: u64,
    pub least: f64,
    pub most: f64,
}

/// More charts than anybody reads, and more lines than can be told apart.
const MOST_CHARTS: usize = 40;
const MOST_LINES: usize = 6;
/// Twice as many as a picture has room for.
const MOST_POINTS: usize = 1024;
const ROLES: [&str; 3] = ["stable", "candidate", "baseline"];

/// Charts as they are gathered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Charts {
    charts: Vec<Chart>,
    left_out: usize,
}

impl Charts {
    pub fn all(&self) -> &[Chart] {
        &self.charts
    }

    /// How many there was no room for.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Takes the newest value of every answer.
    pub(super) fn observed(&mut self, at: u64, set: &ObservationSet) {
        for (check, answers) in &set.observations {
            for answer in answers.iter().filter(|answer| answer.quality == Quality::Value) {
                let (name, role) = told_apart(&answer.query);
                let Some(chart) = self.chart(check, name) else { continue };
                for series in &answer.series {
                    let Some(value) = series.value.last().copied().filter(|value| value.is_finite()) else {
                        continue;
                    };
                    let role = role.map(str::to_owned).unwrap_or_else(|| whose(&series.labels, &answer.expr));
                    chart.add(role, labels(&series.labels), at, value);
                }
            }
        }
    }

    /// Takes what was measured, beside the answer of that name if there is one.
    pub(super) fn judged(&mut self, at: u64, judgement: &Judgement) {
        for one in &judgement.measurements {
            let Some(value) = one.value.filter(|value| value.is_finite()) else { continue };
            let same = self
                .charts
                .iter()
                .any(|chart| chart.check == judgement.check && chart.name == one.name && chart.is_of(value));
            let name = if same { one.name.clone() } else { format!("{}, as measured", one.name) };
            let Some(chart) = self.chart(&judgement.check, &name) else { continue };
            if !same {
                chart.add("measured".to_owned(), String::new(), at, value);
            }
            chart.bound.clone_from(&one.bound);
            chart.held(at, one.verdict);
        }
    }

    fn chart(&mut self, check: &str, name: &str) -> Option<&mut Chart> {
        let known = self.charts.iter().position(|chart| chart.check == check && chart.name == name);
        let index = match known {
            Some(index) => index,
            None if self.charts.len() >= MOST_CHARTS => {
                self.left_out += 1;
                return None;
            }
            None => {
                self.charts.push(Chart {
                    check: check.to_owned(),
                    name: name.to_owned(),
                    ..Chart::default()
                });
                self.charts.len() - 1
            }
        };
        self.charts.get_mut(index)
    }
}

impl Chart {
    /// The numbers in the bound: `<= 0.05` has one.
    pub fn bounds(&self) -> Vec<f64> {
        let words = self.bound.split(|letter: char| letter.is_whitespace() || letter == ',');
        let after = words.clone().zip(words.skip(1));
        let number = |(sign, number): (&str, &str)| {
            let compares = matches!(sign, "<" | "<=" | ">" | ">=");
            number.trim_end_matches(';').parse().ok().filter(|bound: &f64| compares && bound.is_finite())
        };
        after.filter_map(number).collect()
    }

    /// Whether a value is the latest of one of its lines.
    fn is_of(&self, value: f64) -> bool {
        let latest =
            |line: &Line| line.points.last().is_some_and(|last| last.least <= value && value <= last.most);
        self.lines.iter().any(latest)
    }

    fn held(&mut self, at: u64, verdict: Verdict) {
        if let Some((last, worst)) = self.verdicts.last_mut().filter(|(last, _)| *last == at) {
            (*last, *worst) = (at, verdict.max(*worst));
            return;
        }
        if self.verdicts.len() >= 2 * MOST_POINTS {
            let worst = |pair: &[(u64, Verdict)]| pair.iter().copied().max_by_key(|(_, verdict)| *verdict);
            self.verdicts = self.verdicts.chunks(2).filter_map(worst).collect();
        }
        self.verdicts.push((at, verdict));
    }

    fn add(&mut self, role: String, labels: String, at: u64, value: f64) {
        let known = self.lines.iter_mut().find(|line| line.role == role && line.labels == labels);
        if let Some(line) = known {
            return line.push(at, value);
        }
        if self.lines.len() >= MOST_LINES {
            self.left_out += 1;
            return;
        }
        let mut line = Line { role, labels, points: Vec::new(), merged: 1, waiting: 0 };
        line.push(at, value);
        self.lines.push(line);
    }
}

impl Line {
    fn push(&mut self, at: u64, value: f64) {
        match self.points.last_mut() {
            Some(last) if self.waiting > 0 => {
                *last = Point { at, least: last.least.min(value), most: last.most.max(value) };
                self.waiting -= 1;
            }
            _ => {
                self.points.push(Point { at, least: value, most: value });
                self.waiting = self.merged - 1;
            }
        }
        if self.points.len() >= MOST_POINTS {
            let merge = |pair: &[Point]| {
                let (first, last) = (pair[0], pair[pair.len() - 1]);
                Point { at: last.at, least: first.least.min(last.least), most: first.most.max(last.most) }
            };
            self.points = self.points.chunks(2).map(merge).collect();
            self.merged *= 2;
        }
    }
}

/// `p99.candidate` is what is asked for the candidate.
fn told_apart(query: &str) -> (&str, Option<&str>) {
    match query.rsplit_once('.') {
        Some((name, role)) if ROLES.contains(&role) => (name, Some(role)),
        _ => (query, None),
    }
}

/// Whose a series is, by its labels or by what was asked.
fn whose(labels: &BTreeMap<String, String>, expr: &str) -> String {
    if let Some(role) = labels.get("role") {
        return role.clone();
    }
    let asked = |role: &&&str| expr.contains(&format!("role=\"{role}\""));
    let mut roles = ROLES.iter().filter(asked);
    match (roles.next(), roles.next()) {
        (Some(role), None) => (*role).to_owned(),
        _ => String::new(),
    }
}

fn labels(labels: &BTreeMap<String, String>) -> String {
    let others = labels.iter().filter(|(name, _)| !matches!(name.as_str(), "role" | "__name__"));
    others.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observation::{Observation, Series};
    use crate::model::verdict::Measurement;

    fn set(at: u64, query: &str, expr: &str, values: &[(&str, f64)]) -> ObservationSet {
        let series = values.iter().map(|(role, value)| {
            let labels = [("role", *role)].into_iter().filter(|(_, role)| !role.is_empty());
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Series { labels, at: vec![at], value: vec![*value] }
        });
        let answer = Observation {
            query: query.to_owned(),
            expr: expr.to_owned(),
            quality: Quality::Value,
            series: series.collect(),
            reason: String::new(),
            newest_age_ms: None,
            evidence: Default::default(),
            histograms: Vec::new(),
        };
        let observations = BTreeMap::from([("errors".to_owned(), vec![answer])]);
        let (events, found) = (None, None);
        let (ready, failures, differences) = (BTreeMap::new(), Vec::new(), Vec::new());
        ObservationSet { id: String::new(), at, events, ready, observations, found, failures, differences }
    }

    fn judgement(name: &str, value: f64, bound: &str) -> Judgement {
        let (value, quality, verdict) = (Some(value), Quality::Value, Verdict::Fail);
        let measured =
            Measurement { name: name.to_owned(), value, quality, bound: bound.to_owned(), verdict };
        Judgement {
            check: "errors".to_owned(),
            verdict,
            score: None,
            reason: String::new(),
            measurements: vec![measured],
            observed: String::new(),
            further: Vec::new(),
            state: Vec::new(),
        }
    }

    fn told(charts: &Charts) -> Vec<String> {
        let lines = |chart: &Chart| -> Vec<String> {
            chart.lines.iter().map(|line| format!("{} {}", line.role, line.points.len())).collect()
        };
        let one = |chart: &Chart| format!("{} {:?} {:?}", chart.name, lines(chart), chart.bounds());
        charts.all().iter().map(one).collect()
    }

    #[test]
    fn a_value_and_what_it_is_held_against_are_one_plot() {
        let mut charts = Charts::default();
        charts.observed(1, &set(1, "ratio", "a{role=\"candidate\"}", &[("", 0.5)]));
        charts.judged(1, &judgement("ratio", 0.5, "<= 0.05, >= -1"));
        assert_eq!(told(&charts), [r#"ratio ["candidate 1"] [0.05, -1.0]"#]);
    }

    #[test]
    fn revisions_that_are_compared_share_a_plot_and_the_evidence_has_its_own() {
        let mut charts = Charts::default();
        for role in ["stable", "candidate"] {
            charts.observed(1, &set(1, &format!("p99.{role}"), "p99", &[("", 3.0)]));
        }
        charts.judged(1, &judgement("p99", 0.01, "p >= 0.02"));
        assert_eq!(
            told(&charts),
            [r#"p99 ["stable 1", "candidate 1"] []"#, r#"p99, as measured ["measured 1"] [0.02]"#]
        );
    }

    #[test]
    fn however_long_it_takes_there_are_no_more_points_and_no_extreme_is_lost() {
        let mut charts = Charts::default();
        for at in 0..100_000 {
            let value = if at == 41_234 { 9.0 } else { 1.0 };
            charts.observed(at, &set(at, "ratio", "a", &[("stable", value)]));
            charts.judged(at, &judgement("ratio", value, "<= 2"));
        }
        let chart = &charts.all()[0];
        assert!(chart.lines[0].points.len() <= MOST_POINTS && chart.verdicts.len() <= 2 * MOST_POINTS + 1);
        assert_eq!(chart.lines[0].points.iter().map(|point| point.most).fold(0.0, f64::max), 9.0);
        let roles: Vec<String> = (0..100).map(|number| format!("r{number}")).collect();
        let many: Vec<(&str, f64)> = roles.iter().map(|role| (role.as_str(), 1.0)).collect();
        for number in 0..100 {
            charts.observed(1, &set(1, &format!("q{number}"), "a", &many));
        }
        assert_eq!((charts.all().len(), charts.all()[1].lines.len()), (MOST_CHARTS, MOST_LINES));
        assert!(charts.left_out() > 0 && charts.all()[1].left_out > 0);
    }
}
