//! What `bindgen!` makes of the WIT files. The three worlds share the types of the first.

pub(crate) use self::health_check::exports::sluice::plugin::health_check_api;
pub(crate) use self::health_check::{HealthCheck, HealthCheckPre};
pub(crate) use self::rollback::exports::sluice::plugin::rollback_api;
pub(crate) use self::rollback::{Rollback, RollbackPre};
pub(crate) use self::strategy::exports::sluice::plugin::strategy_api;
pub(crate) use self::strategy::sluice::plugin::{log, statistics, types};
pub(crate) use self::strategy::{Strategy, StrategyPre};

mod strategy {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/0.1.0",
        world: "strategy",
    });
}

mod health_check {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/0.1.0",
        world: "health-check",
        with: {
            "sluice:plugin/types": super::strategy::sluice::plugin::types,
            "sluice:plugin/metrics": super::strategy::sluice::plugin::metrics,
            "sluice:plugin/log": super::strategy::sluice::plugin::log,
            "sluice:plugin/statistics": super::strategy::sluice::plugin::statistics,
        },
    });
}

mod rollback {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/0.1.0",
        world: "rollback",
        with: {
            "sluice:plugin/types": super::strategy::sluice::plugin::types,
            "sluice:plugin/metrics": super::strategy::sluice::plugin::metrics,
            "sluice:plugin/log": super::strategy::sluice::plugin::log,
            "sluice:plugin/statistics": super::strategy::sluice::plugin::statistics,
        },
    });
}
