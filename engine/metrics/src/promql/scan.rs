//! A first look at an expression's text, before the parser sees it: it bounds what the parser may be
//! given, and finds the places that the parser does not tell.

use super::PromqlError;

const MAX_BYTES: usize = 16 << 10;
const MAX_DEPTH: usize = 100;
/// A chain of operators makes as deep a tree as brackets do.
const MAX_OPERATORS: usize = 400;

/// Refuses what is too long or too deep, and unbalanced brackets and quotes with their place.
pub fn scan(text: &str) -> Result<(), PromqlError> {
    if text.len() > MAX_BYTES {
        return Err(PromqlError::TooLong { limit: MAX_BYTES });
    }
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut operators = 0;
    let mut after_offset = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' | b'`' => at = string_end(bytes, at)?,
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at - 1),
            b'(' | b'[' | b'{' => {
                open.push((*byte, at));
                if open.len() > MAX_DEPTH {
                    return Err(PromqlError::TooDeep { limit: MAX_DEPTH });
                }
            }
            b')' | b']' | b'}' => close(&mut open, *byte, at)?,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'=' | b'<' | b'>' | b'!' | b'@' => operators += 1,
            _ if byte.is_ascii_alphanumeric() || *byte == b'.' => {
                let (word, end) = word(text, at);
                if after_offset || open.last().is_some_and(|(bracket, _)| *bracket == b'[') {
                    check_time(word, at)?;
                }
                operators += usize::from(is_operator(word));
                after_offset = word.eq_ignore_ascii_case("offset");
                at = end;
            }
            _ => {}
        }
        if operators > MAX_OPERATORS {
            return Err(PromqlError::TooDeep { limit: MAX_DEPTH });
        }
        at += 1;
    }
    match open.pop() {
        Some((bracket, at)) => Err(syntax(format!("`{}` is not closed", bracket as char), at)),
        None => Ok(()),
    }
}

/// Words, strings and signs with their places, without spaces and comments; of a text that was scanned.
pub fn tokens(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let last = match byte {
            b'"' | b'\'' | b'`' => string_end(bytes, at).unwrap_or(bytes.len()),
            b'#' => at + bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            _ if in_word(*byte) => word(text, at).1,
            _ => at,
        };
        if !byte.is_ascii_whitespace() && *byte != b'#' {
            tokens.extend(text.get(at..=last).map(|token| (at, token)));
        }
        at = last + 1;
    }
    tokens
}

/// Where the first whole word `name` is.
pub fn find_word(text: &str, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| in_word(*byte));
    text.match_indices(name)
        .map(|(at, _)| at)
        .find(|at| !is_word(at.checked_sub(1)) && !is_word(Some(at + name.len())))
}

fn close(open: &mut Vec<(u8, usize)>, bracket: u8, at: usize) -> Result<(), PromqlError> {
    let pairs = matches!(
        (open.pop(), bracket),
        (Some((b'(', _)), b')') | (Some((b'[', _)), b']') | (Some((b'{', _)), b'}')
    );
    if pairs { Ok(()) } else { Err(syntax(format!("`{}` closes nothing", bracket as char), at)) }
}

/// The closing quote of a string that opens at `start`.
fn string_end(bytes: &[u8], start: usize) -> Result<usize, PromqlError> {
    let quote = bytes[start];
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote != b'`' => {
                check_escape(&bytes[at + 1..], at)?;
                at += 1;
            }
            _ if *byte == quote => return Ok(at),
            _ => {}
        }
        at += 1;
    }
    Err(syntax("the quoted string does not end".to_owned(), start))
}

/// By number a single byte is meant, and the parser takes it for a character: the same only in ASCII.
fn check_escape(rest: &[u8], at: usize) -> Result<(), PromqlError> {
    let number = match rest {
        [b'x', high, ..] => char::from(*high).to_digit(16).map(|high| high << 4),
        [high @ b'0'..=b'7', middle, ..] => Some(u32::from(high - b'0') << 6 | u32::from(middle & 7) << 3),
        _ => None,
    };
    if number.is_some_and(|number| number >= 0x80) {
        let message = "a byte over 127 can not be written by number; write the character".to_owned();
        return Err(syntax(message, at));
    }
    Ok(())
}

/// The parser panics on a number of seconds that no duration can hold.
fn check_time(word: &str, at: usize) -> Result<(), PromqlError> {
    const MANY_SECONDS: f64 = 1e11;
    match word.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() || seconds > MANY_SECONDS => {
            Err(syntax(format!("`{word}` is too long a time"), at))
        }
        _ => Ok(()),
    }
}

/// The word or number at `start`, and where its last byte is.
fn word(text: &str, start: usize) -> (&str, usize) {
    let bytes = text.as_bytes();
    let is_number = !bytes[start].is_ascii_alphabetic();
    let mut end = start + 1;
    while let Some(byte) = bytes.get(end) {
        let exponent_sign = is_number && matches!(byte, b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E');
        let continues = in_word(*byte) && !(is_number && *byte == b':');
        if !(continues || exponent_sign || (is_number && *byte == b'.')) {
            break;
        }
        end += 1;
    }
    (&text[start..end], end - 1)
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
}

fn is_operator(word: &str) -> bool {
    ["and", "or", "unless", "atan2", "offset"].iter().any(|operator| word.eq_ignore_ascii_case(operator))
}

fn syntax(message: String, at: usize) -> PromqlError {
    PromqlError::Syntax { message, offset: Some(at) }
}
