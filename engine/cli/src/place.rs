//! Where things are kept on this machine, and who is asking.

use std::path::{Path, PathBuf};

use crate::args::Global;
use crate::exit::Failure;

/// The state directory and what is where in it.
#[derive(Debug, Clone)]
pub struct Place {
    state: PathBuf,
}

impl Place {
    pub fn of(global: &Global) -> Result<Self, Failure> {
        let help = "name a directory with `--state` or the variable SLUICE_STATE";
        let state = match &global.state {
            Some(state) => state.clone(),
            None => default_state().ok_or_else(|| Failure::usage("there is no home directory", help))?,
        };
        let state = std::path::absolute(&state)
            .map_err(|error| Failure::usage(format!("`{}`: {error}", state.display()), help))?;
        Ok(Self { state })
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    pub fn cache(&self) -> PathBuf {
        self.state.join("cache")
    }

    pub fn gateway(&self, service: &str) -> PathBuf {
        self.state.join("gateways").join(service)
    }
}

fn default_state() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("sluice"))
}

/// The name of whoever is logged in.
pub fn user() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("USER").or_else(|| set("LOGNAME")).unwrap_or_else(|| "somebody".to_owned())
}

/// Reads `90s`, `30m`, `1h30m` as milliseconds.
pub fn duration(text: &str) -> Result<u64, String> {
    sluice_core::document::measure::parse_duration(text)
        .ok_or_else(|| "write a duration such as `90s`, `30m` or `1h30m`".to_owned())
}

/// The most bytes of a name or comment: it goes into the journal and before policies.
const MAX_REMARK: usize = 4096;

/// A person's name or comment.
pub fn remark(text: &str) -> Result<String, String> {
    if text.len() > MAX_REMARK {
        return Err(format!("{} bytes are more than the limit of {MAX_REMARK}", text.len()));
    }
    Ok(text.to_owned())
}
