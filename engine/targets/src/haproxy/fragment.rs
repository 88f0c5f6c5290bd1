//! What a configuration of HAProxy must have to be a target.

use super::HaproxyOptions;
use super::state::{SLOTS, STABLE_KEY};

/// The part of `haproxy.cfg` for one service. `listen` lines, timeouts and TLS are the operator's; a cookie keeps a
/// user's place on the line of weights.
pub fn fragment(options: &HaproxyOptions, cookie: &str) -> String {
    let HaproxyOptions { socket, address, backend, map, .. } = options;
    let (socket, map) = (socket.display(), map.display());
    let mut text = format!(
        "# In `global`, once for all services. The map's file must be there when HAProxy starts; it may be empty.
#   stats socket {socket} mode 600 level admin

frontend {backend}
    mode http
    bind {address}
    # A place on the line of weights: the user's own, or any.
    http-request set-var(txn.place) req.cook({cookie}) if {{ req.cook({cookie}) -m reg ^[0-9]{{1,3}}$ }}
    http-request set-var(txn.new) bool(true) unless {{ var(txn.place) -m found }}
    http-request set-var(txn.place) rand(1000) if {{ var(txn.new) -m found }}
    http-request set-var(txn.slot) var(txn.place),map_int({map})
    http-request set-var(txn.stable) int({STABLE_KEY}),map_int({map})
    http-request deny deny_status 503 unless {{ var(txn.slot) -m found }}
    # Without the next line users do not stay with their revision.
    http-response add-header Set-Cookie \"{cookie}=%[var(txn.place)]; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax\" if {{ var(txn.new) -m found }}
"
    );
    for slot in SLOTS {
        text.push_str(&format!(
            "    use_backend {backend}-{slot} if {{ var(txn.slot) -m str {slot} }} {{ nbsrv({backend}-{slot}) gt 0 }}\n"
        ));
    }
    text.push_str("    # A revision without a server: stable stands in.\n");
    for slot in SLOTS {
        text.push_str(&format!("    use_backend {backend}-{slot} if {{ var(txn.stable) -m str {slot} }}\n"));
    }
    for slot in SLOTS {
        text.push_str(&format!(
            "
backend {backend}-{slot}
    mode http
    balance leastconn
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    timeout queue 5s
"
        ));
    }
    text
}
