//! The programs that the tests run: `gateway`, as the real binary takes it, and `service`.

mod service;

use std::error::Error;
use std::path::PathBuf;

use sluice_targets::gateway::{GatewayConfig, Limits, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).cloned().ok_or(format!("`{name}` is missing"))
    };
    match arguments.first().map(String::as_str) {
        Some("gateway") => Ok(serve(GatewayConfig {
            service: option("--service")?,
            dir: PathBuf::from(option("--dir")?),
            listen: option("--listen")?.parse()?,
            limits: Limits::default(),
            proxy: option("--proxy").ok().map(|proxy| serde_json::from_str(&proxy)).transpose()?,
        })?),
        Some("service") => service::run(&option("--revision")?, option("--mode").as_deref().unwrap_or("")),
        _ => Err("`gateway` or `service` is asked for".into()),
    }
}
