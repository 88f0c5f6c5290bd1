//! What a page may at most be. Pages come from the services that are judged, so they are hostile.

/// A page over any of these is refused whole, with the limit that it broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub bytes: usize,
    /// From the start of an entry to its line break.
    pub line_bytes: usize,
    /// Labels of one sample, or of one exemplar.
    pub labels: usize,
    /// A label's name and value together, and a metric's name.
    pub label_bytes: usize,
    pub samples: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 << 20, line_bytes: 64 << 10, labels: 64, label_bytes: 8 << 10, samples: 200_000 }
    }
}
