//! What a page may at most be. Pages come from the services that are judged, so they are hostile.

/// A page over any of these is refused whole, with the limit that it broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Five megabytes hold some 40,000 samples; a page is kept whole in memory while it is read.
    pub bytes: usize,
    /// From the start of an entry to its line break, or one metric in protocol buffers: no name and no set of
    /// labels that is meant for people comes near it.
    pub line_bytes: usize,
    /// Labels of one sample, or of one exemplar. Each is a comparison for every query that matches.
    pub labels: usize,
    /// A label's name and value together, and a metric's name: they are kept for as long as the series is.
    pub label_bytes: usize,
    /// Series of one scrape; a million of them is a mistake in somebody's labels.
    pub samples: usize,
    /// Buckets of one native histogram and sign. Client libraries keep to 160.
    pub buckets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            line_bytes: 64 << 10,
            labels: 64,
            label_bytes: 8 << 10,
            samples: 200_000,
            buckets: 1024,
        }
    }
}
