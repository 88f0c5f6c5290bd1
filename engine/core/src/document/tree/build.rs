//! Builds a tree from the parser's events, without recursion and within limits.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::{Entry, Limits, Map, Node, Value, scalar, syntax};
use crate::document::problem::{Problem, Problems, quoted};
use crate::document::source::{Source, Span, too_large};

/// Reads a document that has no problem of form.
pub fn parse(source: &Source, limits: Limits) -> Result<Node, Problems> {
    let mut problems = Problems::new();
    let node = parse_into(source, limits, &mut problems);
    problems.or(node)
}

/// Reads a document and tells what is wrong with its form. What can be read although something is wrong is
/// returned all the same, so that what it means can be judged in the same run.
pub fn parse_into(source: &Source, limits: Limits, problems: &mut Problems) -> Option<Node> {
    if source.text.len() > limits.bytes {
        problems.push(too_large(&source.name, source.text.len(), limits));
        return None;
    }
    if let Some((place, character)) = source.text.char_indices().find(|(_, one)| is_unprintable(*one)) {
        problems.push(unprintable(source, place, character));
        return None;
    }
    let mut builder = Builder::new(source, limits);
    let mut parser = Parser::new_from_str(&source.text);
    while let Some(next) = parser.next_event() {
        let go_on = match next {
            Ok((event, marks)) => builder.event(event, marks),
            Err(error) => {
                let place = builder.offset(error.marker().index());
                builder.problems.push(syntax::problem(source, builder.here(place), error.info()));
                builder.unusable = true;
                false
            }
        };
        if !go_on {
            break;
        }
    }
    builder.finish(problems)
}

/// A list or map that is not closed yet.
struct Open {
    start: usize,
    /// End of the last thing in it: the parser ends a block only where the next thing begins.
    end: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map { map: Map, seen: BTreeMap<String, Span>, key: Key },
}

/// What a map waits for.
enum Key {
    /// A key.
    Awaited,
    /// The value of this one.
    Read(String, Span),
    /// The value of a key that can not be kept.
    Refused(Span),
}

struct Builder<'a> {
    source: &'a Source,
    limits: Limits,
    /// Byte offset of every character, when they are not the same thing.
    offsets: Option<Vec<usize>>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    problems: Problems,
    /// Something is wrong that leaves the tree without meaning.
    unusable: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source, limits: Limits) -> Self {
        let text = &source.text;
        let offsets = (!text.is_ascii()).then(|| text.char_indices().map(|(offset, _)| offset).collect());
        Self {
            source,
            limits,
            offsets,
            open: Vec::new(),
            root: None,
            nodes: 0,
            documents: 0,
            problems: Problems::new(),
            unusable: false,
        }
    }

    /// Takes one event; false when nothing more is to be read.
    fn event(&mut self, event: Event<'_>, marks: Marks) -> bool {
        let span = Span::new(self.offset(marks.start.index()), self.offset(marks.end.index()));
        match event {
            Event::DocumentStart(_) => self.document_start(span),
            Event::Alias(_) => {
                // One is enough to say: a document made of aliases would say it a hundred times.
                if !std::mem::replace(&mut self.unusable, true) {
                    self.problems.push(syntax::problem(self.source, span, "unknown anchor"));
                }
                self.counted(span) && self.place(Node { span, value: Value::Null }, None)
            }
            Event::Scalar(text, style, _, tag) => {
                self.tag(tag.is_some(), span);
                self.counted(span) && self.scalar(&text, style, span)
            }
            Event::SequenceStart(_, tag) => {
                self.tag(tag.is_some(), span);
                self.counted(span) && self.start(Inside::List(Vec::new()), span)
            }
            Event::MappingStart(_, tag) => {
                self.tag(tag.is_some(), span);
                let inside = Inside::Map { map: Map::default(), seen: BTreeMap::new(), key: Key::Awaited };
                self.counted(span) && self.start(inside, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
        }
    }

    fn document_start(&mut self, span: Span) -> bool {
        self.documents += 1;
        if self.documents > 1 {
            let problem = Problem::new("sluice::document::several", "a second document begins here")
                .at(self.source, span, "only one document may stand in a file")
                .with_help("move it to a file of its own, or take out the `---`");
            self.problems.push(problem);
        }
        self.documents == 1
    }

    fn counted(&mut self, span: Span) -> bool {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let message = format!("the document has more than {} values", self.limits.nodes);
            let problem = Problem::new("sluice::document::too-many", message)
                .at(self.source, span, "the first one over the limit")
                .with_help("split it, or take out what is generated");
            self.problems.push(problem);
            self.unusable = true;
        }
        self.nodes <= self.limits.nodes
    }

    fn tag(&mut self, is_there: bool, span: Span) {
        if is_there {
            let problem = Problem::new("sluice::document::tag", "tags are not allowed")
                .at(self.source, span, "a tag")
                .with_help("leave it out; put the value in quotes where text is meant");
            self.problems.push(problem);
        }
    }

    fn start(&mut self, inside: Inside, span: Span) -> bool {
        if self.open.len() == self.limits.depth {
            let message =
                format!("lists and maps stand more than {} deep inside one another", self.limits.depth);
            let problem = Problem::new("sluice::document::too-deep", message)
                .at(self.source, span, "too deep from here")
                .with_help("a document of this kind needs no such depth; see whether brackets are closed");
            self.problems.push(problem);
            self.unusable = true;
            return false;
        }
        self.open.push(Open { start: span.start, end: span.end, inside });
        true
    }

    fn end(&mut self, span: Span) -> bool {
        let Some(open) = self.open.pop() else { return true };
        // Only brackets have an end of their own.
        let end = if span.end > span.start { span.end } else { open.end };
        let value = match open.inside {
            Inside::List(list) => Value::List(list),
            Inside::Map { map, .. } => Value::Map(map),
        };
        self.place(Node { span: Span::new(open.start, end), value }, None)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> bool {
        let plain = style == ScalarStyle::Plain;
        let span = if plain && text.is_empty() { self.absent(span) } else { self.trimmed(span) };
        let is_key =
            matches!(self.open.last(), Some(Open { inside: Inside::Map { key: Key::Awaited, .. }, .. }));
        let value = if !plain || is_key {
            Value::Text(text.to_owned())
        } else {
            scalar::resolve(text).unwrap_or_else(|why| {
                self.problems.push(unusable_number(self.source, span, text, why));
                Value::Int(0)
            })
        };
        let missing = is_key && plain && text.is_empty();
        self.place(Node { span, value }, missing.then_some("a key is missing before this `:`"))
    }

    /// Puts a finished node where it belongs; as a key it may be `wrong`.
    fn place(&mut self, node: Node, wrong: Option<&str>) -> bool {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return true;
        };
        open.end = open.end.max(node.span.end);
        match &mut open.inside {
            Inside::List(list) => list.push(node),
            Inside::Map { map, seen, key } => match std::mem::replace(key, Key::Awaited) {
                Key::Read(name, key_span) => map.push(Entry { key: name, key_span, value: node }),
                Key::Refused(_) => {}
                Key::Awaited => match read_key(self.source, seen, node, wrong) {
                    Ok((name, span)) => *key = Key::Read(name, span),
                    Err((problem, span)) => {
                        *key = Key::Refused(span);
                        self.problems.push(*problem);
                    }
                },
            },
        }
        true
    }

    /// The place of a value that was not written: its key, or its dash.
    fn absent(&self, marked: Span) -> Span {
        match self.open.last() {
            Some(Open {
                inside: Inside::Map { key: Key::Read(_, span) | Key::Refused(span), .. }, ..
            }) => *span,
            Some(Open { inside: Inside::List(list), start, .. }) => {
                let from = list.last().map_or(*start, |node| node.span.end);
                dash_after(&self.source.text, from).unwrap_or(marked)
            }
            _ => Span::new(marked.start, marked.start),
        }
    }

    fn trimmed(&self, span: Span) -> Span {
        Span::new(span.start, span.start + self.source.slice(span).trim_end().len())
    }

    /// One character, or the end of the text.
    fn here(&self, place: usize) -> Span {
        let length =
            self.source.text.get(place..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span::new(place, place + length)
    }

    /// The parser counts characters.
    fn offset(&self, index: usize) -> usize {
        let end = self.source.text.len();
        match &self.offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(end),
            None => index.min(end),
        }
    }

    fn finish(self, problems: &mut Problems) -> Option<Node> {
        let nothing = self.root.as_ref().is_none_or(|root| root.value == Value::Null);
        if nothing && self.problems.is_empty() {
            let problem =
                Problem::new("sluice::document::empty", format!("{} is empty", quoted(&self.source.name)))
                    .at(self.source, Span::new(0, 0), "nothing but space and comments");
            problems.push(problem.with_help("see `sluice schema` for what a document may hold"));
        }
        problems.extend(self.problems);
        self.root.filter(|_| !nothing && !self.unusable)
    }
}

type KeyRefused = (Box<Problem>, Span);

fn read_key(
    source: &Source,
    seen: &mut BTreeMap<String, Span>,
    node: Node,
    wrong: Option<&str>,
) -> Result<(String, Span), KeyRefused> {
    let span = node.span;
    let refused = |message: String, label: &str| {
        Problem::new("sluice::document::key", message).at(source, span, label).with_help("write `key: value`")
    };
    if let Some(wrong) = wrong {
        return Err((Box::new(refused(wrong.to_owned(), "no key")), span));
    }
    let Value::Text(name) = node.value else {
        return Err((Box::new(refused("a key must be text".to_owned(), "a list or a map as a key")), span));
    };
    if let Some(first) = seen.get(&name) {
        let problem = Problem::new(
            "sluice::document::duplicate-key",
            format!("the key {} stands twice", quoted(&name)),
        )
        .at(source, span, "written again")
        .at(source, *first, "first written here")
        .with_help("keep one of the two");
        return Err((Box::new(problem), span));
    }
    seen.insert(name.clone(), span);
    Ok((name, span))
}

/// The next dash that is not in a comment.
fn dash_after(text: &str, from: usize) -> Option<Span> {
    let mut place = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        if let Some(dash) = code.find('-') {
            return Some(Span::new(place + dash, place + dash + 1));
        }
        place += line.len();
    }
    None
}

fn unusable_number(source: &Source, span: Span, text: &str, why: scalar::Unusable) -> Problem {
    let what = match why {
        scalar::Unusable::TooLarge => "is too large a number",
        scalar::Unusable::NotFinite => "is not a finite number",
    };
    Problem::new("sluice::document::number", format!("{} {what}", quoted(text)))
        .at(source, span, "can not be kept as a number")
        .with_help("put it in quotes if it is meant as text")
}

/// What YAML calls printable, without the characters that would take hold of a terminal.
fn is_unprintable(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

fn unprintable(source: &Source, place: usize, character: char) -> Problem {
    let shown: String = source.text.chars().map(|one| if is_unprintable(one) { '?' } else { one }).collect();
    // It is the first of its kind, so its place is the same in the readable form.
    let readable = Source { name: source.name.clone(), text: shown.into() };
    let message = format!("the character U+{:04X} can not stand in a document", u32::from(character));
    Problem::new("sluice::document::unprintable", message)
        .at(&readable, Span::new(place, place + 1), "shown here as `?`")
        .with_help("inside double quotes write it as an escape: `\\x1b`")
}
