//! `sluice gateway`: the process that serves a service's traffic.

use std::path::Path;
use std::time::Duration;

use sluice_core::document::problem::quoted;
use sluice_core::document::reader::is_name;
use sluice_targets::gateway::{GatewayClient, GatewayConfig, Limits, serve};

use super::within_runtime;
use crate::args::{Gateway, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::show;

/// Longer than any drain that a workflow may ask for by default.
const STOP_WITHIN: Duration = Duration::from_secs(120);

pub fn run(place: &Place, gateway: Gateway, output: Output) -> Result<Exit, Failure> {
    // The name becomes part of a path.
    if !is_name(&gateway.service) {
        let told = format!("{} is no name of a service", quoted(&gateway.service));
        return Err(Failure::usage(
            told,
            "use at most 63 lower-case letters, digits and `-`, as the workflow does",
        ));
    }
    let dir = gateway.dir.unwrap_or_else(|| place.gateway(&gateway.service));
    if gateway.stop {
        return within_runtime(stop(&dir, &gateway.service, output));
    }
    let help = "write `--listen 127.0.0.1:8080`";
    let listen = gateway.listen.ok_or_else(|| Failure::usage("`--listen` is missing", help))?;
    let proxy = gateway.proxy.map(|proxy| serde_json::from_str(&proxy)).transpose();
    let proxy = proxy.map_err(|error| Failure::usage(error, "`sluice run` writes this by itself"))?;
    let config = GatewayConfig { service: gateway.service, dir, listen, limits: Limits::default(), proxy };
    serve(config).map_err(Failure::internal)?;
    Ok(Exit::Done)
}

async fn stop(dir: &Path, service: &str, output: Output) -> Result<Exit, Failure> {
    if matches!(dir.try_exists(), Ok(false)) {
        let told = format!("the service `{service}` never had a gateway here");
        return Err(Failure::usage(told, "name the `--state` that its releases have"));
    }
    let client = GatewayClient::connect(dir).map_err(Failure::internal)?;
    let stopped = client.stop(STOP_WITHIN).await.map_err(Failure::internal)?;
    show::gateway_stopped(output, service, &stopped);
    Ok(Exit::Done)
}
