//! A request's head, kept to send the request once more: to another instance, or to the shadow.

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Request, Uri};

use super::body::RequestBody;

/// All of a request but its body.
#[derive(Debug, Clone)]
pub struct Head {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
}

impl Head {
    pub fn of(request: &Request<RequestBody>) -> Self {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        Self { method: method.clone(), uri: uri.clone(), headers: headers.clone() }
    }

    /// The request anew; without a body if there is nothing of it.
    pub fn request(self, body: Bytes) -> Request<RequestBody> {
        let body = if body.is_empty() { RequestBody::Empty } else { RequestBody::Whole(body) };
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        request
    }
}
