//! Places in a JSON document, and patterns of them.

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A JSON pointer in which `*` stands for any element or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Any,
    Named(String),
}

impl Pattern {
    pub fn parse(pointer: &str) -> Self {
        let token = |token: &str| match token {
            "*" => Token::Any,
            named => Token::Named(named.replace("~1", "/").replace("~0", "~")),
        };
        Self(pointer.split('/').skip(1).map(token).collect())
    }

    /// A place without its numbers: an element of a list stands for all of it.
    pub fn of(path: &[Step]) -> Self {
        let token = |step: &Step| match step {
            Step::Key(key) => Token::Named(key.clone()),
            Step::Index(_) => Token::Any,
        };
        Self(path.iter().map(token).collect())
    }

    /// Whether it is just this place; what is below is not looked at once it is.
    pub fn is(&self, path: &[Step]) -> bool {
        let fits = |(token, step): (&Token, &Step)| match (token, step) {
            (Token::Any, _) => true,
            (Token::Named(name), Step::Key(key)) => name == key,
            (Token::Named(name), Step::Index(index)) => *name == index.to_string(),
        };
        self.0.len() == path.len() && self.0.iter().zip(path).all(fits)
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn text(&self) -> String {
        let token = |token: &Token| match token {
            Token::Any => "/*".to_owned(),
            Token::Named(name) => format!("/{}", escaped(name)),
        };
        self.0.iter().map(token).collect()
    }
}

/// The place as a JSON pointer.
pub fn pointer(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("/{}", escaped(key)),
        Step::Index(index) => format!("/{index}"),
    };
    path.iter().map(step).collect()
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Vec<Step> {
        let step = |step: &&str| step.parse().map_or_else(|_| Step::Key((*step).to_owned()), Step::Index);
        steps.iter().map(step).collect()
    }

    #[test]
    fn a_star_stands_for_any_element_or_key() {
        let is = |pattern: &str, steps: &[&str]| Pattern::parse(pattern).is(&path(steps));
        assert!(is("/items/*/id", &["items", "7", "id"]) && is("/by/*", &["by", "anna"]));
        assert!(is("/items/0", &["items", "0"]) && !is("/items/0", &["items", "1"]));
        assert!(!is("/items", &["items", "0"]) && !is("/items/*", &["items"]));
        assert!(is("/a~1b/c~0d", &["a/b", "c~d"]));
    }

    #[test]
    fn a_place_is_written_as_it_is_read() {
        let place = path(&["a/b", "0", "c~d"]);
        assert_eq!(pointer(&place), "/a~1b/0/c~0d");
        assert!(Pattern::parse(&pointer(&place)).is(&place));
        assert_eq!(Pattern::of(&place).text(), "/a~1b/*/c~0d");
    }
}
