//! How much an answer is to rest on, and how far back may be looked for it: where traffic is thin, the same query is
//! asked over a longer window.

use serde::{Deserialize, Serialize};

use super::observation::Query;
use crate::document::measure::show_duration;

/// So many events an answer is to rest on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enough {
    /// The PromQL expression that counts them; several series are added up.
    pub events: String,
    pub least: u64,
    /// Without it the windows are as they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<Extent>,
}

/// A window that grows while there are too few events in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Extent {
    /// Asked first.
    pub window_ms: u64,
    pub most_ms: u64,
}

/// Where the window stands in the text of a query and of what counts its events.
pub const WINDOW: &str = "$window";

impl Query {
    pub fn instant(name: impl Into<String>, expr: impl Into<String>) -> Self {
        Self { name: name.into(), expr: expr.into(), range: None, enough: None }
    }

    /// The same question, whoever asks it.
    pub fn unnamed(&self) -> Self {
        Self { name: String::new(), ..self.clone() }
    }

    /// The windows that are asked one after the other, until there is enough in one of them: each twice as long as
    /// the one before, and none from before the step, whose shape was another. The first is as it was written.
    pub fn windows(&self, now_ms: u64, since_ms: u64) -> Vec<Option<u64>> {
        let Some(Extent { window_ms, most_ms }) = self.extent() else { return vec![None] };
        let last = most_ms.min(now_ms.saturating_sub(since_ms));
        let mut windows = vec![Some(window_ms)];
        let mut window = window_ms.max(1);
        while window < last {
            window = window.saturating_mul(2).min(last);
            windows.push(Some(window));
        }
        windows
    }

    /// What is asked for one window.
    pub fn over(&self, window_ms: Option<u64>) -> Self {
        let expr = in_window(&self.expr, window_ms);
        Self { name: self.name.clone(), expr, range: self.range, enough: None }
    }

    /// What counts the events of one window; nothing where none are asked for.
    pub fn counting(&self, window_ms: Option<u64>) -> Option<Self> {
        let enough = self.enough.as_ref()?;
        Some(Self::instant(self.name.clone(), in_window(&enough.events, window_ms)))
    }

    /// As it is asked first.
    pub fn at_first(&self) -> Self {
        self.over(self.extent().map(|extent| extent.window_ms))
    }

    pub fn extent(&self) -> Option<Extent> {
        self.enough.as_ref()?.extent
    }
}

fn in_window(expr: &str, window_ms: Option<u64>) -> String {
    match window_ms {
        Some(window) => expr.replace(WINDOW, &show_duration(window)),
        None => expr.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growing(window_ms: u64, most_ms: u64) -> Query {
        let extent = Some(Extent { window_ms, most_ms });
        let enough = Some(Enough { events: "increase(all[$window])".to_owned(), least: 10, extent });
        Query { enough, ..Query::instant("errors", "rate(errors[$window])") }
    }

    #[test]
    fn a_window_doubles_to_its_limit_and_never_reaches_before_the_step() {
        let windows = |since_ms| growing(60_000, 600_000).windows(1_000_000, since_ms);
        assert_eq!(windows(0), [60_000, 120_000, 240_000, 480_000, 600_000].map(Some));
        assert_eq!(windows(850_000), [60_000, 120_000, 150_000].map(Some));
        assert_eq!(windows(990_000), [Some(60_000)], "as it was written, however young the step is");
        assert_eq!(windows(2_000_000), [Some(60_000)]);
        assert_eq!(Query::instant("a", "a").windows(1_000_000, 0), [None]);
        assert!(growing(0, u64::MAX).windows(u64::MAX, 0).len() < 70);
    }

    #[test]
    fn the_same_query_is_asked_over_each_window() {
        let query = growing(60_000, 600_000);
        assert_eq!(query.at_first().expr, "rate(errors[1m])");
        assert_eq!(query.over(Some(90_000)).expr, "rate(errors[1m30s])");
        assert_eq!(query.counting(Some(240_000)).unwrap().expr, "increase(all[4m])");
        assert_eq!(query.over(Some(240_000)).enough, None);
    }

    #[test]
    fn queries_of_older_plans_are_read() {
        let older = r#"{"name":"a","expr":"b"}"#;
        let read: Query = serde_json::from_str(older).unwrap();
        assert_eq!(read, Query::instant("a", "b"));
        assert_eq!(serde_json::to_string(&read).unwrap(), older);
    }
}
