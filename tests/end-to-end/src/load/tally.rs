//! What clients saw: answers by version and status, and requests that got none.

use std::fmt;
use std::time::Duration;

use super::latencies::Latencies;

/// How a request went unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// No connection.
    Connect,
    /// The connection ended before the whole answer came.
    Broken,
    TimedOut,
}

/// Answers of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// As the service told it in its answer; empty when the answer is not the service's.
    pub version: String,
    pub status: u16,
    pub count: u64,
}

/// One answer, and the time in which it was asked for and given, in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub version: String,
    pub began: u64,
    pub ended: u64,
}

/// So many failures tell their cause; the rest of a storm has the same.
const TOLD: usize = 5;

/// Counts of one stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub answers: Vec<Answers>,
    pub failures: Vec<(Failure, u64)>,
    /// The system's words for some of them.
    pub told: Vec<String>,
    /// Of answered requests.
    pub latencies: Latencies,
    /// Connections that ended between two requests, which is no failure.
    pub reconnects: u64,
    /// Of answered requests, where they are kept.
    pub sightings: Vec<Sighting>,
}

impl Tally {
    pub fn requests(&self) -> u64 {
        self.answered() + self.failures.iter().map(|(_, count)| count).sum::<u64>()
    }

    pub fn answered(&self) -> u64 {
        self.count(|_| true)
    }

    /// Requests that the service never answered: no connection, no answer, or an answer of what stands before it.
    pub fn lost(&self) -> u64 {
        let refused = self.count(|answers| matches!(answers.status, 502..=504));
        refused + self.failures.iter().map(|(_, count)| count).sum::<u64>()
    }

    /// Answers of this version, any status.
    pub fn of_version(&self, version: &str) -> u64 {
        self.count(|answers| answers.version == version)
    }

    /// Answers 500 and above that the service itself made.
    pub fn errors_of(&self, version: &str) -> u64 {
        self.count(|answers| answers.version == version && answers.status >= 500)
    }

    pub fn add(&mut self, other: Self) {
        for answers in other.answers {
            self.answered_by(&answers.version, answers.status, answers.count);
        }
        for (failure, count) in other.failures {
            self.failed(failure, count);
        }
        self.told.extend(other.told);
        self.told.truncate(TOLD);
        self.latencies.add(&other.latencies);
        self.reconnects += other.reconnects;
        self.sightings.extend(other.sightings);
    }

    pub(super) fn answer(&mut self, version: &str, status: u16, took: Duration) {
        self.answered_by(version, status, 1);
        self.latencies.record(took);
    }

    pub(super) fn saw(&mut self, version: &str, began: u64, ended: u64) {
        self.sightings.push(Sighting { version: version.to_owned(), began, ended });
    }

    pub(super) fn fail(&mut self, failure: Failure, told: String) {
        self.failed(failure, 1);
        if self.told.len() < TOLD && !told.is_empty() {
            self.told.push(told);
        }
    }

    fn failed(&mut self, failure: Failure, count: u64) {
        match self.failures.iter_mut().find(|(known, _)| *known == failure) {
            Some((_, known)) => *known += count,
            None => self.failures.push((failure, count)),
        }
    }

    fn answered_by(&mut self, version: &str, status: u16, count: u64) {
        match self.answers.iter_mut().find(|known| known.status == status && known.version == version) {
            Some(known) => known.count += count,
            None => self.answers.push(Answers { version: version.to_owned(), status, count }),
        }
    }

    fn count(&self, which: impl Fn(&Answers) -> bool) -> u64 {
        self.answers.iter().filter(|answers| which(answers)).map(|answers| answers.count).sum()
    }
}

/// One line: what an assertion shows when it fails.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests, {} lost", self.requests(), self.lost())?;
        let mut answers: Vec<_> = self.answers.iter().collect();
        answers.sort_by_key(|answers| (&answers.version, answers.status));
        for Answers { version, status, count } in answers {
            let version = if version.is_empty() { "nobody" } else { version };
            write!(f, ", {version} {status}: {count}")?;
        }
        for (failure, count) in &self.failures {
            write!(f, ", {failure}: {count}")?;
        }
        if !self.told.is_empty() {
            write!(f, " ({})", self.told.join("; "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Broken => "broken off",
            Self::TimedOut => "timed out",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_is_what_the_service_never_answered() {
        let mut tally = Tally::default();
        tally.answer("v3", 200, Duration::ZERO);
        tally.answer("v3", 500, Duration::ZERO);
        tally.answer("", 503, Duration::ZERO);
        tally.failed(Failure::Broken, 1);
        assert_eq!((tally.requests(), tally.answered(), tally.lost()), (4, 3, 2));
        assert_eq!((tally.of_version("v3"), tally.errors_of("v3")), (2, 1));
    }

    #[test]
    fn tallies_add_up() {
        let mut sum = Tally::default();
        sum.answer("v1", 200, Duration::ZERO);
        sum.failed(Failure::Connect, 1);
        let same = sum.clone();
        sum.add(same);
        let shown = "4 requests, 2 lost, v1 200: 2, no connection: 2";
        assert_eq!(sum.to_string(), shown);
    }
}
