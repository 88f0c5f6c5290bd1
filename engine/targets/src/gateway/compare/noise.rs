//! What stable answers otherwise to itself: times, ids, whatever is drawn anew for each answer.

use http::header::HeaderName;

use super::Found;
use super::pattern::{Pattern, Step};

/// What was learned. It is bounded: a document in which everything differs is not learned to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noise {
    patterns: Vec<Pattern>,
    headers: Vec<HeaderName>,
}

/// How much is learned, of fields and of headers each.
const MAX_LEARNED: usize = 256;

impl Noise {
    /// Takes in what two answers of stable to the same request differ in. A status, a body as a whole and a
    /// time are no fields: they are of this request alone.
    pub fn learn(&mut self, own: &[Found]) {
        for one in own {
            if let Some(name) = &one.header {
                if !self.has_header(name) && self.headers.len() < MAX_LEARNED {
                    self.headers.push(name.clone());
                }
                continue;
            }
            let pattern = Pattern::of(&one.path);
            if !pattern.is_root() && !self.has(&one.path) && self.patterns.len() < MAX_LEARNED {
                self.patterns.push(pattern);
            }
        }
    }

    pub fn has(&self, path: &[Step]) -> bool {
        self.patterns.iter().any(|pattern| pattern.is(path))
    }

    pub fn has_header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name)
    }
}
