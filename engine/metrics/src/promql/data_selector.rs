//! The second argument of `info` may match everything, as `{data=~".*"}` and `{}` do: it selects among info series.
//! The parser takes it for a selector of all series and refuses it, so it is given a matcher more, which means nothing.

use super::scan;
use crate::series::Matcher;

/// A label that no series has.
const MARK: &str = "__sluice_data_selector__";

/// The text with a mark in each such selector; nothing where there is none. The text was scanned.
pub fn marked(text: &str) -> Option<String> {
    let places = places(text);
    let last = *places.last()?;
    let mut marked = String::with_capacity(text.len() + places.len() * (MARK.len() + 8));
    let mut done = 0;
    for place in places {
        marked.push_str(text.get(done..place)?);
        marked.push_str(&format!("{MARK}!=\"\","));
        done = place;
    }
    marked.push_str(text.get(last..)?);
    Some(marked)
}

pub fn is_mark(matcher: &Matcher) -> bool {
    matcher.label == MARK
}

/// Right behind the brace of each selector that is a later argument of `info`.
fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    // Of each open bracket, whether it is that of `info`.
    let mut open: Vec<bool> = Vec::new();
    let mut before = "";
    for (at, token) in scan::tokens(text) {
        match token {
            "{" if before == "," && open.last() == Some(&true) => {
                places.push(at + 1);
                open.push(false);
            }
            "(" | "[" | "{" => open.push(token == "(" && before == "info"),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
        before = token;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_data_of_info_is_marked() {
        let shown = |text: &str| marked(text).map(|marked| marked.replace(&format!("{MARK}!=\"\","), "!"));
        let one = |text: &str| shown(text).unwrap_or_default();
        assert_eq!(one("info(a, {b=~\".*\"})"), "info(a, {!b=~\".*\"})");
        assert_eq!(
            one("sum(info # x, {\n ( rate(a{b=\"info(c, {\"}[5m]) , {}))"),
            "sum(info # x, {\n ( rate(a{b=\"info(c, {\"}[5m]) , {!}))"
        );
        assert_eq!(one("info(info(a, {}), {})"), "info(info(a, {!}), {!})");
        for other in [
            "{a=~\".*\"}",
            "info",
            "info:x(a, {})",
            "sum by (info) (a, {})",
            "info(sum(a, {}))",
            "'info(a, {})'",
        ] {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}
