//! The preview: a listener that serves the candidate alone, so that it can be tested before it has users.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::config::Limits;
use super::handlers::Proxy;
use super::listener::{self, Bounds};
use super::routing::{Door, Routing};

/// Opened, moved and closed as the settings say.
#[derive(Debug)]
pub struct Preview {
    routing: Arc<Routing>,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    /// As asked for: port 0 stands for one that the system chose.
    asked: SocketAddr,
    bound: SocketAddr,
    end: watch::Sender<bool>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end.send_replace(true);
    }
}

/// Whoever tests; users are not among them.
const CONNECTIONS: usize = 256;

impl Preview {
    pub fn new(routing: Arc<Routing>) -> Self {
        Self { routing, open: Mutex::default() }
    }

    /// Listens there from now on, or nowhere. To be called inside the runtime.
    pub fn listen(&self, asked: Option<SocketAddr>) -> Result<(), String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().map(|open| open.asked) == asked {
            return Ok(());
        }
        *open = match asked {
            Some(asked) => Some(self.open(asked).map_err(|error| {
                format!("the preview can not be served on `{asked}`: {error}; choose another address for it")
            })?),
            None => None,
        };
        Ok(())
    }

    pub fn address(&self) -> Option<SocketAddr> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().map(|open| open.bound)
    }

    fn open(&self, asked: SocketAddr) -> std::io::Result<Open> {
        let listener = std::net::TcpListener::bind(asked)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let bound = listener.local_addr()?;
        let (end, ending) = watch::channel(false);
        let bounds = Bounds { connections: CONNECTIONS, ..Bounds::of(&Limits::default(), ending) };
        let proxy = Proxy { routing: Arc::clone(&self.routing), door: Door::Preview };
        tokio::spawn(listener::serve(listener, bounds, proxy));
        Ok(Open { asked, bound, end })
    }
}
