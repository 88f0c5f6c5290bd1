//! Clients that do not stop asking, and remember each request that was not answered well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::task::JoinHandle;

use crate::bed::eventually;
use crate::http1::Connection;

pub struct Load {
    over: Arc<AtomicBool>,
    pub sent: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Told>>,
}

/// What the clients saw.
#[derive(Debug, Default)]
pub struct Told {
    pub by_revision: BTreeMap<String, u64>,
    pub failed: Vec<String>,
    /// Clients that were told, with an answer, that their connection closes.
    pub taken_leave: usize,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// May be repeated by a proxy.
    Gets,
    /// Every other request has a body, and may not.
    GetsAndPosts,
}

impl Load {
    pub async fn start(address: &str, clients: usize, kind: Kind) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU64::new(0));
        let mut handles = Vec::new();
        for _ in 0..clients {
            let connection = Connection::open(address).await;
            handles.push(tokio::spawn(client(connection, kind, Arc::clone(&over), Arc::clone(&sent))));
        }
        Self { over, sent, clients: handles }
    }

    /// Waits until this many more were answered.
    pub async fn more(&self, requests: u64) {
        let until = self.sent.load(Ordering::Relaxed) + requests;
        eventually("the clients are answered", async || self.sent.load(Ordering::Relaxed) >= until).await;
    }

    pub async fn end(self) -> Told {
        self.over.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        for client in self.clients {
            let told = client.await.unwrap();
            all.failed.extend(told.failed);
            all.taken_leave += told.taken_leave;
            for (revision, count) in told.by_revision {
                *all.by_revision.entry(revision).or_default() += count;
            }
        }
        all
    }
}

/// One connection from beginning to end: that it is cut without a word is a failure too.
async fn client(mut connection: Connection, kind: Kind, over: Arc<AtomicBool>, sent: Arc<AtomicU64>) -> Told {
    let mut told = Told::default();
    let mut number = 0_u64;
    while !over.load(Ordering::Relaxed) && told.failed.len() < 10 {
        number += 1;
        let request = if matches!(kind, Kind::GetsAndPosts) && number.is_multiple_of(2) {
            Request::post("/echo").header("host", "shop.test").body(Full::from(Bytes::from_static(b"paid")))
        } else {
            Request::get("/").header("host", "shop.test").body(Full::default())
        };
        match connection.send(request.unwrap()).await {
            Ok(answer) if answer.status.is_success() => {
                let revision = answer.headers["x-revision"].to_str().unwrap().to_owned();
                *told.by_revision.entry(revision).or_default() += 1;
                if answer.headers.get("connection").is_some_and(|said| said == "close") {
                    told.taken_leave = 1;
                    return told;
                }
            }
            Ok(answer) => told.failed.push(format!("request {number}: {} {}", answer.status, answer.text)),
            Err(error) => {
                told.failed.push(format!("request {number}: {error:?}"));
                return told;
            }
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    told
}
