//! A checked expression in the form that is evaluated: functions resolved, selectors compiled and
//! numbered, times in milliseconds.

use crate::series::Selector;

use super::functions::Function;

#[derive(Debug, Clone)]
pub struct Program {
    pub root: Node,
    /// What the nodes refer to by index.
    pub selectors: Vec<Selector>,
}

#[derive(Debug, Clone)]
pub enum Node {
    Number(f64),
    Text(String),
    /// The newest sample of each series, within the lookback.
    Instant {
        selector: usize,
        shift: Shift,
    },
    /// The samples of each series within a time.
    Window {
        selector: usize,
        range_ms: i64,
        shift: Shift,
    },
    Subquery {
        inner: Box<Node>,
        range_ms: i64,
        step_ms: Option<i64>,
        shift: Shift,
    },
    Negate(Box<Node>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    Call {
        function: &'static Function,
        arguments: Vec<Node>,
    },
}

/// The `offset` and `@` modifiers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shift {
    pub offset_ms: i64,
    pub at: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
pub enum Instant {
    Start,
    End,
    At(i64),
}

#[derive(Debug, Clone)]
pub struct Binary {
    pub operator: Operator,
    pub left: Node,
    pub right: Node,
    pub matching: Matching,
    /// A comparison that answers 0 or 1 in place of leaving out.
    pub returns_bool: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Unless,
}

/// How the series of two vectors find each other.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    /// By these labels only, in place of by all but these.
    pub on: bool,
    pub labels: Vec<String>,
    pub cardinality: Cardinality,
    /// Labels that the many side takes from the one side.
    pub included: Vec<String>,
    pub fill_left: Option<f64>,
    pub fill_right: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cardinality {
    #[default]
    OneToOne,
    ManyToOne,
    OneToMany,
}

#[derive(Debug, Clone)]
pub struct Aggregate {
    pub operation: Aggregation,
    pub inner: Node,
    pub parameter: Option<Node>,
    pub grouping: Grouping,
}

#[derive(Debug, Clone, Default)]
pub struct Grouping {
    pub without: bool,
    pub labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Limitk,
    LimitRatio,
    Quantile,
    CountValues,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Atan2 => "atan2",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
        }
    }

    pub fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }
}

impl Node {
    /// Calls `visit` with this node and all below it.
    pub fn walk<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        visit(self);
        match self {
            Self::Number(_) | Self::Text(_) | Self::Instant { .. } | Self::Window { .. } => {}
            Self::Subquery { inner, .. } | Self::Negate(inner) => inner.walk(visit),
            Self::Binary(binary) => {
                binary.left.walk(visit);
                binary.right.walk(visit);
            }
            Self::Aggregate(aggregate) => {
                aggregate.inner.walk(visit);
                if let Some(parameter) = &aggregate.parameter {
                    parameter.walk(visit);
                }
            }
            Self::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.walk(visit)),
        }
    }
}
