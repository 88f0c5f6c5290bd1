//! Headers on their way through: hop-by-hop ones go, forwarding ones come.

use std::fmt::Write;
use std::net::SocketAddr;

use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};

/// The name that a request asks to switch to; none if it asks for no switch.
pub fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = tokens(headers, &header::CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade"));
    if asked { headers.get(header::UPGRADE).cloned() } else { None }
}

/// Takes out what concerns one connection only. An upgrade, if any, is put back.
pub fn strip_hop_by_hop(headers: &mut HeaderMap, upgrade: Option<HeaderValue>) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = tokens(headers, &header::CONNECTION)
            .filter_map(|token| HeaderName::from_bytes(token.as_bytes()).ok())
            .filter(|name| !KEPT.contains(name))
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    if let Some(protocol) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
}

/// Says who asked, by what and for which host. Unless `trust`, what the client says of that is replaced.
pub fn forward(headers: &mut HeaderMap, client: SocketAddr, trust: bool) {
    let mut known = String::with_capacity(64);
    if trust {
        for earlier in headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()) {
            let _ = write!(known, "{earlier}, ");
        }
    }
    let _ = write!(known, "{}", client.ip());
    if let Ok(value) = HeaderValue::try_from(known) {
        headers.insert(FORWARDED_FOR, value);
    }
    put(headers, FORWARDED_PROTO, trust, Some(HeaderValue::from_static("http")));
    let host = headers.get(header::HOST).cloned();
    put(headers, FORWARDED_HOST, trust, host);
}

/// The value of a cookie in a request.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The target as an origin server takes it: path and query alone.
pub fn origin_form(uri: Uri) -> Uri {
    if uri.authority().is_none() {
        return uri;
    }
    let mut parts = http::uri::Parts::default();
    let root = || http::uri::PathAndQuery::from_static("/");
    parts.path_and_query = Some(uri.path_and_query().cloned().unwrap_or_else(root));
    Uri::from_parts(parts).unwrap_or_default()
}

/// Whether a request that was lost may be sent again, as RFC 9110 (9.2.2) lets a proxy do.
pub fn may_repeat(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// `Expect` is among them as the gateway itself sends the `100 Continue`.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
];

/// A client may not have these taken out by naming them in `Connection`.
const KEPT: [HeaderName; 7] = [
    header::HOST,
    header::COOKIE,
    header::AUTHORIZATION,
    header::CONTENT_LENGTH,
    FORWARDED_FOR,
    FORWARDED_PROTO,
    FORWARDED_HOST,
];

fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(name).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(',')).map(str::trim)
}

fn put(headers: &mut HeaderMap, name: HeaderName, trust: bool, value: Option<HeaderValue>) {
    match (headers.entry(name), value) {
        (Entry::Occupied(_), _) if trust => {}
        (Entry::Occupied(mut old), Some(value)) => {
            old.insert(value);
        }
        (Entry::Occupied(old), None) => {
            old.remove();
        }
        (Entry::Vacant(space), Some(value)) => {
            space.insert(value);
        }
        (Entry::Vacant(_), None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect::<Vec<_>>()
            .into_iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn shown(headers: &HeaderMap) -> String {
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn hop_by_hop_headers_go_and_the_named_ones_with_them() {
        let mut headers = map(&[
            ("connection", "keep-alive, X-Private, host"),
            ("keep-alive", "timeout=5"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("host", "shop.test"),
            ("accept", "*/*"),
        ]);
        strip_hop_by_hop(&mut headers, None);
        insta::assert_snapshot!(shown(&headers), @r"
        accept: */*
        host: shop.test
        ");
    }

    #[test]
    fn an_upgrade_stays() {
        let mut headers = map(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")]);
        let protocol = upgrade(&headers);
        strip_hop_by_hop(&mut headers, protocol);
        insta::assert_snapshot!(shown(&headers), @r"
        connection: upgrade
        upgrade: websocket
        ");
        assert_eq!(upgrade(&map(&[("upgrade", "websocket")])), None);
    }

    #[test]
    fn a_client_can_not_claim_another_address() {
        let client = "192.0.2.7:4000".parse().unwrap();
        let claimed = [("x-forwarded-for", "10.0.0.1"), ("x-forwarded-host", "evil"), ("host", "shop.test")];
        let mut headers = map(&claimed);
        forward(&mut headers, client, false);
        insta::assert_snapshot!(shown(&headers), @r"
        host: shop.test
        x-forwarded-for: 192.0.2.7
        x-forwarded-host: shop.test
        x-forwarded-proto: http
        ");
        let mut headers = map(&claimed);
        forward(&mut headers, client, true);
        insta::assert_snapshot!(shown(&headers), @r"
        host: shop.test
        x-forwarded-for: 10.0.0.1, 192.0.2.7
        x-forwarded-host: evil
        x-forwarded-proto: http
        ");
    }

    #[test]
    fn cookies_are_found_among_others() {
        let headers = map(&[("cookie", "a=1; seat=42"), ("cookie", "b=2")]);
        assert_eq!((cookie(&headers, "seat"), cookie(&headers, "b")), (Some("42"), Some("2")));
        assert_eq!(cookie(&headers, "sea"), None);
    }

    #[test]
    fn an_absolute_target_becomes_a_path() {
        assert_eq!(origin_form(Uri::from_static("http://shop.test/a?b=c")), Uri::from_static("/a?b=c"));
        assert_eq!(origin_form(Uri::from_static("http://shop.test")), Uri::from_static("/"));
        assert_eq!(origin_form(Uri::from_static("*")), Uri::from_static("*"));
    }
}
