//! What the store remembers of one place that is scraped.

/// Start times are told in seconds, some of them whole.
const COARSENESS_MS: f64 = 1000.0;

#[derive(Debug)]
pub struct Endpoint {
    pub name: String,
    /// The last good scrape.
    pub scraped_at: Option<i64>,
    /// `process_start_time_seconds` of the last good scrape, if it had one.
    pub process_start: Option<f64>,
    /// The series of the last scrape; none when it failed.
    pub current: Vec<usize>,
    /// The series that ended when a scrape failed, until one succeeds.
    pub lost: Vec<usize>,
    /// When the last restarts of its process were seen.
    pub restarts: Vec<i64>,
    /// The metrics that its last page declared, some of them without a sample.
    pub declared: Vec<String>,
}

/// More are not told apart: what restarts that often is no service.
const MOST_RESTARTS: usize = 100;

impl Endpoint {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scraped_at: None,
            process_start: None,
            current: Vec::new(),
            lost: Vec::new(),
            restarts: Vec::new(),
            declared: Vec::new(),
        }
    }

    /// Remembers a restart.
    pub fn note_restart(&mut self, at_ms: i64) {
        if self.restarts.len() == MOST_RESTARTS {
            self.restarts.remove(0);
        }
        self.restarts.push(at_ms);
    }

    /// Forgets the scrapes there were, as what comes next is something else.
    pub fn begin_anew(&mut self) {
        self.scraped_at = None;
        self.process_start = None;
        self.restarts.clear();
        self.declared.clear();
    }

    /// Whether the process is another than at the last good scrape: it says so, or all that it counts began
    /// after that scrape.
    pub fn restarted(&self, process_start: Option<f64>, oldest_created: Option<f64>) -> bool {
        match (self.process_start, process_start) {
            (Some(before), Some(now)) => before != now,
            _ => match (self.scraped_at, oldest_created) {
                (Some(scraped_at), Some(created)) => created * 1000.0 > scraped_at as f64 + COARSENESS_MS,
                _ => false,
            },
        }
    }

    /// Since when a counter that is new now has counted from zero; nothing when that is unknown.
    pub fn new_counters_from(&self, process_start: Option<f64>) -> Option<i64> {
        let scraped_at = self.scraped_at?;
        let began_before =
            process_start.is_some_and(|seconds| seconds * 1000.0 + COARSENESS_MS < scraped_at as f64);
        if self.restarted(process_start, None) && began_before { None } else { Some(scraped_at) }
    }
}
