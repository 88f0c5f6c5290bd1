//! What connections cost that rest: each has had an answer, and is kept for the next request.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::figure::{Failure, Row};
use crate::traffic::bed::Bed;

pub const CONNECTIONS: usize = 10_000;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n";

/// The memory in bytes without connections, and with so many.
pub async fn memory(bed: &Bed) -> Result<[f64; 2], Failure> {
    let [address, _] = bed.addresses().await?;
    let before = bed.memory()?;
    let opened = tokio::task::spawn_blocking(move || open(&address)).await?;
    let open = opened.map_err(|error| {
        format!("{CONNECTIONS} connections could not be opened ({error}): see `ulimit -n`")
    })?;
    let with = bed.memory()?;
    drop(open);
    Ok([before, with])
}

/// The memory with connections, beside that without.
pub fn row([before, with]: [f64; 2]) -> Row {
    let name = format!("memory, {CONNECTIONS} idle ({:.1} KiB each)", each([before, with]));
    Row::ratio(&name, (shown(with), shown(before)), with / before)
}

/// KiB for each connection.
pub fn each([before, with]: [f64; 2]) -> f64 {
    (with - before) / CONNECTIONS as f64 / 1024.0
}

pub fn shown(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
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
