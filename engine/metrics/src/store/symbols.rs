//! Label strings, each kept once however many series bear it.

use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct Symbols(HashSet<Arc<str>>);

impl Symbols {
    pub fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let symbol: Arc<str> = text.into();
        self.0.insert(symbol.clone());
        symbol
    }

    /// Drops the strings that no series bears any more.
    pub fn sweep(&mut self) {
        self.0.retain(|symbol| Arc::strong_count(symbol) > 1);
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
