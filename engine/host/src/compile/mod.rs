//! From a component to native code: out of the cache, in this process, or in a child with limits.

pub(crate) mod child;
mod parent;

use std::borrow::Cow;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::Cache;
use crate::config::{Compiler, Limits};
use crate::engine;
use crate::failure::Failure;
use crate::sandbox::one_line;
use crate::source::{Source, check_header};

/// Longest message of a compiler that is passed on.
const REASON_CHARS: usize = 500;

/// A component ready to be resolved; compiled only when the cache does not have it.
pub(crate) fn component(
    running: &Engine,
    cache: &Cache,
    source: &Source,
    compiler: &Compiler,
    limits: &Limits,
) -> Result<Component, Failure> {
    check_header(&source.bytes)?;
    if let Some(entry) = cache.read(&source.digest) {
        match deserialize(running, entry.code()) {
            Ok(component) => return Ok(component),
            Err(error) => {
                tracing::warn!(digest = source.digest, %error, "discarded a compiled plugin");
                cache.remove(&source.digest);
            }
        }
    }
    let code = match compiler {
        Compiler::InProcess => in_process(&source.bytes)?,
        Compiler::Child { program, args } => parent::compile(program, args, &source.bytes, limits)?,
    };
    let component = deserialize(running, &code).map_err(|error| Failure::NoRoom(reason(&error)))?;
    cache.write(&source.digest, &code);
    Ok(component)
}

/// Compiles without limits.
pub(crate) fn in_process(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let engine = engine::compiling().map_err(|error| Failure::NoCompiler { reason: reason(&error) })?;
    engine.precompile_component(bytes).map_err(|error| Failure::DoesNotCompile { reason: reason(&error) })
}

/// The outermost and the innermost reason, on one line.
fn reason(error: &wasmtime::Error) -> String {
    shorten(Cow::Owned(format!("{error:#}")))
}

fn shorten(text: Cow<'_, str>) -> String {
    let short: String = text.trim().chars().take(REASON_CHARS).collect();
    one_line(&short)
}

/// Loads native code. The one unsafe line of the engine.
#[allow(
    unsafe_code,
    reason = "code is loaded only from a file of this user with the digest it was written with"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` was made by `Engine::precompile_component`, in this process, in a child of the same
    // binary, or earlier and read back by `Cache`, which has checked owner, mode and digest. The bytes
    // checked are the bytes loaded: nothing is opened again. Wasmtime itself checks version and settings.
    unsafe { Component::deserialize(engine, code) }
}
