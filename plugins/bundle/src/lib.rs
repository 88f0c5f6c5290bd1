//! The shipped plugins, compiled to WebAssembly and embedded.

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// The three kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Strategy,
    HealthCheck,
    Rollback,
}

/// A shipped plugin.
#[derive(Clone, Copy)]
pub struct Bundled {
    pub name: &'static str,
    pub kind: Kind,
    /// `sha256:<hex>` of the component, computed when it was compiled.
    pub digest: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// Every shipped plugin.
pub fn all() -> &'static [Bundled] {
    BUNDLED
}

impl std::fmt::Debug for Bundled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, kind, digest, wasm } = self;
        write!(f, "Bundled({name}, {kind:?}, {digest}, {} bytes)", wasm.len())
    }
}
