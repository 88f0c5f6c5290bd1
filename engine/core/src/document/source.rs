//! The text of a document, and places in it.

use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::problem::{Problem, Problems};
use super::tree::Limits;

/// A document as text, with the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub text: Arc<str>,
}

/// Which text a span is a place in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Origin {
    /// The document itself.
    #[default]
    Document,
    /// The `--set` arguments that were laid over it.
    Override,
}

/// A place in a document: byte offsets, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub origin: Origin,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl Source {
    /// A byte order mark is dropped: it would shift every column of the first line.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { name: name.into(), text: Arc::from(text) }
    }

    /// Takes the bytes of a file.
    pub fn read(name: impl Into<String>, bytes: &[u8], limits: Limits) -> Result<Self, Problems> {
        let name = name.into();
        if bytes.len() > limits.bytes {
            return Err(too_large(&name, bytes.len(), limits).into());
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => Err(not_utf8(&name, bytes, error.valid_up_to()).into()),
        }
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The text at a place; empty when the place is not in this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start), origin: Origin::Document }
    }

    /// The same place in a text in which this one's text begins at `by`.
    pub fn moved(self, by: usize, origin: Origin) -> Self {
        Self { start: self.start + by, end: self.end + by, origin }
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

pub(super) fn too_large(name: &str, bytes: usize, limits: Limits) -> Problem {
    let message = format!("`{name}` has {bytes} bytes, more than the limit of {}", limits.bytes);
    Problem::new("sluice::document::too-large", message).with_help("split it, or take out what is generated")
}

fn not_utf8(name: &str, bytes: &[u8], place: usize) -> Problem {
    // What comes before the place is whole, so the offset is the same in the readable form.
    let readable = Source { name: name.to_owned(), text: Arc::from(String::from_utf8_lossy(bytes)) };
    let byte = bytes.get(place).copied().unwrap_or_default();
    let message = format!(
        "the document is not UTF-8: the byte 0x{byte:02x} at offset {place} is none of its characters"
    );
    Problem::new("sluice::document::not-utf8", message)
        .at(
            &readable,
            Span::new(place, place + char::REPLACEMENT_CHARACTER.len_utf8()),
            "not UTF-8 from here",
        )
        .with_help("save the file as UTF-8")
}
