//! What an expression may be and may cost. All of it is counted and none of it timed, so that the same
//! expression over the same values ends in the same way on any machine.

use super::EvaluationError;

/// The bounds of one expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of its text.
    pub bytes: usize,
    /// Brackets inside one another.
    pub brackets: usize,
    /// Operators, dots, question marks and opening brackets.
    pub operators: usize,
    /// Nodes inside one another, in the text and as it is evaluated.
    pub depth: usize,
    /// Loops inside one another.
    pub loops: usize,
    /// Steps of an evaluation: a node visited, or the like of it inside a function.
    pub steps: u64,
    /// Bytes that one evaluation makes, whether they are kept or not.
    pub made: u64,
    /// Bytes of one text that is made.
    pub text: usize,
    /// Entries of one list or map that is made.
    pub entries: usize,
    /// Bytes of a regular expression.
    pub pattern: usize,
    /// Bytes that a regular expression may take when it is compiled.
    pub program: usize,
    /// Regular expressions that one evaluation may compile.
    pub patterns: usize,
    /// Whether `<` and the like with NaN are just false, as CEL has it, or an error.
    pub nan_compares: bool,
}

/// The limit that an evaluation ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    #[error("the expression takes more than {0} steps")]
    Steps(u64),
    #[error("the expression makes more than {0} bytes of values")]
    Made(u64),
    #[error("a text would be longer than {0} bytes")]
    Text(usize),
    #[error("a list or map would have more than {0} entries")]
    Entries(usize),
    #[error("the expression goes more than {0} levels deep")]
    Depth(usize),
    #[error("a variable would have more than {0} levels of lists and maps")]
    Levels(usize),
    #[error("the expression uses more than {0} different patterns")]
    Patterns(usize),
    #[error("the machine is overloaded: the evaluation was stopped, as the time for it was over")]
    Stopped,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 * 1024,
            brackets: 64,
            operators: 512,
            depth: 160,
            loops: 4,
            steps: 400_000,
            made: 8 * 1024 * 1024,
            text: 64 * 1024,
            entries: 10_000,
            pattern: 512,
            program: 256 * 1024,
            patterns: 32,
            nan_compares: true,
        }
    }
}

/// Counts what an evaluation does, and remembers the limit it ran into: `error || true` is true, and a breach
/// must not be.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) limits: Limits,
    steps: u64,
    made: u64,
    breach: Option<Breach>,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, steps: 0, made: 0, breach: None }
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) fn made(&self) -> u64 {
        self.made
    }

    pub(super) fn breach(&self) -> Option<Breach> {
        self.breach
    }

    /// Takes steps before they are done.
    pub(super) fn step(&mut self, steps: u64) -> Result<(), EvaluationError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.limits.steps {
            return Err(self.stop(Breach::Steps(self.limits.steps)));
        }
        Ok(())
    }

    /// Reading a text of so many bytes.
    pub(super) fn read(&mut self, bytes: usize) -> Result<(), EvaluationError> {
        self.step(bytes as u64 / 64)
    }

    /// Room for a text that is about to be made.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), EvaluationError> {
        if bytes > self.limits.text {
            return Err(self.stop(Breach::Text(self.limits.text)));
        }
        self.read(bytes)?;
        self.make(bytes)
    }

    /// Room for a list or map that is about to be made.
    pub(super) fn entries(&mut self, entries: usize) -> Result<(), EvaluationError> {
        if entries > self.limits.entries {
            return Err(self.stop(Breach::Entries(self.limits.entries)));
        }
        self.step(entries as u64 / 4)?;
        self.make(entries.saturating_mul(size_of::<super::Value>()))
    }

    /// Marks a breach, from which nothing comes back.
    pub(super) fn stop(&mut self, breach: Breach) -> EvaluationError {
        self.breach.get_or_insert(breach);
        EvaluationError::limit(breach)
    }

    fn make(&mut self, bytes: usize) -> Result<(), EvaluationError> {
        self.made = self.made.saturating_add(bytes as u64);
        if self.made > self.limits.made {
            return Err(self.stop(Breach::Made(self.limits.made)));
        }
        Ok(())
    }
}
