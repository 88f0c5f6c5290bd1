//! Semantic versions: `semver("1.2.3")`. They compare with `<` and the like, build metadata aside.

use std::cmp::Ordering;
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::{Function, wrong};
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

/// Bytes of a version or of what one must satisfy.
const MAX_BYTES: usize = 256;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "compareTo",
        signatures: &["semver.compareTo(semver): int", "quantity.compareTo(quantity): int"],
        run: |_, arguments| ordered("compareTo", arguments, |order| Value::Int(order as i64)),
    },
    Function {
        name: "isGreaterThan",
        signatures: &["semver.isGreaterThan(semver): bool", "quantity.isGreaterThan(quantity): bool"],
        run: |_, arguments| ordered("isGreaterThan", arguments, |order| Value::Bool(order.is_gt())),
    },
    Function {
        name: "isLessThan",
        signatures: &["semver.isLessThan(semver): bool", "quantity.isLessThan(quantity): bool"],
        run: |_, arguments| ordered("isLessThan", arguments, |order| Value::Bool(order.is_lt())),
    },
    Function {
        name: "isSemver",
        signatures: &["isSemver(string): bool"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(version(text).is_ok())),
            _ => wrong("isSemver", arguments),
        },
    },
    Function {
        name: "major",
        signatures: &["semver.major(): int"],
        run: |_, arguments| part("major", arguments, |version| version.major),
    },
    Function {
        name: "minor",
        signatures: &["semver.minor(): int"],
        run: |_, arguments| part("minor", arguments, |version| version.minor),
    },
    Function {
        name: "patch",
        signatures: &["semver.patch(): int"],
        run: |_, arguments| part("patch", arguments, |version| version.patch),
    },
    Function {
        name: "prerelease",
        signatures: &["semver.prerelease(): string"],
        run: |_, arguments| match arguments {
            [Value::Version(version)] => Ok(Value::text(version.pre.as_str())),
            _ => wrong("prerelease", arguments),
        },
    },
    Function { name: "satisfies", signatures: &["semver.satisfies(string): bool"], run: satisfies },
    Function {
        name: "semver",
        signatures: &["semver(string): semver"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => version(text).map(|version| Value::Version(Arc::new(version))),
            _ => wrong("semver", arguments),
        },
    },
];

/// A leading `v` is how most people tag.
fn version(text: &str) -> Result<Version, EvaluationError> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let parsed = if text.len() <= MAX_BYTES { Version::parse(plain).ok() } else { None };
    parsed.ok_or_else(|| EvaluationError::function("semver", format!("`{text}` is no version like `1.2.3`")))
}

fn satisfies(_: &mut crate::cel::limits::Meter, arguments: &[Value]) -> Answer {
    let [Value::Version(version), Value::String(text)] = arguments else {
        return wrong("satisfies", arguments);
    };
    let wanted = if text.len() <= MAX_BYTES { VersionReq::parse(text).ok() } else { None };
    let wanted = wanted.ok_or_else(|| {
        EvaluationError::function("satisfies", format!("`{text}` is nothing like `>=1.2, <2` or `^1.2`"))
    })?;
    Ok(Value::Bool(wanted.matches(version)))
}

fn part(name: &'static str, arguments: &[Value], part: impl Fn(&Version) -> u64) -> Answer {
    let [Value::Version(version)] = arguments else { return wrong(name, arguments) };
    i64::try_from(part(version))
        .map(Value::Int)
        .map_err(|_| EvaluationError::arithmetic("a whole number grows too large"))
}

fn ordered(name: &str, arguments: &[Value], answer: impl Fn(Ordering) -> Value) -> Answer {
    match arguments {
        [Value::Version(one), Value::Version(other)] => Ok(answer(one.cmp_precedence(other))),
        [Value::Quantity(one), Value::Quantity(other)] => Ok(answer(one.cmp(other))),
        _ => wrong(name, arguments),
    }
}
