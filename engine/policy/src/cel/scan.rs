//! What the text of an expression may be, judged before the parser sees it: the parser is recursive, and a
//! stack that overflows takes the process with it.

use std::collections::BTreeMap;

use super::Limits;
use super::parse::Flaw;

/// What one reading of the text finds.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// Opening brackets and where the closing one of each stands.
    pub(super) brackets: BTreeMap<usize, usize>,
}

/// Reads the text once, from left to right, without recursion.
pub(super) fn scan(source: &str, limits: &Limits) -> Result<Scanned, Flaw> {
    if source.len() > limits.bytes {
        let message =
            format!("the expression has {} bytes, more than the limit of {}", source.len(), limits.bytes);
        return Err(Flaw::new(0, 0, message).with_help("split it into several rules"));
    }
    if source.trim().is_empty() {
        return Err(Flaw::new(0, source.len(), "the expression is empty"));
    }
    let mut reader = Reader {
        limits,
        bytes: source.as_bytes(),
        at: 0,
        open: Vec::new(),
        operators: 0,
        scanned: Scanned::default(),
    };
    while reader.at < reader.bytes.len() {
        reader.token()?;
    }
    Ok(reader.scanned)
}

struct Reader<'a> {
    limits: &'a Limits,
    bytes: &'a [u8],
    at: usize,
    open: Vec<usize>,
    operators: usize,
    scanned: Scanned,
}

impl Reader<'_> {
    fn token(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        match self.bytes[start] {
            b'"' | b'\'' => self.string(false),
            b'`' => {
                self.at += 1;
                self.skip_while(|byte| byte != b'`' && byte != b'\n');
                self.at += 1;
                Ok(())
            }
            b'/' if self.bytes.get(start + 1) == Some(&b'/') => {
                self.skip_while(|byte| byte != b'\n');
                Ok(())
            }
            byte if is_name(byte) => self.word(),
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.open.push(start);
                let limit = self.limits.brackets;
                if self.open.len() > limit {
                    let message = format!("brackets stand more than {limit} deep inside one another");
                    return Err(over(start, message));
                }
                self.operator(start)
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                if let Some(open) = self.open.pop() {
                    self.scanned.brackets.insert(open, start);
                }
                Ok(())
            }
            b',' | b' ' | b'\t' | b'\r' | b'\n' | 0x0c => {
                self.at += 1;
                Ok(())
            }
            _ => {
                self.at += if self.is_pair() { 2 } else { 1 };
                self.operator(start)
            }
        }
    }

    /// A name, a number, or the prefix of a string.
    fn word(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.skip_while(is_name);
        let word = &self.bytes[start..self.at];
        let quote = matches!(self.bytes.get(self.at), Some(b'"' | b'\''));
        if quote && word.len() <= 2 && word.iter().all(|byte| b"rRbB".contains(byte)) {
            return self.string(word.iter().any(|byte| b"rR".contains(byte)));
        }
        if word == b"in" { self.operator(start) } else { Ok(()) }
    }

    fn string(&mut self, raw: bool) -> Result<(), Flaw> {
        let start = self.at;
        let quote = self.bytes[start];
        let triple = self.bytes[start..].starts_with(&[quote; 3]);
        let close: &[u8] = if triple { &[quote; 3] } else { &[quote] };
        self.at += close.len();
        while let Some(&byte) = self.bytes.get(self.at) {
            if self.bytes[self.at..].starts_with(close) {
                self.at += close.len();
                return Ok(());
            }
            if byte == b'\n' && !triple {
                break;
            }
            self.at += if byte == b'\\' && !raw { 2 } else { 1 };
        }
        Err(Flaw::new(start, start + 1, "this text has no end").with_help("close it with the same quote"))
    }

    fn operator(&mut self, start: usize) -> Result<(), Flaw> {
        self.operators += 1;
        let limit = self.limits.operators;
        if self.operators > limit {
            return Err(over(start, format!("the expression has more than {limit} operators")));
        }
        Ok(())
    }

    fn is_pair(&self) -> bool {
        let two = self.bytes.get(self.at..self.at + 2).unwrap_or_default();
        [b"&&".as_slice(), b"||", b"==", b"!=", b"<=", b">="].contains(&two)
    }

    fn skip_while(&mut self, mut wanted: impl FnMut(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| wanted(*byte)) {
            self.at += 1;
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn over(start: usize, message: String) -> Flaw {
    Flaw::new(start, start + 1, message).with_help("split it into several rules")
}
