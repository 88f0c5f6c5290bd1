//! Generated bindings: the shared types once, and each world with its exports.
#![allow(
    unsafe_code,
    unused_qualifications,
    rust_2018_idioms,
    missing_debug_implementations,
    clippy::all,
    reason = "generated, and the canonical ABI is raw memory"
)]

/// The imports, with the types that all worlds share.
mod base {
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        inline: "
            package sluice:sdk;
            world base {
                import sluice:plugin/metrics@0.1.0;
                import sluice:plugin/log@0.1.0;
                import sluice:plugin/statistics@0.1.0;
            }
        ",
        generate_all,
        generate_unused_types: true,
    });
}

pub use base::sluice::plugin::{log, metrics, statistics};

/// The shared types under one name.
pub mod wit {
    pub use super::base::sluice::plugin::log::Level;
    pub use super::base::sluice::plugin::types::*;
}

/// World `strategy`.
pub mod strategy {
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        world: "strategy",
        with: {
            "sluice:plugin/types@0.1.0": super::base::sluice::plugin::types,
            "sluice:plugin/metrics@0.1.0": super::base::sluice::plugin::metrics,
            "sluice:plugin/log@0.1.0": super::base::sluice::plugin::log,
            "sluice:plugin/statistics@0.1.0": super::base::sluice::plugin::statistics,
        },
        pub_export_macro: true,
    });
}

/// World `health-check`.
pub mod health_check {
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        world: "health-check",
        with: {
            "sluice:plugin/types@0.1.0": super::base::sluice::plugin::types,
            "sluice:plugin/metrics@0.1.0": super::base::sluice::plugin::metrics,
            "sluice:plugin/log@0.1.0": super::base::sluice::plugin::log,
            "sluice:plugin/statistics@0.1.0": super::base::sluice::plugin::statistics,
        },
        pub_export_macro: true,
    });
}

/// World `rollback`.
pub mod rollback {
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        world: "rollback",
        with: {
            "sluice:plugin/types@0.1.0": super::base::sluice::plugin::types,
            "sluice:plugin/metrics@0.1.0": super::base::sluice::plugin::metrics,
            "sluice:plugin/log@0.1.0": super::base::sluice::plugin::log,
            "sluice:plugin/statistics@0.1.0": super::base::sluice::plugin::statistics,
        },
        pub_export_macro: true,
    });
}
