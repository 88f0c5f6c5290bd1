//! The picture holds against what comes from outside, however much of it there is.

use proptest::prelude::*;

use super::canvas::{escaped, fitted, width};
use crate::model::observation::Quality;
use crate::model::verdict::{Judgement, Measurement, Verdict};
use crate::release::decision::{Decision, DecisionKind, Outcome, Reason};
use crate::report::{DecisionLine, PhaseLine, Report, VerdictLine};

fn verdict(at: u64, check: &str, verdict: Verdict, reason: &str) -> VerdictLine {
    let judgement = Judgement {
        check: check.to_owned(),
        verdict,
        score: None,
        reason: reason.to_owned(),
        measurements: Vec::new(),
        observed: String::new(),
        further: Vec::new(),
        state: Vec::new(),
    };
    VerdictLine { at, step: "5 %".to_owned(), judgement }
}

fn report() -> Report {
    let first = crate::release::event::Record {
        seq: 0,
        at: 1_000_000,
        event: crate::release::event::Event::Planned {
            release: "shop-1".to_owned(),
            plan: Box::new(crate::sample::plan()),
        },
    };
    Report::of(&[first]).unwrap()
}

/// Whether all elements close in their order, and no markup is where text is.
fn well_formed(picture: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = picture;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').ok_or("a tag does not end")? + start;
        let tag = &rest[start + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap_or_default();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) if open.pop() != Some(name) => return Err(format!("{name} closes what is not open")),
            (false, false) => open.push(name),
            _ => {}
        }
        if !["svg", "title", "desc", "style", "rect", "path", "circle", "text", "g"].contains(&name) {
            return Err(format!("an element {name}"));
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn what_comes_from_outside_stays_text() {
    let evil = "</text><script>alert(1)</script>\"' onload='x' \u{202e}]]>&\u{0}\u{ffff}";
    let mut report = report();
    report.candidate = evil.to_owned();
    report.reason = evil.to_owned();
    report.last_at += 5_000;
    report.verdicts.push(verdict(1_002_000, evil, Verdict::Fail, evil));
    let reasons = vec![Reason::new(evil, evil)];
    let decision = Decision { kind: DecisionKind::Hold, about: evil.to_owned(), reasons };
    report.decisions.push(DecisionLine { at: 1_003_000, decision });
    let picture = report.timeline();
    well_formed(&picture).unwrap();
    assert!(!picture.contains("<script") && !picture.contains('\u{202e}') && !picture.contains('\u{0}'));
    assert!(picture.contains("&lt;script&gt;"), "it is shown, as text");
}

#[test]
fn plots_show_each_revision_its_bound_and_the_decision_as_text_that_stays_text() {
    let evil = "</path><script>\"'";
    let mut report = report();
    report.last_at += 60_000;
    let measured = |value: f64, verdict| Measurement {
        name: "ratio".to_owned(),
        value: Some(value),
        quality: Quality::Value,
        bound: "<= 0.05".to_owned(),
        verdict,
    };
    for number in 1..50_000 {
        let at = report.started_at + number % 60 * 1000;
        let kind = if number % 7 == 0 { Verdict::Fail } else { Verdict::Pass };
        let mut line = verdict(at, evil, kind, evil);
        line.judgement.measurements = vec![measured(number as f64, kind), measured(f64::MAX, kind)];
        report.charts.judged(at, &line.judgement);
    }
    let reasons = vec![Reason::new(evil, evil)];
    let decision = Decision { kind: DecisionKind::RollBack, about: evil.to_owned(), reasons };
    report.decisions.push(DecisionLine { at: report.started_at + 59_000, decision });
    let picture = report.plots();
    well_formed(&picture).unwrap();
    assert!(picture.len() < 400_000 && !picture.contains("<script"), "{} bytes", picture.len());
    for told in ["class=\"bound\"", "bound 0.05", "class=\"turn back\"", ">roll back<", "class=\"cross\""] {
        assert!(picture.contains(told), "`{told}` is missing");
    }
}

#[test]
fn a_long_release_makes_no_larger_picture_and_says_so() {
    let mut report = report();
    report.last_at = report.started_at + 90 * 24 * 3_600_000;
    report.phases = vec![PhaseLine { name: "release", from: report.started_at, to: report.last_at }];
    for number in 0..50_000 {
        let at = report.started_at + number * 150_000;
        let kind = if number == 20_000 { Verdict::Fail } else { Verdict::Pass };
        report.verdicts.push(verdict(at, &format!("check-{}", number % 40), kind, "a reason of some length"));
        let reasons = vec![Reason::new("check errors", "not yet")];
        let decision = Decision { kind: DecisionKind::Hold, about: format!("{number}"), reasons };
        report.decisions.push(DecisionLine { at, decision });
    }
    let picture = report.timeline();
    well_formed(&picture).unwrap();
    assert!(picture.len() < 400_000, "{} bytes", picture.len());
    for told in ["only in the report", "28 further checks", "the most serious is drawn", r#"class="cross""#] {
        assert!(picture.contains(told), "`{told}` is missing");
    }
}

#[test]
fn every_verdict_has_a_shape_of_its_own() {
    let mut report = report();
    report.last_at += 60_000;
    let all = [Verdict::Pass, Verdict::Warn, Verdict::Inconclusive, Verdict::Error, Verdict::Fail];
    for (number, kind) in (1..).zip(all) {
        report.verdicts.push(verdict(report.started_at + number * 9_000, "errors", kind, "so"));
    }
    let picture = report.timeline();
    well_formed(&picture).unwrap();
    for (kind, shape) in all.into_iter().zip(["<circle", "<path", "<path", "<rect", "<path"]) {
        let told = format!("<title>errors: {kind}: so</title>");
        let mark = picture.lines().find(|line| line.contains(&told)).unwrap();
        assert!(mark.contains(shape), "{mark}");
    }
}

#[test]
fn colours_follow_the_readers_and_the_end_is_told_in_words() {
    let mut report = report();
    (report.outcome, report.reason) = (Some(Outcome::Promoted), "every gate closed".to_owned());
    let picture = report.timeline();
    for told in ["prefers-color-scheme:dark", "role=\"img\"", "<desc", "promoted. every gate closed"] {
        assert!(picture.contains(told), "`{told}` is missing");
    }
    assert!(!picture.contains("http") || picture.matches("http").count() == 1, "nothing but the name space");
}

proptest! {
    #[test]
    fn a_cut_text_keeps_to_its_room(text in "\\PC{0,80}", room in 20.0..400.0f64) {
        prop_assert!(width(&fitted(&text, 12.0, room), 12.0) <= room.max(12.0));
    }

    #[test]
    fn no_text_breaks_out(text in ".{0,80}") {
        let safe = escaped(&text);
        prop_assert!(!safe.contains(['<', '>', '"', '\'']) && !safe.chars().any(char::is_control));
    }
}
