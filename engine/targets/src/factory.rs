//! Targets by the kind that a plan names.

use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic;
use serde::de::DeserializeOwned;
use sluice_core::plan::{Revision, TargetPlan};
use sluice_runner::ports::target::{Capabilities, Target, TargetError};
use thiserror::Error;

use crate::command::{CommandOptions, CommandTarget};
use crate::gateway::{
    GatewayClient, GatewayError, GatewayOptions, ProxyOptions, RecordError, recorded_stable,
};

/// Where a service's target is kept on this machine, and what keeps it.
#[derive(Debug, Clone)]
pub struct Site {
    pub service: String,
    /// The directory of the process that owns the service's instances, where the target has one.
    pub dir: PathBuf,
    /// The program that becomes that process.
    pub program: PathBuf,
}

/// What can be known of a target without starting or changing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    pub capabilities: Capabilities,
    /// What it serves.
    pub stable: Option<Revision>,
}

/// Why there is no target.
#[derive(Debug, Error, Diagnostic)]
pub enum OpenError {
    #[error("the plan's target `{kind}` is of another form: {told}")]
    #[diagnostic(help("the plan was made by another version of Sluice; plan anew"))]
    Config { kind: String, told: String },

    #[error("the plan's target `{kind}` is none that this version knows")]
    #[diagnostic(help("run the version of Sluice that made the plan"))]
    Unknown { kind: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Gateway(#[from] GatewayError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Record(#[from] RecordError),

    #[error("the target `{kind}` can not be had: {error}")]
    #[diagnostic(help("try it by itself: `sluice target test`"))]
    Target { kind: String, error: TargetError },
}

/// Looks at a target from afar.
pub async fn glance(plan: &TargetPlan, site: &Site) -> Result<Glance, OpenError> {
    match plan.kind.as_str() {
        "gateway" => {
            let options: GatewayOptions = options(plan)?;
            Ok(Glance { capabilities: options.capabilities(), stable: recorded_stable(&site.dir)? })
        }
        "haproxy" | "envoy" => {
            let proxy = proxy(plan)?;
            Ok(Glance { capabilities: proxy.capabilities(), stable: recorded_stable(&site.dir)? })
        }
        "command" => {
            let target = command(plan, site).await?;
            let status = target.observe().await.map_err(|error| of(plan, error))?;
            Ok(Glance { capabilities: target.capabilities(), stable: status.stable })
        }
        _ => Err(OpenError::Unknown { kind: plan.kind.clone() }),
    }
}

/// The target of a plan; what it needs on this machine is started where it is not there.
pub async fn open(plan: &TargetPlan, site: &Site) -> Result<Arc<dyn Target>, OpenError> {
    match plan.kind.as_str() {
        "gateway" => {
            let options: GatewayOptions = options(plan)?;
            let program = site.program.clone();
            Ok(Arc::new(GatewayClient::ensure(&site.dir, &site.service, &options, program).await?))
        }
        "haproxy" | "envoy" => {
            let (proxy, program) = (proxy(plan)?, site.program.clone());
            Ok(Arc::new(GatewayClient::ensure_behind(&site.dir, &site.service, &proxy, program).await?))
        }
        "command" => Ok(Arc::new(command(plan, site).await?)),
        _ => Err(OpenError::Unknown { kind: plan.kind.clone() }),
    }
}

/// The target as it is found, to be looked at: nothing is started.
pub async fn found(plan: &TargetPlan, site: &Site) -> Result<Arc<dyn Target>, OpenError> {
    match plan.kind.as_str() {
        "gateway" | "haproxy" | "envoy" => Ok(Arc::new(GatewayClient::connect(&site.dir)?)),
        _ => open(plan, site).await,
    }
}

async fn command(plan: &TargetPlan, site: &Site) -> Result<CommandTarget, OpenError> {
    let options: CommandOptions = options(plan)?;
    CommandTarget::open(&site.service, &options).await.map_err(|error| of(plan, error))
}

/// The proxy that a plan names.
pub fn proxy(plan: &TargetPlan) -> Result<ProxyOptions, OpenError> {
    match plan.kind.as_str() {
        "haproxy" => Ok(ProxyOptions::Haproxy(options(plan)?)),
        "envoy" => Ok(ProxyOptions::Envoy(options(plan)?)),
        _ => Err(OpenError::Unknown { kind: plan.kind.clone() }),
    }
}

fn options<T: DeserializeOwned>(plan: &TargetPlan) -> Result<T, OpenError> {
    let read = serde_json::from_value(plan.config.clone());
    read.map_err(|error| OpenError::Config { kind: plan.kind.clone(), told: error.to_string() })
}

fn of(plan: &TargetPlan, error: TargetError) -> OpenError {
    OpenError::Target { kind: plan.kind.clone(), error }
}
