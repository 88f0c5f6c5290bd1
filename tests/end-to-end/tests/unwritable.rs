//! A gateway on a disk without room.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::grounds::Grounds;

/// The processes that a process has started and that run.
fn children(of: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{of}/task")).unwrap();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

async fn is_answered(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else { return false };
    let mut answer = String::new();
    let asked = stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await;
    asked.is_ok() && stream.read_to_string(&mut answer).await.is_ok() && answer.contains(" 200 ")
}

/// As on a full disk: neither what it says nor what it notes of its processes can be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_can_write_no_log_keeps_its_instances_and_ends_when_it_is_told_to() {
    let grounds = Grounds::with_v1().await;
    grounds.stage.stop_gateway().await.unwrap();
    std::fs::create_dir(grounds.stage.state().join("gateways/shop/processes.new")).unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = grounds.stage.sluice("gateway");
    command.args(["--service", "shop", "--listen", grounds.stage.address()]).stderr(full);
    let mut gateway = command.kill_on_drop(true).spawn().unwrap();
    let pid = gateway.id().unwrap();
    let mut before = Vec::new();
    for _ in 0..2 {
        // The first time it starts what it has on record, the second what was killed.
        while !is_answered(grounds.stage.address()).await || children(pid) == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        before = children(pid);
        let instance = before.first().and_then(|pid| i32::try_from(*pid).ok()).and_then(Pid::from_raw);
        kill_process(instance.unwrap(), Signal::KILL).unwrap();
    }
    grounds.stage.stop_gateway().await.unwrap();
    assert!(gateway.wait().await.unwrap().success());
}
