//! What rules see of the plan, and of releases beside the one that is decided on.

use jiff::Timestamp;

use super::values::{record, texts, texts_by_name};
use crate::context::{OtherFacts, PlanFacts, RecentFacts};
use crate::expression::{Kind, Moment, Value};

pub(super) fn plan_kind() -> Kind {
    let texts = || Kind::list(Kind::Text);
    Kind::record([
        ("target", Kind::Text),
        ("instances", Kind::Int),
        ("image", Kind::Text),
        ("checks", texts()),
        ("rollback", Kind::Text),
        ("approvals", texts()),
        ("tests", texts()),
        ("smoke", texts()),
        ("notified", texts()),
        ("monitor_seconds", Kind::Double),
    ])
}

pub(super) fn plan(plan: &PlanFacts) -> Value {
    record([
        ("target", Value::text(plan.target.as_str())),
        ("instances", Value::Int(plan.instances.into())),
        ("image", Value::text(plan.image.as_str())),
        ("checks", texts(&plan.checks)),
        ("rollback", Value::text(plan.rollback.as_str())),
        ("approvals", texts(&plan.approvals)),
        ("tests", texts(&plan.tests)),
        ("smoke", texts(&plan.smoke)),
        ("notified", texts(&plan.notified)),
        ("monitor_seconds", Value::Double(plan.monitor_seconds)),
    ])
}

pub(super) fn recent_kind() -> Kind {
    Kind::record([
        ("version", Kind::Text),
        ("outcome", Kind::Text),
        ("who", Kind::Text),
        ("began", Kind::Time),
        ("ended", Kind::Time),
    ])
}

pub(super) fn recent(past: &RecentFacts) -> Value {
    record([
        ("version", Value::text(past.version.as_str())),
        ("outcome", Value::text(past.outcome.as_str())),
        ("who", Value::text(past.who.as_str())),
        ("began", time(past.began)),
        ("ended", time(past.ended)),
    ])
}

pub(super) fn other_kind() -> Kind {
    Kind::record([
        ("service", Kind::Text),
        ("environment", Kind::Text),
        ("version", Kind::Text),
        ("who", Kind::Text),
        ("labels", Kind::map(Kind::Text)),
        ("began", Kind::Time),
    ])
}

pub(super) fn other(other: &OtherFacts) -> Value {
    record([
        ("service", Value::text(other.service.as_str())),
        ("environment", Value::text(other.environment.as_str())),
        ("version", Value::text(other.version.as_str())),
        ("who", Value::text(other.who.as_str())),
        ("labels", texts_by_name(&other.labels)),
        ("began", time(other.began)),
    ])
}

/// Milliseconds beyond what a calendar holds are its last moment.
pub(super) fn timestamp(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

fn time(milliseconds: u64) -> Value {
    Value::Timestamp(Moment::from_timestamp(timestamp(milliseconds)))
}
