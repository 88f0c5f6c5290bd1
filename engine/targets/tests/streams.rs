//! Bodies, upgrades and headers on their way through.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use sluice_core::model::shape::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bed::{Bed, desired};

const CHUNK: usize = 64 * 1024;
const CHUNKS: usize = 512;

/// A body of 32 MiB whose length is not said.
struct Chunks(usize);

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![fill(left); CHUNK])))))
    }
}

fn fill(chunk: usize) -> u8 {
    u8::try_from(chunk % 251).unwrap()
}

async fn raw(bed: &Bed, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(bed.address().await).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_streams_both_ways() {
    let bed = Bed::serving_v1(1).await;
    let stream = TcpStream::connect(bed.address().await).await.unwrap();
    let (mut sender, connection) = Builder::new().handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("/echo").header("host", "shop.test").body(Chunks(CHUNKS)).unwrap();
    let mut answer = sender.send_request(request).await.unwrap();
    let mut at = 0;
    while let Some(frame) = answer.body_mut().frame().await {
        for byte in frame.unwrap().into_data().unwrap() {
            assert_eq!(byte, fill(CHUNKS - 1 - at / CHUNK));
            at += 1;
        }
    }
    assert_eq!(at, CHUNK * CHUNKS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_up_nobody_else() {
    let bed = Bed::serving_v1(1).await;
    let length = CHUNK * 16;
    let mut slow =
        raw(&bed, &format!("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")).await;
    let (mut reading, mut writing) = slow.split();
    let body = vec![7; length];
    // The echo can not be taken back while nobody reads it: the rest of the body stays here.
    let first = writing.write(&body).await.unwrap();
    assert_eq!(bed.client().await.answered_by("v1", 200).await, 200);
    let rest = async { writing.write_all(&body[first..]).await.unwrap() };
    let read = async {
        let mut answer = vec![0; length];
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(reading.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 200 OK"));
        reading.read_exact(&mut answer).await.unwrap();
        answer
    };
    let ((), answer) = tokio::join!(rest, read);
    assert!(answer == body);
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrades_pass_through_and_outlive_a_change_of_shape() {
    let bed = Bed::serving_v1(1).await;
    let asked = "GET /upgrade HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: plus-one\r\n\r\n";
    let mut stream = raw(&bed, asked).await;
    let switched = head(&mut stream).await.to_lowercase();
    assert!(switched.starts_with("http/1.1 101") && switched.contains("upgrade: plus-one"), "{switched}");
    assert!(switched.contains("connection: upgrade"), "{switched}");
    bed.settle(&desired(2, "v1", &[("v1", Role::Stable, 1, 500), ("v2", Role::Candidate, 1, 500)])).await;
    for _ in 0..3 {
        stream.write_all(b"HAL").await.unwrap();
        let mut answer = [0; 3];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"IBM");
    }
    let in_flight = r#"sluice_gateway_requests_in_flight{revision="v1",role="stable"}"#;
    assert_eq!(bed.metric(in_flight).await, 1.0);
}

#[tokio::test]
async fn an_instance_sees_who_asked_and_for_which_host() {
    let bed = Bed::serving_v1(1).await;
    let mut client = bed.client().await;
    let headers = [("connection", "x-private"), ("x-private", "1"), ("x-forwarded-for", "10.0.0.1")];
    let seen = client.get_with("/headers", &headers).await.text;
    assert!(seen.contains(r#""host": "shop.test""#), "{seen}");
    assert!(seen.contains(r#""x-forwarded-for": "127.0.0.1""#), "{seen}");
    assert!(seen.contains(r#""x-forwarded-host": "shop.test""#), "{seen}");
    assert!(seen.contains(r#""x-forwarded-proto": "http""#), "{seen}");
    assert!(!seen.contains("x-private") && !seen.contains("connection"), "{seen}");
}

#[tokio::test]
async fn an_old_client_without_a_host_is_served() {
    let bed = Bed::serving_v1(1).await;
    let mut stream = raw(&bed, "GET / HTTP/1.0\r\n\r\n").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK") && answer.ends_with("v1"), "{answer}");
}

#[tokio::test]
async fn hostile_requests_are_turned_away() {
    let bed = Bed::serving_v1(1).await;
    let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(128 * 1024));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200));
    for (request, status) in [
        (large.as_str(), "431"),
        (&many, "431"),
        ("CONNECT shop.test:443 HTTP/1.1\r\nhost: a\r\n\r\n", "501"),
        ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", "400"),
        ("\x16\x03\x01\r\n\r\n", "400"),
    ] {
        let mut stream = TcpStream::connect(bed.address().await).await.unwrap();
        // It may be turned away before it was written to its end.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(
            std::str::from_utf8(&start[9..]).unwrap(),
            status,
            "{}",
            &request[..40.min(request.len())]
        );
    }
    let mut client = bed.client().await;
    assert_eq!(client.answered_by("v1", 10).await, 10);
    let post = Request::post("/echo").header(header::EXPECT, "100-continue").body(Full::from("x")).unwrap();
    assert_eq!(client.send(post).await.unwrap().status, StatusCode::OK);
}
