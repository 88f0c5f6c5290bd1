//! The host: where plugins come from, and what is known of those already loaded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sluice_core::plan::PluginPin;
use sluice_runner::ports::plugins::{Plugin, PluginError, PluginKind, Plugins};
use thiserror::Error;
use wasmtime::component::Component;

use crate::cache::Cache;
use crate::compile;
use crate::config::{BundledPlugin, Compiler, HostConfig};
use crate::contract::{self, Contract, noun};
use crate::engine::{self, Ticker};
use crate::failure::Failure;
use crate::plugin::{Loaded, Shared};
use crate::shelf::Shelf;
use crate::slots::Slots;
use crate::source::{Source, read_file};

/// Loads plugins and runs them.
#[derive(Debug)]
pub struct Host {
    shared: Arc<Shared>,
    cache: Cache,
    shelf: Shelf,
    compiler: Compiler,
    bundled: Vec<BundledPlugin>,
    known: Mutex<HashMap<(PluginKind, String), Known>>,
}

/// Why there is no host.
#[derive(Debug, Error)]
pub enum HostError {
    #[error("the plugin sandbox can not be set up: {0}")]
    Engine(String),
    #[error("the thread that guards plugin calls can not be started: {0}")]
    Ticker(#[from] std::io::Error),
}

/// A component under check, or checked and still in use somewhere.
type Known = Arc<Mutex<Option<Weak<dyn Contract>>>>;

impl Host {
    /// Sets up the sandbox; loads nothing.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let limits = Arc::new(config.limits);
        let engine = engine::running(&limits).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let ticker = Ticker::start(&engine)?;
        let cache = Cache::open(&config.cache_dir, engine::compatibility(&engine), limits.compiled);
        let slots = Slots::new(limits.concurrent);
        Ok(Self {
            shared: Arc::new(Shared { engine, limits, slots, _ticker: ticker }),
            cache,
            shelf: Shelf::new(&config.data_dir),
            compiler: config.compiler,
            bundled: config.bundled,
            known: Mutex::default(),
        })
    }

    /// The kinds that a component exports, for a file of which nothing is known yet.
    pub fn kinds(&self, reference: &str, base: &Path) -> Result<Vec<PluginKind>, PluginError> {
        let kinds = if is_path(reference) {
            self.read(reference, base)
                .and_then(|source| self.compile(&source, &self.compiler))
                .map(|component| contract::kinds(&self.shared.engine, &component))
        } else {
            self.named(reference).map(|one| vec![one.kind])
        };
        match kinds {
            Ok(kinds) if kinds.is_empty() => Err(Failure::NoWorld.of(reference)),
            Ok(kinds) => Ok(kinds),
            Err(failure) => Err(failure.of(reference)),
        }
    }

    fn load_file(&self, kind: PluginKind, reference: &str, base: &Path) -> Result<Loaded, Failure> {
        let source = self.read(reference, base)?;
        let contract = self.contract(kind, &source, &self.compiler)?;
        self.shelf.keep(&source);
        let name = Path::new(reference).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let pin =
            PluginPin { name, version: String::new(), digest: source.digest, source: reference.to_owned() };
        Ok(self.loaded(kind, pin, contract))
    }

    fn load_bundled(&self, kind: PluginKind, bundled: &BundledPlugin) -> Result<Loaded, Failure> {
        if bundled.kind != kind {
            return Err(Failure::WrongKind { wanted: noun(kind), found: noun(bundled.kind).to_owned() });
        }
        let source = source(bundled);
        let contract = self.contract(kind, &source, &Compiler::InProcess)?;
        self.shelf.keep(&source);
        // Bundled plugins are released with the engine, under its version.
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let (name, digest) = (bundled.name.to_owned(), source.digest);
        let pin = PluginPin { name, version, digest, source: "bundled".to_owned() };
        Ok(self.loaded(kind, pin, contract))
    }

    fn load_pinned(&self, kind: PluginKind, pin: &PluginPin) -> Result<Loaded, Failure> {
        let same = |one: &&BundledPlugin| one.name == pin.name && one.digest == pin.digest;
        let contract = match self.bundled.iter().find(same) {
            Some(bundled) => self.contract(kind, &source(bundled), &Compiler::InProcess)?,
            None => {
                let source = self.shelf.find(&pin.digest, self.shared.limits.component)?;
                self.contract(kind, &source, &self.compiler)?
            }
        };
        Ok(self.loaded(kind, pin.clone(), contract))
    }

    fn loaded(&self, kind: PluginKind, pin: PluginPin, contract: Arc<dyn Contract>) -> Loaded {
        Loaded { kind, pin, contract, shared: Arc::clone(&self.shared) }
    }

    /// Compiles, checks and test-instantiates a component, once for as long as anybody uses it.
    fn contract(
        &self,
        kind: PluginKind,
        source: &Source,
        compiler: &Compiler,
    ) -> Result<Arc<dyn Contract>, Failure> {
        let known = self.entry(kind, &source.digest);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(contract) = known.as_ref().and_then(Weak::upgrade) {
            return Ok(contract);
        }
        let component = self.compile(source, compiler)?;
        let contract = contract::choose(&self.shared.engine, &component, kind)?;
        self.shared.run(None, |store| contract.instantiate(store))?;
        let contract: Arc<dyn Contract> = Arc::from(contract);
        *known = Some(Arc::downgrade(&contract));
        Ok(contract)
    }

    /// The place of one component; two that load it at once compile it once.
    fn entry(&self, kind: PluginKind, digest: &str) -> Known {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, known| Arc::strong_count(known) > 1 || in_use(known));
        Arc::clone(all.entry((kind, digest.to_owned())).or_default())
    }

    fn compile(&self, source: &Source, compiler: &Compiler) -> Result<Component, Failure> {
        compile::component(&self.shared.engine, &self.cache, source, compiler, &self.shared.limits)
    }

    fn read(&self, reference: &str, base: &Path) -> Result<Source, Failure> {
        read_file(&base.join(reference), self.shared.limits.component)
    }

    fn named(&self, name: &str) -> Result<&BundledPlugin, Failure> {
        self.bundled.iter().find(|one| one.name == name).ok_or_else(|| {
            let known: Vec<String> = self.bundled.iter().map(|one| format!("`{}`", one.name)).collect();
            Failure::UnknownName { known: known.join(", ") }
        })
    }
}

impl Plugins for Host {
    fn load(&self, kind: PluginKind, reference: &str, base: &Path) -> Result<Arc<dyn Plugin>, PluginError> {
        let loaded = if is_path(reference) {
            self.load_file(kind, reference, base)
        } else {
            self.named(reference).and_then(|bundled| self.load_bundled(kind, bundled))
        };
        loaded.map(|one| Arc::new(one) as Arc<dyn Plugin>).map_err(|failure| failure.of(reference))
    }

    fn pinned(&self, kind: PluginKind, pin: &PluginPin) -> Result<Arc<dyn Plugin>, PluginError> {
        let loaded = self.load_pinned(kind, pin);
        loaded.map(|one| Arc::new(one) as Arc<dyn Plugin>).map_err(|failure| failure.of(&pin.name))
    }

    fn bundled(&self) -> Vec<(String, PluginKind)> {
        self.bundled.iter().map(|one| (one.name.to_owned(), one.kind)).collect()
    }
}

fn source(bundled: &BundledPlugin) -> Source {
    Source { bytes: Cow::Borrowed(bundled.wasm), digest: bundled.digest.to_owned() }
}

/// A bundled plugin is named by a bare word; everything else is a file.
fn is_path(reference: &str) -> bool {
    reference.contains('/') || reference.ends_with(".wasm")
}

fn in_use(known: &Known) -> bool {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().is_some_and(|contract| contract.strong_count() > 0)
}
