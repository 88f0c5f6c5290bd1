//! What an evaluation takes at least: a loop over what is written out may take more than there is, whatever it reads.

use super::Checker;
use crate::cel::node::{Call, Form, Loop, LoopKind};
use crate::cel::{Breach, Node, Value};

impl Checker<'_> {
    /// Tells of a loop that always takes more steps than an evaluation has.
    pub(super) fn too_long(&mut self, node: &Node) {
        let most = self.limits.steps;
        let place = node.place;
        if self.constants.is_closed(node) || self.least_steps(node) <= most {
            return;
        }
        // Of loops in one another the innermost is told.
        let is_told = self.found.flaws.iter().any(|flaw| place.start <= flaw.start && flaw.end <= place.end);
        if !is_told {
            let message = format!("this always fails: {}", Breach::Steps(most));
            self.flaw(place, message, "make it smaller, or ask in several rules");
        }
    }

    /// Steps that are taken in any case; each visit of a part is one.
    fn least_steps(&self, node: &Node) -> u64 {
        let of = |node: &Node| self.least_steps(node);
        let within = match &node.form {
            Form::And(terms) | Form::Or(terms) => terms.first().map_or(0, of),
            Form::Conditional(parts) => of(&parts[0]).saturating_add(of(&parts[1]).min(of(&parts[2]))),
            Form::Call(call) => self.of_arguments(call),
            Form::Loop(one) => self.of_turns(one),
            Form::Bind(bind) => of(&bind.body),
            Form::Block { body, .. } => of(body),
            Form::OptionalMap { target, .. } => of(target),
            _ => node.children().into_iter().map(of).fold(0, u64::saturating_add),
        };
        within.saturating_add(1)
    }

    fn of_arguments(&self, call: &Call) -> u64 {
        let needed = if matches!(call.name.as_ref(), "or" | "orValue") { 1 } else { call.arguments.len() };
        let arguments = call.arguments.iter().take(needed);
        arguments.map(|argument| self.least_steps(argument)).fold(0, u64::saturating_add)
    }

    fn of_turns(&self, one: &Loop) -> u64 {
        let turns = match self.constants.value(&one.range) {
            Some(Value::List(values)) => values.len() as u64,
            Some(Value::Map(map)) => map.entries.len() as u64,
            _ => 0,
        };
        // Those that may be decided early are decided by the first turn.
        let turns = match one.kind {
            LoopKind::All | LoopKind::Exists => turns.min(1),
            _ => turns,
        };
        let each = self.least_steps(one.filter.as_ref().unwrap_or(&one.body));
        self.least_steps(&one.range).saturating_add(turns.saturating_mul(each))
    }
}
