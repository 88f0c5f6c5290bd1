//! `sluice metrics query`: one query, asked as a check would ask it.

use std::path::Path;
use std::time::Duration;

use sluice_core::model::observation::{Observation, Quality, Query, Range};
use sluice_core::plan::{MetricsPlan, PrometheusPlan};
use sluice_metrics::promql;
use sluice_runner::ports::target::Endpoint;
use sluice_runner::prepare;
use sluice_runner::scrape::prometheus::is_for_prometheus;
use sluice_runner::scrape::trial::{self, Trial};

use crate::args::{self, Output};
use crate::commands::now_ms;
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

/// Who answers.
enum Source {
    Prometheus(Box<PrometheusPlan>),
    Pages(Vec<Endpoint>),
}

/// Values of a range where nothing is said.
const STEPS: u64 = 60;
/// More would be asked of a page than it has time to change.
const MOST_STEPS: u64 = 11_000;
const SECOND: u64 = 1000;
/// What a workflow has where it says nothing.
const STALE_AFTER: u64 = 180 * SECOND;

pub async fn run(place: &Place, command: &args::Query, output: Output) -> Result<Exit, Failure> {
    promql::check(&command.expr).map_err(|error| {
        let told = format!("`{}` is no PromQL: {error}", show::safe(&command.expr));
        Failure::usage(told, "see Prometheus' documentation of queries")
    })?;
    let query = Query { range: range(command)?, ..Query::instant("query", command.expr.as_str()) };
    let (answer, once) = match source(place, command, &query).await? {
        Source::Prometheus(plan) => (trial::ask(&plan, &query, now_ms()).await, false),
        Source::Pages(pages) => (of_pages(pages, &query, command).await?, query.range.is_none()),
    };
    show::query::tell(&answer, query.range, command.table, output);
    if once && answer.quality == Quality::Insufficient && output == Output::Human {
        show::note("pages are read once: `--range 1m` reads them for a minute");
    }
    Ok(if answer.quality == Quality::Value { Exit::Done } else { Exit::Inconclusive })
}

fn range(command: &args::Query) -> Result<Option<Range>, Failure> {
    let Some(window_ms) = command.range else { return Ok(None) };
    let step_ms = command.step.unwrap_or_else(|| (window_ms / STEPS).max(SECOND)).min(window_ms);
    if window_ms / step_ms > MOST_STEPS {
        let told = format!("the range has more than {MOST_STEPS} steps");
        return Err(Failure::usage(told, "write a longer `--step`"));
    }
    Ok(Some(Range { window_ms, step_ms }))
}

async fn source(place: &Place, command: &args::Query, query: &Query) -> Result<Source, Failure> {
    if let Some(url) = &command.prometheus {
        if !trial::is_address(url) {
            let told = format!("`{}` is not the address of a server", show::safe(url));
            return Err(Failure::usage(told, "write it as `http://host:9090`"));
        }
        return Ok(Source::Prometheus(Box::new(by_address(url, command.timeout))));
    }
    let Some(file) = &command.file else {
        let endpoint = |url: &String| Endpoint { url: url.clone(), labels: Vec::new(), named: Vec::new() };
        return Ok(Source::Pages(command.page.iter().map(endpoint).collect()));
    };
    let documents = prepare::read(file, &command.set)?;
    let metrics = &documents.workflow.metrics;
    if let Some(plan) = metrics.prometheus.as_ref().filter(|_| is_for_prometheus(query)) {
        return Ok(Source::Prometheus(Box::new(plan.clone())));
    }
    Ok(Source::Pages(pages(place, &documents, metrics).await?))
}

fn by_address(url: &str, timeout_ms: u64) -> PrometheusPlan {
    let url = url.trim_end_matches('/').to_owned();
    PrometheusPlan { url, timeout_ms, stale_after_ms: STALE_AFTER, retries: 2, auth: None, ca: None }
}

/// The pages that a release by this workflow would scrape now.
async fn pages(
    place: &Place,
    documents: &prepare::Documents,
    metrics: &MetricsPlan,
) -> Result<Vec<Endpoint>, Failure> {
    let beside = metrics.pages.iter().map(|page| Endpoint {
        url: page.url.clone(),
        labels: page.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        named: Vec::new(),
    });
    let mut pages: Vec<Endpoint> = beside.collect();
    match wiring::endpoints(place, documents).await {
        Ok(of_target) => pages.extend(of_target),
        Err(told) if pages.is_empty() => {
            let told = format!("there is no page to ask: {told}");
            return Err(Failure::broken(told, "name a page with `--page`, or deploy the service first"));
        }
        Err(told) => show::note(&format!("the pages of the target are left out: {told}")),
    }
    Ok(pages)
}

async fn of_pages(
    pages: Vec<Endpoint>,
    query: &Query,
    command: &args::Query,
) -> Result<Observation, Failure> {
    if let Some(none) = pages.iter().find(|one| !trial::is_address(&one.url) && !Path::new(&one.url).exists())
    {
        let told = format!("there is no file `{}`", show::safe(&none.url));
        return Err(Failure::usage(told, "name a file, or the address of a page: `http://host:port/path`"));
    }
    let trial = Trial::new(pages, Duration::from_millis(command.timeout)).map_err(Failure::internal)?;
    let mut now = now_ms();
    let mut failures = trial.read(now).await;
    if let Some(range) = query.range {
        let mut ticks = tokio::time::interval(Duration::from_millis(range.step_ms));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks.tick().await;
        let end = now + range.window_ms - range.step_ms;
        show::note(&format!("reading pages for {}", show::time::span(range.window_ms)));
        while now < end {
            ticks.tick().await;
            now = now_ms();
            failures = trial.read(now).await;
        }
    }
    failures.iter().for_each(|one| show::note(&one.to_string()));
    Ok(trial.answer(query, now))
}
