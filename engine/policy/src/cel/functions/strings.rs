//! Functions over texts. Positions are counted in characters.

use regex::Regex;

use super::{Function, wrong};
use crate::cel::limits::{Limits, Meter};
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "charAt", signatures: &["string.charAt(int): string"], run: char_at },
    Function {
        name: "contains",
        signatures: &["string.contains(string): bool"],
        run: |meter, arguments| tested(meter, "contains", arguments, |one, other| one.contains(other)),
    },
    Function {
        name: "endsWith",
        signatures: &["string.endsWith(string): bool"],
        run: |meter, arguments| tested(meter, "endsWith", arguments, |one, other| one.ends_with(other)),
    },
    Function {
        name: "indexOf",
        signatures: &["string.indexOf(string): int", "string.indexOf(string, int): int"],
        run: |meter, arguments| index_of(meter, arguments, false),
    },
    Function {
        name: "join",
        signatures: &["list<string>.join(): string", "list<string>.join(string): string"],
        run: join,
    },
    Function {
        name: "lastIndexOf",
        signatures: &["string.lastIndexOf(string): int", "string.lastIndexOf(string, int): int"],
        run: |meter, arguments| index_of(meter, arguments, true),
    },
    Function {
        name: "lowerAscii",
        signatures: &["string.lowerAscii(): string"],
        run: |meter, arguments| changed(meter, "lowerAscii", arguments, str::to_ascii_lowercase),
    },
    // The evaluator itself runs it, for it keeps the patterns.
    Function {
        name: "matches",
        signatures: &["string.matches(string): bool", "matches(string, string): bool"],
        run: |_, arguments| wrong("matches", arguments),
    },
    Function {
        name: "replace",
        signatures: &[
            "string.replace(string, string): string",
            "string.replace(string, string, int): string",
        ],
        run: replace,
    },
    Function {
        name: "split",
        signatures: &["string.split(string): list<string>", "string.split(string, int): list<string>"],
        run: split,
    },
    Function {
        name: "startsWith",
        signatures: &["string.startsWith(string): bool"],
        run: |meter, arguments| tested(meter, "startsWith", arguments, |one, other| one.starts_with(other)),
    },
    Function { name: "strings.quote", signatures: &["strings.quote(string): string"], run: quote },
    Function {
        name: "substring",
        signatures: &["string.substring(int): string", "string.substring(int, int): string"],
        run: substring,
    },
    Function {
        name: "trim",
        signatures: &["string.trim(): string"],
        run: |meter, arguments| changed(meter, "trim", arguments, |text| text.trim().to_owned()),
    },
    Function {
        name: "upperAscii",
        signatures: &["string.upperAscii(): string"],
        run: |meter, arguments| changed(meter, "upperAscii", arguments, str::to_ascii_uppercase),
    },
];

pub(super) const SIZES: &[Function] = &[Function {
    name: "size",
    signatures: &[
        "size(string): int",
        "size(bytes): int",
        "size(list<T>): int",
        "size(map<dyn, dyn>): int",
        "string.size(): int",
        "bytes.size(): int",
        "list<T>.size(): int",
        "map<dyn, dyn>.size(): int",
    ],
    run: size,
}];

/// Compiles a pattern, in the syntax of RE2.
pub(in crate::cel) fn pattern(pattern: &str, limits: &Limits) -> Result<Regex, String> {
    if pattern.len() > limits.pattern {
        return Err(format!("the pattern is longer than {} bytes", limits.pattern));
    }
    let built = regex::RegexBuilder::new(pattern)
        .size_limit(limits.program)
        .dfa_size_limit(limits.program)
        .nest_limit(32)
        .build();
    built.map_err(|error| {
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim();
        let why = why.strip_prefix("error: ").unwrap_or(why).trim_end_matches('.');
        format!("the pattern can not be used: {why}")
    })
}

/// Why a pattern can not be used.
pub(crate) fn check_pattern(text: &str) -> Result<(), String> {
    pattern(text, &Limits::default()).map(drop)
}

fn size(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let size = match arguments {
        [Value::String(text)] => {
            meter.read(text.len())?;
            text.chars().count()
        }
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(values)] => values.len(),
        [Value::Map(map)] => map.entries.len(),
        _ => return wrong("size", arguments),
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn tested(meter: &mut Meter, name: &str, arguments: &[Value], test: impl Fn(&str, &str) -> bool) -> Answer {
    let [Value::String(one), Value::String(other)] = arguments else { return wrong(name, arguments) };
    meter.read(one.len() + other.len())?;
    Ok(Value::Bool(test(one, other)))
}

fn changed(meter: &mut Meter, name: &str, arguments: &[Value], change: impl Fn(&str) -> String) -> Answer {
    let [Value::String(text)] = arguments else { return wrong(name, arguments) };
    meter.text(text.len())?;
    Ok(Value::text(change(text)))
}

fn out_of_range(function: &'static str, index: i64) -> EvaluationError {
    EvaluationError::function(function, format!("there is no place {index} in the text"))
}

/// A place in a text of so many characters; its end is one too.
fn place(function: &'static str, index: i64, length: usize) -> Result<usize, EvaluationError> {
    let place = usize::try_from(index).ok().filter(|place| *place <= length);
    place.ok_or_else(|| out_of_range(function, index))
}

fn characters(meter: &mut Meter, text: &str) -> Result<Vec<char>, EvaluationError> {
    meter.text(text.len())?;
    Ok(text.chars().collect())
}

fn char_at(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::String(text), Value::Int(index)] = arguments else { return wrong("charAt", arguments) };
    meter.read(text.len())?;
    let at = place("charAt", *index, text.chars().count())?;
    Ok(Value::text(text.chars().nth(at).map_or_else(String::new, String::from)))
}

fn index_of(meter: &mut Meter, arguments: &[Value], last: bool) -> Answer {
    let name = if last { "lastIndexOf" } else { "indexOf" };
    let (text, sought, from) = match arguments {
        [Value::String(text), Value::String(sought)] => (text, sought, None),
        [Value::String(text), Value::String(sought), Value::Int(from)] => (text, sought, Some(*from)),
        _ => return wrong(name, arguments),
    };
    let (text, sought) = (characters(meter, text)?, characters(meter, sought)?);
    let from = from.map(|from| place(name, from, text.len())).transpose()?;
    let found = |at: &usize| text[*at..].starts_with(&sought);
    let Some(latest) = text.len().checked_sub(sought.len()) else { return Ok(Value::Int(-1)) };
    meter.step((text.len() as u64).saturating_mul(sought.len() as u64 + 1) / 64)?;
    let at = match last {
        false => (from.unwrap_or(0)..=latest).find(found),
        true => (0..=latest.min(from.unwrap_or(latest))).rev().find(found),
    };
    Ok(Value::Int(at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
}

fn join(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let (values, separator) = match arguments {
        [Value::List(values)] => (values, ""),
        [Value::List(values), Value::String(separator)] => (values, separator.as_ref()),
        _ => return wrong("join", arguments),
    };
    let mut length = 0;
    for value in values.iter() {
        let Value::String(text) = value else { return wrong("join", std::slice::from_ref(value)) };
        meter.step(1)?;
        length += text.len() + separator.len();
    }
    meter.text(length)?;
    let texts = values.iter().filter_map(|value| match value {
        Value::String(text) => Some(text.as_ref()),
        _ => None,
    });
    Ok(Value::text(texts.collect::<Vec<&str>>().join(separator)))
}

fn replace(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let (text, from, to, limit) = match arguments {
        [Value::String(text), Value::String(from), Value::String(to)] => (text, from, to, -1),
        [Value::String(text), Value::String(from), Value::String(to), Value::Int(limit)] => {
            (text, from, to, *limit)
        }
        _ => return wrong("replace", arguments),
    };
    meter.read(text.len() + from.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = text.matches(from.as_ref()).take(limit).count();
    meter.text((text.len() - found * from.len()).saturating_add(found.saturating_mul(to.len())))?;
    Ok(Value::text(text.replacen(from.as_ref(), to, limit)))
}

fn split(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let (text, separator, limit) = match arguments {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [Value::String(text), Value::String(separator), Value::Int(limit)] => (text, separator, *limit),
        _ => return wrong("split", arguments),
    };
    meter.read(text.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let count = match separator.len() {
        0 => text.chars().count(),
        _ => text.matches(separator.as_ref()).count() + 1,
    };
    meter.entries(count.min(limit))?;
    meter.text(text.len())?;
    let parts: Vec<Value> = match (limit, separator.len()) {
        (0, _) => Vec::new(),
        (_, 0) => {
            // The last part is what is left.
            let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).take(limit).collect();
            starts.push(text.len());
            starts.windows(2).map(|pair| Value::text(&text[pair[0]..pair[1]])).collect()
        }
        _ => text.splitn(limit, separator.as_ref()).map(Value::text).collect(),
    };
    Ok(Value::List(parts.into()))
}

fn substring(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let (text, start, end) = match arguments {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        _ => return wrong("substring", arguments),
    };
    let characters = characters(meter, text)?;
    let from = place("substring", start, characters.len())?;
    let to = end.map_or(Ok(characters.len()), |end| place("substring", end, characters.len()))?;
    match characters.get(from..to) {
        Some(part) => Ok(Value::text(part.iter().collect::<String>())),
        None => Err(EvaluationError::function("substring", "it ends before it begins")),
    }
}

fn quote(meter: &mut Meter, arguments: &[Value]) -> Answer {
    let [Value::String(text)] = arguments else { return wrong("strings.quote", arguments) };
    meter.text(text.len() * 2 + 2)?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for one in text.chars() {
        match one {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    Ok(Value::text(quoted))
}
