//! What Envoy says that it has, over its admin interface.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The admin interface at `host:port`.
#[derive(Debug, Clone)]
pub struct Admin {
    authority: String,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Servers by cluster and address.
    pub clusters: BTreeMap<String, BTreeMap<String, Host>>,
    /// The version and the text of the users' route configuration.
    pub routes: Option<(String, Value)>,
}

/// One server as Envoy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub draining: bool,
    /// Requests under way.
    pub active: u64,
}

const PATIENCE: Duration = Duration::from_secs(3);
const MAX_BYTES: usize = 16 * 1024 * 1024;

impl Admin {
    pub fn new(url: &str) -> Self {
        Self { authority: url.trim_start_matches("http://").trim_end_matches('/').to_owned() }
    }

    pub async fn read(&self) -> Result<State, String> {
        let clusters = self.get("/clusters?format=json").await?;
        let dump = self.get("/config_dump?resource=dynamic_route_configs").await?;
        Ok(State { clusters: hosts(&clusters), routes: routes(&dump) })
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        let told = |error: &dyn std::fmt::Display| {
            format!("Envoy's admin interface at `{}`: {error}", self.authority)
        };
        let talk = async {
            let stream = TcpStream::connect(&self.authority).await.map_err(|error| told(&error))?;
            let (mut sender, connection) =
                handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
            let connection = tokio::spawn(connection);
            let request = Request::get(path).header("host", &self.authority).body(Empty::<Bytes>::new());
            let request = request.map_err(|error| told(&error))?;
            let response = sender.send_request(request).await.map_err(|error| told(&error))?;
            let body = Limited::new(response.into_body(), MAX_BYTES)
                .collect()
                .await
                .map_err(|error| told(&error))?;
            connection.abort();
            serde_json::from_slice(&body.to_bytes()).map_err(|error| told(&error))
        };
        timeout(PATIENCE, talk).await.unwrap_or_else(|_late| Err(told(&"it does not answer")))
    }
}

fn hosts(clusters: &Value) -> BTreeMap<String, BTreeMap<String, Host>> {
    let mut found = BTreeMap::new();
    for cluster in clusters["cluster_statuses"].as_array().into_iter().flatten() {
        let hosts = cluster["host_statuses"].as_array().into_iter().flatten().filter_map(host);
        let name = cluster["name"].as_str().unwrap_or_default().to_owned();
        found.insert(name, hosts.collect());
    }
    found
}

fn host(status: &Value) -> Option<(String, Host)> {
    let address = &status["address"]["socket_address"];
    let address = format!("{}:{}", address["address"].as_str()?, address["port_value"].as_u64()?);
    let active = status["stats"].as_array().into_iter().flatten().find(|stat| stat["name"] == "rq_active");
    // A value of zero is left out of Envoy's JSON, and a large number is text.
    let active = active.map_or(0, |stat| match &stat["value"] {
        Value::String(text) => text.parse().unwrap_or(u64::MAX),
        value => value.as_u64().unwrap_or(0),
    });
    let draining = status["health_status"]["eds_health_status"] == "DRAINING";
    Some((address, Host { draining, active }))
}

fn routes(dump: &Value) -> Option<(String, Value)> {
    let of_users = |one: &&Value| one["route_config"]["name"] == super::files::USERS;
    let one = dump["configs"].as_array()?.iter().find(of_users)?;
    Some((one["version_info"].as_str()?.to_owned(), one["route_config"].clone()))
}
