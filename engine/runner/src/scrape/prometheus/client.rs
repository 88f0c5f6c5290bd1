//! Asking: one POST a query, bounded in bytes and time, asked again where it failed for the moment. It goes only
//! where it is told, so that nobody else gets the credentials.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode, Url};
use sluice_core::model::observation::Range;
use sluice_core::plan::PrometheusPlan;

use super::PrometheusError;
use super::answer::Answer;
use super::secret::{Credentials, credentials};
use crate::scrape::fetch::{builder, certificates, root_of, shown};

/// Asks a Prometheus.
#[derive(Debug, Clone)]
pub struct Prometheus {
    client: Client,
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub expr: String,
    pub range: Option<Range>,
    pub now_ms: u64,
}

/// Of one answer.
const MOST_BYTES: usize = 4 << 20;
/// Of a page that says what went wrong.
const ERROR_BYTES: usize = 16 << 10;
/// Before the second try; doubled before each further one.
const PAUSE: Duration = Duration::from_millis(100);

impl Prometheus {
    pub fn new(plan: &PrometheusPlan) -> Result<Self, PrometheusError> {
        let told = |why: String| PrometheusError::Client(why);
        let mut builder = builder();
        if let Some(ca) = &plan.ca {
            let certificates = certificates(ca).map_err(told)?;
            builder = builder.tls_certs_merge(certificates);
        }
        if !plan.url.starts_with("https://") {
            // Without TLS nobody's certificates are needed, and a machine may have none.
            builder = builder.tls_certs_only([]);
        }
        Ok(Self { client: builder.build().map_err(|error| told(root_of(&error)))? })
    }

    /// Asks, and asks again where that may help. Whoever waits bounds the time.
    pub(super) async fn ask(&self, plan: &PrometheusPlan, asked: Asked) -> Result<Answer, PrometheusError> {
        let mut pause = PAUSE;
        for _ in 0..plan.retries {
            match self.once(plan, &asked).await {
                Err(error) if error.is_for_the_moment() => tokio::time::sleep(jittered(pause)).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.once(plan, &asked).await
    }

    async fn once(&self, plan: &PrometheusPlan, asked: &Asked) -> Result<Answer, PrometheusError> {
        let (path, form) = form(plan, asked)?;
        let url = format!("{}/api/v1/{path}", plan.url);
        let mut request = self
            .client
            .post(url)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        request = match plan.auth.as_ref().map(credentials).transpose()? {
            None => request,
            Some(Credentials::Bearer(token)) => request.bearer_auth(token),
            Some(Credentials::Basic(name, password)) => request.basic_auth(name, Some(password)),
        };
        let response = request.send().await.map_err(|error| PrometheusError::Unreachable(root_of(&error)))?;
        read(response).await
    }
}

fn form(plan: &PrometheusPlan, asked: &Asked) -> Result<(&'static str, String), PrometheusError> {
    // An address, as what writes forms comes with those.
    let unwritten = |_| PrometheusError::Client("the address can not be read".to_owned());
    let mut form = Url::parse(&plan.url).map_err(unwritten)?;
    form.set_query(None);
    let mut pairs = form.query_pairs_mut();
    pairs.append_pair("query", &asked.expr).append_pair("timeout", &format!("{}ms", plan.timeout_ms));
    let path = match asked.range {
        None => {
            pairs.append_pair("time", &seconds(asked.now_ms));
            "query"
        }
        Some(Range { window_ms, step_ms }) => {
            let (window, step) = (window_ms.max(1), step_ms.max(1));
            // Open on the left, like every range: a window of a minute has four steps of 15 s.
            let start = asked.now_ms.saturating_sub((window - 1) / step * step);
            pairs.append_pair("start", &seconds(start)).append_pair("end", &seconds(asked.now_ms));
            pairs.append_pair("step", &seconds(step));
            "query_range"
        }
    };
    drop(pairs);
    Ok((path, form.query().unwrap_or_default().to_owned()))
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

async fn read(response: Response) -> Result<Answer, PrometheusError> {
    let status = response.status();
    let header =
        |name| response.headers().get(name).map(|value| shown(&String::from_utf8_lossy(value.as_bytes())));
    if status.is_redirection() {
        return Err(PrometheusError::Redirect(header(LOCATION).unwrap_or_default()));
    }
    if let Some(encoding) = header(CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
        return Err(PrometheusError::Compressed(encoding));
    }
    let kind = header(CONTENT_TYPE).unwrap_or_default();
    let is_json = kind.starts_with("application/json");
    if status != StatusCode::OK {
        return Err(failed(status, is_json, response).await);
    }
    if !is_json {
        return Err(PrometheusError::ContentType(kind));
    }
    Answer::read(&body(response, MOST_BYTES).await?)
}

/// What an answer that is none says. Prometheus says why in the same form as an answer.
async fn failed(status: StatusCode, is_json: bool, response: Response) -> PrometheusError {
    let said = match body(response, ERROR_BYTES).await {
        Ok(bytes) if is_json => match Answer::read(&bytes) {
            Err(PrometheusError::Refused(why)) => why,
            _ => String::new(),
        },
        _ => String::new(),
    };
    // What is wrong with the query stays wrong.
    if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) && !said.is_empty() {
        return PrometheusError::Refused(said);
    }
    let for_the_moment = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let said = if said.is_empty() { said } else { format!(": {said}") };
    PrometheusError::Status { status: status.to_string(), said, for_the_moment }
}

async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, PrometheusError> {
    let mut bytes = Vec::new();
    let cut = |error: reqwest::Error| PrometheusError::CutShort(root_of(&error));
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        if chunk.len() > limit - bytes.len() {
            return Err(PrometheusError::TooLong(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A half to one and a half of a pause, so that many who failed at once do not come again at once.
fn jittered(pause: Duration) -> Duration {
    let drawn = RandomState::new().build_hasher().finish() % 1000;
    pause.mul_f64(0.5 + drawn as f64 / 1000.0)
}
