//! `sluice plugin`: which plugins there are, and what they say of themselves.

use std::path::Path;

use serde_json::json;
use sluice_host::Host;
use sluice_runner::ports::plugins::{DescribeError, Description, Plugin, PluginError, PluginKind, Plugins};

use crate::args::{Output, PluginCommand};
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::{show, wiring};

pub fn run(place: &Place, command: PluginCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        PluginCommand::List => {
            list(output);
            Ok(Exit::Done)
        }
        PluginCommand::Inspect { plugin, config } => inspect(&wiring::host(place)?, &plugin, &config, output),
    }
}

fn list(output: Output) {
    let all = sluice_plugins::all();
    let kind = |one: &sluice_plugins::Bundled| name(wiring::kind(one.kind));
    let version = env!("CARGO_PKG_VERSION");
    match output {
        Output::Json => all.iter().for_each(|one| {
            show::json_line(&json!({
                "version": show::JSON_VERSION, "type": "plugin", "name": one.name, "kind": kind(one),
                "plugin-version": version, "digest": one.digest, "bytes": one.wasm.len(),
            }));
        }),
        Output::Human => show::table(&["name", "kind", "version", "size", "digest"], {
            let size = |one: &sluice_plugins::Bundled| format!("{} KiB", one.wasm.len().div_ceil(1024));
            let short = |digest: &str| digest.chars().take(19).collect::<String>();
            let row = |one: &sluice_plugins::Bundled| {
                vec![one.name.into(), kind(one).into(), version.into(), size(one), short(one.digest)]
            };
            all.iter().map(row).collect()
        }),
    }
}

fn inspect(host: &Host, reference: &str, config: &str, output: Output) -> Result<Exit, Failure> {
    let here = Path::new(".");
    let kinds = host.kinds(reference, here).map_err(plugin_failure)?;
    let mut exit = Exit::Done;
    for kind in kinds {
        let plugin = host.load(kind, reference, here).map_err(plugin_failure)?;
        let description = plugin.describe(config);
        match output {
            Output::Json => show::json_line(&as_json(kind, plugin.as_ref(), &description)),
            Output::Human => print(kind, plugin.as_ref(), &description),
        }
        exit = match description {
            // Without a config it was asked under any; that it wants another is what it says of itself.
            Err(DescribeError::Config(_)) if !config.is_empty() => Exit::Invalid,
            Err(DescribeError::Plugin(_)) => Exit::Internal,
            _ => exit,
        };
    }
    Ok(exit)
}

fn print(kind: PluginKind, plugin: &dyn Plugin, description: &Result<Description, DescribeError>) {
    show::line(&format!("{}  ({})  {}", plugin.pin().name, name(kind), plugin.pin().digest));
    match description {
        Ok(description) => {
            show::line(&format!("version {}: {}", description.version, description.summary));
            for query in &description.queries {
                show::line(&format!("query {}: {}", query.name, query.expr));
            }
            show::line("config schema:");
            show::json(&description.config_schema);
        }
        Err(DescribeError::Config(problems)) => {
            show::line("this config is not accepted (give one with `--config '{...}'`):");
            for problem in problems {
                let path = if problem.path.is_empty() { "/" } else { problem.path.as_str() };
                show::line(&format!("  {path}: {}", problem.message));
            }
        }
        Err(DescribeError::Plugin(error)) => show::line(&format!("{error}: {}", error.help)),
    }
}

fn as_json(
    kind: PluginKind,
    plugin: &dyn Plugin,
    description: &Result<Description, DescribeError>,
) -> serde_json::Value {
    let mut shown = json!({
        "version": show::JSON_VERSION, "type": "plugin", "name": plugin.pin().name, "kind": name(kind),
        "digest": plugin.pin().digest,
    });
    match description {
        Ok(description) => {
            shown["plugin-version"] = json!(description.version);
            shown["summary"] = json!(description.summary);
            shown["queries"] = json!(description.queries);
            shown["config-schema"] = description.config_schema.clone();
        }
        Err(DescribeError::Config(problems)) => {
            let problem = |one: &sluice_runner::ports::plugins::ConfigProblem| json!({ "path": one.path, "message": one.message });
            shown["config-problems"] = problems.iter().map(problem).collect();
        }
        Err(DescribeError::Plugin(error)) => shown["error"] = json!(error.to_string()),
    }
    shown
}

fn name(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Strategy => "strategy",
        PluginKind::HealthCheck => "health-check",
        PluginKind::Rollback => "rollback",
    }
}

fn plugin_failure(error: PluginError) -> Failure {
    let help = error.help.clone();
    Failure::usage(error, help)
}
