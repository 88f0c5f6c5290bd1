//! Why a gateway does not start, or can not be spoken to.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::record::RecordError;

/// Why there is no gateway.
#[derive(Debug, Error, Diagnostic)]
pub enum GatewayError {
    #[error("the gateway's directory `{}` can not be used", dir.display())]
    #[diagnostic(help("choose a directory that this user may write"))]
    Directory { dir: PathBuf, source: io::Error },

    #[error("the control socket's path `{}` has {length} bytes, and a socket's path may have {limit}", path.display())]
    #[diagnostic(help("choose a directory with a shorter path"))]
    SocketPath { path: PathBuf, length: usize, limit: usize },

    #[error("another gateway serves from `{}`", dir.display())]
    #[diagnostic(help("it needs no second one; stop it with `sluice gateway --stop` to start anew"))]
    Running { dir: PathBuf },

    #[error("the gateway can not listen on `{address}`")]
    #[diagnostic(help("choose another `listen` address, or stop what has this one"))]
    Listen { address: String, source: io::Error },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Record(#[from] RecordError),

    #[error("the gateway has no use of the system: {what}")]
    System { what: &'static str, source: io::Error },

    #[error("the gateway `{}` can not be started", program.display())]
    #[diagnostic(help("check that the program is there and may be run"))]
    Start { program: PathBuf, source: io::Error },

    #[error("the gateway did not come up: {told}")]
    #[diagnostic(help("its own words are in `{}`", log.display()))]
    NotUp { told: String, log: PathBuf },

    #[error("the gateway at `{}` does not answer: {told}", socket.display())]
    #[diagnostic(help("`sluice gateway` starts one; its words are in `gateway.log` beside the socket"))]
    NoAnswer { socket: PathBuf, told: String },

    #[error("the running gateway listens on `{running}`, and the workflow asks for `{wanted}`")]
    #[diagnostic(help(
        "an address does not change under way, as clients would be lost: put the old one back, or stop the gateway with `sluice gateway --stop`"
    ))]
    OtherListen { running: SocketAddr, wanted: SocketAddr },

    #[error("the running gateway has another proxy before its instances than the workflow asks for")]
    #[diagnostic(help(
        "one proxy can not take over from another under way: put the old `target` back, or stop the gateway with `sluice gateway --stop`"
    ))]
    OtherProxy,

    #[error("the directory belongs to the service `{running}`, not to `{wanted}`")]
    #[diagnostic(help("give every service a directory of its own"))]
    OtherService { running: String, wanted: String },

    #[error("the gateway refused: {0}")]
    Refused(String),
}
