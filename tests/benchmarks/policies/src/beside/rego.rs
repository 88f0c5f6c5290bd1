//! Rego, by the crate `regorus`: its interpreter, and its virtual machine.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, Value};

use crate::figure::Failure;
use crate::ours::Facts;

pub const GUARD: &str = r#"
package guard

deny contains "too many errors" if input.errors >= 0.01
deny contains "too slow" if input.latency >= 0.3
deny contains "an unknown environment" if not input.environment in ["staging", "production"]
deny contains "two must approve" if count(input.approvals) < 2
"#;

const RULE: &str = "data.guard.deny";

/// A module of a set. It denies nothing where it is for another service.
pub fn numbered(number: usize, services: usize) -> String {
    let (service, largest) = (number % services, 20 + number % 50);
    let guard = GUARD.replace("package guard", "");
    let guard = guard.replace(" if ", &format!(" if {{ input.service == \"service-{service}\"; "));
    let guard: String =
        guard.lines().filter(|line| !line.is_empty()).map(|line| format!("{line} }}\n")).collect();
    format!(
        "package set.guard_{number}\n{guard}deny contains \"too far\" if {{ input.service == \"service-{service}\"; input.rise > {largest} }}\n"
    )
}

pub fn input(facts: &Facts) -> Value {
    let texts = |texts: &[String]| texts.iter().map(|one| Value::from(one.as_str())).collect::<Vec<_>>();
    Value::from(std::collections::BTreeMap::from([
        (Value::from("service"), Value::from(facts.service.as_str())),
        (Value::from("environment"), Value::from(facts.environment.as_str())),
        (Value::from("errors"), Value::from(facts.errors)),
        (Value::from("latency"), Value::from(facts.latency)),
        (Value::from("rise"), Value::from(15_i64)),
        (Value::from("approvals"), Value::from(texts(&facts.approvals))),
    ]))
}

/// An engine with these modules.
pub fn engine<'a>(modules: impl IntoIterator<Item = &'a str>) -> Result<Engine, Failure> {
    let mut engine = Engine::new();
    for (number, module) in modules.into_iter().enumerate() {
        engine.add_policy(format!("{number}.rego"), module.to_owned())?;
    }
    Ok(engine)
}

/// Reads and prepares the guard, as for a first evaluation.
pub fn compiled() -> Result<regorus::CompiledPolicy, Failure> {
    Ok(engine([GUARD])?.compile_with_entrypoint(&RULE.into())?)
}

/// The guard on the virtual machine.
pub fn machine() -> Result<RegoVM, Failure> {
    let program = Compiler::compile_from_policy(&compiled()?, &[RULE]).map_err(|error| error.to_string())?;
    let mut machine = RegoVM::new();
    machine.load_program(Arc::clone(&program));
    Ok(machine)
}

/// How many reasons the virtual machine gives to deny.
pub fn ran(machine: &mut RegoVM, input: Value) -> Result<usize, Failure> {
    machine.set_input(input);
    count(&machine.execute().map_err(|error| error.to_string())?)
}

/// How many reasons the interpreter gives to deny.
pub fn interpreted(engine: &mut Engine, input: Value) -> Result<usize, Failure> {
    engine.set_input(input);
    count(&engine.eval_rule(String::from(RULE))?)
}

/// The same of a whole set.
pub fn interpreted_set(engine: &mut Engine, input: Value) -> Result<usize, Failure> {
    engine.set_input(input);
    let results = engine.eval_query(String::from("data.set[_].deny[_]"), false)?;
    Ok(results.result.len())
}

fn count(denied: &Value) -> Result<usize, Failure> {
    match denied {
        Value::Undefined => Ok(0),
        other => Ok(other.as_set()?.len()),
    }
}
