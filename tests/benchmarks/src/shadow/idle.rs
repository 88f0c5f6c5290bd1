//! What connections cost that rest: each has had an answer, and is kept for the next request.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::figure::{Failure, Row};
use crate::traffic::bed::Bed;

const CONNECTIONS: usize = 10_000;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n";

/// The gateway's memory with so many connections, beside its memory without.
pub async fn measure(bed: &Bed) -> Result<Row, Failure> {
    let [address, _] = bed.addresses().await?;
    let before = bed.memory()?;
    let opened = tokio::task::spawn_blocking(move || open(&address)).await?;
    let open = opened.map_err(|error| {
        format!("{CONNECTIONS} connections could not be opened ({error}): see `ulimit -n`")
    })?;
    let with = bed.memory()?;
    drop(open);
    let shown = |bytes: f64| format!("{:.1} MiB", bytes / 1024.0 / 1024.0);
    let each = (with - before) / CONNECTIONS as f64 / 1024.0;
    let name = format!("memory, {CONNECTIONS} idle ({each:.1} KiB each)");
    Ok(Row::ratio(&name, (shown(with), shown(before)), with / before))
}

fn open(address: &str) -> std::io::Result<Vec<TcpStream>> {
    let one = |_| {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(REQUEST)?;
        let mut answer = [0; 1024];
        if stream.read(&mut answer)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(stream)
    };
    (0..CONNECTIONS).map(one).collect()
}
