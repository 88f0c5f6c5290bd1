//! The service as a process: it answers, it is not ready when told so, it crashes when told so, and it finishes
//! what is under way when it is asked to stop.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Running {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo-service"))
            .args(arguments)
            .env_remove("PORT")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, address, log }
    }

    /// Sends a request; the answer can be read from what is returned.
    fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: demo\r\nconnection: close\r\n\r\n").unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        read(self.send(path))
    }

    fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn it_answers_its_version_and_fails_its_share() {
    let service = Running::start(&["--version", "v2", "--error-percent", "50"]);
    let answers = [service.get("/"), service.get("/")];
    assert!(answers[0].starts_with("HTTP/1.1 200 OK\r\n"), "{}", answers[0]);
    assert!(answers[0].ends_with("{\"version\": \"v2\"}\n"), "{}", answers[0]);
    assert!(answers[1].starts_with("HTTP/1.1 500 "), "{}", answers[1]);

    let page = service.get("/metrics");
    assert!(page.contains("http_requests_total{version=\"v2\",code=\"200\"} 1\n"), "{page}");
    assert!(page.contains("http_requests_total{version=\"v2\",code=\"500\"} 1\n"), "{page}");
    assert!(service.get("/health").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(service.get("/nothing").starts_with("HTTP/1.1 404 "));
}

#[test]
fn it_tells_at_its_end_what_was_marked_as_mirrored() {
    let mut service = Running::start(&[]);
    for headers in ["host: demo", "host: demo\r\nx-sluice-mirrored: r", "host: demo-shadow:80"] {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        write!(stream, "GET / HTTP/1.1\r\n{headers}\r\nconnection: close\r\n\r\n").unwrap();
        assert!(read(stream).starts_with("HTTP/1.1 200 OK\r\n"));
    }
    service.terminate();
    let mut rest = String::new();
    service.log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("1 requests of users, 2 mirrored"), "{rest}");
}

#[test]
fn it_is_never_ready_when_told_so() {
    let service = Running::start(&["--refuse-ready"]);
    assert!(service.get("/health").starts_with("HTTP/1.1 503 "));
    assert!(service.get("/").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn it_crashes_after_so_many_requests() {
    let mut service = Running::start(&["--crash-after-requests", "1"]);
    assert!(service.get("/").starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(service.get("/"), "");
    assert_eq!(service.child.wait().unwrap().code(), Some(70));
}

#[test]
fn it_finishes_what_is_under_way_when_asked_to_stop() {
    let mut service = Running::start(&["--latency-ms", "700"]);
    let under_way = service.send("/");
    // Once this second connection is answered, the first, which came before it, was accepted too.
    assert!(service.get("/health").starts_with("HTTP/1.1 200 OK\r\n"));
    service.terminate();
    assert!(read(under_way).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    service.log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("every request under way was answered"), "{rest}");
}
