//! What an expression's text may be, judged before the parser sees it: the parser and the evaluator are
//! recursive, and a stack that overflows takes the process with it.

use super::{Fault, MAX_BYTES, MAX_DEPTH, MAX_OPERATORS};

/// Reads the text once, from left to right, without recursion.
pub(super) fn check(source: &str) -> Result<(), Fault> {
    if source.len() > MAX_BYTES {
        let message =
            format!("the expression has {} bytes, more than the limit of {MAX_BYTES}", source.len());
        return Err(Fault::new(0, 0, message).with_help("split it into several rules"));
    }
    if source.trim().is_empty() {
        return Err(Fault::new(0, source.len(), "the expression is empty"));
    }
    let mut reader = Reader { bytes: source.as_bytes(), at: 0, depth: 0, operators: 0 };
    while reader.at < reader.bytes.len() {
        reader.token()?;
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    operators: usize,
}

impl Reader<'_> {
    fn token(&mut self) -> Result<(), Fault> {
        let start = self.at;
        match self.bytes[start] {
            b'"' | b'\'' => self.string(false),
            b'/' if self.bytes.get(start + 1) == Some(&b'/') => {
                self.skip_while(|byte| byte != b'\n');
                Ok(())
            }
            byte if is_name(byte) => self.word(),
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(over(
                        start,
                        format!("brackets stand more than {MAX_DEPTH} deep inside one another"),
                    ));
                }
                self.operator(start)
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            b',' | b' ' | b'\t' | b'\r' | b'\n' => {
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
    fn word(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.skip_while(is_name);
        let word = &self.bytes[start..self.at];
        let quote = matches!(self.bytes.get(self.at), Some(b'"' | b'\''));
        if quote && word.len() <= 2 && word.iter().all(|byte| b"rRbB".contains(byte)) {
            return self.string(word.iter().any(|byte| b"rR".contains(byte)));
        }
        if word == b"in" { self.operator(start) } else { Ok(()) }
    }

    fn string(&mut self, raw: bool) -> Result<(), Fault> {
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
        Err(Fault::new(start, start + 1, "this text has no end").with_help("close it with the same quote"))
    }

    fn operator(&mut self, start: usize) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(over(start, format!("the expression has more than {MAX_OPERATORS} operators")));
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

fn over(start: usize, message: String) -> Fault {
    Fault::new(start, start + 1, message).with_help("split it into several rules")
}
