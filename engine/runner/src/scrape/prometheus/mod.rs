//! A real Prometheus as a source: the same queries, answered by it. What goes wrong is told in the answer, which is
//! then stale and never a value; so the release holds, with the reason.

mod answer;
mod client;
mod error;
mod secret;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use sluice_core::model::observation::{Observation, Query};
use sluice_core::plan::PrometheusPlan;
use sluice_metrics::promql::{check, quotient};
use sluice_metrics::series::Selector;

use super::answer::unanswered;
use answer::{Age, Answer};
use client::Asked;

use super::enough::Search;

pub(super) use answer::stale;
pub use client::Prometheus;
pub use error::PrometheusError;

/// Queries under way at once.
const AT_ONCE: usize = 8;
/// What only Sluice's own gateway counts: its page is scraped, and fresher.
pub(super) const OURS: &str = "sluice_";
/// How far back a series counts as seen.
const LATELY: &str = "1h";
/// Selectors whose newest sample is looked at.
const MOST_SELECTORS: usize = 8;

/// Whether a query is about something that a Prometheus is to answer.
pub fn is_for_prometheus(query: &Query) -> bool {
    check(&query.at_first().expr).is_ok_and(|checked| {
        let names = checked.metric_names();
        names.is_empty() || !names.iter().all(|name| name.starts_with(OURS))
    })
}

impl Prometheus {
    /// Answers queries as of one time, all of them within the time of the plan.
    pub async fn answer_all(
        &self,
        plan: &PrometheusPlan,
        queries: &[Query],
        times: (u64, u64),
    ) -> Vec<Observation> {
        // Collected, because a stream that holds the closure across an await is not known to be `Send`.
        let asked: Vec<_> = queries.iter().map(|query| self.answer(plan, query, times)).collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    /// Answers one query, as of now and over a window that reaches back to the step's begin at most.
    pub async fn answer(&self, plan: &PrometheusPlan, query: &Query, times: (u64, u64)) -> Observation {
        let within = Duration::from_millis(plan.timeout_ms);
        match tokio::time::timeout(within, self.searched(plan, query, times)).await {
            Ok(Ok(observation)) => observation,
            // It is there, and will say the same again.
            Ok(Err(error @ PrometheusError::Refused(_))) => {
                unanswered(query, format!("`{}` {error}", plan.url))
            }
            Ok(Err(error)) => stale(query, format!("`{}` {error}", plan.url)),
            Err(_) => stale(query, format!("`{}` {}", plan.url, PrometheusError::TimedOut(plan.timeout_ms))),
        }
    }

    async fn searched(
        &self,
        plan: &PrometheusPlan,
        query: &Query,
        (now_ms, since_ms): (u64, u64),
    ) -> Result<Observation, PrometheusError> {
        let mut search = Search::new(query, now_ms, since_ms);
        while let Some(count) = search.next() {
            search.counted(&self.whole(plan, &count, now_ms).await?);
        }
        let answer = self.whole(plan, &search.asked(), now_ms).await?;
        Ok(search.settled(answer))
    }

    async fn whole(
        &self,
        plan: &PrometheusPlan,
        query: &Query,
        now_ms: u64,
    ) -> Result<Observation, PrometheusError> {
        let range = query.range;
        let ask = |expr: String| self.ask(plan, Asked { expr, range, now_ms });
        let mut answer = ask(query.expr.clone()).await?;
        if answer.is_empty() {
            answer = zero_errors(answer, query, ask).await?;
        }
        let age = match newest(&query.expr) {
            None => Age::None,
            Some(expr) => self.ask(plan, Asked { expr, range: None, now_ms }).await?.age(now_ms),
        };
        Ok(answer.observation(query, age, plan.stale_after_ms))
    }
}

/// Absent error series beside a present total are zero errors: where a quotient has no answer and its numerator has
/// none either, and had none lately, what the denominator has gets a zero.
async fn zero_errors<F>(
    empty: Answer,
    query: &Query,
    ask: impl Fn(String) -> F,
) -> Result<Answer, PrometheusError>
where
    F: Future<Output = Result<Answer, PrometheusError>>,
{
    let Some((numerator, denominator)) = quotient(&query.expr) else { return Ok(empty) };
    if !ask(numerator.clone()).await?.is_empty() {
        return Ok(empty);
    }
    // What was there before and is gone now was lost rather than zero.
    if let Some(seen) = lately(&numerator)
        && !ask(seen).await?.is_empty()
    {
        return Ok(empty);
    }
    let zeroed = check(&numerator).map(|one| one.selectors().iter().map(Selector::shown).collect::<Vec<_>>());
    Ok(ask(denominator).await?.zeros(zeroed.unwrap_or_default().join("`, `")))
}

/// The query for whether any series that an expression reads was there lately.
fn lately(expr: &str) -> Option<String> {
    let checked = check(expr).ok()?;
    let selectors = checked.selectors();
    let texts = selectors.iter().flat_map(|one: &Selector| one.to_promql()).take(MOST_SELECTORS);
    let all: Vec<String> = texts.map(|text| format!("count(last_over_time({text}[{LATELY}]))")).collect();
    (!all.is_empty()).then(|| all.join(" or "))
}

/// The query for the time of the oldest of the selectors' newest samples; nothing where none is read.
fn newest(expr: &str) -> Option<String> {
    let checked = check(expr).ok()?;
    // What may well be absent has no sample of late, and should have none.
    let absent = checked.may_be_absent();
    let meant = |one: &&Selector| !absent.iter().any(|other| std::ptr::eq(*other, *one));
    let selectors = checked.selectors().iter().filter(meant);
    let texts: Vec<String> =
        selectors.flat_map(|selector: &Selector| selector.to_promql()).take(MOST_SELECTORS).collect();
    let one = |(index, text): (usize, &String)| {
        format!("label_replace(max(timestamp({text})), \"of\", \"{index}\", \"\", \"\")")
    };
    let all: Vec<String> = texts.iter().enumerate().map(one).collect();
    (!all.is_empty()).then(|| format!("min({})", all.join(" or ")))
}
