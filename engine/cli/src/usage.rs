//! Wrong usage: told in the form that was asked for, without repeating more than a line of what was written.

use clap::error::{ContextKind, ContextValue};

use crate::show;

/// The most characters that are repeated of an argument.
const MOST: usize = 80;

/// The same error with long arguments cut.
pub fn shortened(mut error: clap::Error) -> clap::Error {
    let long = |value: &ContextValue| match value {
        ContextValue::String(text) => cut(text).map(ContextValue::String),
        // Advice that repeats the argument is no advice.
        ContextValue::StyledStrs(texts) => {
            let any = texts.iter().any(|text| text.to_string().len() > 4 * MOST);
            any.then_some(ContextValue::None)
        }
        _ => None,
    };
    let cuts: Vec<(ContextKind, ContextValue)> =
        error.context().filter_map(|(kind, value)| Some((kind, long(value)?))).collect();
    for (kind, value) in cuts {
        error.insert(kind, value);
    }
    error
}

/// Prints it; help and version go to standard output.
pub fn tell(error: &clap::Error) {
    if error.use_stderr() && wants_json() {
        show::problem::tell_usage(&error.render().to_string());
    } else {
        let _ = error.print();
    }
}

/// The arguments were not understood, so they are only looked at.
fn wants_json() -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    let joined = words.iter().any(|word| word == "--output=json");
    joined
        || words.windows(2).any(|pair| matches!(pair, [name, value] if name == "--output" && value == "json"))
}

fn cut(text: &str) -> Option<String> {
    let end = text.char_indices().nth(MOST).map(|(end, _)| end)?;
    Some(format!("{}…", &text[..end]))
}
