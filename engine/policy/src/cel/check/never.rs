//! What can never be evaluated, whatever the release: told where it stands, with what to write.

use sluice_core::document::problem::nearest;

use super::Checker;
use super::samples::{model, sample};
use crate::cel::functions::Function;
use crate::cel::limits::Meter;
use crate::cel::map::Key;
use crate::cel::node::{Call, Element, Entry, Form, Operator};
use crate::cel::{EvaluationError, Kind, Node, Place, Value, Why};

impl Checker<'_> {
    /// Tells of parts that read nothing and always fail, unless something else was told of them.
    pub(super) fn tell_failed(&mut self) {
        for failed in std::mem::take(&mut self.constants.failed) {
            let whole = failed.whole;
            let is_told =
                self.found.flaws.iter().any(|flaw| whole.start <= flaw.start && flaw.end <= whole.end);
            if !is_told {
                self.always_fails(failed.place, &failed.error);
            }
        }
    }

    /// A call that fails because of what is written out in it, whatever the rest of it comes to.
    pub(super) fn hopeless(&mut self, node: &Node, call: &Call, function: &'static Function) {
        if self.constants.is_closed(node) {
            return;
        }
        let found = match function.name {
            "format" => self.bad_format(call, function),
            _ => self.bad_written(call, function),
        };
        if let Some((place, error)) = found {
            self.always_fails(place, &error);
        }
    }

    /// The first argument that is written out with which the call fails, where all that is not written is as good as
    /// can be.
    fn bad_written(&self, call: &Call, function: &'static Function) -> Option<(Place, EvaluationError)> {
        let written = |argument: &Node| self.constants.value(argument).cloned();
        let written: Vec<Option<Value>> = call.arguments.iter().map(written).collect();
        let mut given = model(function.name, &written)?;
        call.arguments.iter().zip(written).enumerate().find_map(|(at, (argument, value))| {
            given[at] = value?;
            let failed = (function.run)(&mut Meter::new(self.limits), &given).err();
            failed.filter(|error| !error.is_limit()).map(|error| (argument.place, error))
        })
    }

    /// A text with `%` that does not take what is given with it.
    fn bad_format(&mut self, call: &Call, function: &'static Function) -> Option<(Place, EvaluationError)> {
        let [text, list] = call.arguments.as_slice() else { return None };
        let template = self.constants.value(text)?.clone();
        let values = match &list.form {
            Form::List(elements, _) => self.sample_list(elements)?,
            _ => return None,
        };
        let failed = (function.run)(&mut Meter::new(self.limits), &[template, values]).err();
        failed.filter(|error| !error.is_limit()).map(|error| (text.place, error))
    }

    fn sample_list(&mut self, elements: &[Element]) -> Option<Value> {
        let mut list = Vec::with_capacity(elements.len());
        for element in elements {
            let known = self.constants.value(&element.node).cloned();
            let value = known.or_else(|| sample(&self.kind_of_name(&element.node)));
            list.push(value.filter(|_| !element.optional)?);
        }
        Some(Value::list(list))
    }

    /// The kind of a name, of which everything was told before. Looking at more than names again would double the
    /// work at every level.
    fn kind_of_name(&mut self, node: &Node) -> Kind {
        if !matches!(node.form, Form::Path { .. } | Form::Local(_)) {
            return Kind::Unknown;
        }
        let told = self.found.flaws.len();
        let kind = self.kind(node);
        self.found.flaws.truncate(told);
        kind
    }

    /// Dividing by a zero that is written out.
    pub(super) fn by_zero(&mut self, node: &Node, operator: Operator, operands: &[Node; 2]) {
        let is_zero = matches!(self.constants.value(&operands[1]), Some(Value::Int(0) | Value::Uint(0)));
        if is_zero
            && matches!(operator, Operator::Divide | Operator::Modulo)
            && !self.constants.is_closed(node)
        {
            self.flaw(node.place, "this always fails: it divides by zero", DIVIDE);
        }
    }

    /// Comparing with what is no number.
    pub(super) fn with_nan(&mut self, node: &Node, operands: &[Node; 2]) {
        let is_nan = |operand: &Node| matches!(self.constants.value(operand), Some(Value::Double(value)) if value.is_nan());
        let found = operands.iter().find(|operand| is_nan(operand)).map(|operand| operand.place);
        if let (Some(place), false) = (found, self.limits.nan_compares || self.constants.is_closed(node)) {
            self.flaw(place, "this always fails: it compares with 0/0, which is no number", DIVIDE);
        }
    }

    /// An entry that is not in a list or map that is written out.
    pub(super) fn no_entry(&mut self, node: &Node, operand: &Node, index: &Node, kind: &Kind) {
        if self.constants.is_closed(node) {
            return;
        }
        let Some(index_value) = self.constants.value(index) else { return };
        let length = match &operand.form {
            Form::List(elements, _) if elements.iter().all(|one| !one.optional) => Some(elements.len()),
            _ => None,
        };
        match (kind, index_value) {
            (Kind::List(_), Value::Int(at)) if *at < 0 => {
                let message = format!("this always fails: a list has no entry {at}");
                self.flaw(
                    index.place,
                    message,
                    "entries are counted from 0; the last is `list[size(list) - 1]`",
                );
            }
            (Kind::List(_), Value::Int(at))
                if length.is_some_and(|length| usize::try_from(*at).is_ok_and(|at| at >= length)) =>
            {
                let message = format!("this always fails: the list has {} entries", length.unwrap_or(0));
                self.flaw(index.place, message, "entries are counted from 0");
            }
            (Kind::Map(..), key) => {
                let Form::Map(entries) = &operand.form else { return };
                let keys: Option<Vec<Key>> = entries.iter().map(|one| self.key_of(one)).collect();
                let sought = Key::sought(key);
                if let (Some(keys), Some(sought)) = (keys, sought)
                    && !keys.contains(&sought)
                {
                    let message = format!("this always fails: the map has no entry `{key}`");
                    let help = format!("write `[?{}].orValue(...)` for what may not be there", key_text(key));
                    self.flaw(index.place, message, help);
                }
            }
            _ => {}
        }
    }

    /// Keys that are written out twice.
    pub(super) fn same_keys(&mut self, node: &Node, entries: &[Entry]) {
        if self.constants.is_closed(node) {
            return;
        }
        let mut seen: Vec<Key> = Vec::new();
        for entry in entries {
            let Some(key) = self.key_of(entry) else { continue };
            if seen.contains(&key) {
                self.flaw(entry.key.place, "this always fails: a map has the same key twice", KEYS);
            }
            seen.push(key);
        }
    }

    /// The key of an entry that is there in any case.
    fn key_of(&self, entry: &Entry) -> Option<Key> {
        self.constants.value(&entry.key).filter(|_| !entry.optional).and_then(Key::new)
    }

    fn always_fails(&mut self, place: Place, error: &EvaluationError) {
        let message = match error.why() {
            Why::Function { function, message } => {
                let short = message.split("; write ").next().unwrap_or(message);
                // The list may be one that was only tried.
                let short = short.split(" in a list of ").next().unwrap_or(short);
                format!("`{function}` always fails here: {short}")
            }
            why => format!("this always fails: {why}"),
        };
        self.flaw(place, message, instead(error.why()));
    }
}

const DIVIDE: &str = "divide by something else";
const KEYS: &str = "leave one of the two out";

fn key_text(key: &Value) -> String {
    if let Value::String(text) = key { format!("'{text}'") } else { key.to_string() }
}

/// What to write in place of what always fails.
fn instead(why: &Why) -> String {
    let help = match why {
        Why::Function { message, .. } if message.contains("is not a time zone") => {
            let zone = message.split('`').nth(1).unwrap_or_default();
            let near = near_zone(zone).map(|near| format!("did you mean `{near}`?"));
            return near.unwrap_or_else(|| String::from("write it as `Europe/Berlin` or `UTC`"));
        }
        Why::Function { function, .. } => return of_function(function),
        Why::Kinds { function, .. } if function.starts_with('%') => {
            "`%s` takes anything, `%d` a whole number, `%f` one with a fraction"
        }
        Why::NoSuchField(_) => "write `map[?'key'].orValue(...)` for what may not be there",
        Why::Limit(_) => "make it smaller, or ask in several rules",
        Why::Arithmetic(message) if message.contains("zero") || message.contains("0/0") => DIVIDE,
        Why::Arithmetic(message) if message.contains("list") => "entries are counted from 0",
        Why::Arithmetic(_) => "write a smaller number",
        Why::Other(message) if message.contains("same key") => KEYS,
        _ => "write something that can be evaluated",
    };
    String::from(help)
}

fn of_function(function: &str) -> String {
    let example = match function {
        "timestamp" => "`timestamp('2026-11-23T08:30:00Z')`",
        "duration" => "`duration('1h30m')`: the units are `h`, `m`, `s` and `ms`; or `days(2)`",
        "int" | "uint" => "the number itself: `5`",
        "double" => "the number itself: `5.0`",
        "semver" => "`semver('1.2.3')`: all three numbers",
        "satisfies" => "`satisfies('>=1.2, <2')`",
        "quantity" => "`quantity('1.5Gi')`",
        "cidr" | "containsCIDR" => "`'10.0.0.0/8'`",
        "ip" | "containsIP" => "`'10.0.0.1'`",
        "in_window" => "`in_window(now, '2026-12-20/2027-01-02', 'Europe/Berlin')`",
        "between_times" | "time_of_day" => "`18:00`, two digits each",
        "format" => "`'%s and %d'.format(['text', 3])`",
        _ => return String::from("write something that it can take"),
    };
    format!("write for example {example}")
}

/// A name that people have in mind who write only the city, or write it wrong.
fn near_zone(zone: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().to_lowercase();
    let same = names.iter().find(|name| city(name) == zone.to_lowercase().replace(' ', "_"));
    let near = same.map(String::as_str).or_else(|| nearest(zone, names.iter().map(String::as_str)));
    near.map(str::to_owned)
}
