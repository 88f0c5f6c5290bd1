//! A server behind TLS, whose certificate only its own authority vouches for.

use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::server::ok;
use super::{Desk, endpoint};

/// Says the same to everybody who trusts it.
#[derive(Debug)]
pub(crate) struct TlsServer {
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl TlsServer {
    /// The certificate of its authority.
    pub const CA: &'static str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scrape/tests/tls/ca.pem");

    pub async fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Vec<u8> = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (acceptor, heard) = (acceptor(), Arc::new(Mutex::new(Vec::new())));
        let said = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, answer.clone(), said.clone()));
            }
        });
        Self { url, heard }
    }

    /// The requests of those who trusted it.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn acceptor() -> TlsAcceptor {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Ends where the client does not trust it.
async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    answer: Vec<u8>,
    heard: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut request = vec![0; 64 << 10];
    let read = stream.read(&mut request).await?;
    heard.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).into_owned());
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

#[tokio::test]
async fn a_page_behind_tls_is_not_read_from_a_server_that_nobody_vouches_for() {
    let desk = Desk::new();
    let server = TlsServer::start(ok("text/plain", "a 1\n")).await;
    let failures = desk.scrape(&[endpoint(&server.url, &[])], 1000).await;
    assert!(failures[0].to_string().contains("can not be reached: "), "{failures:?}");
    assert_eq!((desk.kept().len(), server.heard().len()), (0, 0));
}
