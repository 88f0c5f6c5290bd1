//! Pages read for somebody who looks at them: by address or from a file, once or over a time, and asked a query.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use sluice_core::model::observation::{Observation, Query};
use sluice_core::plan::PrometheusPlan;
use sluice_metrics::exposition::{Format, Limits};
use sluice_metrics::observe;

use super::answer::{Rules, unanswered};
use super::fetch::{self, Fetched};
use super::prometheus::{Prometheus, stale};
use super::{ScrapeError, ScrapeFailure, Scraper, SharedStore, fetch::fetch};
use crate::ports::target::Endpoint;

/// A page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    pub bytes: Vec<u8>,
    pub format: Format,
}

/// Pages that are kept to be asked.
#[derive(Debug)]
pub struct Trial {
    scraper: Scraper,
    store: SharedStore,
    pages: Vec<Endpoint>,
    files: Vec<Endpoint>,
    within: Duration,
}

/// Gets a page by its address.
pub async fn page(url: &str, within: Duration) -> Result<RawPage, ScrapeError> {
    let fetched = fetch(&fetch::client()?, url, within, Limits::default().bytes).await?;
    Ok(RawPage { bytes: fetched.bytes, format: fetched.format })
}

/// Reads a page from a file, which does not say in which format it is.
pub fn file(path: &Path) -> Result<RawPage, std::io::Error> {
    let limit = Limits::default().bytes;
    let mut bytes = Vec::new();
    // One more than a page may have, so that a longer one is told as such.
    std::fs::File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    let named = path.extension().is_some_and(|end| end == "om");
    let format = if named { Format::OpenMetrics } else { format_of(&bytes) };
    Ok(RawPage { bytes, format })
}

/// Whether an address is meant, rather than a file.
pub fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Asks a Prometheus one query.
pub async fn ask(source: &PrometheusPlan, query: &Query, now_ms: u64) -> Observation {
    match Prometheus::new(source) {
        Ok(client) => client.answer(source, query, (now_ms, now_ms)).await,
        Err(error) => stale(query, format!("`{}` {error}", source.url)),
    }
}

/// By what the formats begin or end with.
fn format_of(bytes: &[u8]) -> Format {
    let head = bytes.get(..64).unwrap_or(bytes);
    let odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    // The first byte is a length, and the next says that a name follows, whose length comes then.
    if head.get(1) == Some(&b'\n') && head.iter().any(odd) {
        return Format::Protobuf;
    }
    // An end that is not the last line, or is missing, is for the decoder to tell.
    let only_open = |line: &[u8]| line.trim_ascii_end() == b"# EOF" || line.starts_with(b"# UNIT ");
    let open = bytes.split(|byte| *byte == b'\n').any(only_open);
    if open { Format::OpenMetrics } else { Format::PrometheusText }
}

impl Trial {
    /// Of pages by their addresses, or files; a file's page never changes.
    pub fn new(endpoints: Vec<Endpoint>, within: Duration) -> Result<Self, ScrapeError> {
        let (pages, files) = endpoints.into_iter().partition(|one| is_address(&one.url));
        let scraper = Scraper::new(Limits::default())?;
        Ok(Self { scraper, store: SharedStore::default(), pages, files, within })
    }

    /// Reads every page once.
    pub async fn read(&self, now_ms: u64) -> Vec<ScrapeFailure> {
        let all: Vec<Endpoint> = self.pages.iter().chain(&self.files).cloned().collect();
        self.store.begin(&all, now_ms);
        let mut failures = self.scraper.take(&self.pages, self.within, now_ms, &self.store).await;
        for endpoint in &self.files {
            let fetched =
                file(Path::new(&endpoint.url)).map_err(|error| ScrapeError::File(error.to_string()));
            let taken = match fetched {
                Ok(RawPage { bytes, format }) => {
                    let fetched = Fetched { bytes, format };
                    self.scraper.take_in(endpoint, fetched, now_ms, &self.store).await
                }
                Err(why) => Err(why),
            };
            if let Err(why) = taken {
                self.store.mark_failed(endpoint, now_ms, &why.to_string());
                failures.push(ScrapeFailure { url: endpoint.url.clone(), why });
            }
        }
        failures
    }

    /// Answers a query by what was read.
    pub fn answer(&self, query: &Query, now_ms: u64) -> Observation {
        let rules = Rules::new(observe::Rules { stale_after_ms: u64::MAX, ..observe::Rules::default() });
        let answer = rules.answer(&self.store.read(), query, (now_ms, now_ms));
        answer.unwrap_or_else(|error| unanswered(query, error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use sluice_core::model::observation::Quality;

    fn query(expr: &str) -> Query {
        Query::instant("q", expr)
    }

    fn endpoint(path: &Path) -> Endpoint {
        Endpoint { url: path.display().to_string(), labels: Vec::new(), named: Vec::new() }
    }

    #[test]
    fn formats_are_known_by_their_looks() {
        assert_eq!(format_of(b"a 1\n"), Format::PrometheusText);
        assert_eq!(format_of(b"#\n# HELP a\n"), Format::PrometheusText);
        assert_eq!(format_of(b"a 1\n# EOF\n"), Format::OpenMetrics);
        assert_eq!(format_of(b"a 1\n# EOF\nb 1\n"), Format::OpenMetrics);
        assert_eq!(format_of(b"# UNIT a_seconds seconds\na_seconds 1\n"), Format::OpenMetrics);
        assert_eq!(format_of(b"\x0e\n\x01a\x18\x01\"\x07"), Format::Protobuf);
        assert_eq!(format_of(b""), Format::PrometheusText);
    }

    #[tokio::test]
    async fn a_file_is_asked_and_one_that_is_not_there_is_told() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "hits{{code=\"500\"}} 3\nhits{{code=\"200\"}} 7\n").unwrap();
        let trial = Trial::new(vec![endpoint(file.path())], Duration::from_secs(1)).unwrap();
        assert!(trial.read(1000).await.is_empty());
        assert_eq!(trial.answer(&query("sum(hits)"), 1000).scalar(), Some(10.0));
        assert_eq!(trial.answer(&query("sum("), 1000).quality, Quality::NoData);
        let none = Trial::new(vec![endpoint(Path::new("/none/at/all"))], Duration::from_secs(1)).unwrap();
        let failures = none.read(1000).await;
        let told = "`/none/at/all` can not be read: No such file or directory (os error 2)";
        assert_eq!(failures[0].to_string(), told);
        assert_eq!(none.answer(&query("hits"), 1000).quality, Quality::Stale);
    }
}
