//! What a plugin says of its config, in this project's words: plugins in Rust read it by serde, and say it in serde's.

/// Kinds of values as serde calls them, and as people do.
const KINDS: &[(&str, &str)] = &[
    ("a string", "a text"),
    ("string", "a text"),
    ("a borrowed string", "a text"),
    ("a sequence", "a list"),
    ("sequence", "a list"),
    ("a map", "a map"),
    ("map", "a map"),
    ("a boolean", "`true` or `false`"),
    ("null", "nothing"),
    ("unit", "nothing"),
    ("unit value", "nothing"),
    ("u8", "a whole number"),
    ("u16", "a whole number"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
    ("usize", "a whole number"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("f32", "a number"),
];

/// The same message, where it is one of serde's; any other as it is.
pub(super) fn plain(message: &str) -> String {
    let said = message.split(" at line ").next().unwrap_or(message);
    missing(said).or_else(|| unknown(said)).or_else(|| other(said)).unwrap_or_else(|| message.to_owned())
}

fn missing(said: &str) -> Option<String> {
    Some(format!("{} is missing", said.strip_prefix("missing field ")?))
}

fn unknown(said: &str) -> Option<String> {
    let key = said.strip_prefix("unknown field ").map(|rest| ("there is no key", rest));
    let (what, rest) = key.or_else(|| Some(("it can not be", said.strip_prefix("unknown variant ")?)))?;
    let (name, expected) = rest.split_once(", ")?;
    let expected = expected.strip_prefix("expected one of ").or_else(|| expected.strip_prefix("expected "));
    Some(match expected {
        Some(expected) => format!("{what} {name}; write {}", any(expected)),
        None => format!("{what} {name}"),
    })
}

fn other(said: &str) -> Option<String> {
    let said = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|one| said.strip_prefix(one))?;
    let (found, expected) = said.split_once(", expected ")?;
    Some(format!("{} stands where {} is wanted", kind(found), kind(expected)))
}

fn kind(said: &str) -> String {
    if let Some((_, kind)) = KINDS.iter().find(|(serde, _)| *serde == said) {
        return (*kind).to_owned();
    }
    let value = ["integer ", "floating point ", "boolean "].iter().find_map(|one| said.strip_prefix(one));
    match (value, said.strip_prefix("string ")) {
        (Some(value), _) => value.to_owned(),
        (None, Some(text)) => format!("the text `{}`", text.trim_matches('"')),
        (None, None) if said.starts_with("struct ") => "a map".to_owned(),
        (None, None) => said.to_owned(),
    }
}

/// The last of several is joined by `or`.
fn any(listed: &str) -> String {
    match listed.rsplit_once(", ") {
        Some((all, last)) => format!("{all} or {last}"),
        None => listed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_is_heard_in_our_words() {
        let said = [
            "missing field `weight`",
            "unknown field `holdd`, expected one of `steps`, `ramp`, `hold`",
            "unknown field `wieght`, expected `weight` or `hold`",
            "unknown variant `later`, expected one of `immediate`, `stepwise`",
            "unknown field `x`, there are no fields",
            "invalid type: integer `7`, expected a string",
            "invalid type: string \"high\", expected f64 at line 1 column 9",
            "invalid type: sequence, expected struct Step",
            "invalid type: boolean `true`, expected a weight such as 5, or a step such as {weight: 5, hold: 2m}",
            "invalid value: integer `-1`, expected u32",
            "`steps` fall from 50 to 20",
        ];
        let plain: Vec<String> = said.iter().map(|one| plain(one)).collect();
        let wanted = [
            "`weight` is missing",
            "there is no key `holdd`; write `steps`, `ramp` or `hold`",
            "there is no key `wieght`; write `weight` or `hold`",
            "it can not be `later`; write `immediate` or `stepwise`",
            "there is no key `x`",
            "`7` stands where a text is wanted",
            "the text `high` stands where a number is wanted",
            "a list stands where a map is wanted",
            "`true` stands where a weight such as 5, or a step such as {weight: 5, hold: 2m} is wanted",
            "`-1` stands where a whole number is wanted",
            "`steps` fall from 50 to 20",
        ];
        assert_eq!(plain, wanted);
    }
}
