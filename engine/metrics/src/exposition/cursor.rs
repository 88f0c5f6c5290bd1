//! A place in the page, and the tokens that both formats share: names and quoted strings.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use super::error::{Fault, shown};

const LABEL_START: u8 = 1;
const LABEL_REST: u8 = 2;
const METRIC_START: u8 = 4;
const METRIC_REST: u8 = 8;

/// For each byte, the parts of names that it may be.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => LABEL_START | LABEL_REST | METRIC_START | METRIC_REST,
            b'0'..=b'9' => LABEL_REST | METRIC_REST,
            b':' => METRIC_START | METRIC_REST,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// What a quoted string may hold beside its escapes.
#[derive(Debug, Clone, Copy)]
pub struct Quoting {
    pub newlines: bool,
    pub nuls: bool,
    /// What the string is, for messages.
    pub what: &'static str,
}

#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    /// The page as text, when it is valid UTF-8 all through: then no piece need be checked again.
    text: Option<&'a str>,
    at: usize,
    /// Set where the fault is not at the cursor.
    fault_at: Option<usize>,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, text: std::str::from_utf8(bytes).ok(), at: 0, fault_at: None }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn fault_at(&self) -> usize {
        self.fault_at.unwrap_or(self.at)
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn advance(&mut self) {
        self.at += 1;
    }

    /// Takes the text if it comes next.
    pub fn take(&mut self, text: &[u8]) -> bool {
        let comes = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text));
        if comes {
            self.at += text.len();
        }
        comes
    }

    pub fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes bytes up to one that is in `ends`, or a NUL, or the end of the page.
    pub fn until(&mut self, ends: &[u8]) -> &'a [u8] {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if byte == 0 || ends.contains(&byte) {
                break;
            }
            self.at += 1;
        }
        self.since(start)
    }

    /// Takes the rest of the line, without its line break.
    pub fn rest_of_line(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let line = memchr(b'\n', rest).map_or(rest, |end| &rest[..end]);
        self.at += line.len();
        line
    }

    pub fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    pub fn metric_name(&mut self) -> Option<&'a str> {
        self.name(METRIC_START, METRIC_REST)
    }

    pub fn label_name(&mut self) -> Option<&'a str> {
        self.name(LABEL_START, LABEL_REST)
    }

    /// Takes a quoted string; the cursor is on the opening quote.
    pub fn quoted(&mut self, quoting: Quoting) -> Result<Cow<'a, str>, Fault> {
        let start = self.at + 1;
        let end = self.closing_quote(start, quoting)?;
        let raw = match self.text {
            // Quotes are ASCII, so these are character boundaries.
            Some(text) => text.get(start..end),
            None => self.bytes.get(start..end).and_then(|raw| std::str::from_utf8(raw).ok()),
        };
        let raw = raw.ok_or(Fault::NotUtf8(quoting.what))?;
        self.at = end + 1;
        Ok(unescaped(raw))
    }

    /// The fault of something else standing where `expected` should.
    pub fn expected(&self, expected: &'static str) -> Fault {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = match rest.first() {
            None => "the end of the page".to_owned(),
            Some(b'\n') => "the end of the line".to_owned(),
            Some(_) => {
                let end = rest.iter().position(|byte| b" \t\n{}=,\"".contains(byte)).unwrap_or(rest.len());
                format!("`{}`", shown(&rest[..end.max(1)]))
            }
        };
        Fault::Expected { expected, found }
    }

    /// A fault about something that began at `at`.
    pub fn blame(&mut self, at: usize, fault: Fault) -> Fault {
        self.fault_at = Some(at);
        fault
    }

    fn name(&mut self, first: u8, rest: u8) -> Option<&'a str> {
        let start = self.at;
        if self.class() & first == 0 {
            return None;
        }
        self.at += 1;
        while self.class() & rest != 0 {
            self.at += 1;
        }
        match self.text {
            Some(text) => text.get(start..self.at),
            None => std::str::from_utf8(self.since(start)).ok(),
        }
    }

    fn class(&self) -> u8 {
        self.peek().map_or(0, |byte| CLASSES[usize::from(byte)])
    }

    fn closing_quote(&mut self, start: usize, quoting: Quoting) -> Result<usize, Fault> {
        let mut from = start;
        loop {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let next = match (quoting.newlines, quoting.nuls) {
                (true, true) => memchr2(b'"', b'\\', rest),
                (true, false) => memchr3(b'"', b'\\', 0, rest),
                (false, _) => memchr3(b'"', b'\\', b'\n', rest),
            };
            let found = from + next.ok_or(Fault::UnterminatedString)?;
            match self.bytes[found] {
                b'"' => {
                    let nul = if quoting.newlines || quoting.nuls {
                        None
                    } else {
                        memchr(0, &self.bytes[start..found])
                    };
                    return match nul {
                        Some(nul) => Err(self.blame(start + nul, Fault::ForbiddenByte("NUL"))),
                        None => Ok(found),
                    };
                }
                b'\\' => from = self.after_escape(found + 1, quoting)?,
                b'\n' => return Err(Fault::UnterminatedString),
                _ => return Err(self.blame(found, Fault::ForbiddenByte("NUL"))),
            }
        }
    }

    /// Where the string goes on after the byte that a backslash escapes.
    fn after_escape(&mut self, mut at: usize, quoting: Quoting) -> Result<usize, Fault> {
        // Where NULs are allowed Prometheus' lexer does not see them, not even between these two.
        while quoting.nuls && self.bytes.get(at) == Some(&0) {
            at += 1;
        }
        match self.bytes.get(at) {
            None => Err(Fault::UnterminatedString),
            Some(b'\n') => Err(self.blame(at, Fault::ForbiddenByte("line break"))),
            Some(0) => Err(self.blame(at, Fault::ForbiddenByte("NUL"))),
            Some(_) => Ok(at + 1),
        }
    }
}

/// `\\`, `\"` and `\n` replaced; any other backslash stands for itself.
pub fn unescaped(raw: &str) -> Cow<'_, str> {
    if memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        let replaced = match (character, rest.peek()) {
            ('\\', Some('\\')) => '\\',
            ('\\', Some('"')) => '"',
            ('\\', Some('n')) => '\n',
            _ => {
                text.push(character);
                continue;
            }
        };
        rest.next();
        text.push(replaced);
    }
    Cow::Owned(text)
}
