//! Secrets, read when they are needed. They are in no message.

use std::io::Read;

use sluice_core::plan::{Auth, Secret};

use super::PrometheusError;

const MOST_BYTES: u64 = 64 << 10;

/// Who asks, in the form that a request takes it.
pub(super) enum Credentials {
    Bearer(String),
    Basic(String, String),
}

pub(super) fn credentials(auth: &Auth) -> Result<Credentials, PrometheusError> {
    Ok(match auth {
        Auth::Bearer(secret) => Credentials::Bearer(read(secret)?),
        Auth::Basic { username, password } => Credentials::Basic(username.clone(), read(password)?),
    })
}

fn read(secret: &Secret) -> Result<String, PrometheusError> {
    let text = match secret {
        Secret::Env(name) => std::env::var(name)
            .map_err(|_| PrometheusError::Secret(format!("the variable `{name}` is not set")))?,
        Secret::File(path) => {
            let why = |error: &dyn std::fmt::Display| PrometheusError::Secret(format!("`{path}`: {error}"));
            let file = std::fs::File::open(path).map_err(|error| why(&error))?;
            let mut text = String::new();
            file.take(MOST_BYTES).read_to_string(&mut text).map_err(|error| why(&error))?;
            text
        }
    };
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(PrometheusError::Secret("the secret is empty, or has more than one line".to_owned()));
    }
    Ok(text.to_owned())
}
