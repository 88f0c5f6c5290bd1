//! Persons' words to promote without waiting: each is judged by the rules, and stands for whoever said it alone.

use super::decision::Reason;
use super::state::{State, Word};

/// A person's wish to promote without waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub by: Word,
    /// Whether the rules allow it; nothing until they were asked.
    pub allowed: Option<bool>,
    /// Why not.
    pub refused: Vec<Reason>,
}

impl State {
    /// The word that the rules are to be asked about next.
    pub fn override_to_judge(&self) -> Option<&Override> {
        self.overrides.iter().find(|one| one.allowed.is_none())
    }

    /// The words that the rules allowed, the last of them last.
    pub fn overrides_in_force(&self) -> impl DoubleEndedIterator<Item = &Override> {
        self.overrides.iter().filter(|one| one.allowed == Some(true))
    }

    /// One word counts for each person, beside those of others: nobody's takes the place of another's.
    pub(super) fn promote_said(&mut self, word: Word) {
        let same = |one: &Override| one.by.who == word.who && one.by.comment == word.comment;
        if self.overrides.iter().any(same) {
            return;
        }
        self.overrides.retain(|one| one.by.who != word.who);
        self.overrides.push(Override { by: word, allowed: None, refused: Vec::new() });
    }

    pub(super) fn override_judged(&mut self, refused: Vec<Reason>) -> Result<(), String> {
        let asked = self.overrides.iter_mut().find(|one| one.allowed.is_none());
        let asked = asked.ok_or("no override was asked for")?;
        (asked.allowed, asked.refused) = (Some(refused.is_empty()), refused);
        Ok(())
    }

    /// Those that were refused are told, and forgotten.
    pub(super) fn override_refused(&mut self) {
        self.overrides.retain(|one| one.allowed != Some(false));
    }
}
