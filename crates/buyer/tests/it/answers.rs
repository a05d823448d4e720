//! What a well-behaved buyer receives and what is read from it.

use buyer::exchange::Failure;
use http::{HeaderName, HeaderValue, Method, header};
use tokio::{io::AsyncWriteExt, sync::mpsc, time::Instant};

use crate::peer::{AMPLE, Peer, answer, exchange, ping, read_request, send};

#[tokio::test]
async fn a_ping_is_sent_whole_and_its_answer_read_whole() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream, _| {
        let seen = seen.clone();
        async move {
            let request = read_request(&mut stream).await.expect("a request");
            seen.send(request).expect("the test listens");
            answer(&mut stream, "{\"bidAmount\":91}").await;
        }
    })
    .await;
    let mut request = ping(&peer.url());
    request.headers = vec![
        (HeaderName::from_static("x-api-key"), HeaderValue::from_static("k1")),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::HOST, HeaderValue::from_static("elsewhere.example")),
        (header::COOKIE, HeaderValue::from_static("a=b")),
        (header::ACCEPT_ENCODING, HeaderValue::from_static("br")),
        (header::TRANSFER_ENCODING, HeaderValue::from_static("chunked")),
    ];
    let response = exchange().send(request, Instant::now() + AMPLE).await.expect("an answer");
    assert_eq!(
        (response.status, &response.body[..], response.resent),
        (200, &b"{\"bidAmount\":91}"[..], false)
    );

    let request = requests.recv().await.expect("one request");
    let mut lines: Vec<_> = request.lines().collect();
    lines.sort_unstable();
    let host = format!("host: {}", peer.address);
    let mut expected = vec![
        "",
        "POST /ping HTTP/1.1",
        "accept-encoding: gzip",
        "content-length: 15",
        "content-type: application/json",
        &host,
        "user-agent: pingpost",
        "x-api-key: k1",
        "{\"pingId\":\"p1\"}",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_buyer_may_be_asked_by_query() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream, _| {
        let seen = seen.clone();
        async move {
            seen.send(read_request(&mut stream).await.expect("a request")).expect("the test listens");
            answer(&mut stream, "{}").await;
        }
    })
    .await;
    let mut request = ping(&peer.url());
    request.method = Method::GET;
    request.url = request.url.with_query([("zip", "33109")]);
    request.body = bytes::Bytes::new();
    exchange().send(request, Instant::now() + AMPLE).await.expect("an answer");
    let request = requests.recv().await.expect("one request");
    assert!(request.starts_with("GET /ping?zip=33109 HTTP/1.1\r\n"), "{request}");
    assert!(!request.contains("content-length"), "{request}");
}

#[tokio::test]
async fn every_status_but_a_redirect_is_handed_on_with_its_body() {
    for (bytes, status, body) in [
        (&b"HTTP/1.1 204 No Content\r\n\r\n"[..], 204, &b""[..]),
        (b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}", 202, b"{}"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
        (b"HTTP/1.1 422 Unprocessable\r\ncontent-length: 2\r\n\r\nno", 422, b"no"),
        (b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", 503, b""),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 200, b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}"),
    ] {
        let peer = Peer::answering(bytes).await;
        let response = send(&exchange(), &peer.url()).await.expect("an answer");
        assert_eq!((response.status, &response.body[..]), (status, body));
        assert_eq!(response.retry_after.map(|it| it.as_secs()), (status == 503).then_some(7));
    }
}

#[tokio::test]
async fn gzip_is_unpacked() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        let body = crate::hostile::gzip(b"{\"bidAmount\":91}");
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.expect("the head");
        stream.write_all(&body).await.expect("the body");
    })
    .await;
    let response = send(&exchange(), &peer.url()).await.expect("an answer");
    assert_eq!(response.body, "{\"bidAmount\":91}");
}

#[tokio::test]
async fn an_encoding_we_did_not_ask_for_is_named() {
    let peer =
        Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::BadEncoding));
}
