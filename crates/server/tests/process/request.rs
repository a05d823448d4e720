//! Requests to the letter, as no client library would send them, and the carrier's signature.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::place::{ACCOUNT, PUBLIC, Server, TOKEN, WAIT_MAX};

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, with its names in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

/// The form of a webhook.
pub type Form = Vec<(String, String)>;

/// Opens a connection.
pub fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).expect("the server listens");
    stream.set_read_timeout(Some(WAIT_MAX)).expect("a time-out is set");
    stream
}

/// Everything until the other side closes.
pub fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        // A connection that is reset has said what it said.
        assert_eq!(
            error.kind(),
            ErrorKind::ConnectionReset,
            "the server neither answers nor closes: {error}"
        );
    }
    bytes
}

/// Sends bytes and reads the answer until the server closes.
pub fn send(to: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = connect(to);
    stream.write_all(bytes).expect("the server reads");
    answer(&mut stream)
}

/// Reads the answer until the server closes.
pub fn answer(stream: &mut TcpStream) -> Answer {
    let bytes = rest(stream);
    let text = String::from_utf8(bytes).expect("the answer is UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("this is no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// A request as bytes. The connection is closed after it.
pub fn written(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {PUBLIC_HOST}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

const PUBLIC_HOST: &str = "calls.example.com";

/// The content type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// `GET`.
pub fn get(to: SocketAddr, target: &str) -> Answer {
    send(to, &written("GET", target, &[], ""))
}

/// A form as it is sent.
pub fn encoded(form: &[(String, String)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form).finish()
}

/// The signature over the public URL.
pub fn signature(target: &str, form: &[(String, String)]) -> String {
    sandbox::carrier::sign(TOKEN, &format!("{PUBLIC}{target}"), form)
}

/// A webhook as bytes, signed as the carrier does.
pub fn webhook(target: &str, form: &[(String, String)]) -> Vec<u8> {
    let signature = signature(target, form);
    written("POST", target, &[("content-type", FORM), ("x-twilio-signature", &signature)], &encoded(form))
}

/// Sends a signed webhook.
pub fn tell(server: &Server, target: &str, form: &[(String, String)]) -> Answer {
    send(server.address, &webhook(target, form))
}

/// What the carrier says of a call that comes from a number.
pub fn arrival(call: &str, from: &str) -> Form {
    form(&[
        ("AccountSid", ACCOUNT),
        ("CallSid", call),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("From", from),
        ("To", "+18005550100"),
    ])
}

/// Pairs of a form.
pub fn form(pairs: &[(&str, &str)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A form with another value, or with one more pair.
pub fn with(mut form: Form, name: &str, value: &str) -> Form {
    form.retain(|(known, _)| known != name);
    form.push((name.to_owned(), value.to_owned()));
    form
}

/// A form without a pair.
pub fn without(mut form: Form, name: &str) -> Form {
    form.retain(|(known, _)| known != name);
    form
}
