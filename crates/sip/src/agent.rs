//! What the library below reads.

/// Whether the library below can read a message.
pub fn can_read(datagram: &[u8]) -> bool {
    rsipstack::sip::SipMessage::try_from(datagram).is_ok()
}
