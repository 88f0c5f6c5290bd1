//! What a plan pinned can be loaded again, whatever became of the file it was planned with.

use sluice_core::plan::PluginPin;
use sluice_host::{BundledPlugin, Host, HostConfig};
use sluice_runner::ports::plugins::{PluginFailure, PluginKind, Plugins};

use crate::bench::{Bench, assert_failure, judge};
use crate::guest::health_check;

#[test]
fn a_pinned_plugin_outlives_its_file() {
    let bench = Bench::new();
    let pin = bench.load_check(&health_check()).unwrap().pin().clone();
    bench.place("guest.wasm", b"overwritten");
    let pinned = bench.host.pinned(PluginKind::HealthCheck, &pin).unwrap();
    assert_eq!(pinned.pin(), &pin);
    assert_eq!(judge(&*pinned).unwrap().answer.reason, "all is well");
}

#[test]
fn a_file_s_pin_names_its_digest_and_where_it_was() {
    let bench = Bench::new();
    let component = health_check().component();
    let pin = bench.load(PluginKind::HealthCheck, &component).unwrap().pin().clone();
    assert_eq!(pin.name, "guest");
    assert_eq!(pin.source, "./guest.wasm");
    assert_eq!(pin.digest, sluice_core::plan::digest(&component));
}

#[test]
fn a_bundled_plugin_outlives_the_binary_that_bundled_it() {
    let wasm: &'static [u8] = Vec::leak(health_check().component());
    let digest: &'static str = String::leak(sluice_core::plan::digest(wasm));
    let one = BundledPlugin { name: "steady", kind: PluginKind::HealthCheck, digest, wasm };
    let dir = tempfile::tempdir().unwrap();
    let mut config = HostConfig::new(dir.path().join("cache"), dir.path().join("data"));
    let without = Host::new(config.clone()).unwrap();
    config.bundled = vec![one];
    let with = Host::new(config).unwrap();
    let pin = with.load(PluginKind::HealthCheck, "steady", dir.path()).unwrap().pin().clone();
    assert_eq!((pin.source.as_str(), pin.digest.as_str()), ("bundled", digest));
    for host in [with, without] {
        let pinned = host.pinned(PluginKind::HealthCheck, &pin).unwrap();
        assert_eq!(judge(&*pinned).unwrap().answer.reason, "all is well");
    }
}

#[test]
fn a_kept_component_that_was_changed_is_not_loaded() {
    let bench = Bench::new();
    let pin = bench.load_check(&health_check()).unwrap().pin().clone();
    let kept = bench.dir.path().join("data/plugins").join(format!("{}.wasm", pin.digest.replace(':', "-")));
    let mut bytes = std::fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    not_kept(&bench, &pin);
}

#[test]
fn a_digest_that_is_none_names_no_file() {
    let bench = Bench::new();
    let mut pin = bench.load_check(&health_check()).unwrap().pin().clone();
    for digest in ["", "sha256:", "sha256:../../guest", "md5:00"] {
        pin.digest = digest.to_owned();
        not_kept(&bench, &pin);
    }
}

fn not_kept(bench: &Bench, pin: &PluginPin) {
    let error = bench.host.pinned(PluginKind::HealthCheck, pin).unwrap_err();
    let text = format!("plugin `guest` is pinned as `{}`, and no such component is kept here", pin.digest);
    assert_failure(&error, PluginFailure::NotFound, &text);
    bench.assert_well();
}
