//! Loops over lists and maps. What one makes is no larger than what it went through.

use std::sync::Arc;

use super::{Evaluated, Local, Machine, Slot};
use crate::cel::compare::sort;
use crate::cel::node::{Loop, LoopKind};
use crate::cel::{EvaluationError, Key, Map, Node, Value};

/// What a loop goes through: one or two values a turn.
type Turns = Vec<(Value, Option<Value>)>;

impl<'a> Machine<'a> {
    pub(super) fn loop_over(&mut self, one: &'a Loop) -> Evaluated {
        let range = self.eval(&one.range)?;
        let turns = self.turns(&range, one.second.is_some())?;
        match one.kind {
            LoopKind::All => self.quantified(one, turns, false),
            LoopKind::Exists => self.quantified(one, turns, true),
            LoopKind::ExistsOne => self.exactly_one(one, turns),
            LoopKind::Filter => self.filter(one, turns),
            LoopKind::Map => self.mapped(one, turns),
            LoopKind::TransformMap | LoopKind::TransformMapEntry => self.map_of(one, turns),
            LoopKind::SortBy => self.sorted(one, turns),
        }
    }

    fn turns(&mut self, range: &Value, two: bool) -> Result<Turns, EvaluationError> {
        match range {
            Value::List(values) => {
                self.meter.step(values.len() as u64 / 4)?;
                let values = values.iter().cloned();
                Ok(match two {
                    false => values.map(|value| (value, None)).collect(),
                    true => (0..).zip(values).map(|(at, value)| (Value::Int(at), Some(value))).collect(),
                })
            }
            Value::Map(map) => {
                self.meter.step(map.entries.len() as u64 / 4)?;
                self.gone_through(map);
                let value = |value: &Value| two.then(|| value.clone());
                Ok(map.entries.iter().map(|(key, one)| (key.value(), value(one))).collect())
            }
            other => Err(EvaluationError::kinds("a loop", &[other])),
        }
    }

    /// Evaluates a part of a loop for one turn.
    fn turn(&mut self, one: &'a Loop, (first, second): (Value, Option<Value>), part: &'a Node) -> Evaluated {
        let before = self.locals.len();
        self.locals.push(Local { name: &one.name, value: Slot::Ready(first) });
        if let (Some(name), Some(value)) = (&one.second, second) {
            self.locals.push(Local { name, value: Slot::Ready(value) });
        }
        let value = self.eval(part);
        self.locals.truncate(before);
        value
    }

    /// Whether the condition of a loop lets a turn pass; always, where there is none.
    fn passes(&mut self, one: &'a Loop, turn: &(Value, Option<Value>)) -> Result<bool, EvaluationError> {
        let Some(filter) = &one.filter else { return Ok(true) };
        is_true(&self.turn(one, turn.clone(), filter)?)
    }

    /// `all` is decided by the first false, `exists` by the first true; errors count where nothing decides.
    fn quantified(&mut self, one: &'a Loop, turns: Turns, decides: bool) -> Evaluated {
        let mut failed = None;
        for turn in turns {
            match self.turn(one, turn, &one.body) {
                Ok(Value::Bool(value)) if value == decides => return Ok(Value::Bool(decides)),
                Ok(Value::Bool(_)) => {}
                Ok(other) => {
                    failed.get_or_insert(EvaluationError::kinds("a condition", &[&other]));
                }
                Err(error) if error.is_limit() => return Err(error),
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decides)), Err)
    }

    fn exactly_one(&mut self, one: &'a Loop, turns: Turns) -> Evaluated {
        let mut found = 0_u64;
        for turn in turns {
            found += u64::from(is_true(&self.turn(one, turn, &one.body)?)?);
        }
        Ok(Value::Bool(found == 1))
    }

    fn filter(&mut self, one: &'a Loop, turns: Turns) -> Evaluated {
        let mut kept = Vec::new();
        for turn in turns {
            if is_true(&self.turn(one, turn.clone(), &one.body)?)? {
                kept.push(turn.0);
            }
        }
        self.meter.entries(kept.len())?;
        Ok(Value::List(kept.into()))
    }

    fn mapped(&mut self, one: &'a Loop, turns: Turns) -> Evaluated {
        self.meter.entries(turns.len())?;
        let mut values = Vec::with_capacity(turns.len());
        for turn in turns {
            if self.passes(one, &turn)? {
                values.push(self.turn(one, turn, &one.body)?);
            }
        }
        Ok(Value::List(values.into()))
    }

    fn map_of(&mut self, one: &'a Loop, turns: Turns) -> Evaluated {
        let mut map = Map::default();
        for turn in turns {
            if !self.passes(one, &turn)? {
                continue;
            }
            let key = turn.0.clone();
            let value = self.turn(one, turn, &one.body)?;
            let entries = match (one.kind, value) {
                (LoopKind::TransformMap, value) => vec![(Key::new(&key), value)],
                (_, Value::Map(made)) => {
                    made.entries.iter().map(|(key, value)| (Some(key.clone()), value.clone())).collect()
                }
                (_, other) => return Err(EvaluationError::kinds("transformMapEntry", &[&other])),
            };
            for (key, value) in entries {
                let key = key.ok_or_else(|| EvaluationError::other("this can be no key of a map"))?;
                if map.entries.insert(key, value).is_some() {
                    return Err(EvaluationError::other("a map has the same key twice"));
                }
            }
            if map.entries.len() > self.meter.limits.entries {
                break;
            }
        }
        self.meter.entries(map.entries.len())?;
        Ok(Value::Map(Arc::new(map)))
    }

    fn sorted(&mut self, one: &'a Loop, turns: Turns) -> Evaluated {
        let mut keyed = Vec::with_capacity(turns.len());
        for turn in turns {
            let value = turn.0.clone();
            keyed.push((self.turn(one, turn, &one.body)?, value));
        }
        sort(&mut self.meter, "sortBy", &mut keyed)?;
        self.meter.entries(keyed.len())?;
        Ok(Value::List(keyed.into_iter().map(|(_, value)| value).collect()))
    }
}

fn is_true(value: &Value) -> Result<bool, EvaluationError> {
    match value {
        Value::Bool(value) => Ok(*value),
        other => Err(EvaluationError::kinds("a condition", &[other])),
    }
}
