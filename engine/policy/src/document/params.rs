//! Parameters: the values in a policy that its users are meant to change.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use sluice_core::document::problem::{listed, quoted};
use sluice_core::document::reader::{Field, Fields};
use sluice_core::document::tree::Value as Written;

use super::format::{FORMATS, Format};
use crate::expression::{Kind, MAX_ENTRIES, MAX_TEXT, Value};
use crate::time::check_zone;

/// Parameters by name.
pub type Params = BTreeMap<String, Param>;

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Param {
    #[serde(rename = "type")]
    pub kind: ParamType,
    #[serde(serialize_with = "as_json")]
    pub default: Value,
    pub description: String,
    /// The least and the most that a number may be, that a text may have of characters, or a list of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The texts that a string may be, or a list may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What its texts are written as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
}

/// What a parameter can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParamType {
    /// A measure; `30` is taken as `30.0`.
    Number,
    Integer,
    String,
    Boolean,
    /// A list of texts.
    Strings,
}

/// The types as they are written.
pub(super) const TYPES: [(&str, ParamType); 5] = [
    ("number", ParamType::Number),
    ("integer", ParamType::Integer),
    ("string", ParamType::String),
    ("boolean", ParamType::Boolean),
    ("strings", ParamType::Strings),
];
pub(super) const FIELDS: &[&str] = &["type", "default", "description", "min", "max", "values", "format"];

impl Param {
    /// What rules see of it.
    pub fn kind(&self) -> Kind {
        match self.kind {
            ParamType::Number => Kind::Double,
            ParamType::Integer => Kind::Int,
            ParamType::String => Kind::Text,
            ParamType::Boolean => Kind::Bool,
            ParamType::Strings => Kind::list(Kind::Text),
        }
    }

    /// The parameter with another value, given as JSON; or why it can not have it.
    pub(crate) fn with(&self, given: &serde_json::Value) -> Result<Self, String> {
        let texts = |list: &Vec<serde_json::Value>| -> Option<Vec<Value>> {
            list.iter().map(|one| one.as_str().map(Value::text)).collect()
        };
        let value = match self.kind {
            ParamType::Number => given.as_f64().map(Value::Double),
            ParamType::Integer => given.as_i64().map(Value::Int),
            ParamType::String => given.as_str().map(Value::text),
            ParamType::Boolean => given.as_bool().map(Value::Bool),
            ParamType::Strings => given.as_array().and_then(texts).map(Value::list),
        };
        let Some(value) = value else {
            let kind = TYPES.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(word, _)| word);
            return Err(format!("`{given}` is none of the type `{kind}`"));
        };
        if given.to_string().len() > MAX_ENTRIES * 64 {
            return Err("it is too long".to_owned());
        }
        match self.outside(&value) {
            Some(why) => Err(why),
            None => Ok(Self { default: value, ..self.clone() }),
        }
    }

    /// Why the parameter can not have this value.
    pub(crate) fn outside(&self, value: &Value) -> Option<String> {
        let texts: Vec<&str> = match value {
            Value::String(text) => vec![text.as_ref()],
            Value::List(texts) => texts.iter().filter_map(text_of).collect(),
            _ => Vec::new(),
        };
        let (number, of) = match value {
            Value::Int(value) => (*value as f64, " is"),
            Value::Double(value) => (*value, " is"),
            Value::String(text) => (text.chars().count() as f64, " characters are"),
            _ => (texts.len() as f64, " texts are"),
        };
        if let Some(min) = self.min.filter(|min| number < *min) {
            return Some(format!("{number}{of} less than the least of {min}"));
        }
        if let Some(max) = self.max.filter(|max| number > *max) {
            return Some(format!("{number}{of} more than the most of {max}"));
        }
        if let Some(wrong) =
            texts.iter().find(|text| !self.values.is_empty() && !self.values.iter().any(|one| one == *text))
        {
            return Some(format!("`{wrong}` is none of {}", listed(self.values.iter().map(String::as_str))));
        }
        texts.into_iter().find_map(|text| self.format?.wrong(text))
    }
}

/// Reads `params`. What could not be read is left out, after it was told.
pub(super) fn read(field: &Field<'_>) -> Option<Params> {
    let mut params = Params::new();
    for (name, param) in field.entries()? {
        if !is_identifier(name.value) {
            let message = format!("`{}` can not be read as `params.{}`", name.value, name.value);
            let problem = field.reading().problem("wrong-name", name.span, message, "not a name for rules");
            field.reading().report(problem.with_help("use letters, digits and `_`, a letter first"));
            continue;
        }
        if let Some(param) = one(name.value, &param) {
            params.insert(name.value.to_owned(), param);
        }
    }
    Some(params)
}

fn one(name: &str, field: &Field<'_>) -> Option<Param> {
    let fields = field.fields(FIELDS)?;
    let description = fields.read_or("description", String::new(), Field::text_or_empty);
    let kind = fields.read("type", "number", |kind| kind.one_of(&TYPES));
    let default = fields.required("default", "30");
    let (kind, default) = (kind?, default?);
    let value = match kind {
        ParamType::Number => Value::Double(number(&default)?),
        ParamType::Integer => Value::Int(integer(&default)?),
        ParamType::String => Value::text(short(&default, default.text_or_empty()?)?),
        ParamType::Boolean => Value::Bool(default.boolean()?),
        ParamType::Strings => {
            let texts = default.texts()?;
            if texts.len() > MAX_ENTRIES {
                let message = format!("a list of {} texts is longer than {MAX_ENTRIES}", texts.len());
                return default.refuse("too-much", message, "split it over several policies");
            }
            let texts: Option<Vec<String>> = texts.into_iter().map(|text| short(&default, text)).collect();
            Value::list(texts?.into_iter().map(Value::text))
        }
    };
    zone_exists(name, &value, &default)?;
    let min = fields.read_or("min", None, |field| number(field).map(Some))?;
    let max = fields.read_or("max", None, |field| number(field).map(Some))?;
    let values = fields.read_or("values", Vec::new(), Field::texts)?;
    let format = fields.read_or("format", None, |field| field.one_of(&FORMATS).map(Some))?;
    fitting(kind, &fields)?;
    let param = Param { kind, default: value, description: description?, min, max, values, format };
    match param.outside(&param.default) {
        None => Some(param),
        Some(why) => default.refuse("wrong-value", why, "change the default, or what it may be"),
    }
}

/// Bounds that say nothing of a type are not meant for it.
fn fitting(kind: ParamType, fields: &Fields<'_>) -> Option<()> {
    let (senseless, of, help): (&[&str], _, _) = match kind {
        ParamType::Number | ParamType::Integer => {
            (&["values", "format"], "a number", "bound it by `min` and `max`")
        }
        ParamType::Boolean => (&["min", "max", "values", "format"], "a boolean", "leave it out"),
        ParamType::String | ParamType::Strings => return Some(()),
    };
    match senseless.iter().find_map(|name| fields.optional(name)) {
        None => Some(()),
        Some(field) => {
            field.refuse("wrong-value", format!("{of} can not have {}", quoted(field.path())), help)
        }
    }
}

fn number(field: &Field<'_>) -> Option<f64> {
    match field.node().value {
        // Whole numbers beyond 2^53 lose their last digits, as in JSON.
        Written::Int(value) => Some(value as f64),
        Written::Float(value) => Some(value),
        _ => field.expected("a number", "write for example `30`"),
    }
}

fn integer(field: &Field<'_>) -> Option<i64> {
    match field.node().value {
        Written::Int(value) => Some(value),
        _ => field.expected("a whole number", "write for example `30`"),
    }
}

fn short(field: &Field<'_>, text: String) -> Option<String> {
    if text.len() > MAX_TEXT {
        let message = format!("a text of {} bytes is longer than {MAX_TEXT}", text.len());
        return field.refuse("too-much", message, "shorten it");
    }
    Some(text)
}

/// The parameter `zone` sets the zone of `time`.
fn zone_exists(name: &str, value: &Value, field: &Field<'_>) -> Option<()> {
    if name != "zone" {
        return Some(());
    }
    let Value::String(zone) = value else {
        return field.refuse(
            "wrong-value",
            String::from("`zone` must be a string: it sets the zone of `time`"),
            "write `{type: string, default: Europe/Berlin}`",
        );
    };
    match check_zone(zone) {
        Ok(()) => Some(()),
        Err(_) => field.refuse(
            "wrong-value",
            format!("`{zone}` is not a time zone"),
            "write it as `Europe/Berlin` or `UTC`",
        ),
    }
}

pub(super) fn is_identifier(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn as_json<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Bool(value) => value.serialize(serializer),
        Value::Int(value) => value.serialize(serializer),
        Value::Double(value) => value.serialize(serializer),
        Value::List(values) => serializer.collect_seq(values.iter().map(ToString::to_string)),
        other => other.to_string().serialize(serializer),
    }
}
