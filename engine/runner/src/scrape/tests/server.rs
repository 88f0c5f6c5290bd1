//! A server that says, byte for byte, what a test wants it to.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What follows the bytes that are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Close,
    /// Says nothing more and keeps the connection.
    Hang,
    /// Says the last line again, for ever.
    Repeat,
    /// Says what it has a byte at a time, and takes its time.
    Drip,
}

/// Between two bytes.
const DRIP: std::time::Duration = std::time::Duration::from_millis(20);

/// Answers each request with what it is told to say.
#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    answer: Arc<Mutex<(Vec<u8>, Then)>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metrics", listener.local_addr().unwrap());
        let server = Self { url, answer: Arc::new(Mutex::new((answer.into(), then))), heard: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(connection));
            }
        });
        server
    }

    /// Serves a page as `text/plain`.
    pub async fn with_page(page: &str) -> Self {
        Self::start(ok("text/plain; version=0.0.4", page), Then::Close).await
    }

    pub fn say(&self, answer: impl Into<Vec<u8>>) {
        *self.answer.lock().unwrap() = (answer.into(), Then::Close);
    }

    /// The heads of the requests so far, in lower case.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// The client may close at any moment: it is to refuse most of what this says.
    async fn serve(self, mut connection: TcpStream) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await?);
        }
        self.heard.lock().unwrap().push(String::from_utf8_lossy(&head).to_lowercase());
        let (bytes, then) = self.answer.lock().unwrap().clone();
        if then == Then::Drip {
            for byte in bytes {
                connection.write_all(&[byte]).await?;
                tokio::time::sleep(DRIP).await;
            }
            return Ok(());
        }
        connection.write_all(&bytes).await?;
        match then {
            Then::Drip => Ok(()),
            Then::Close => connection.shutdown().await,
            Then::Hang => {
                // Until the client gives up.
                let _ = connection.read_u8().await;
                Ok(())
            }
            Then::Repeat => loop {
                connection.write_all(b"7\r\nmore 1\n\r\n").await?;
            },
        }
    }
}

/// A whole answer.
pub fn ok(content_type: &str, page: &str) -> Vec<u8> {
    let length = page.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{page}")
        .into_bytes()
}
