//! Compilation: text in, a checked expression or everything that is wrong with it out.

use cel_interpreter::IdedExpr;
use cel_interpreter::common::ast::operators;
use cel_interpreter::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SourceInfo};
use cel_interpreter::{ParseError, ParseErrors};
use serde::{Serialize, Serializer};
use sluice_core::document::problem::quoted;

use super::{Fault, Kind, Scope, bounds, functions, names, text};

/// An expression that was checked, and can be evaluated any number of times.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    source: String,
    pub(super) root: IdedExpr,
}

/// Room for the parser: what is within the limits on bytes needs less than a quarter of it.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Compiles an expression that is to give something of the kind `wanted`.
pub fn compile(source: &str, scope: &Scope, wanted: &Kind) -> Result<Expression, Vec<Fault>> {
    text::check(source).map_err(|fault| vec![fault])?;
    on_own_stack(source, || {
        let mut root = parse(source)?;
        let faults = check(source, scope, wanted, &root);
        if !faults.is_empty() {
            return Err(faults);
        }
        presence_as_membership(&mut root.0);
        Ok(Expression { source: source.to_owned(), root: root.0 })
    })
}

impl Serialize for Expression {
    /// Its text is all there is to it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl Expression {
    /// The text that it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// Where nodes stand in the text.
pub(super) struct Places<'a> {
    pub(super) source: &'a str,
    info: &'a SourceInfo,
    /// The parser counts characters.
    offsets: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(source: &'a str, info: &'a SourceInfo) -> Self {
        Self { source, info, offsets: char_offsets(source) }
    }

    /// Byte offsets of a node's own token: an operator, a dot, an opening bracket, a name, a literal. The
    /// whole text for what the parser made up.
    pub(super) fn of(&self, node: &IdedExpr) -> (usize, usize) {
        let Some((start, stop)) = self.info.offset_for(node.id) else { return (0, self.source.len()) };
        (offset(&self.offsets, start as usize), offset(&self.offsets, stop as usize + 1))
    }

    /// The name before or after a node's own token: a function's before its bracket, a field's after its dot.
    pub(super) fn of_name(&self, node: &IdedExpr, name: &str) -> (usize, usize) {
        let (start, end) = self.of(node);
        let before = self.source[..start].trim_end();
        if before.ends_with(name) {
            return (before.len() - name.len(), before.len());
        }
        match self.source[end..].find(name) {
            Some(gap) => (end + gap, end + gap + name.len()),
            None => (start, end),
        }
    }
}

/// The parts of a node that are nodes themselves.
pub(super) fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).collect(),
        Expr::Comprehension(one) => {
            vec![&one.iter_range, &one.accu_init, &one.loop_cond, &one.loop_step, &one.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Struct(one) => one.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

fn on_own_stack<T: Send>(
    source: &str,
    work: impl FnOnce() -> Result<T, Vec<Fault>> + Send,
) -> Result<T, Vec<Fault>> {
    let gave_up = || vec![Fault::new(0, source.len(), "the expression is more than the parser can take")];
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(String::from("expression")).stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, work) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(gave_up())),
            Err(error) => {
                Err(vec![Fault::new(0, source.len(), format!("there is no thread to compile on: {error}"))])
            }
        }
    })
}

fn parse(source: &str) -> Result<(IdedExpr, SourceInfo), Vec<Fault>> {
    let parsed = functions::environment().parser().parse_with_source_info(source);
    parsed.map_err(|errors| vec![syntax(source, &errors)])
}

fn check(source: &str, scope: &Scope, wanted: &Kind, root: &(IdedExpr, SourceInfo)) -> Vec<Fault> {
    let places = Places::new(source, &root.1);
    let mut faults = names::check(&root.0, scope, wanted, &places);
    faults.extend(bounds::check(&root.0, &places));
    faults.sort_by_key(|fault| fault.start);
    faults
}

/// `has(a.b)` as `"b" in a`: CEL looks the field up in both, and only a look-up that is meant to find
/// something counts as reading what is missing.
fn presence_as_membership(node: &mut IdedExpr) {
    match &mut node.expr {
        Expr::Call(call) => {
            call.target.iter_mut().for_each(|target| presence_as_membership(target));
            call.args.iter_mut().for_each(presence_as_membership);
        }
        Expr::Comprehension(one) => {
            let parts = [&mut one.iter_range, &mut one.loop_cond, &mut one.loop_step, &mut one.result];
            parts.into_iter().for_each(presence_as_membership);
        }
        Expr::List(list) => list.elements.iter_mut().for_each(presence_as_membership),
        Expr::Select(select) => presence_as_membership(&mut select.operand),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| {
            if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                presence_as_membership(&mut entry.key);
                presence_as_membership(&mut entry.value);
            }
        }),
        Expr::Struct(_) | Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
    if let Expr::Select(select) = &mut node.expr
        && select.test
    {
        let field = LiteralValue::String(std::mem::take(&mut select.field).into());
        let field = IdedExpr { id: node.id, expr: Expr::Literal(field) };
        let operand = std::mem::take(select.operand.as_mut());
        let func_name = operators::IN.to_owned();
        node.expr = Expr::Call(CallExpr { func_name, target: None, args: vec![field, operand] });
    }
}

/// The first error says where; what follows it is what the parser made of the rest.
fn syntax(source: &str, errors: &ParseErrors) -> Fault {
    let of_syntax = errors.errors.iter().find(|error| error.msg.starts_with("Syntax error"));
    let Some(error) = of_syntax.or(errors.errors.first()) else {
        return Fault::new(0, source.len(), "the expression can not be read");
    };
    let start = line_offset(source, error);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    let token = message.split_once('\'').and_then(|(_, rest)| Some(rest.rsplit_once('\'')?.0));
    let token = token.map(|token| token.split("' expecting").next().unwrap_or(token).trim());
    if error.msg.contains("Recursion limit") {
        return Fault::new(start, start, "the expression is nested too deep from here")
            .with_help("split it into several rules");
    }
    match token {
        _ if start >= source.trim_end().len() => Fault::new(start, start, "the expression ends too early"),
        Some("<EOF>") => Fault::new(source.trim_end().len(), source.len(), "the expression ends too early"),
        Some(token) if error.msg.starts_with("Syntax error") && !token.is_empty() => {
            let end = start + if source[start..].starts_with(token) { token.len() } else { 0 };
            let fault = Fault::new(start, end, format!("{} can not stand here", quoted(token)));
            let before = source[..start].split_whitespace().last().unwrap_or_default();
            match instead_of(token).or_else(|| instead_of(before)) {
                Some(instead) => fault.with_help(instead),
                None => fault,
            }
        }
        _ => Fault::new(start, start, explained(message)),
    }
}

fn explained(message: &str) -> &str {
    match message {
        "argument must be a simple name" => {
            "the first argument of `all`, `exists`, `filter` and `map` is a new name"
        }
        "invalid argument to has() macro" => "`has` takes a field: `has(map.field)`",
        _ => "the expression can not be read from here",
    }
}

fn instead_of(token: &str) -> Option<&'static str> {
    Some(match token {
        "=" => "to compare write `==`",
        "and" | "&" => "write `&&`",
        "or" | "|" => "write `||`",
        "not" => "write `!`",
        "is" => "to compare write `==`",
        "if" | "then" => "write `condition ? one : other`",
        _ => return None,
    })
}

fn line_offset(source: &str, error: &ParseError) -> usize {
    let (line, column) = (usize::try_from(error.pos.0), usize::try_from(error.pos.1));
    let (Ok(line @ 1..), Ok(column @ 1..)) = (line, column) else { return 0 };
    let before: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    (before + offset(&char_offsets(&source[before..]), column - 1)).min(source.trim_end().len())
}

fn char_offsets(text: &str) -> Vec<usize> {
    text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect()
}

fn offset(offsets: &[usize], index: usize) -> usize {
    offsets.get(index).or(offsets.last()).copied().unwrap_or_default()
}
