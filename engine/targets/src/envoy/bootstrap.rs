//! What a configuration of Envoy must have to be a target.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::EnvoyOptions;
use super::files::{PREVIEW, USERS, watched};

/// A whole bootstrap for one service; TLS, access logs and filters are the operator's.
pub fn bootstrap(options: &EnvoyOptions) -> Value {
    let file = |name: &str| format!("{}/{name}", options.directory.display());
    let mut listeners = vec![listener(USERS, options.address, &file("routes.json"))];
    listeners.extend(options.preview.map(|preview| listener(PREVIEW, preview, &file("preview.json"))));
    let admin = options.admin.trim_start_matches("http://").trim_end_matches('/');
    let (host, port) = admin.rsplit_once(':').unwrap_or((admin, "80"));
    let port: u16 = port.parse().unwrap_or(80);
    json!({
        "node": { "id": USERS, "cluster": USERS },
        "admin": { "address": { "socket_address": { "address": host, "port_value": port } } },
        "dynamic_resources": { "cds_config": watched(&file("clusters.json")) },
        "static_resources": { "listeners": listeners },
    })
}

fn listener(name: &str, address: SocketAddr, routes: &str) -> Value {
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
    });
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name, "rds": { "route_config_name": name, "config_source": watched(routes) },
        "http_filters": [router], "upgrade_configs": [{ "upgrade_type": "websocket" }],
    });
    let filter = json!({ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager });
    let (host, port) = (address.ip().to_string(), address.port());
    json!({
        "name": name, "address": { "socket_address": { "address": host, "port_value": port } },
        "filter_chains": [{ "filters": [filter] }],
    })
}
