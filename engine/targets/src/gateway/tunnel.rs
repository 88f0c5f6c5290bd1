//! Upgraded connections (WebSocket and others): bytes both ways until either side ends.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

use super::body::Exchange;

/// Joins a client and an instance that have both switched. The tunnel counts as a request under way.
pub async fn join(client: OnUpgrade, instance: OnUpgrade, exchange: Exchange) {
    if let (Ok(client), Ok(instance)) = (client.await, instance.await) {
        let (mut client, mut instance) = (TokioIo::new(client), TokioIo::new(instance));
        // That a side breaks off is one of the ways in which a tunnel ends.
        let _ = copy_bidirectional(&mut client, &mut instance).await;
    }
    drop(exchange);
}
