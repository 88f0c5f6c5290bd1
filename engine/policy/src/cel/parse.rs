//! Text in, a tree or what is wrong with the text out.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel_interpreter::common::ast::SourceInfo;
use cel_interpreter::{Env, IdedExpr, ParseError, ParseErrors};
use sluice_core::document::problem::quoted;

use super::lower::Lowering;
use super::scan::{Scanned, scan};
use super::{Limits, Parsed};

/// What is wrong with an expression, and where: byte offsets into its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub start: usize,
    pub end: usize,
    pub message: String,
    pub help: Option<String>,
}

/// Room for the parser: what is within the limits needs less than half of it.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// Of the parser's own count, which is of rules of its grammar. Brackets and operators are counted before.
const PARSER_DEPTH: u16 = 1024;

/// Reads an expression.
pub fn parse(source: &str, limits: &Limits) -> Result<Parsed, Vec<Flaw>> {
    let scanned = scan(source, limits).map_err(|flaw| vec![flaw])?;
    on_own_stack(source, || {
        let (root, info) = read(source)?;
        lowered(source, &root, &info, &scanned, limits)
    })
}

impl Flaw {
    pub(crate) fn new(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self { start, end, message: message.into(), help: None }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

thread_local! {
    /// Whether this thread has the parser's stack.
    static HAS_ROOM: Cell<bool> = const { Cell::new(false) };
}

/// Does work that reads many expressions on one thread with room for the parser, in place of one for each.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if HAS_ROOM.get() {
        return Ok(work());
    }
    let work = || {
        HAS_ROOM.set(true);
        work()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(String::from("expressions")).stack_size(STACK_BYTES);
        let handle = thread.spawn_scoped(scope, work)?;
        handle.join().map_err(|panic| std::panic::resume_unwind(panic))
    })
}

/// The parser is foreign code and recursive: it gets a stack that it can not exhaust, and one that panics is
/// an expression that can not be read.
fn on_own_stack<T: Send>(
    source: &str,
    work: impl FnOnce() -> Result<T, Vec<Flaw>> + Send,
) -> Result<T, Vec<Flaw>> {
    let whole = |message: String| Err(vec![Flaw::new(0, source.len(), message)]);
    match with_room(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => whole(String::from("the expression is more than the parser can take")),
        Err(error) => whole(format!("there is no thread to compile on: {error}")),
    }
}

/// Macros stay as they are written: they are ours, and every part of them is to have its place.
fn read(source: &str) -> Result<(IdedExpr, SourceInfo), Vec<Flaw>> {
    let parser = Env::default().with_optional_support(true).parser();
    let parser = parser.enable_ident_escape_syntax(true).max_recursion_depth(PARSER_DEPTH);
    parser.parse_with_source_info(source).map_err(|errors| vec![syntax(source, &errors)])
}

fn lowered(
    source: &str,
    root: &IdedExpr,
    info: &SourceInfo,
    scanned: &Scanned,
    limits: &Limits,
) -> Result<Parsed, Vec<Flaw>> {
    let mut lowering = Lowering::new(source, info, scanned, limits);
    let root = lowering.node(root);
    let (nodes, mut flaws) = lowering.finish();
    flaws.sort_by_key(|flaw| flaw.start);
    if flaws.is_empty() { Ok(Parsed { root, nodes }) } else { Err(flaws) }
}

/// The first error says where; what follows it is what the parser made of the rest.
fn syntax(source: &str, errors: &ParseErrors) -> Flaw {
    let of_syntax = errors.errors.iter().find(|error| error.msg.starts_with("Syntax error"));
    let Some(error) = of_syntax.or(errors.errors.first()) else {
        return Flaw::new(0, source.len(), "the expression can not be read");
    };
    let start = line_offset(source, error);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    let token = message.split_once('\'').and_then(|(_, rest)| Some(rest.rsplit_once('\'')?.0));
    let token = token.map(|token| token.split("' expecting").next().unwrap_or(token).trim());
    if error.msg.contains("Recursion limit") {
        return Flaw::new(start, start, "the expression is nested too deep from here")
            .with_help("split it into several rules");
    }
    match token {
        _ if start >= source.trim_end().len() => Flaw::new(start, start, "the expression ends too early"),
        Some("<EOF>") => Flaw::new(source.trim_end().len(), source.len(), "the expression ends too early"),
        Some(token) if error.msg.starts_with("Syntax error") && !token.is_empty() => {
            let end = start + if source[start..].starts_with(token) { token.len() } else { 0 };
            let flaw = Flaw::new(start, end, format!("{} can not stand here", quoted(token)));
            let before = source[..start].split_whitespace().last().unwrap_or_default();
            match instead_of(token).or_else(|| instead_of(before)) {
                Some(instead) => flaw.with_help(instead),
                None => flaw,
            }
        }
        _ => explained(start, message),
    }
}

fn explained(start: usize, message: &str) -> Flaw {
    if let Some(name) = message.strip_prefix("reserved identifier: ") {
        let flaw = Flaw::new(start, start + name.len(), format!("{} is a reserved word", quoted(name)));
        return flaw.with_help("use another name");
    }
    let message = match message {
        "invalid int literal" => "this whole number does not fit into 64 bits",
        "invalid uint literal" => "this unsigned number does not fit into 64 bits",
        "invalid double literal" => "this number is too large",
        other if other.starts_with("invalid string") || other.starts_with("invalid bytes") => {
            "there is an escape in this text that is none"
        }
        _ => "the expression can not be read from here",
    };
    Flaw::new(start, start, message)
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
    let rest = &source[before..];
    let within = rest.char_indices().map(|(offset, _)| offset).nth(column - 1).unwrap_or(rest.len());
    (before + within).min(source.trim_end().len())
}
