//! The functions that expressions can call: those of CEL that are sound here, and our own.

use std::sync::{Arc, LazyLock};

use cel_interpreter::common::types::{CelBool, CelString, CelTimestamp, STRING_TYPE, TIMESTAMP_TYPE};
use cel_interpreter::common::value::{CowVal, Val};
use cel_interpreter::{Env, ExecutionError};
use jiff::Timestamp;

use crate::time;

/// How a function may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `string(x)`.
    Global,
    /// `x.contains(y)`.
    Member,
    /// `size(x)` or `x.size()`.
    Both,
}

/// A function, how it is written and how many arguments it may have, the receiver not counted.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) style: Style,
    pub(super) arguments: std::ops::RangeInclusive<usize>,
}

/// Every function that can be called. Operators and macros are not among them.
pub(super) static FUNCTIONS: &[Function] = &[
    function("bool", Style::Global, 1),
    function("contains", Style::Member, 1),
    function("double", Style::Global, 1),
    function("duration", Style::Global, 1),
    function("endsWith", Style::Member, 1),
    Function { name: "getDate", style: Style::Member, arguments: 0..=1 },
    Function { name: "getDayOfWeek", style: Style::Member, arguments: 0..=1 },
    Function { name: "getFullYear", style: Style::Member, arguments: 0..=1 },
    Function { name: "getHours", style: Style::Member, arguments: 0..=1 },
    Function { name: "getMinutes", style: Style::Member, arguments: 0..=1 },
    Function { name: "getMonth", style: Style::Member, arguments: 0..=1 },
    Function { name: "getSeconds", style: Style::Member, arguments: 0..=1 },
    Function { name: "in_window", style: Style::Global, arguments: 3..=4 },
    function("int", Style::Global, 1),
    function("matches", Style::Member, 1),
    function("size", Style::Both, 1),
    function("startsWith", Style::Member, 1),
    function("string", Style::Global, 1),
    function("timestamp", Style::Global, 1),
];

/// What can be written after a list or map, and `has`.
pub(super) const MACROS: [(&str, &str); 6] = [
    ("all", "list.all(name, condition)"),
    ("exists", "list.exists(name, condition)"),
    ("exists_one", "list.exists_one(name, condition)"),
    ("filter", "list.filter(name, condition)"),
    ("has", "has(map.field)"),
    ("map", "list.map(name, value)"),
];

/// Building it is thirty times dearer than an evaluation.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(build()));

pub(super) fn environment() -> Arc<Env> {
    Arc::clone(&ENVIRONMENT)
}

pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// A time as CEL has it.
pub(super) fn timestamp(time: Timestamp) -> Option<Box<dyn Val>> {
    let text = [CowVal::owned(CelString::from(time.to_string()))];
    let convert = ENVIRONMENT.find_overload("timestamp", &text)?;
    convert(Vec::from(text)).ok().map(CowVal::into_owned)
}

const fn function(name: &'static str, style: Style, arguments: usize) -> Function {
    Function { name, style, arguments: arguments..=arguments }
}

fn build() -> Env {
    let mut environment = Env::stdlib().with_optional_support(false);
    let interval = vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE];
    let dates = vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE, STRING_TYPE];
    // The names are ours, so neither can be declared already; a missing one would show in every test.
    let _ = environment.add_overload("in_window", "in_window_interval", interval, in_window);
    let _ = environment.add_overload("in_window", "in_window_dates", dates, in_window);
    environment
}

/// `in_window(now, "2026-12-20/2027-01-02", zone)` or `in_window(now, from, to, zone)`.
fn in_window<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let failed = |message: &str| ExecutionError::function_error("in_window", message);
    let text = |index: usize| {
        let value = arguments.get(index).and_then(|one| one.downcast_ref::<CelString<'_>>());
        value.map(CelString::inner).ok_or_else(|| failed("takes texts"))
    };
    let now = arguments.first().and_then(|one| one.downcast_ref::<CelTimestamp>());
    let now = now.ok_or_else(|| failed("takes a time first"))?.inner().timestamp_millis();
    let now = Timestamp::from_millisecond(now).map_err(|error| failed(&error.to_string()))?;
    let (from, to, zone) = match arguments.len() {
        3 => {
            let (from, to) = text(1)?.split_once('/').ok_or_else(|| failed("takes a window as `from/to`"))?;
            (from, to, text(2)?)
        }
        _ => (text(1)?, text(2)?, text(3)?),
    };
    let inside = time::in_window(now, from, to, zone).map_err(|error| failed(&error.to_string()))?;
    Ok(CowVal::owned(CelBool::from(inside)))
}
