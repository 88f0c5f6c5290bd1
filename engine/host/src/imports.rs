//! What a component asks for: the contract's own interfaces, `wasi:*` as traps, and nothing else.

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

use crate::failure::Failure;
use crate::sandbox::Sandbox;

/// The contract's package, as imports and exports name it.
pub(crate) const PACKAGE: &str = "sluice:plugin/";

/// A call of something that the sandbox has not.
#[derive(Debug, Clone, Error)]
#[error("it called `{0}`, and plugins are pure: that is not there")]
pub(crate) struct NotThere(String);

/// Stands for every resource of `wasi:*`; none is ever made.
struct Never;

/// Checks every import, and defines those of `wasi:*` as functions that trap. Standard libraries import them
/// whether they are called or not. Others stay undefined, so that nothing shadows what the contract defines.
pub(crate) fn admit(
    engine: &Engine,
    component: &Component,
    linker: &mut Linker<Sandbox>,
    offered: &[&str],
    version: &'static str,
) -> Result<(), Failure> {
    for (name, import) in component.component_type().imports(engine) {
        if offered.contains(&name) {
            continue;
        }
        if name.starts_with(PACKAGE) {
            return Err(Failure::WrongVersion { found: name.to_owned(), known: version });
        }
        if !name.starts_with("wasi:") {
            return Err(Failure::ForbiddenImport(name.to_owned()));
        }
        stub(engine, &mut linker.root(), name, name, &import.ty)?;
    }
    Ok(())
}

fn stub(
    engine: &Engine,
    linker: &mut LinkerInstance<'_, Sandbox>,
    path: &str,
    name: &str,
    item: &ComponentItem,
) -> Result<(), Failure> {
    let defined = match item {
        ComponentItem::ComponentInstance(instance) => {
            let mut inner = linker.instance(name).map_err(|_| Failure::ForbiddenImport(path.to_owned()))?;
            for (name, export) in instance.exports(engine) {
                stub(engine, &mut inner, &format!("{path}#{name}"), name, &export.ty)?;
            }
            Ok(())
        }
        ComponentItem::ComponentFunc(_) => {
            let missing = NotThere(path.to_owned());
            linker.func_new(name, move |_, _, _, _| Err(missing.clone().into()))
        }
        ComponentItem::Resource(_) => linker.resource(name, ResourceType::host::<Never>(), |_, _| Ok(())),
        ComponentItem::Type(_) => Ok(()),
        ComponentItem::CoreFunc(_) | ComponentItem::Module(_) | ComponentItem::Component(_) => {
            return Err(Failure::ForbiddenImport(path.to_owned()));
        }
    };
    defined.map_err(|_| Failure::ForbiddenImport(path.to_owned()))
}
