//! `--set candidate.version=v3`: values laid over a document before it is read.
//!
//! A problem with such a value points at the argument, not at the document.

use super::problem::{Problem, Problems, quoted};
use super::source::{Origin, Source, Span};
use super::tree::{Entry, Limits, Node, Value, parse, resolve};

/// The most arguments, and the most bytes they may have together.
const MAX_ARGUMENTS: usize = 200;
const MAX_BYTES: usize = 256 * 1024;
const MAX_SEGMENTS: usize = 16;

/// Values to lay over a document, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Overrides {
    source: Source,
    all: Vec<Override>,
}

#[derive(Debug, Clone, PartialEq)]
struct Override {
    path: Vec<Segment>,
    value: Node,
}

/// One name or index of a path.
#[derive(Debug, Clone, PartialEq)]
struct Segment {
    name: String,
    span: Span,
}

impl Overrides {
    pub fn none() -> Self {
        Self { source: Source::new("--set", ""), all: Vec::new() }
    }

    /// Reads arguments of the form `path=value`: the path is dotted (`candidate.env.GREETING`, `checks.0.plugin`),
    /// the value is text, or YAML where it begins with a bracket, a brace or a quote.
    pub fn read<S: AsRef<str>>(arguments: &[S]) -> Result<Self, Problems> {
        let bytes: usize = arguments.iter().map(|argument| argument.as_ref().len()).sum();
        if arguments.len() > MAX_ARGUMENTS || bytes > MAX_BYTES {
            let message =
                format!("more than {MAX_ARGUMENTS} overrides, or more than {MAX_BYTES} bytes of them");
            let problem = Problem::new("sluice::override::too-many", message);
            return Err(problem.with_help("write these values in the document").into());
        }
        let lines: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let source = Source { name: "--set".to_owned(), text: lines.join("\n").into() };
        let (mut all, mut problems, mut start) = (Vec::new(), Problems::new(), 0);
        for line in lines {
            match read_one(&source, start, line) {
                Ok(one) => all.push(one),
                Err(found) => problems.extend(found),
            }
            start += line.len() + 1;
        }
        problems.or(Some(Self { source, all }))
    }

    /// The text that the places of overridden values are in.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Lays every value over a document.
    pub fn apply(&self, root: &mut Node) -> Result<(), Problems> {
        let problems: Problems = self
            .all
            .iter()
            .filter_map(|one| set(&self.source, root, one).err())
            .map(|problem| *problem)
            .collect();
        problems.or(Some(()))
    }
}

impl Default for Overrides {
    fn default() -> Self {
        Self::none()
    }
}

fn read_one(source: &Source, start: usize, line: &str) -> Result<Override, Problems> {
    let span = |from: usize, to: usize| Span::new(from, to).moved(start, Origin::Override);
    let whole = span(0, line.len());
    let refused = |message: String, help: &str| {
        Problems::from(
            Problem::new("sluice::override::form", message)
                .at(source, whole, "this argument")
                .with_help(help),
        )
    };
    let Some((path, text)) = line.split_once('=') else {
        return Err(refused(format!("{} sets nothing", quoted(line)), "write `--set candidate.version=v3`"));
    };
    let mut segments = Vec::new();
    let mut from = 0;
    for name in path.split('.') {
        segments.push(Segment { name: name.to_owned(), span: span(from, from + name.len()) });
        from += name.len() + 1;
    }
    if segments.len() > MAX_SEGMENTS || segments.iter().any(|segment| segment.name.is_empty()) {
        let help = "write names with a dot between each two, as in `candidate.env.GREETING`";
        return Err(refused(format!("{} is not a path", quoted(path)), help));
    }
    let value = read_value(source, start + path.len() + 1, text)?;
    Ok(Override { path: segments, value })
}

fn read_value(source: &Source, start: usize, text: &str) -> Result<Node, Problems> {
    if !text.starts_with(['[', '{', '"', '\'']) {
        // A number that is too large for one is text: a commit's id may look like that.
        let value = resolve(text).unwrap_or_else(|_| Value::Text(text.to_owned()));
        return Ok(Node { span: Span::new(0, text.len()).moved(start, Origin::Override), value });
    }
    let alone = Source { name: source.name.clone(), text: text.into() };
    match parse(&alone, Limits { depth: 32, ..Limits::default() }) {
        Ok(node) => Ok(node.moved(start, Origin::Override)),
        Err(problems) => Err(problems.into_iter().map(|problem| moved(problem, source, start)).collect()),
    }
}

fn moved(mut problem: Problem, source: &Source, by: usize) -> Problem {
    for label in &mut problem.labels {
        label.span = label.span.moved(by, Origin::Override);
    }
    problem.document = Some(source.clone());
    problem
}

fn set(source: &Source, root: &mut Node, one: &Override) -> Result<(), Box<Problem>> {
    let mut node = root;
    for segment in &one.path {
        if node.value == Value::Null {
            *node = Node::empty_map(node.span);
        }
        let refused = |message: String, help: &str| {
            let problem = Problem::new("sluice::override::path", message);
            Box::new(problem.at(source, segment.span, "this part of the path").with_help(help))
        };
        node = match &mut node.value {
            Value::Map(map) => map.value_or_insert(&segment.name, || Entry {
                key: segment.name.clone(),
                key_span: segment.span,
                value: Node { span: segment.span, value: Value::Null },
            }),
            Value::List(list) => {
                let length = list.len();
                let item = segment.name.parse::<usize>().ok().and_then(|index| list.get_mut(index));
                item.ok_or_else(|| {
                    let message = format!("{} is not the number of an item", quoted(&segment.name));
                    refused(message, &format!("the list has {length} items, counted from 0"))
                })?
            }
            _ => {
                let message = format!("nothing named {} can be set in a single value", quoted(&segment.name));
                return Err(refused(message, "end the path one name earlier"));
            }
        };
    }
    *node = one.value.clone();
    Ok(())
}
