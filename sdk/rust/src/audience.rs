//! Who reaches a revision whatever the weights: a header or a cookie with its value.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Problem, Role, Shape};

/// Users who are known by a header or a cookie: `{header: {name: X-Beta, value: "yes"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Audience {
    /// Requests with this header.
    Header(Marked),
    /// Requests with this cookie.
    Cookie(Marked),
}

/// A name and the exact value that goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Marked {
    /// The name, whose case does not matter for a header.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The whole value.
    #[schemars(length(min = 1, max = 1000))]
    pub value: String,
}

impl Audience {
    /// The shape with these users sent to one revision.
    #[must_use]
    pub fn routed(&self, shape: Shape, role: Role) -> Shape {
        match self {
            Self::Header(of) => shape.header(&of.name, &of.value, role),
            Self::Cookie(of) => shape.cookie(&of.name, &of.value, role),
        }
    }

    /// What is wrong with it, where it stands.
    pub fn problems(&self, place: &str) -> Vec<Problem> {
        let (key, Marked { name, value }) = match self {
            Self::Header(of) => ("header", of),
            Self::Cookie(of) => ("cookie", of),
        };
        let mut problems = Vec::new();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || name.len() > 200 || !name.bytes().all(token) {
            let message = format!("`{name}` can not be the name of a {key}");
            problems.push(Problem::new(format!("{place}/{key}/name"), message));
        }
        let visible = |byte: u8| (0x20..0x7f).contains(&byte);
        if value.is_empty() || value.len() > 1000 || !value.bytes().all(visible) {
            let message = format!("a {key} has a value of visible characters, at most 1000");
            problems.push(Problem::new(format!("{place}/{key}/value"), message));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::Audience;
    use crate::{Matcher, Role, Shape};

    fn read(json: &str) -> Result<Audience, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn users_are_known_by_a_header_or_a_cookie() {
        let beta = read(r#"{"cookie": {"name": "beta", "value": "yes"}}"#).unwrap();
        let route = &beta.routed(Shape::new(), Role::Candidate).routes[0];
        assert_eq!(route.matcher, Matcher::Cookie { name: "beta".into(), value: "yes".into() });
        assert_eq!((route.name.as_str(), &route.role), ("beta=yes", &Role::Candidate));
        assert!(read("{}").is_err());
    }

    #[test]
    fn what_no_request_can_carry_is_told() {
        let wrong = read(r#"{"header": {"name": "X Beta", "value": "a\r\nb"}}"#).unwrap();
        let places: Vec<_> = wrong.problems("/cohort").into_iter().map(|one| one.path).collect();
        assert_eq!(places, ["/cohort/header/name", "/cohort/header/value"]);
    }
}
