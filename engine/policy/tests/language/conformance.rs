//! The cases of cel-spec, read from the folder that `SLUICE_VECTORS` names; skipped without it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value as Json;
use sluice_policy::cel::{Key, Limits, Names, Value, evaluate, parse};

/// Cases that are known not to pass, each with its reason.
const KNOWN: &[(&str, &str)] = &[];

/// The share of cases that must pass, in percent.
const WANTED: usize = 99;

#[derive(Deserialize)]
struct Case {
    file: String,
    section: String,
    name: String,
    expr: String,
    #[serde(default)]
    container: String,
    #[serde(default)]
    bindings: BTreeMap<String, Json>,
    #[serde(default)]
    check_only: bool,
    #[serde(default)]
    disable_macros: bool,
    matcher: String,
    #[serde(default)]
    want: Json,
}

struct Bindings {
    container: String,
    values: BTreeMap<String, Value>,
}

impl Names for Bindings {
    fn find(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn container(&self) -> &str {
        &self.container
    }

    fn has_dotted(&self) -> bool {
        true
    }
}

#[test]
fn cel_spec() {
    let Some(folder) = std::env::var_os("SLUICE_VECTORS").map(PathBuf::from) else { return };
    let text = std::fs::read_to_string(folder.join("cel.ndjson")).unwrap();
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut failed = Vec::new();
    for case in &cases {
        if let Err(why) = run(case) {
            let id = format!("{}/{}/{}", case.file, case.section, case.name);
            println!("FAILED {id}: {} {why}", case.expr);
            failed.push(id);
        }
    }
    println!("conformance cel: {} of {}", cases.len() - failed.len(), cases.len());
    for (id, why) in KNOWN {
        println!("known: {id}: {why}");
    }
    let passed = cases.len() - failed.len();
    assert!(passed * 100 >= cases.len() * WANTED, "{passed} of {} passed", cases.len());
}

fn run(case: &Case) -> Result<(), String> {
    if case.disable_macros {
        return Err(String::from("macros can not be turned off"));
    }
    let limits = Limits::default();
    let wants_error = case.matcher == "eval_error";
    let parsed = match parse(&case.expr, &limits) {
        Ok(parsed) => parsed,
        Err(_) if wants_error => return Ok(()),
        Err(flaws) => return Err(format!("can not be read: {}", flaws[0].message)),
    };
    // The type that the case wants is not among the vectors, so there is no more to say of it.
    if case.check_only {
        return Ok(());
    }
    let values = case.bindings.iter().map(|(name, value)| Ok((name.clone(), read(value)?)));
    let names =
        Bindings { container: case.container.clone(), values: values.collect::<Result<_, String>>()? };
    let evaluation = evaluate(&parsed.root, &names, &limits, None);
    match (evaluation.value, wants_error) {
        (Err(_), true) => Ok(()),
        (Ok(value), true) => Err(format!("gave {value:?}, and should fail")),
        (Err(error), false) => Err(format!("failed: {error}")),
        (Ok(value), false) => {
            let want = if case.want.is_null() { Value::Bool(true) } else { read(&case.want)? };
            if same(&value, &want) { Ok(()) } else { Err(format!("gave {value:?}, and not {want:?}")) }
        }
    }
}

/// The same value of the same type. NaN is itself here.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => one == other || (one.is_nan() && other.is_nan()),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let (one, other) = (&one.entries, &other.entries);
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, one), (wanted, other))| key == wanted && same(one, other))
        }
        _ => one.type_name() == other.type_name() && one == other,
    }
}

fn read(json: &Json) -> Result<Value, String> {
    let kind = json.get(0).and_then(Json::as_str).ok_or("this is no value")?;
    let text = || json.get(1).and_then(Json::as_str).ok_or("this is no text");
    let items = || json.get(1).and_then(Json::as_array).ok_or("this is no list");
    Ok(match kind {
        "null" => Value::Null,
        "bool" => Value::Bool(json[1].as_bool().ok_or("this is no bool")?),
        "int" => Value::Int(text()?.parse().map_err(|error| format!("{error}"))?),
        "uint" => Value::Uint(text()?.parse().map_err(|error| format!("{error}"))?),
        "double" => Value::Double(text()?.parse().map_err(|error| format!("{error}"))?),
        "string" => Value::text(text()?),
        "bytes" => {
            let expr = format!("base64.decode('{}')", text()?);
            let parsed = parse(&expr, &Limits::default()).map_err(|flaws| flaws[0].message.clone())?;
            let names = Bindings { container: String::new(), values: BTreeMap::new() };
            evaluate(&parsed.root, &names, &Limits::default(), None)
                .value
                .map_err(|error| error.to_string())?
        }
        "type" => Value::Type(text()?.into()),
        "list" => Value::list(items()?.iter().map(read).collect::<Result<Vec<_>, _>>()?),
        "map" => {
            let entry = |pair: &Json| Ok((key(&read(&pair[0])?)?, read(&pair[1])?));
            Value::map(items()?.iter().map(entry).collect::<Result<Vec<_>, String>>()?)
        }
        other => return Err(format!("there is no kind `{other}`")),
    })
}

fn key(value: &Value) -> Result<Key, String> {
    Ok(match value {
        Value::Bool(value) => Key::Bool(*value),
        Value::Int(value) => Key::Int(*value),
        Value::Uint(value) => Key::Uint(*value),
        Value::String(value) => Key::String(value.clone()),
        other => return Err(format!("`{other}` can be no key")),
    })
}
