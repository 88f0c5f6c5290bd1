//! Readiness: is an instance fit for traffic, asked over a connection of its own.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a ready instance may take to close the connection.
const FOR_THE_REST: Duration = Duration::from_millis(100);
/// Of the answer, so that the instance may end it in order.
const READ_AT_MOST: u64 = 64 * 1024;

/// Whether the path answers 2xx; without one, whether the connection is accepted.
pub async fn is_ready(address: SocketAddr, path: Option<&str>) -> bool {
    timeout(PATIENCE, ask(address, path)).await.is_ok_and(|asked| asked.is_ok_and(|ready| ready))
}

async fn ask(address: SocketAddr, path: Option<&str>) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let Some(path) = path else { return Ok(true) };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: sluice-gateway\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    let ready = head.starts_with(b"HTTP/1.") && head.get(8..10) == Some(b" 2");
    if ready {
        let mut rest = stream.take(READ_AT_MOST);
        // What the rest is does not matter, nor whether it ends.
        let _ = timeout(FOR_THE_REST, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    }
    Ok(ready)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn asked(answer: &'static str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await.unwrap();
            assert!(request[..read].starts_with(b"GET /ready HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        tokio::join!(is_ready(address, Some("/ready")), server).0
    }

    #[tokio::test]
    async fn only_2xx_is_ready() {
        assert!(asked("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await);
        assert!(asked("HTTP/1.0 204 No Content\r\n\r\n").await);
        for answer in
            ["HTTP/1.1 503 Nope\r\n\r\n", "HTTP/1.1 302 Found\r\n\r\n", "SSH-2.0-banner\r\n", "HTTP"]
        {
            assert!(!asked(answer).await, "{answer}");
        }
    }
}
