//! Certificates: only a valid one for the very name is trusted, and nothing is repeated in plaintext.

use std::{net::IpAddr, sync::Arc, time::Duration};

use buyer::exchange::{Exchange, ExchangeConfig, Failure, Roots, Unreachable};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
    time::Instant,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    connections::connection_is_free,
    peer::{AMPLE, Peer, answer, config, development, ping, read_request, send},
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate")
}

fn params_for(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.subject_alt_names.push(match host.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(host.try_into().expect("a name")),
    });
    params
}

/// Signed by the authority, or by itself.
fn identity(
    params: &CertificateParams,
    by: Option<&Authority>,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().expect("a key");
    let certificate = match by {
        Some(authority) => params.signed_by(&key, authority),
        None => params.self_signed(&key),
    };
    let key_bytes = key.serialize_der().try_into().expect("a key in PKCS 8");
    (certificate.expect("a certificate").der().clone(), key_bytes)
}

fn acceptor((certificate, key): (CertificateDer<'static>, PrivateKeyDer<'static>)) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the defaults")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    TlsAcceptor::from(Arc::new(config))
}

/// A buyer with TLS; each connection's first byte is reported, so that plaintext would be seen.
async fn buyer_with(
    identity: (CertificateDer<'static>, PrivateKeyDer<'static>),
) -> (Peer, mpsc::UnboundedReceiver<u8>) {
    let acceptor = acceptor(identity);
    let (seen, first_bytes) = mpsc::unbounded_channel();
    let peer = Peer::start(move |stream, _| {
        let (seen, acceptor) = (seen.clone(), acceptor.clone());
        async move {
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok() {
                let _ = seen.send(first[0]);
            }
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while read_request(&mut stream).await.is_some() {
                answer(&mut stream, "{}").await;
            }
        }
    })
    .await;
    (peer, first_bytes)
}

fn trusting(authority: &Authority) -> Exchange {
    let roots = Roots::Only(vec![authority.der().clone()]);
    Exchange::new(ExchangeConfig { roots, ..config(development()) }).expect("a usable root")
}

fn https(peer: &Peer) -> String {
    format!("https://{}/", peer.address)
}

#[tokio::test]
async fn a_valid_certificate_is_trusted_and_its_connection_reused() {
    let authority = authority();
    let (peer, _) = buyer_with(identity(&params_for("127.0.0.1"), Some(&authority))).await;
    let exchange = trusting(&authority);
    for _ in 0..3 {
        assert_eq!(send(&exchange, &https(&peer)).await.expect("an answer").status, 200);
        connection_is_free().await;
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_reused_secure_connection_that_is_closed_politely_is_replaced_once() {
    let authority = authority();
    let acceptor = acceptor(identity(&params_for("127.0.0.1"), Some(&authority)));
    let peer = Peer::start(move |stream, number| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.expect("a handshake");
            read_request(&mut stream).await.expect("a request");
            answer(&mut stream, "{}").await;
            if number == 0 {
                read_request(&mut stream).await.expect("a second request");
                stream.shutdown().await.expect("a close_notify");
            }
        }
    })
    .await;
    let exchange = trusting(&authority);
    assert!(!send(&exchange, &https(&peer)).await.expect("a first answer").resent);
    connection_is_free().await;
    assert!(send(&exchange, &https(&peer)).await.expect("a second answer").resent);
}

#[tokio::test]
async fn a_bad_certificate_ends_it_without_a_plaintext_try() {
    let authority = authority();
    let mut expired = params_for("127.0.0.1");
    expired.not_after = date_time_ymd(2020, 1, 1);
    let mut future = params_for("127.0.0.1");
    future.not_before = date_time_ymd(2090, 1, 1);
    future.not_after = date_time_ymd(2091, 1, 1);
    for (case, identity) in [
        ("expired", identity(&expired, Some(&authority))),
        ("not yet valid", identity(&future, Some(&authority))),
        ("self-signed", identity(&params_for("127.0.0.1"), None)),
        ("wrong host", identity(&params_for("other.example"), Some(&authority))),
        ("unknown authority", identity(&params_for("127.0.0.1"), Some(&self::authority()))),
    ] {
        let (peer, mut first_bytes) = buyer_with(identity).await;
        let result = send(&trusting(&authority), &https(&peer)).await;
        assert_eq!(result, Err(Failure::Unreachable(Unreachable::TlsFailed)), "{case}");
        assert_eq!(first_bytes.recv().await, Some(22), "{case}: a TLS handshake");
        assert_eq!(peer.connections(), 1, "{case}");
    }
}

#[tokio::test]
async fn plaintext_behind_https_is_no_secure_connection() {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let other = Peer::start(|mut stream, _| async move {
        let mut hello = [0; 64];
        let _ = stream.read(&mut hello).await;
    })
    .await;
    let exchange = trusting(&authority());
    assert_eq!(send(&exchange, &https(&other)).await, Err(Failure::Unreachable(Unreachable::TlsFailed)));
    let deadline = Instant::now() + Duration::from_millis(400);
    let result = exchange.send(ping(&https(&peer)), deadline).await;
    assert!(
        matches!(result, Err(Failure::Timeout | Failure::Unreachable(Unreachable::TlsFailed))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_at_the_deadline() {
    let peer = Peer::start(|mut stream, _| async move {
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
    })
    .await;
    let deadline = Instant::now() + Duration::from_millis(400);
    let result = trusting(&authority()).send(ping(&https(&peer)), deadline).await;
    assert_eq!(result, Err(Failure::Timeout));
    assert!(deadline.elapsed() < AMPLE);
}

/// A server's first message in TLS 1.0, with a cipher of its time: RFC 2246, 7.4.1.3.
const HELLO_OF_TLS_1_0: [u8; 47] = {
    let mut hello = [7; 47];
    let begin = [0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    let mut n = 0;
    while n < begin.len() {
        hello[n] = begin[n];
        n += 1;
    }
    // No session id, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    [hello[43], hello[44], hello[45], hello[46]] = [0, 0, 0x2f, 0];
    hello
};

#[tokio::test]
async fn a_buyer_with_tls_1_0_alone_is_not_spoken_to() {
    let alert: &[u8] = &[0x15, 3, 1, 0, 2, 2, 70];
    for says in [&HELLO_OF_TLS_1_0[..], alert] {
        let (seen, mut first_bytes) = mpsc::unbounded_channel();
        let peer = Peer::start(move |mut stream, _| {
            let seen = seen.clone();
            async move {
                let mut hello = [0; 2_048];
                let read = stream.read(&mut hello).await.unwrap_or_default();
                let _ = seen.send((read > 0).then_some(hello[0]));
                let _ = stream.write_all(says).await;
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
            }
        })
        .await;
        let result = send(&trusting(&authority()), &https(&peer)).await;
        assert_eq!(result, Err(Failure::Unreachable(Unreachable::TlsFailed)));
        assert_eq!(first_bytes.recv().await, Some(Some(22)), "a TLS handshake, and nothing in plaintext");
        assert_eq!(peer.connections(), 1);
    }
}

#[tokio::test]
async fn a_secure_connection_that_is_reset_in_the_body_is_no_answer_and_the_next_ping_has_another() {
    let authority = authority();
    let acceptor = acceptor(identity(&params_for("127.0.0.1"), Some(&authority)));
    let peer = Peer::start(move |stream, number| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.expect("a handshake");
            read_request(&mut stream).await.expect("a request");
            match number {
                0 => {
                    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"bidAmount\":9";
                    stream.write_all(begun).await.expect("it is read");
                    stream.flush().await.expect("it is read");
                    stream.get_ref().0.set_zero_linger().expect("a socket");
                }
                _ => answer(&mut stream, "{}").await,
            }
        }
    })
    .await;
    let exchange = trusting(&authority);
    let result = send(&exchange, &https(&peer)).await;
    assert_eq!(result, Err(Failure::Unreachable(Unreachable::Reset)));
    assert_eq!(send(&exchange, &https(&peer)).await.expect("an answer").status, 200);
    assert_eq!(peer.connections(), 2);
}
