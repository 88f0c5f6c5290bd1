//! Calls: the function must be there, be called in one of its ways, and take what it is given.

use sluice_core::document::problem::{listed, nearest, quoted};

use super::Checker;
use crate::cel::functions::{self, Signature};
use crate::cel::macros::MACROS;
use crate::cel::node::Call;
use crate::cel::{Kind, Node, Place, Value};

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &Node, call: &Call) -> Kind {
        if let Some(usage) = self.mistaken_macro(call) {
            let message = format!("`{}` is not written like this", call.name);
            self.flaw(node.token, message, format!("write `{usage}`"));
            return Kind::Unknown;
        }
        let kinds: Vec<Kind> = call.arguments.iter().map(|one| self.kind(one)).collect();
        let Some(function) = call.function else {
            self.not_called_so(node.token, call);
            return functions::find(&call.name)
                .and_then(|function| function.signatures().first().map(|one| one.result.clone()))
                .filter(|kind| !mentions_same(kind))
                .unwrap_or(Kind::Unknown);
        };
        if function.name == "matches" {
            self.pattern(call);
        }
        let counted = kinds.len() - usize::from(call.is_member);
        let ways: Vec<&Signature> =
            function.signatures().iter().filter(|one| one.takes(call.is_member, counted)).collect();
        let given: Vec<Option<Kind>> = ways.iter().map(|way| way.applied(&kinds)).collect();
        let mut fitting = given.into_iter().flatten();
        let Some(first) = fitting.next() else {
            self.wrong_arguments(node.token, call, &kinds, &ways);
            return ways
                .first()
                .map(|way| way.result.clone())
                .filter(|kind| !mentions_same(kind))
                .unwrap_or(Kind::Unknown);
        };
        self.hopeless(node, call, function);
        // Where all of it is known, the first way that takes it is the one.
        let is_known = kinds.iter().all(Kind::is_known);
        if is_known || fitting.all(|other| other == first) { first } else { Kind::Unknown }
    }

    /// How a macro is written, where it is called like none.
    fn mistaken_macro(&self, call: &Call) -> Option<&'static str> {
        let named = |name: &str| MACROS.iter().find(|(known, _)| *known == name).map(|(_, usage)| *usage);
        if call.function.is_some() || functions::find(&call.name).is_some() {
            return None;
        }
        named(&call.name).or_else(|| named(&format!("cel.{}", call.name)))
    }

    fn wrong_arguments(&mut self, place: Place, call: &Call, kinds: &[Kind], ways: &[&Signature]) {
        let given: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        let message = format!("`{}` can not take {}", call.name, given.join(" and "));
        let mut wanted: Vec<String> = ways
            .iter()
            .filter_map(|way| {
                let wanted = way.receiver.iter().chain(&way.arguments);
                let differ = kinds.iter().zip(wanted).find(|(given, wanted)| !given.fits(wanted));
                differ.map(|(_, wanted)| wanted.to_string())
            })
            .collect();
        wanted.dedup();
        let help = match wanted.as_slice() {
            _ if *call.name == *"contains" && matches!(kinds, [Kind::List(_) | Kind::Map(..), _]) => {
                String::from("write `y in x` to look for an entry")
            }
            [] if call.name.starts_with("math.") => String::from("it takes numbers"),
            [] => String::from("they must be of one kind"),
            [one] => format!("it takes {one} there"),
            several => format!("it takes {} there", several.join(" or ")),
        };
        self.flaw(place, message, help);
    }

    fn not_called_so(&mut self, place: Place, call: &Call) {
        let name = call.name.as_ref();
        if let Some(function) = functions::find(name) {
            let message = format!("`{name}` is not called like this, or takes another number of arguments");
            let ways: Vec<String> = function.signatures().iter().map(|way| way.usage(name)).collect();
            let mut ways: Vec<&str> = ways.iter().map(String::as_str).collect();
            ways.dedup();
            return self.flaw(place, message, format!("write {}", either(&ways)));
        }
        let known = functions::all().map(|one| one.name).chain(MACROS.iter().map(|(name, _)| *name));
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("a rule can call {}", listed(COMMON.iter().copied()))
                    + ", and more that policies/README.md lists"
            }
        };
        self.flaw(place, format!("there is no function {}", quoted(name)), help);
    }

    /// A pattern that is written out is tried when it is read.
    fn pattern(&mut self, call: &Call) {
        let Some(last) = call.arguments.last() else { return };
        let Some(Value::String(pattern)) = self.constants.value(last) else { return };
        if let Err(message) = functions::strings::pattern(pattern, &self.limits) {
            self.flaw(last.place, message, "patterns are in the syntax of RE2");
        }
    }
}

/// What most rules need; the whole list would fill a screen.
const COMMON: [&str; 16] = [
    "all",
    "bool",
    "contains",
    "double",
    "duration",
    "endsWith",
    "exists",
    "filter",
    "has",
    "in_window",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "timestamp",
];

impl Signature {
    /// What a call with arguments of these kinds gives, if it takes them.
    fn applied(&self, kinds: &[Kind]) -> Option<Kind> {
        let mut same = None;
        let last = self.arguments.last();
        let wanted =
            self.receiver.iter().chain(&self.arguments).chain(std::iter::repeat_with(|| last).flatten());
        for (given, wanted) in kinds.iter().zip(wanted) {
            if !given.fits(wanted) || !bind(&mut same, given, wanted) {
                return None;
            }
        }
        Some(resolved(&self.result, same.as_ref()))
    }

    /// `x.contains(y)`.
    fn usage(&self, name: &str) -> String {
        let letters = ["x", "y", "z", "a", "b"];
        let mut letters = letters.iter();
        let receiver = self.receiver.as_ref().and_then(|_| letters.next());
        let mut arguments: Vec<&str> =
            self.arguments.iter().map(|_| letters.next().copied().unwrap_or("_")).collect();
        if self.variadic {
            arguments.push("...");
        }
        let call = format!("{name}({})", arguments.join(", "));
        receiver.map_or(format!("`{call}`"), |receiver| format!("`{receiver}.{call}`"))
    }
}

fn either(ways: &[&str]) -> String {
    match ways {
        [] => String::from("another one"),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Where the same kind is meant twice, both must go together. Where numbers are meant, those of two kinds do, and what
/// comes out is unknown.
fn bind(same: &mut Option<Kind>, given: &Kind, wanted: &Kind) -> bool {
    match (given, wanted) {
        (given, Kind::Same('N')) if !given.is_number() && *given != Kind::Unknown => false,
        (given, Kind::Same(letter)) => match same.take() {
            None => {
                *same = Some(given.clone());
                true
            }
            Some(before) => {
                let numbers = *letter == 'N' && before.is_number() && given.is_number();
                let goes = numbers || before.fits(given);
                *same = Some(before.joined(given));
                goes
            }
        },
        (Kind::List(given), Kind::List(wanted)) | (Kind::Optional(given), Kind::Optional(wanted)) => {
            bind(same, given, wanted)
        }
        _ => true,
    }
}

fn resolved(kind: &Kind, same: Option<&Kind>) -> Kind {
    match kind {
        Kind::Same(_) => same.cloned().unwrap_or(Kind::Unknown),
        Kind::List(of) => Kind::list(resolved(of, same)),
        Kind::Optional(of) => Kind::optional(resolved(of, same)),
        other => other.clone(),
    }
}

fn mentions_same(kind: &Kind) -> bool {
    match kind {
        Kind::Same(_) => true,
        Kind::List(of) | Kind::Optional(of) => mentions_same(of),
        _ => false,
    }
}
