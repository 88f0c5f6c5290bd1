//! Text from outside, as it may stand in a line that is shown: it neither ends the line nor rules over the terminal.
//!
//! Every view says what others wrote through this: names of steps, messages, reasons, comments, versions, labels.

use crate::document::problem::is_bidirectional;

/// The text in one line: breaks and tabs are spaces, and what a terminal would obey is a sign that stands for it.
pub fn one_line(text: &str) -> String {
    let plain = |character: char| match character {
        '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        character if character.is_control() || is_bidirectional(character) => char::REPLACEMENT_CHARACTER,
        character => character,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_line_or_rules_the_terminal() {
        let hostile = "a\nb\r\tc\u{1b}[31md\u{7}\u{9b}2J\u{2028}e\u{85}f\u{202e}g\u{2066}h";
        assert_eq!(one_line(hostile), "a b  c\u{fffd}[31md\u{fffd}\u{fffd}2J e f\u{fffd}g\u{fffd}h");
        assert_eq!(one_line("p99 ≤ 0,5 s → gut"), "p99 ≤ 0,5 s → gut");
    }
}
