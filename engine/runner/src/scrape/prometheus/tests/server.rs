//! A server that answers each request with the next of its answers, and the last one for ever.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What follows the bytes that are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Close,
    Hang,
    /// Says the same chunk again, for ever.
    Repeat,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    answers: Arc<Vec<(Vec<u8>, Then)>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(answers: Vec<(Vec<u8>, Then)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, answers: Arc::new(answers), heard: Arc::default() };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(connection));
            }
        });
        server
    }

    /// Answers in JSON, one after the other.
    pub async fn json(answers: &[&str]) -> Self {
        Self::start(answers.iter().map(|one| (json("200 OK", one), Then::Close)).collect()).await
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    async fn serve(self, mut connection: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        while !is_whole(&request) {
            request.push(connection.read_u8().await?);
        }
        let (bytes, then) = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(String::from_utf8_lossy(&request).into_owned());
            self.answers[(heard.len() - 1).min(self.answers.len() - 1)].clone()
        };
        connection.write_all(&bytes).await?;
        match then {
            Then::Close => connection.shutdown().await,
            Then::Hang => {
                // Until the client gives up.
                let _ = connection.read_u8().await;
                Ok(())
            }
            Then::Repeat => {
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                loop {
                    connection.write_all(chunk.as_bytes()).await?;
                }
            }
        }
    }
}

pub fn json(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
