//! What the parser says, in words that help.

use crate::document::problem::Problem;
use crate::document::source::{Source, Span};

/// Part of what the parser says, and what to say instead.
struct Wording {
    part: &'static str,
    code: &'static str,
    message: &'static str,
    label: &'static str,
    help: &'static str,
}

/// The first whose part occurs is taken.
const WORDINGS: &[Wording] = &[
    Wording {
        part: "unknown anchor",
        code: "alias",
        message: "aliases are not allowed",
        label: "an alias",
        help: "write the value out in each place",
    },
    Wording {
        part: "recursion limit",
        code: "too-deep",
        message: "lists and maps stand too deep inside one another",
        label: "too deep from here",
        help: "a document of this kind needs no such depth; see whether brackets are closed",
    },
    Wording {
        part: "tab",
        code: "tab",
        message: "a tab can not be used as indentation",
        label: "on this line",
        help: "indent with spaces",
    },
    Wording {
        part: "must be followed by a valid",
        code: "syntax",
        message: "a `:` has no space after it",
        label: "expected a space before this",
        help: "write one space between the `:` and the value, and no tab",
    },
    Wording {
        part: "did not find expected <document start>",
        code: "syntax",
        message: "the line above this one does not begin a document",
        label: "expected after a key at the beginning of its line",
        help: "begin the first line with a key and no tab or space before it: `apiVersion: sluice/v1`",
    },
    Wording {
        part: "quoted scalar, found unexpected end of stream",
        code: "syntax",
        message: "a quote is opened and never closed",
        label: "opened here",
        help: "close it with the same quote; inside single quotes a single quote is written twice",
    },
    Wording {
        part: "trailing content after double-quoted",
        code: "syntax",
        message: "text follows a closed quote",
        label: "not expected here",
        help: "take the whole value in quotes; inside double quotes a double quote is written \\\"",
    },
    Wording {
        part: "unknown escape character",
        code: "syntax",
        message: "this is no escape sequence",
        label: "in this text",
        help: "write `\\\\` for a backslash, or use single quotes, in which nothing is escaped",
    },
    Wording {
        part: "flow mapping, did not find expected",
        code: "syntax",
        message: "a `{` is not closed, or a `,` is missing",
        label: "expected `,` or `}` before this",
        help: "write `{key: value, other: value}`",
    },
    Wording {
        part: "flow sequence, expected",
        code: "syntax",
        message: "a `[` is not closed, or a `,` is missing",
        label: "expected `,` or `]` before this",
        help: "write `[first, second]`",
    },
    Wording {
        part: "mapping values are not allowed",
        code: "syntax",
        message: "a key can not stand here",
        label: "this `:`",
        help: "text that contains `: ` needs quotes; else see whether the line is indented like its neighbours",
    },
    Wording {
        part: "simple key expect",
        code: "syntax",
        message: "a key has no `:` after it",
        label: "expected `:` before this",
        help: "write `key: value`, with a space after the colon",
    },
    Wording {
        part: "did not find expected key",
        code: "syntax",
        message: "this line does not belong to the map around it",
        label: "expected a key of the map, or its end",
        help: "indent it like the other keys of its map",
    },
    Wording {
        part: "did not find expected '-' indicator",
        code: "syntax",
        message: "this line does not belong to the list around it",
        label: "expected `-`, or the end of the list",
        help: "begin each item of the list with `- `, all indented alike",
    },
    Wording {
        part: "indentation in quoted scalar",
        code: "syntax",
        message: "a quote is never closed, or its text goes on without being indented",
        label: "opened here",
        help: "close it with the same quote on this line",
    },
    Wording {
        part: "invalid indentation",
        code: "syntax",
        message: "a bracket or brace above this line is not closed",
        label: "expected `]` or `}` before this",
        help: "close it, or indent this line if it is meant to be inside",
    },
    Wording {
        part: "indentation",
        code: "syntax",
        message: "this line is not indented like any line above it",
        label: "here",
        help: "indent it like the other keys or items that it belongs with",
    },
    Wording {
        part: "unexpected character",
        code: "syntax",
        message: "text can not begin with this character",
        label: "this character",
        help: "put the text in quotes",
    },
];

/// A problem from the parser's own words.
pub(super) fn problem(source: &Source, span: Span, said: &str) -> Problem {
    match WORDINGS.iter().find(|wording| said.contains(wording.part)) {
        Some(wording) => Problem::new(format!("sluice::document::{}", wording.code), wording.message)
            .at(source, span, wording.label)
            .with_help(wording.help),
        None => Problem::new("sluice::document::syntax", said.to_lowercase())
            .at(source, span, "here")
            .with_help("this is not YAML; see whether indentation, brackets and quotes fit together"),
    }
}
