//! Reads addresses of pages and of sockets.

use crate::document::problem::quoted;
use crate::document::reader::Field;

const MAX_ADDRESS: usize = 2048;

/// The address of a page, with TLS or without.
pub(super) fn page(field: &Field<'_>) -> Option<String> {
    let url = field.text()?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let graphic = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !is_host_and_port(host, false) || !graphic || url.len() > MAX_ADDRESS {
        let message = format!("{} is not the address of a page", quoted(&url));
        return field.refuse("wrong-address", message, "write it as `http://host:port/path`");
    }
    Some(url)
}

/// The address of a server, with TLS or without.
pub(super) fn server(field: &Field<'_>) -> Option<String> {
    let url = field.text()?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        let message = "an address with a password in it would stand in plans and journals".to_owned();
        let help = "write `basic: {username: ..., password: {env: NAME}}` beside the address";
        return field.refuse("wrong-address", message, help);
    }
    let graphic = url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'?'));
    if !is_host_and_port(host, false) || !graphic || url.len() > MAX_ADDRESS {
        let message = format!("{} is not the address of a server", quoted(&url));
        return field.refuse(
            "wrong-address",
            message,
            "write it as `https://host:port`, with a path if it has one",
        );
    }
    Some(url)
}

/// `host:port`.
pub(super) fn socket(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    if !is_host_and_port(&text, true) {
        let message = format!("{} is not the address of a socket", quoted(&text));
        return field.refuse("wrong-address", message, "write it as `host:port`: `db:5432`");
    }
    Some(text)
}

fn is_host_and_port(text: &str, with_port: bool) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let right_port = port.map_or(!with_port, |port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    !host.is_empty() && host.len() < 256 && host.bytes().all(letter) && right_port
}
