//! The environment: sockets, pages, room on disks, commands.

use std::time::Duration;

use reqwest::Client;
use sluice_core::document::measure::show_bytes;
use sluice_core::plan::{Condition, Must};
use sluice_core::release::prepared::{Finding, Grade};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::finding;
use crate::command::Short;

const REACHED_WITHIN: Duration = Duration::from_secs(5);
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

pub(super) async fn look(client: &Client, condition: &Condition) -> Finding {
    let seen = match &condition.must {
        Must::Connect(address) => connect(address).await,
        Must::Answer(url) => answer(client, url).await,
        Must::HaveRoom { path, bytes } => room(path, *bytes),
        Must::Succeed { command, directory } => succeed(command, directory).await,
    };
    let of = format!("environment {}", condition.name);
    match seen {
        Ok(text) => finding(of, Grade::Good, text),
        Err(text) => finding(of, Grade::Bad, text),
    }
}

async fn connect(address: &str) -> Result<String, String> {
    match timeout(REACHED_WITHIN, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(format!("`{address}` accepts connections")),
        Ok(Err(error)) => Err(format!("`{address}` can not be reached: {error}")),
        Err(_) => Err(format!("`{address}` did not answer within {} s", REACHED_WITHIN.as_secs())),
    }
}

async fn answer(client: &Client, url: &str) -> Result<String, String> {
    match timeout(REACHED_WITHIN, client.get(url).send()).await {
        Ok(Ok(answer)) if answer.status().is_success() => Ok(format!("`{url}` answers {}", answer.status())),
        Ok(Ok(answer)) => Err(format!("`{url}` answers {}", answer.status())),
        Ok(Err(error)) => Err(format!("`{url}` can not be reached: {}", crate::scrape::root_of(&error))),
        Err(_) => Err(format!("`{url}` did not answer within {} s", REACHED_WITHIN.as_secs())),
    }
}

fn room(path: &str, bytes: u64) -> Result<String, String> {
    let disk =
        rustix::fs::statvfs(path).map_err(|error| format!("`{path}` can not be looked at: {error}"))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let told = format!("{} free at `{path}`", show_bytes(free));
    if free >= bytes { Ok(told) } else { Err(format!("{told}, and {} are required", show_bytes(bytes))) }
}

async fn succeed(command: &[String], directory: &str) -> Result<String, String> {
    let ended = Short { command, directory, input: b"", within: COMMAND_WITHIN }.run().await?;
    if ended.good { Ok(ended.how) } else { Err(ended.told()) }
}

#[cfg(test)]
mod tests {
    use sluice_core::plan::Must;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn seen(must: Must) -> (Grade, String) {
        let condition = Condition { name: "x".to_owned(), must };
        let found = look(&crate::scrape::http_client().unwrap(), &condition).await;
        assert_eq!(found.of, "environment x");
        (found.grade, found.text)
    }

    /// A server that answers every request the same.
    async fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn sockets_and_pages_are_reached_or_told() {
        let address = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(seen(Must::Connect(address.clone())).await.0, Grade::Good);
        let good = seen(Must::Answer(format!("http://{address}/"))).await;
        assert_eq!(good, (Grade::Good, format!("`http://{address}/` answers 204 No Content")));
        let sick = server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(seen(Must::Answer(format!("http://{sick}/"))).await.0, Grade::Bad);
        // Bound and dropped: nobody listens there.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (found, text) = seen(Must::Connect(gone.clone())).await;
        assert!(found == Grade::Bad && text.contains("refused"), "{text}");
        assert_eq!(seen(Must::Answer(format!("http://{gone}/"))).await.0, Grade::Bad);
    }

    #[tokio::test]
    async fn room_and_commands_are_looked_at() {
        let here = || std::env::temp_dir().display().to_string();
        assert_eq!(seen(Must::HaveRoom { path: here(), bytes: 1 }).await.0, Grade::Good);
        let (found, text) = seen(Must::HaveRoom { path: here(), bytes: u64::MAX }).await;
        assert!(found == Grade::Bad && text.ends_with("16777215.9TiB are required"), "{text}");
        assert_eq!(seen(Must::HaveRoom { path: "/nowhere".to_owned(), bytes: 1 }).await.0, Grade::Bad);
        let command = |script: &str| {
            let command = ["sh", "-c", script].map(str::to_owned).into();
            Must::Succeed { command, directory: here() }
        };
        assert_eq!(seen(command("true")).await, (Grade::Good, "exited with status 0".to_owned()));
        let bad = seen(command("echo locked; exit 4")).await;
        assert_eq!(bad, (Grade::Bad, "exited with status 4: locked".to_owned()));
    }
}
