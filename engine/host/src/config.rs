//! How a host is set up: where it keeps files, what it compiles with, and what a call may use.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use sluice_runner::ports::plugins::PluginKind;

/// A plugin that comes with the binary.
#[derive(Debug, Clone, Copy)]
pub struct BundledPlugin {
    pub name: &'static str,
    pub kind: PluginKind,
    /// `sha256:<hex>` of the component, worked out when the binary was built.
    pub digest: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// Where foreign plugins are compiled. Bundled ones are trusted and always compile in process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// Without limits on time and memory: for tests and for components that are trusted.
    InProcess,
    /// In a process of its own, which must call [`crate::compile_child`] with the arguments that follow `args`.
    Child { program: PathBuf, args: Vec<OsString> },
}

/// What one call, one compilation and one result may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Instructions, roughly, that one call may run; host calls are paid from it too.
    pub fuel: u64,
    /// Bytes of all linear memories of one instance together.
    pub memory: usize,
    /// The backstop in real time. It tells of an overloaded host, and never gives a verdict.
    pub deadline: Duration,
    /// Bytes that a guest may hand to the host in one crossing.
    pub hostcall_bytes: usize,
    /// Bytes of the state that a call hands over to the next.
    pub state: usize,
    /// Bytes of one text in a result.
    pub text: usize,
    /// Entries of one list in a result.
    pub list: usize,
    /// Lines kept of one call's log.
    pub log_lines: usize,
    /// Bytes kept of one call's log.
    pub log_bytes: usize,
    /// Further queries that one call may ask.
    pub queries: usize,
    /// Calls at the same moment; more wait for their turn.
    pub concurrent: u32,
    /// Bytes of a component.
    pub component: u64,
    /// Bytes of what a component compiles to.
    pub compiled: u64,
    /// How long a foreign component may compile.
    pub compile_time: Duration,
    /// Address space of the process that compiles a foreign component.
    pub compile_memory: u64,
}

/// How a host is set up.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Compiled components; only this user may write there.
    pub cache_dir: PathBuf,
    /// Foreign components that plans have pinned, in `plugins/` below it.
    pub data_dir: PathBuf,
    pub compiler: Compiler,
    pub bundled: Vec<BundledPlugin>,
    pub limits: Limits,
}

impl HostConfig {
    /// With default limits, no bundled plugins, and compilation in process.
    pub fn new(cache_dir: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            data_dir: data_dir.into(),
            compiler: Compiler::InProcess,
            bundled: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 500_000_000,
            memory: 32 << 20,
            deadline: Duration::from_secs(10),
            hostcall_bytes: 1 << 20,
            state: 64 << 10,
            text: 4 << 10,
            list: 128,
            log_lines: 64,
            log_bytes: 16 << 10,
            queries: 32,
            concurrent: 16,
            component: 16 << 20,
            compiled: 128 << 20,
            compile_time: Duration::from_secs(30),
            compile_memory: 1 << 30,
        }
    }
}
