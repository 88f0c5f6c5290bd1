//! A label set: sorted, without empty values, cheap to clone and to share.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::METRIC_NAME;

type Pair = (Arc<str>, Arc<str>);

/// An empty value and an absent label are the same thing.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels(Arc<[Pair]>);

impl Labels {
    /// Of two labels of one name the last is kept.
    pub fn new(pairs: impl IntoIterator<Item = Pair>) -> Self {
        let mut pairs: Vec<Pair> = pairs.into_iter().collect();
        // Stable, so that the last of equals stays last.
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1.clone();
            }
            same
        });
        pairs.retain(|(_, value)| !value.is_empty());
        Self(pairs.into())
    }

    pub fn from_strs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::new(pairs.into_iter().map(|(name, value)| (name.into(), value.into())))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The label's value, empty when there is no such label.
    pub fn get(&self, name: &str) -> &str {
        match self.0.binary_search_by(|(own, _)| own.as_ref().cmp(name)) {
            Ok(at) => self.0.get(at).map_or("", |(_, value)| value.as_ref()),
            Err(_) => "",
        }
    }

    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Only the labels of which this holds.
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    pub fn without_metric_name(&self) -> Self {
        if self.get(METRIC_NAME).is_empty() {
            self.clone()
        } else {
            self.filtered(|name| name != METRIC_NAME)
        }
    }

    /// With this label set, or dropped when the value is empty.
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self::new(self.0.iter().cloned().chain([(name.into(), value.into())]))
    }

    /// An estimate of the memory that the set takes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| size_of::<Pair>() + name.len() + value.len()).sum()
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By names and values in turn. The strings of one store are shared, so most need not be looked at.
impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        let one = |a: &Arc<str>, b: &Arc<str>| if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.cmp(b) };
        let pairs = self.0.iter().zip(other.0.iter());
        let different = pairs.map(|(a, b)| one(&a.0, &b.0).then_with(|| one(&a.1, &b.1)));
        let first = different.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric_name())?;
        let mut separator = '{';
        for (name, value) in self.iter().filter(|(name, _)| *name != METRIC_NAME) {
            write!(f, "{separator}{name}={value:?}")?;
            separator = ',';
        }
        match separator {
            '{' if self.metric_name().is_empty() => f.write_str("{}"),
            '{' => Ok(()),
            _ => f.write_str("}"),
        }
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compared_as_their_pairs_are() {
        let sets = [
            Labels::default(),
            Labels::from_strs([("a", "1")]),
            Labels::from_strs([("a", "1"), ("b", "1")]),
            Labels::from_strs([("a", "2")]),
            Labels::from_strs([("b", "0")]),
        ];
        for (x, a) in sets.iter().enumerate() {
            for (y, b) in sets.iter().enumerate() {
                assert_eq!((a.cmp(b), a == b), (x.cmp(&y), x == y), "{a} {b}");
            }
        }
        assert_eq!(sets[1], Labels::from_strs([("a", "1")]), "of other strings");
    }

    #[test]
    fn sorted_deduplicated_and_without_empties() {
        let labels = Labels::from_strs([("b", "1"), ("a", "x"), ("b", "2"), ("c", ""), (METRIC_NAME, "m")]);
        assert_eq!(labels.to_string(), r#"m{a="x",b="2"}"#);
        assert_eq!((labels.get("b"), labels.get("c"), labels.len()), ("2", "", 3));
        assert_eq!(labels.with("a", "").without_metric_name().to_string(), r#"{b="2"}"#);
        assert_eq!(Labels::default().to_string(), "{}");
    }
}
