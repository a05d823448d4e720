//! `Link`: a TCP proxy between a node and a store, which can be cut, silenced and slowed.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    task::JoinHandle,
};

use crate::schedule::Harm;

/// What a piece may hold.
const PIECE: usize = 16 * 1024;

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    /// Where it is reached.
    pub(crate) address: SocketAddr,
    harm: watch::Sender<Option<Harm>>,
    serving: JoinHandle<()>,
}

impl Link {
    /// A link to a port of this machine.
    pub(crate) async fn to(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("binding a link")?;
        let address = listener.local_addr().context("reading a link's address")?;
        let (harm, state) = watch::channel(None);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, port, state.clone()));
            }
        });
        Ok(Self { address, harm, serving })
    }

    /// From now on.
    pub(crate) fn set(&self, harm: Option<Harm>) {
        self.harm.send_replace(harm);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One connection, until one side or a cut ends it.
async fn carry(near: TcpStream, port: u16, harm: watch::Receiver<Option<Harm>>) {
    if *harm.borrow() == Some(Harm::Cut) {
        return;
    }
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    // Late is what the harm makes it, not what the kernel waits for.
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut cut = harm.clone();
    tokio::select! {
        () = pump(near_in, far_out, harm.clone()) => {}
        () = pump(far_in, near_out, harm) => {}
        _ = cut.wait_for(|harm| *harm == Some(Harm::Cut)) => {}
    }
}

/// One direction.
async fn pump(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    mut harm: watch::Receiver<Option<Harm>>,
) {
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        // What a silent link holds back is on its way when it works again, as after a lost route.
        if harm.wait_for(|harm| *harm != Some(Harm::Silent)).await.is_err() {
            return;
        }
        let late = match *harm.borrow() {
            Some(Harm::Slow(late)) => late,
            _ => Duration::ZERO,
        };
        tokio::time::sleep(late).await;
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        port
    }

    async fn says(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        let mut heard = [0; 4];
        stream.write_all(b"ping").await?;
        stream.read_exact(&mut heard).await?;
        Ok(heard)
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_open_and_takes_nothing_new_until_it_is_mended() {
        let link = Link::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(link.address).await.unwrap();
        assert_eq!(&says(&mut stream).await.unwrap(), b"ping");
        link.set(Some(Harm::Cut));
        assert_eq!(stream.read(&mut [0; 4]).await.unwrap_or_default(), 0, "it is closed");
        let mut refused = TcpStream::connect(link.address).await.unwrap();
        assert!(says(&mut refused).await.is_err());
        link.set(None);
        let mut again = TcpStream::connect(link.address).await.unwrap();
        assert_eq!(&says(&mut again).await.unwrap(), b"ping");
    }

    #[tokio::test]
    async fn a_silent_link_holds_back_and_delivers_when_it_works_again() {
        let link = Link::to(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(link.address).await.unwrap();
        assert_eq!(&says(&mut stream).await.unwrap(), b"ping");
        link.set(Some(Harm::Silent));
        let mut heard = [0; 4];
        stream.write_all(b"ping").await.unwrap();
        let silence = tokio::time::timeout(Duration::from_millis(100), stream.read_exact(&mut heard)).await;
        assert!(silence.is_err());
        link.set(Some(Harm::Slow(Duration::from_millis(1))));
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"ping");
    }
}
