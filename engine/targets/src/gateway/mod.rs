//! The built-in target: a reverse proxy that owns the service's processes.
//!
//! [`serve`] is the gateway's process; [`GatewayClient`] is the engine's side. They speak over a Unix socket
//! only, so that traffic does not notice when the engine ends.
//!
//! How a request goes: `listener` → `proxy` → `routing` (a place on the line of weights, see `choice`; a lane
//! of the `table`) → `upstream` (a kept connection) → `body` (streamed back, counted). A share goes to a shadow
//! too: `mirror` (forked, bounded) → `compare` (pure). How a change goes:
//! `control` → `supervisor` (`desired`, `record`) → `fleet` → `keeper` (one per instance) → `plane` → `table`.

mod body;
pub(crate) mod choice;
mod client;
mod compare;
mod config;
mod control;
mod copy;
mod desired;
mod error;
pub(crate) mod external;
mod fleet;
mod handlers;
mod headers;
mod keeper;
mod levels;
mod listener;
mod logs;
mod mirror;
mod page;
mod plane;
mod preview;
mod probe;
mod process;
mod protocol;
mod proxies;
mod proxy;
mod record;
mod routing;
#[cfg(test)]
mod sample;
mod server;
mod start;
mod stats;
mod status;
mod supervisor;
mod table;
mod tunnel;
mod upstream;

pub use client::{GatewayClient, Stopped};
pub use config::{CAPABILITIES, GatewayConfig, GatewayOptions, Limits, Settings, Sticky};
pub use error::GatewayError;
pub use proxies::ProxyOptions;
pub(crate) use record::replace_shared;
pub use record::{RecordError, recorded_stable};
pub use server::serve;
