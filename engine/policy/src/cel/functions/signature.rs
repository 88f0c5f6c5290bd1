//! Signatures as they are written in the tables of functions: `string.contains(string): bool`.

use crate::cel::kind::Kind;

/// One way to call a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signature {
    pub(crate) receiver: Option<Kind>,
    pub(crate) arguments: Vec<Kind>,
    /// The last argument may stand there any number of times.
    pub(crate) variadic: bool,
    pub(crate) result: Kind,
}

impl Signature {
    /// Reads a signature. Tables are checked by a test; what can not be read takes nothing.
    pub(super) fn read(name: &str, text: &str) -> Option<Self> {
        let (left, result) = text.rsplit_once("): ")?;
        let at = left.find(&format!("{name}("))?;
        let receiver = left[..at].strip_suffix('.').map(kind);
        let arguments = &left[at + name.len() + 1..];
        let variadic = arguments.ends_with("...");
        let arguments = split(arguments.trim_end_matches("..."));
        Some(Self {
            receiver: receiver.map_or(Some(None), |one| one.map(Some))?,
            arguments: arguments.into_iter().map(kind).collect::<Option<_>>()?,
            variadic,
            result: kind(result)?,
        })
    }

    pub(crate) fn takes(&self, is_member: bool, arguments: usize) -> bool {
        let enough = match self.variadic {
            true => arguments >= self.arguments.len(),
            false => arguments == self.arguments.len(),
        };
        self.receiver.is_some() == is_member && enough
    }
}

/// At the commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, one) in text.char_indices() {
        match one {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(Some(text[start..].trim()).filter(|last| !last.is_empty()));
    parts
}

fn kind(text: &str) -> Option<Kind> {
    if let Some((outer, inner)) = text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        let parts: Vec<Kind> = split(inner).into_iter().map(kind).collect::<Option<_>>()?;
        return match (outer, parts.as_slice()) {
            ("list", [of]) => Some(Kind::list(of.clone())),
            ("optional", [of]) => Some(Kind::optional(of.clone())),
            ("map", [key, value]) => Some(Kind::Map(Box::new(key.clone()), Box::new(value.clone()))),
            _ => None,
        };
    }
    Some(match text {
        "dyn" => Kind::Unknown,
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "uint" => Kind::Uint,
        "double" => Kind::Double,
        "string" => Kind::Text,
        "bytes" => Kind::Bytes,
        "timestamp" => Kind::Time,
        "duration" => Kind::Span,
        "type" => Kind::Type,
        "ip" => Kind::Address,
        "cidr" => Kind::Network,
        "semver" => Kind::Version,
        "quantity" => Kind::Quantity,
        "T" => Kind::Same('T'),
        // Numbers, of whatever kinds.
        "N" => Kind::Same('N'),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read() {
        let one = Signature::read("contains", "string.contains(string): bool").unwrap();
        assert_eq!(
            (one.receiver, one.arguments, one.result),
            (Some(Kind::Text), vec![Kind::Text], Kind::Bool)
        );
        let one = Signature::read("math.least", "math.least(T...): T").unwrap();
        assert!(one.receiver.is_none() && one.variadic && one.takes(false, 3) && !one.takes(false, 0));
        let one = Signature::read("f", "f(map<string, list<int>>, T): optional<T>").unwrap();
        assert_eq!(one.arguments.len(), 2);
    }
}
