//! Whether two parts of an expression are written the same.

use crate::cel::Node;
use crate::cel::node::Form;

impl Node {
    /// Whether two parts are written the same, brackets and white space aside.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let (one, another) = (self.children(), other.children());
        one.len() == another.len()
            && self.form.is_like(&other.form)
            && one.iter().zip(another).all(|(one, other)| one.says_the_same(other))
    }
}

impl Form {
    /// Whether two nodes are alike but for what is in them.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => {
                one.type_name() == other.type_name() && one == other
            }
            (Self::Path { names: one, .. }, Self::Path { names: other, .. }) => {
                one.len() == other.len() && one.iter().zip(other).all(|((one, _), (other, _))| one == other)
            }
            (Self::Local(one), Self::Local(other)) => one == other,
            (
                Self::Select { field: one, optional, .. },
                Self::Select { field: other, optional: other_optional, .. },
            ) => one == other && optional == other_optional,
            (Self::Has { field: one, .. }, Self::Has { field: other, .. }) => one == other,
            (Self::Index { optional: one, .. }, Self::Index { optional: other, .. }) => one == other,
            (Self::Binary(one, _), Self::Binary(other, _)) => one == other,
            (Self::Call(one), Self::Call(other)) => one.name == other.name,
            (Self::Loop(one), Self::Loop(other)) => {
                one.kind == other.kind && one.name == other.name && one.second == other.second
            }
            (Self::Not(_), Self::Not(_))
            | (Self::Negate(_), Self::Negate(_))
            | (Self::And(_), Self::And(_))
            | (Self::Or(_), Self::Or(_))
            | (Self::List(..), Self::List(..))
            | (Self::Conditional(_), Self::Conditional(_)) => true,
            _ => false,
        }
    }
}
