//! Where requests go.

use http::Uri;

use super::LoadError;

/// A plain HTTP address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `host:port`, to connect to and for the host header.
    pub authority: String,
    pub path: String,
}

impl Address {
    pub fn parse(url: &str) -> Result<Self, LoadError> {
        let wrong = || LoadError::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("http") {
            return Err(wrong());
        }
        let host = uri.host().ok_or_else(wrong)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self { authority: format!("{host}:{}", uri.port_u16().unwrap_or(80)), path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let address = Address::parse("http://127.0.0.1:8080/a?b=c").unwrap();
        assert_eq!((address.authority.as_str(), address.path.as_str()), ("127.0.0.1:8080", "/a?b=c"));
        assert_eq!(Address::parse("http://localhost").unwrap().authority, "localhost:80");
    }

    #[test]
    fn other_schemes_are_refused() {
        for url in ["https://a/", "a:80", "", "/path"] {
            assert!(Address::parse(url).is_err(), "`{url}` was taken");
        }
    }
}
