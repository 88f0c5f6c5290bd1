//! Cedar, by the crate `cedar-policy`. It has no fractions but as an extension and does not count: shares are given
//! to it in millionths and milliseconds, and approvals as their number.

use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request, RestrictedExpression};

use crate::figure::Failure;
use crate::ours::Facts;

pub const GUARD: &str = r#"
permit (principal, action == Action::"shape", resource);
@id("errors") forbid (principal, action, resource) unless { context.errors < 10000 };
@id("latency") forbid (principal, action, resource) unless { context.latency < 300 };
@id("environment") forbid (principal, action, resource)
    unless { ["staging", "production"].contains(context.environment) };
@id("approvals") forbid (principal, action, resource) unless { context.approvals >= 2 };
"#;

/// Everything that it is asked with but the request.
#[derive(Debug)]
pub struct Guard {
    pub policies: PolicySet,
    authorizer: Authorizer,
    entities: Entities,
    names: [EntityUid; 3],
}

/// Five rules of a set, for one service.
pub fn numbered(number: usize, services: usize) -> String {
    let (service, largest) = (number % services, 20 + number % 50);
    let guard = GUARD.replace("resource)\n    unless", "resource) unless");
    let permit = "permit (principal, action == Action::\"shape\", resource);\n";
    let own = format!("resource == Service::\"service-{service}\")");
    let rules = guard.replace(permit, "").replace("resource)", &own);
    format!("{rules}forbid (principal, action, {own} unless {{ context.rise <= {largest} }};\n")
}

pub fn compiled(text: &str) -> Result<PolicySet, Failure> {
    Ok(PolicySet::from_str(text)?)
}

impl Guard {
    pub fn of(text: &str) -> Result<Self, Failure> {
        let name = |text: &str| EntityUid::from_str(text);
        Ok(Self {
            policies: compiled(text)?,
            authorizer: Authorizer::new(),
            entities: Entities::empty(),
            names: [name("User::\"carol\"")?, name("Action::\"shape\"")?, name("Service::\"service-7\"")?],
        })
    }

    pub fn request(&self, facts: &Facts) -> Result<Request, Failure> {
        let long = |value: f64| RestrictedExpression::new_long(value as i64);
        let approvals = i64::try_from(facts.approvals.len())?;
        let context = Context::from_pairs([
            (String::from("environment"), RestrictedExpression::new_string(facts.environment.clone())),
            (String::from("errors"), long(facts.errors * 1e6)),
            (String::from("latency"), long(facts.latency * 1e3)),
            (String::from("rise"), RestrictedExpression::new_long(15)),
            (String::from("approvals"), RestrictedExpression::new_long(approvals)),
        ])?;
        let [who, what, of] = self.names.clone();
        Ok(Request::new(who, what, of, context, None)?)
    }

    /// How many rules forbid it.
    pub fn refusals(&self, request: &Request) -> Result<usize, Failure> {
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        if response.diagnostics().errors().next().is_some() {
            return Err("a policy could not be evaluated".into());
        }
        Ok(match response.decision() {
            cedar_policy::Decision::Allow => 0,
            cedar_policy::Decision::Deny => response.diagnostics().reason().count(),
        })
    }
}
