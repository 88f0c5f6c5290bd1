//! The tree of an expression, with the place of each part in the text.

use std::sync::{Arc, OnceLock};

use super::Value;
use super::functions::Function;

/// Where something stands: byte offsets into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Place {
    pub start: usize,
    pub end: usize,
}

/// An expression that was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub root: Node,
    /// How many nodes there are; each has a number below it.
    pub nodes: usize,
}

/// A part of an expression.
#[derive(Debug, Clone)]
pub struct Node {
    pub id: usize,
    pub place: Place,
    /// Where the operator, the name of the function or field stands.
    pub(crate) token: Place,
    pub(crate) form: Form,
}

#[derive(Debug, Clone)]
pub(crate) enum Form {
    Literal(Value),
    /// A name, and the fields read from it: `a.b.c`. Which part of it is the name is known when it is resolved.
    Path {
        names: Vec<(Arc<str>, Place)>,
        absolute: bool,
    },
    /// What a loop or `cel.bind` named.
    Local(Arc<str>),
    Select {
        operand: Box<Node>,
        field: Arc<str>,
        optional: bool,
    },
    /// `has(operand.field)`.
    Has {
        operand: Box<Node>,
        field: Arc<str>,
        place: Place,
    },
    Index {
        operand: Box<Node>,
        index: Box<Node>,
        optional: bool,
    },
    /// Of literals alone it is the same every time, and made once.
    List(Vec<Element>, Option<Value>),
    Map(Vec<Entry>),
    Message {
        name: String,
        fields: Vec<(String, Node)>,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Conditional(Box<[Node; 3]>),
    Call(Box<Call>),
    Loop(Box<Loop>),
    Bind(Box<Bind>),
    /// `cel.block([...], body)`: values that later ones and the body name by their index.
    Block {
        values: Vec<(Arc<str>, Arc<Node>)>,
        body: Box<Node>,
    },
    /// `target.optMap(name, body)`, and `optFlatMap`.
    OptionalMap {
        target: Box<Node>,
        name: Arc<str>,
        body: Box<Node>,
        flat: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) node: Node,
    pub(crate) optional: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Node,
    pub(crate) value: Node,
    pub(crate) optional: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: Arc<str>,
    /// None where there is no such function.
    pub(crate) function: Option<&'static Function>,
    pub(crate) is_member: bool,
    /// The receiver, if there is one, first.
    pub(crate) arguments: Vec<Node>,
    /// A pattern that is written out is compiled once.
    pub(crate) pattern: OnceLock<regex::Regex>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
    In,
}

#[derive(Debug, Clone)]
pub(crate) struct Loop {
    pub(crate) kind: LoopKind,
    pub(crate) range: Node,
    pub(crate) name: Arc<str>,
    /// Index and value of a list, key and value of a map.
    pub(crate) second: Option<Arc<str>>,
    pub(crate) filter: Option<Node>,
    pub(crate) body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    /// `map` and `transformList`.
    Map,
    TransformMap,
    TransformMapEntry,
    SortBy,
}

#[derive(Debug, Clone)]
pub(crate) struct Bind {
    pub(crate) name: Arc<str>,
    pub(crate) value: Arc<Node>,
    pub(crate) body: Node,
}

impl Form {
    pub(crate) fn list(elements: Vec<Element>) -> Self {
        let literal = |element: &Element| match &element.node.form {
            Self::Literal(value) if !element.optional => Some(value.clone()),
            _ => None,
        };
        let values: Option<Vec<Value>> = elements.iter().map(literal).collect();
        Self::List(elements, values.map(Value::list))
    }
}

impl Operator {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Equals => "==",
            Self::NotEquals => "!=",
            Self::Less => "<",
            Self::LessEquals => "<=",
            Self::Greater => ">",
            Self::GreaterEquals => ">=",
            Self::In => "in",
        }
    }
}

impl Node {
    /// The conditions in an expression: the whole where it is one, and what `&&`, `||`, `!`, `? :` and loops ask.
    pub(crate) fn conditions(&self, is_condition: bool) -> Vec<&Self> {
        fn add<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
            // What is made of others is covered with them; what is written out is always the same.
            if !matches!(
                node.form,
                Form::And(_) | Form::Or(_) | Form::Not(_) | Form::Conditional(_) | Form::Literal(_)
            ) {
                found.push(node);
            }
        }
        fn below<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
            match &node.form {
                Form::And(terms) | Form::Or(terms) => terms.iter().for_each(|term| add(term, found)),
                Form::Not(operand) => add(operand, found),
                Form::Conditional(parts) => add(&parts[0], found),
                Form::Loop(one) => {
                    found.extend(one.filter.as_ref());
                    if matches!(
                        one.kind,
                        LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne | LoopKind::Filter
                    ) {
                        add(&one.body, found);
                    }
                }
                _ => {}
            }
            node.children().into_iter().for_each(|child| below(child, found));
        }
        let mut found = Vec::new();
        if is_condition {
            add(self, &mut found);
        }
        below(self, &mut found);
        found.sort_by_key(|node| node.id);
        found.dedup_by_key(|node| node.id);
        found
    }

    /// The parts of a node that are nodes themselves, as they stand in the text.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.form {
            Form::Literal(_) | Form::Path { .. } | Form::Local(_) => Vec::new(),
            Form::Select { operand, .. } | Form::Has { operand, .. } => vec![operand],
            Form::Index { operand, index, .. } => vec![operand, index],
            Form::List(elements, _) => elements.iter().map(|element| &element.node).collect(),
            Form::Map(entries) => entries.iter().flat_map(|entry| [&entry.key, &entry.value]).collect(),
            Form::Message { fields, .. } => fields.iter().map(|(_, value)| value).collect(),
            Form::Not(operand) | Form::Negate(operand) => vec![operand],
            Form::Binary(_, operands) => operands.iter().collect(),
            Form::And(terms) | Form::Or(terms) => terms.iter().collect(),
            Form::Conditional(parts) => parts.iter().collect(),
            Form::Call(call) => call.arguments.iter().collect(),
            Form::Loop(one) => {
                [Some(&one.range), one.filter.as_ref(), Some(&one.body)].into_iter().flatten().collect()
            }
            Form::Bind(bind) => vec![&bind.value, &bind.body],
            Form::Block { values, body } => {
                values.iter().map(|(_, value)| value.as_ref()).chain([body.as_ref()]).collect()
            }
            Form::OptionalMap { target, body, .. } => vec![target, body],
        }
    }
}
