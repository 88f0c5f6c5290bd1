//! From the parser's tree to a program. What the evaluator does not do is refused here, at plan time.

use std::time::{Duration, SystemTime};

use promql_parser::parser::token::{self, TokenType};
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinModifier, BinaryExpr, Call, Expr, LabelModifier, Offset, SubqueryExpr,
    VectorMatchCardinality, VectorSelector,
};

use super::program::{
    Aggregate, Aggregation, Binary, Cardinality, Grouping, Instant, Matching, Node, Operator, Program, Shift,
};
use super::{PromqlError, data_selector, functions, selectors};
use crate::series::{METRIC_NAME, Matcher, Selector};

/// How deep a program may be; evaluation goes as deep on the stack.
const MAX_DEPTH: usize = 150;

pub fn lower(expr: &Expr) -> Result<Program, PromqlError> {
    let mut lowering = Lowering { selectors: Vec::new(), depth: 0 };
    let root = lowering.node(expr)?;
    Ok(Program { root, selectors: lowering.selectors })
}

struct Lowering {
    selectors: Vec<Selector>,
    depth: usize,
}

impl Lowering {
    fn node(&mut self, expr: &Expr) -> Result<Node, PromqlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PromqlError::TooDeep { limit: MAX_DEPTH });
        }
        let node = match expr {
            Expr::Paren(paren) => self.node(&paren.expr)?,
            Expr::NumberLiteral(number) => Node::Number(number.val),
            Expr::StringLiteral(text) => Node::Text(text.val.clone()),
            Expr::Unary(unary) => match self.node(&unary.expr)? {
                Node::Number(number) => Node::Number(-number),
                inner => Node::Negate(Box::new(inner)),
            },
            Expr::VectorSelector(selector) => {
                let shift = shift(selector.offset.as_ref(), selector.at.as_ref())?;
                Node::Instant { selector: self.selector(selector)?, shift }
            }
            Expr::MatrixSelector(matrix) => {
                let shift = shift(matrix.vs.offset.as_ref(), matrix.vs.at.as_ref())?;
                Node::Window {
                    selector: self.selector(&matrix.vs)?,
                    range_ms: positive(matrix.range)?,
                    shift,
                }
            }
            Expr::Subquery(subquery) => self.subquery(subquery)?,
            Expr::Binary(binary) => self.binary(binary)?,
            Expr::Aggregate(aggregate) => self.aggregate(aggregate)?,
            Expr::Call(call) => self.call(call)?,
            Expr::Extension(_) => {
                return Err(PromqlError::Unsupported("an extension of the language".into()));
            }
        };
        self.depth -= 1;
        Ok(node)
    }

    fn selector(&mut self, selector: &VectorSelector) -> Result<usize, PromqlError> {
        self.selectors.push(selectors::compile(selector)?);
        Ok(self.selectors.len() - 1)
    }

    fn subquery(&mut self, subquery: &SubqueryExpr) -> Result<Node, PromqlError> {
        Ok(Node::Subquery {
            inner: Box::new(self.node(&subquery.expr)?),
            range_ms: positive(subquery.range)?,
            step_ms: subquery.step.map(positive).transpose()?,
            shift: shift(subquery.offset.as_ref(), subquery.at.as_ref())?,
        })
    }

    fn binary(&mut self, binary: &BinaryExpr) -> Result<Node, PromqlError> {
        let matching = binary.modifier.as_ref().map(matching).unwrap_or_default();
        Ok(Node::Binary(Box::new(Binary {
            operator: operator(binary.op)?,
            left: self.node(&binary.lhs)?,
            right: self.node(&binary.rhs)?,
            matching,
            returns_bool: binary.return_bool(),
        })))
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr) -> Result<Node, PromqlError> {
        let grouping = match &aggregate.modifier {
            None => Grouping::default(),
            Some(LabelModifier::Include(by)) => Grouping { without: false, labels: by.labels.clone() },
            Some(LabelModifier::Exclude(without)) => {
                Grouping { without: true, labels: without.labels.clone() }
            }
        };
        Ok(Node::Aggregate(Box::new(Aggregate {
            operation: aggregation(aggregate.op)?,
            inner: self.node(&aggregate.expr)?,
            parameter: aggregate.param.as_ref().map(|parameter| self.node(parameter)).transpose()?,
            grouping,
        })))
    }

    fn call(&mut self, call: &Call) -> Result<Node, PromqlError> {
        if call.func.name == "info" {
            return self.info(call);
        }
        let function = functions::find(call.func.name)
            .ok_or_else(|| PromqlError::Unsupported(format!("the function `{}`", call.func.name)))?;
        let arguments =
            call.args.args.iter().map(|argument| self.node(argument)).collect::<Result<_, _>>()?;
        Ok(Node::Call { function, arguments })
    }

    /// The second argument is no vector: it says which series have the labels to add.
    fn info(&mut self, call: &Call) -> Result<Node, PromqlError> {
        let unsupported =
            || PromqlError::Unsupported("`info` of anything but a vector and a selector".into());
        let function = functions::find("info").ok_or_else(unsupported)?;
        let mut arguments = call.args.args.iter();
        let base = self.node(arguments.next().ok_or_else(unsupported)?)?;
        let mut matchers = match arguments.next().map(AsRef::as_ref) {
            None => Vec::new(),
            Some(Expr::VectorSelector(selector)) => {
                let mut alternatives = selectors::compile(selector)?.alternatives;
                if selector.name.is_some() || alternatives.len() != 1 {
                    return Err(unsupported());
                }
                alternatives.pop().unwrap_or_default()
            }
            Some(_) => return Err(unsupported()),
        };
        matchers.retain(|matcher| !data_selector::is_mark(matcher));
        if !matchers.iter().any(|matcher| matcher.label == METRIC_NAME) {
            matchers.push(Matcher::equal(METRIC_NAME, "target_info"));
        }
        self.selectors.push(Selector::all_of(matchers));
        let selector = Node::Instant { selector: self.selectors.len() - 1, shift: Shift::default() };
        Ok(Node::Call { function, arguments: vec![base, selector] })
    }
}

fn matching(modifier: &BinModifier) -> Matching {
    let (on, labels) = match &modifier.matching {
        None => (false, Vec::new()),
        Some(LabelModifier::Include(on)) => (true, on.labels.clone()),
        Some(LabelModifier::Exclude(ignoring)) => (false, ignoring.labels.clone()),
    };
    let (cardinality, included) = match &modifier.card {
        VectorMatchCardinality::ManyToOne(included) => (Cardinality::ManyToOne, included.labels.clone()),
        VectorMatchCardinality::OneToMany(included) => (Cardinality::OneToMany, included.labels.clone()),
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => {
            (Cardinality::OneToOne, Vec::new())
        }
    };
    let fill = &modifier.fill_values;
    Matching { on, labels, cardinality, included, fill_left: fill.lhs, fill_right: fill.rhs }
}

fn operator(token: TokenType) -> Result<Operator, PromqlError> {
    Ok(match token.id() {
        token::T_ADD => Operator::Add,
        token::T_SUB => Operator::Subtract,
        token::T_MUL => Operator::Multiply,
        token::T_DIV => Operator::Divide,
        token::T_MOD => Operator::Modulo,
        token::T_POW => Operator::Power,
        token::T_ATAN2 => Operator::Atan2,
        token::T_EQLC => Operator::Equal,
        token::T_NEQ => Operator::NotEqual,
        token::T_LSS => Operator::Less,
        token::T_LTE => Operator::LessOrEqual,
        token::T_GTR => Operator::Greater,
        token::T_GTE => Operator::GreaterOrEqual,
        token::T_LAND => Operator::And,
        token::T_LOR => Operator::Or,
        token::T_LUNLESS => Operator::Unless,
        _ => return Err(PromqlError::Unsupported(format!("the operator `{token}`"))),
    })
}

fn aggregation(token: TokenType) -> Result<Aggregation, PromqlError> {
    Ok(match token.id() {
        token::T_SUM => Aggregation::Sum,
        token::T_AVG => Aggregation::Avg,
        token::T_MIN => Aggregation::Min,
        token::T_MAX => Aggregation::Max,
        token::T_COUNT => Aggregation::Count,
        token::T_GROUP => Aggregation::Group,
        token::T_STDDEV => Aggregation::Stddev,
        token::T_STDVAR => Aggregation::Stdvar,
        token::T_TOPK => Aggregation::Topk,
        token::T_BOTTOMK => Aggregation::Bottomk,
        token::T_LIMITK => Aggregation::Limitk,
        token::T_LIMIT_RATIO => Aggregation::LimitRatio,
        token::T_QUANTILE => Aggregation::Quantile,
        token::T_COUNT_VALUES => Aggregation::CountValues,
        _ => return Err(PromqlError::Unsupported(format!("the aggregation `{token}`"))),
    })
}

fn shift(offset: Option<&Offset>, at: Option<&AtModifier>) -> Result<Shift, PromqlError> {
    let offset_ms = match offset {
        None => 0,
        Some(Offset::Pos(duration)) => millis(*duration)?,
        Some(Offset::Neg(duration)) => -millis(*duration)?,
    };
    let at = match at {
        None => None,
        Some(AtModifier::Start) => Some(Instant::Start),
        Some(AtModifier::End) => Some(Instant::End),
        Some(AtModifier::At(time)) => Some(Instant::At(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => millis(after)?,
            Err(before) => -millis(before.duration())?,
        })),
    };
    Ok(Shift { offset_ms, at })
}

/// A thousand years: far from where sums of times could overflow.
const MAX_MILLIS: u128 = 1000 * 366 * 24 * 3_600_000;

fn millis(duration: Duration) -> Result<i64, PromqlError> {
    let millis = duration.as_millis();
    if millis > MAX_MILLIS {
        return Err(PromqlError::BadParameter("a time in the expression is over a thousand years".into()));
    }
    Ok(millis as i64)
}

fn positive(duration: Duration) -> Result<i64, PromqlError> {
    match millis(duration)? {
        0 => Err(PromqlError::BadRange),
        millis => Ok(millis),
    }
}
