//! Persons' words to promote without waiting: each is judged by the rules, and stands for whoever said it alone.
//!
//! A word is about the step in effect, or the next one where none is, unless it says that it is about all steps to come;
//! said in the watch over full traffic, it is about the watch. One with a reason, said while soft rules refuse what is
//! next, waives those and no others, until something else is next; it skips no waiting, unless it is about all steps.

use std::collections::BTreeSet;

use crate::model::policy::{Enforcement, Moment, RuleOutcome, RuleResult};

use super::decision::Reason;
use super::state::{Between, Phase, State, Word};

/// More are not listened to.
const MAX_WORDS: usize = 1_000;

/// How far a person's word goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The rules that it waives, and no waiting.
    Rules,
    /// The waiting of the step that comes after so many.
    Step { after: u32 },
    /// That of every step to come.
    Steps,
    /// That of the watch over full traffic, which is said in the watch or not at all.
    Watch,
}

/// A person's wish to promote without waiting, or past a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    pub by: Word,
    /// Whether the rules allow it; nothing until they were asked.
    pub allowed: Option<bool>,
    /// Why not.
    pub refused: Vec<Reason>,
    /// The rules, each behind its policy, that it waives once it is allowed.
    pub waives: BTreeSet<(String, String)>,
    pub reach: Reach,
}

impl State {
    /// The word that the rules are to be asked about next.
    pub fn override_to_judge(&self) -> Option<&Override> {
        self.overrides.iter().find(|one| one.allowed.is_none())
    }

    /// The words that the rules allowed and that are not over, the last of them last.
    pub fn overrides_in_force(&self) -> impl DoubleEndedIterator<Item = &Override> {
        self.allowed().filter(|one| !one.waives.is_empty() || self.hurries(one))
    }

    /// Those of them that skip waiting.
    pub(super) fn hurrying(&self) -> impl Iterator<Item = &Override> {
        self.allowed().filter(|one| self.hurries(one))
    }

    /// Whose they are, each once.
    pub(super) fn hurried_by(&self) -> impl Iterator<Item = &str> {
        self.hurrying().map(|one| one.by.who.as_str()).collect::<BTreeSet<_>>().into_iter()
    }

    fn allowed(&self) -> impl DoubleEndedIterator<Item = &Override> {
        self.overrides.iter().filter(|one| one.allowed == Some(true))
    }

    fn hurries(&self, word: &Override) -> bool {
        match word.reach {
            Reach::Rules => false,
            Reach::Step { after } => !self.after && after == self.completed,
            Reach::Steps => !self.after,
            Reach::Watch => self.after,
        }
    }

    /// The rules that refuse what is next, and by which a person with a reason may go.
    pub fn soft_refusals(&self) -> impl Iterator<Item = &RuleOutcome> {
        self.refusals().iter().filter(|one| one.enforcement == Enforcement::Soft)
    }

    /// The rules that refuse what is next, whoever says what.
    pub fn hard_refusals(&self) -> impl Iterator<Item = &RuleOutcome> {
        self.refusals().iter().filter(|one| one.enforcement == Enforcement::Hard)
    }

    fn refusals(&self) -> &[RuleOutcome] {
        match &self.phase {
            Phase::Between(Between { refused, .. }) => refused,
            _ => &[],
        }
    }

    /// What rules said, as it is recorded: those that a person's word goes by are waived, with who and why.
    pub fn waived(&self, moment: Moment, mut outcomes: Vec<RuleOutcome>) -> Vec<RuleOutcome> {
        if !matches!(moment, Moment::Shape | Moment::Promotion) {
            return outcomes;
        }
        let soft = |one: &&mut RuleOutcome| one.refuses() && one.enforcement == Enforcement::Soft;
        for outcome in outcomes.iter_mut().filter(soft) {
            let rule = (outcome.policy.clone(), outcome.rule.clone());
            let Some(word) = self.overrides_in_force().rfind(|one| one.waives.contains(&rule)) else {
                continue;
            };
            let Word { who, comment, .. } = &word.by;
            outcome.message = format!("overridden by {who}: {comment}; it says: {}", outcome.message);
            outcome.result = RuleResult::Waived;
        }
        outcomes
    }

    /// The rules, each behind its policy, that words in force go by at this moment.
    pub fn gone_by(&self, moment: Moment) -> BTreeSet<(String, String)> {
        let counts = matches!(moment, Moment::Shape | Moment::Promotion);
        self.overrides_in_force().filter(|_| counts).flat_map(|one| one.waives.iter().cloned()).collect()
    }

    /// Why a release is promoted, with those who would not wait or went by a rule.
    pub(super) fn why_promoted(&self) -> String {
        let (over_rules, hurrying): (Vec<&Override>, Vec<&Override>) =
            self.allowed().partition(|one| one.reach == Reach::Rules);
        let mut why = String::from("every gate closed");
        for (told, words) in
            [(", by a `promote` of ", hurrying), (", over a rule by the word of ", over_rules)]
        {
            let names: BTreeSet<&str> = words.iter().map(|one| one.by.who.as_str()).collect();
            if !names.is_empty() {
                why.push_str(told);
                why.push_str(&Vec::from_iter(names).join(" and "));
            }
        }
        why
    }

    /// Nobody's word takes the place of another's; one's own that is not judged yet gives way to a later one.
    pub(super) fn promote_said(&mut self, word: Word, full: bool) {
        let reasoned = !word.comment.trim().is_empty();
        let soft = self.soft_refusals().filter(|_| reasoned);
        let waives: BTreeSet<_> = soft.map(|one| (one.policy.clone(), one.rule.clone())).collect();
        let reach = match (full, waives.is_empty()) {
            (false, false) => Reach::Rules,
            _ if self.after => Reach::Watch,
            (true, _) => Reach::Steps,
            (false, true) => Reach::Step { after: self.completed },
        };
        if self.overrides.len() >= MAX_WORDS {
            return;
        }
        let same = |one: &Override| {
            one.reach == reach
                && one.by.who == word.who
                && one.by.comment == word.comment
                && waives.is_subset(&one.waives)
        };
        if self.overrides.iter().any(same) {
            return;
        }
        // What is in force stays so, whatever becomes of a later word of the same person.
        self.overrides.retain(|one| one.by.who != word.who || one.allowed == Some(true));
        self.overrides.push(Override { by: word, allowed: None, refused: Vec::new(), waives, reach });
    }

    /// Where a word waives what holds the release, the rules are asked again at once.
    pub(super) fn override_judged(&mut self, refused: Vec<Reason>, clock: u64) -> Result<(), String> {
        let at = self.overrides.iter().position(|one| one.allowed.is_none());
        let at = at.ok_or("no override was asked for")?;
        let mut asked = self.overrides.remove(at);
        let waives = refused.is_empty() && !asked.waives.is_empty();
        self.no_longer_awaited(clock);
        (asked.allowed, asked.refused) = (Some(refused.is_empty()), refused);
        self.overrides.push(asked);
        if let (Phase::Between(between), true) = (&mut self.phase, waives) {
            between.retry_at = clock;
        }
        Ok(())
    }

    /// Those that were refused are told, and forgotten.
    pub(super) fn override_refused(&mut self) {
        self.overrides.retain(|one| one.allowed != Some(false));
    }

    /// Something else is next: what was waived was waived for what came before.
    pub(super) fn forget_waived(&mut self) {
        self.overrides.iter_mut().for_each(|one| one.waives.clear());
    }
}
