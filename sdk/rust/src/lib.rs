//! Write Sluice plugins in Rust.
//!
//! A plugin is its config: a struct that serde reads and schemars describes. It implements [`Plugin`] and the
//! trait of its kind ([`Strategy`], [`HealthCheck`] or [`Rollback`]), and one line exports it:
//! `sluice_sdk::export!(Steps: Strategy);`. Everything it may know arrives as arguments, everything it wants is
//! returned, so it is tested natively with [`testing`], without any WebAssembly.

mod amount;
mod audience;
mod call;
mod duration;
pub mod entry;
mod gate;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
pub mod log;
mod observation;
mod plugin;
mod shape;
mod snapshot;
pub mod statistics;
pub mod testing;
mod verdict;
mod watch;
mod weight;

pub use amount::Amount;
pub use audience::{Audience, Marked};
pub use call::Call;
pub use duration::Duration;
pub use gate::{Approval, Gate, Step};
pub use observation::{Observation, Quality, Query, Range, Reading, Series};
pub use plugin::{
    Description, HealthCheck, Judged, Plugin, Problem, Proposal, Retreat, Rollback, RollbackAnswer, Strategy,
};
pub use shape::{Allocation, Matcher, Mirror, Role, Route, Shape};
pub use snapshot::{Capacity, Snapshot};
pub use verdict::{Measurement, Seen, Verdict};
pub use watch::{Pause, Watch};
pub use weight::Weight;

/// A fact that this version of the contract has no field for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attr {
    pub key: String,
    pub value: String,
}

impl Attr {
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// Exports a plugin from its component: `export!(Steps: Strategy);`.
///
/// Off WebAssembly it only checks that the type is a plugin of that kind.
#[macro_export]
macro_rules! export {
    ($plugin:ty : Strategy) => {
        $crate::__export!($plugin, Strategy, strategy);
    };
    ($plugin:ty : HealthCheck) => {
        $crate::__export!($plugin, HealthCheck, health_check);
    };
    ($plugin:ty : Rollback) => {
        $crate::__export!($plugin, Rollback, rollback);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($plugin:ty, $kind:ident, $world:ident) => {
        const _: () = {
            const fn is_a_plugin_of_this_kind<P: $crate::$kind>() {}
            is_a_plugin_of_this_kind::<$plugin>();
        };
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "the canonical ABI lowers calls to raw memory")]
        const _: () = {
            type Component = $crate::guest::Exported<$plugin>;
    $crate::guest::$world::export!(Component with_types_in $crate::guest::$world);
        };
    };
}
