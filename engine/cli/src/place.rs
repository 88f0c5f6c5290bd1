//! Where things are kept on this machine, and who is asking.

use std::fs::{DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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
        if state.is_file() {
            return Err(Failure::usage(format!("`{}` is a file", state.display()), help));
        }
        Ok(Self { state })
    }

    pub fn state(&self) -> &Path {
        &self.state
    }

    /// That it is there and can be written to, before anything takes its time.
    pub fn usable(&self) -> Result<&Self, Failure> {
        let failed = |why: std::io::Error| {
            let told = format!("the state directory `{}` can not be used: {why}", self.state.display());
            Failure::broken(told, "make it writable, or name another one with `--state`")
        };
        // What is in it is the owner's alone: versions, comments, the output of services.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.state).map_err(failed)?;
        let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::access(&self.state, access).map_err(|error| failed(error.into()))?;
        Ok(self)
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

/// The name of the user that this process runs as, by the operating system's word: a variable says what anybody
/// likes.
pub fn user() -> String {
    static NAME: OnceLock<String> = OnceLock::new();
    let name = || {
        let id = rustix::process::getuid().as_raw();
        in_passwd(id).or_else(asked).unwrap_or_else(|| format!("uid {id}"))
    };
    NAME.get_or_init(name).clone()
}

/// Most machines have their users in this file; reading it takes no process.
fn in_passwd(id: u32) -> Option<String> {
    let mut text = String::new();
    File::open("/etc/passwd").ok()?.take(1 << 20).read_to_string(&mut text).ok()?;
    let id = id.to_string();
    let mut users = text.lines().map(|line| line.split(':'));
    users.find_map(|mut line| line.next().filter(|_| line.nth(1) == Some(&id)).map(str::to_owned))
}

/// Users of a directory service are known to `id`.
fn asked() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

/// Reads `90s`, `30m`, `1h30m` as milliseconds.
pub fn duration(text: &str) -> Result<u64, String> {
    sluice_core::document::measure::parse_duration(text)
        .ok_or_else(|| "write a duration such as `90s`, `30m` or `1h30m`".to_owned())
}

/// The same, for a time in which something is to happen.
pub fn some_time(text: &str) -> Result<u64, String> {
    match duration(text)? {
        0 => Err("in no time nothing is done; write for example `30m`".to_owned()),
        time => Ok(time),
    }
}

/// Reads a day, a time or how long ago it was, as milliseconds since 1970.
pub fn moment(text: &str) -> Result<u64, String> {
    let now = crate::commands::now_ms();
    let ago = days(text).ok().map(|ago| now.saturating_sub(ago));
    ago.or_else(|| sluice_core::report::time::parsed(text))
        .ok_or_else(|| "write `2026-11-23`, `2026-11-23T12:00` (UTC), or `7d` for so long ago".to_owned())
}

/// Reads `team=payments`.
pub fn label(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    parts
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write `name=value`".to_owned())
}

/// Reads `30d` as milliseconds, beside what [`duration`] reads.
fn days(text: &str) -> Result<u64, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok()?.checked_mul(86_400_000));
    days.map_or_else(|| duration(text), Ok)
        .map_err(|_| "write a time such as `30d`, `12h` or `1h30m`".to_owned())
}

/// The most bytes of a name or comment: it goes into the journal and before policies.
const MAX_REMARK: usize = 4096;

/// The most bytes of a release's id, and of a path.
const MAX_ID: usize = 256;
const MAX_PATH: usize = 4096;

/// A person's name, which stands in the journal beside what they said.
pub fn person(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("nobody has no name; write for example `--who anna`".to_owned()),
        name => bounded(name, MAX_REMARK),
    }
}

/// A person's comment.
pub fn remark(text: &str) -> Result<String, String> {
    bounded(text, MAX_REMARK)
}

/// A release's id, or the beginning of it.
pub fn id(text: &str) -> Result<String, String> {
    bounded(text, MAX_ID)
}

/// The path of a file.
pub fn path(text: &str) -> Result<PathBuf, String> {
    bounded(text, MAX_PATH).map(PathBuf::from)
}

fn bounded(text: &str, most: usize) -> Result<String, String> {
    if text.len() > most {
        return Err(format!("{} bytes are more than the limit of {most}", text.len()));
    }
    Ok(text.to_owned())
}
