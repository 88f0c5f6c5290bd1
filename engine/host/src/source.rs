//! The bytes of a component, before anything is believed of them.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sluice_core::plan::digest;

use crate::failure::Failure;

/// A component and its digest.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) bytes: Cow<'static, [u8]>,
    pub(crate) digest: String,
}

/// Reads a component's file, up to a size.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Source, Failure> {
    let unreadable = |reason: String| Failure::Unreadable { path: path.display().to_string(), reason };
    // A pipe would block when it is opened, and a device never ends.
    let about = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !about.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::FileTooLarge { limit });
    }
    let digest = digest(&bytes);
    Ok(Source { bytes: Cow::Owned(bytes), digest })
}

/// Checks the first bytes, to say plainly what a file is that is no component.
pub(crate) fn check_header(bytes: &[u8]) -> Result<(), Failure> {
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    let what = match bytes {
        [] => "the file is empty",
        _ if bytes.starts_with(COMPONENT) => return Ok(()),
        _ if bytes.starts_with(MODULE) => "it is a core module",
        _ if bytes.starts_with(b"\0asm") => "it is of a version of WebAssembly that is not known here",
        _ => "its first bytes are not those of WebAssembly",
    };
    Err(Failure::NotAComponent { what })
}
