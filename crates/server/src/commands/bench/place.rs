//! Where a measurement runs: folders of its own, which go with it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::PathBuf,
};

use anyhow::Context;
use tempfile::TempDir;

use super::stores::{Kept, MEMORY};

/// Folders, and what the command line said of the servers.
pub(super) struct Place {
    disk: TempDir,
    memory: Option<TempDir>,
    pub(super) cpus: Option<String>,
    pub(super) peer: Option<PathBuf>,
}

impl Place {
    /// New folders: one on the disk, and one in memory where the system has such.
    pub(super) fn new(cpus: Option<String>, peer: Option<PathBuf>) -> anyhow::Result<Self> {
        let named = || {
            let mut named = tempfile::Builder::new();
            named.prefix("pingpost-bench");
            named
        };
        let disk = named().tempdir().context("making a folder")?;
        let memory = named().tempdir_in(MEMORY).ok();
        let peer =
            peer.map(|peer| peer.canonicalize().context("looking for the other server")).transpose()?;
        Ok(Self { disk, memory, cpus, peer })
    }

    /// A new folder, in memory or on the disk.
    pub(super) fn folder(&self, kept: Kept) -> anyhow::Result<TempDir> {
        let below = match kept {
            Kept::Memory => self.memory.as_ref().context("there is no file system in memory")?,
            Kept::Disk | Kept::Servers => &self.disk,
        };
        tempfile::tempdir_in(below).context("making a folder")
    }
}

/// A port that nobody listens on now.
pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr().context("reading a socket's address")?.port())
}

/// A UDP port that nobody listens on now.
pub(super) fn free_line() -> anyhow::Result<SocketAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    socket.local_addr().context("reading a socket's address")
}
