//! RTP (RFC 3550) without a socket: reading a packet, where a party's packets come from, and numbers that go on without
//! a seam whatever is sent.

mod latch;
mod outbound;
mod quality;
pub mod report;

pub use self::{
    latch::{Latch, Source},
    outbound::{Numbers, Outbound},
    quality::{Block, Counters, Quality},
};

use rtp_types::RtpPacket;

use crate::limits::RTP_BYTES_MAX;

/// The head of a packet without extras.
pub const HEAD_BYTES: usize = 12;

/// What a packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The first of a burst, or of a key.
    pub marker: bool,
    /// How the payload is coded.
    pub payload_type: u8,
    /// Its number, one more with each packet.
    pub sequence: u16,
    /// When its first sample was taken, in samples.
    pub timestamp: u32,
    /// Whose stream it is.
    pub ssrc: u32,
    /// What it carries, without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet. `None`: it is none, or too long.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > RTP_BYTES_MAX {
            return None;
        }
        let packet = RtpPacket::parse(bytes).ok()?;
        // What looks like RTP there is RTCP on the same port (RFC 5761).
        if (64..=95).contains(&packet.payload_type()) {
            return None;
        }
        let padding = usize::from(packet.padding().unwrap_or_default());
        let from = packet.payload_offset();
        let payload = bytes.get(from..bytes.len().checked_sub(padding)?)?;
        Some(Self {
            marker: packet.marker_bit(),
            payload_type: packet.payload_type(),
            sequence: packet.sequence_number(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
            payload,
        })
    }

    /// Writes it, without padding, extension or contributing sources.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.payload.len());
        bytes.push(2 << 6);
        bytes.push(u8::from(self.marker) << 7 | (self.payload_type & 0x7f));
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(self.payload);
        bytes
    }
}
