//! What the rules of one policy see beside the facts: its parameters, and the time in its zone.

use std::cell::OnceCell;

use super::values::{moment, record};
use super::zone;
use crate::context::Context;
use crate::document::Params;
use crate::expression::{Key, Source, Value};
use crate::time::{Local, local};

/// Made when it is first read.
#[derive(Debug)]
pub(super) struct Own<'c> {
    context: &'c Context,
    params: &'c Params,
    time: OnceCell<Option<Value>>,
    made: OnceCell<Value>,
}

impl<'c> Own<'c> {
    pub(super) fn new(context: &'c Context, params: &'c Params) -> Self {
        Self { context, params, time: OnceCell::new(), made: OnceCell::new() }
    }
}

impl Source for Own<'_> {
    fn find(&self, name: &str) -> Option<Value> {
        match name {
            "time" => {
                let time = || local(moment(self.context), zone(self.params)).ok().map(time_value);
                self.time.get_or_init(time).clone()
            }
            "params" => Some(self.made.get_or_init(|| params_value(self.params)).clone()),
            _ => None,
        }
    }

    fn path(&self, names: &[(std::sync::Arc<str>, crate::cel::Place)]) -> Option<(Value, usize)> {
        match names {
            [(name, _), (param, _), ..] if **name == *"params" => {
                Some((self.params.get(param.as_ref())?.default.clone(), 2))
            }
            _ => None,
        }
    }
}

fn params_value(params: &Params) -> Value {
    Value::map(params.iter().map(|(name, param)| (Key::text(name.as_str()), param.default.clone())))
}

fn time_value(here: Local) -> Value {
    record([
        ("date", Value::text(here.date)),
        ("weekday", Value::text(here.weekday)),
        ("hour", Value::Int(here.hour)),
        ("minute", Value::Int(here.minute)),
    ])
}
