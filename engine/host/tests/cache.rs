//! Compiled code on disk: taken when it is as it was written, thrown away and made again when it is not.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sluice_host::{Host, HostConfig};
use sluice_runner::ports::plugins::{PluginKind, Plugins};
use tempfile::TempDir;

use crate::bench::judge;
use crate::guest::health_check;

#[test]
fn an_entry_is_used_again() {
    let cached = Cached::new();
    let before = fs::metadata(&cached.entry).unwrap().ino();
    cached.assert_loads();
    assert_eq!(fs::metadata(&cached.entry).unwrap().ino(), before, "the entry was not written again");
}

#[test]
fn a_flipped_byte_is_noticed() {
    let cached = Cached::new();
    let mut bytes = cached.whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    cached.assert_mended(|entry| fs::write(entry, bytes).unwrap());
}

#[test]
fn a_truncated_entry_is_noticed() {
    let cached = Cached::new();
    for length in [0, 7, 39, 40, cached.whole.len() - 1] {
        cached.assert_mended(|entry| fs::write(entry, &cached.whole[..length]).unwrap());
    }
}

#[test]
fn an_entry_with_something_behind_it_is_noticed() {
    let cached = Cached::new();
    let longer = [cached.whole.as_slice(), b"x"].concat();
    cached.assert_mended(|entry| fs::write(entry, longer).unwrap());
}

/// Another plugin's entry is whole in itself, and would answer for this one.
#[test]
fn an_entry_in_another_s_place_is_noticed() {
    let cached = Cached::new();
    let other = health_check().doing("unreachable").component();
    let other_entry = compile(cached.dir.path(), &other);
    cached.assert_mended(|entry| fs::rename(other_entry, entry).map(drop).unwrap());
}

#[test]
fn an_entry_that_others_may_write_is_noticed() {
    let cached = Cached::new();
    cached.assert_mended(|entry| fs::set_permissions(entry, Permissions::from_mode(0o666)).unwrap());
    assert_eq!(fs::metadata(&cached.entry).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn an_entry_that_is_a_link_is_not_followed() {
    let cached = Cached::new();
    let elsewhere = cached.dir.path().join("elsewhere");
    cached.assert_mended(|entry| {
        fs::rename(entry, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, entry).unwrap();
    });
}

#[test]
fn the_directory_is_this_user_s_alone() {
    let cached = Cached::new();
    let dir = cached.entry.parent().unwrap();
    assert_eq!(fs::metadata(dir).unwrap().mode() & 0o777, 0o700);
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
    cached.assert_loads();
    assert_eq!(fs::metadata(dir).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn without_a_directory_plugins_load_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("cache"), "a file").unwrap();
    load(dir.path(), &health_check().component());
}

/// A folder in which a healthy plugin was loaded once.
struct Cached {
    dir: TempDir,
    component: Vec<u8>,
    entry: PathBuf,
    whole: Vec<u8>,
}

impl Cached {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let component = health_check().component();
        let entry = compile(dir.path(), &component);
        let whole = fs::read(&entry).unwrap();
        Self { dir, component, entry, whole }
    }

    fn assert_loads(&self) {
        load(self.dir.path(), &self.component);
    }

    /// After the damage the plugin loads, and the entry is as it was.
    fn assert_mended(&self, damage: impl FnOnce(&Path)) {
        damage(&self.entry);
        self.assert_loads();
        assert!(fs::symlink_metadata(&self.entry).unwrap().is_file());
        assert!(fs::read(&self.entry).unwrap() == self.whole, "the entry was made again");
    }
}

/// Loads with a fresh host, and returns the entry that appeared.
fn compile(dir: &Path, component: &[u8]) -> PathBuf {
    let before = entries(dir);
    load(dir, component);
    entries(dir).into_iter().find(|entry| !before.contains(entry)).expect("an entry appeared")
}

fn load(dir: &Path, component: &[u8]) {
    let host = Host::new(HostConfig::new(dir.join("cache"), dir.join("data"))).unwrap();
    fs::write(dir.join("guest.wasm"), component).unwrap();
    let plugin = host.load(PluginKind::HealthCheck, "./guest.wasm", dir).unwrap();
    if component == health_check().component() {
        assert_eq!(judge(&*plugin).unwrap().answer.reason, "all is well");
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("cache")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}
