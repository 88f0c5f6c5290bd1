//! Differences kept as examples: few, short, and one of each sort.

use std::collections::{BTreeSet, VecDeque};

use sluice_core::model::difference::{Difference, DifferenceKind};

use super::Found;
use super::pattern::Pattern;

/// The last examples.
#[derive(Debug, Default)]
pub struct Samples {
    kept: VecDeque<Difference>,
    /// Sorts that there was an example of.
    seen: BTreeSet<String>,
    last: u64,
}

/// Of one value, in bytes.
const VALUE: usize = 100;
/// Of a path or a place.
const NAME: usize = 200;
/// Sorts of differences, after which no more examples are taken: they are recorded elsewhere, for good.
const MAX_SEEN: usize = 1000;

impl Samples {
    /// Keeps an example of each sort that was not seen before, the last `most` of them.
    pub fn add(&mut self, method: &str, path: &str, found: &[Found], most: usize) {
        for one in found {
            if most == 0 || self.seen.len() >= MAX_SEEN || !self.seen.insert(sort(one)) {
                continue;
            }
            self.last += 1;
            self.kept.push_back(Difference {
                number: self.last,
                kind: one.kind,
                method: shown(method, NAME),
                path: shown(path, NAME),
                place: shown(&one.place(), NAME),
                stable: shown(&one.stable, VALUE),
                shadow: shown(&one.shadow, VALUE),
            });
        }
        while self.kept.len() > most {
            self.kept.pop_front();
        }
    }

    pub fn kept(&self) -> impl Iterator<Item = &Difference> {
        self.kept.iter()
    }
}

/// What makes two differences of one sort: the place, in all elements of a list; for a status what became of it.
fn sort(found: &Found) -> String {
    let place = match &found.header {
        Some(name) => name.to_string(),
        None => Pattern::of(&found.path).text(),
    };
    let of_status = match found.kind {
        DifferenceKind::Status => format!("{} {}", found.stable, found.shadow),
        _ => String::new(),
    };
    shown(&format!("{} {place} {of_status}", found.kind), NAME)
}

/// Without control characters, and cut.
fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        let before = shown.len();
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        if shown.len() > most {
            shown.truncate(before);
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(shadow: u16) -> Found {
        Found::whole(DifferenceKind::Status, "200".to_owned(), shadow.to_string())
    }

    #[test]
    fn there_is_one_example_of_each_sort_and_only_the_last_are_kept() {
        let mut samples = Samples::default();
        for shadow in [500, 500, 501, 502, 500] {
            samples.add("GET", "/", &[status(shadow)], 2);
        }
        let kept: Vec<_> = samples.kept().map(|one| (one.number, one.shadow.as_str())).collect();
        assert_eq!(kept, [(2, "501"), (3, "502")]);
    }

    #[test]
    fn values_are_cut_and_hold_no_control_character() {
        let mut samples = Samples::default();
        let long = format!("\u{1b}[2J{}", "ü".repeat(100));
        samples.add("GET", "/\n", &[Found::whole(DifferenceKind::Body, long, String::new())], 2);
        let one = samples.kept().next().unwrap();
        assert!(one.stable.starts_with("\\u{1b}[2Jü") && one.stable.len() <= VALUE, "{}", one.stable);
        assert_eq!(one.path, "/\\n");
    }

    #[test]
    fn sorts_without_end_are_not_kept_without_end() {
        let mut samples = Samples::default();
        for number in 0..2 * MAX_SEEN {
            let path = vec![super::super::Step::Key(number.to_string())];
            let whole = Found::whole(DifferenceKind::Body, "1".to_owned(), "2".to_owned());
            samples.add("GET", "/", &[Found { path, ..whole }], 20);
        }
        assert_eq!((samples.seen.len(), samples.kept().count()), (MAX_SEEN, 20));
    }
}
