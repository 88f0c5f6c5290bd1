//! The functions that expressions can call: those of CEL and its extensions, and our own.

mod convert;
mod encoders;
mod format;
mod lists;
mod math;
pub(super) mod network;
mod optional;
pub(super) mod quantity;
mod sets;
mod signature;
pub(super) mod strings;
pub(super) mod time;
mod version;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::limits::Meter;
use super::{EvaluationError, Value};

pub(crate) use signature::Signature;

/// A function: how it may be called, and what it does. The receiver is its first argument.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) signatures: &'static [&'static str],
    pub(super) run: fn(&mut Meter, &[Value]) -> Result<Value, EvaluationError>,
}

/// The function with this name, its name space included: `math.greatest`.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name).map(|(function, _)| *function)
}

/// Every function, by name.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> + Clone {
    TABLE.values().map(|(function, _)| *function)
}

impl Function {
    /// The ways in which it can be called.
    pub(crate) fn signatures(&self) -> &'static [Signature] {
        TABLE.get(self.name).map_or(&[], |(_, signatures)| signatures.as_slice())
    }

    pub(crate) fn takes(&self, is_member: bool, arguments: usize) -> bool {
        self.signatures().iter().any(|one| one.takes(is_member, arguments))
    }

    pub(crate) fn is_member_only(&self) -> bool {
        self.signatures().iter().all(|one| one.receiver.is_some())
    }
}

type Table = BTreeMap<&'static str, (&'static Function, Vec<Signature>)>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let read = |function: &'static Function| {
        let signatures = function.signatures.iter();
        let signatures = signatures.filter_map(|text| Signature::read(function.name, text)).collect();
        (function.name, (function, signatures))
    };
    GROUPS.iter().flat_map(|group| group.iter()).map(read).collect()
});

static GROUPS: [&[Function]; 13] = [
    convert::FUNCTIONS,
    encoders::FUNCTIONS,
    format::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    network::FUNCTIONS,
    optional::FUNCTIONS,
    quantity::FUNCTIONS,
    sets::FUNCTIONS,
    strings::FUNCTIONS,
    time::FUNCTIONS,
    version::FUNCTIONS,
    strings::SIZES,
];

/// No such overload.
fn wrong<T>(function: &str, arguments: &[Value]) -> Result<T, EvaluationError> {
    Err(EvaluationError::kinds(function, &arguments.iter().collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_can_be_read_and_no_name_stands_twice() {
        let mut functions = 0;
        for function in GROUPS.iter().flat_map(|group| group.iter()) {
            functions += 1;
            for text in function.signatures {
                assert!(Signature::read(function.name, text).is_some(), "{text}");
            }
            assert_eq!(function.signatures().len(), function.signatures.len(), "{}", function.name);
        }
        assert_eq!(TABLE.len(), functions);
    }
}
