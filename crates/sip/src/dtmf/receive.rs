//! Telephone events in: each key once, whichever of its packets are lost, repeated or late.

use super::{Key, Told};

/// What was heard of one party's keys.
///
/// A key is told with the first of its packets that comes. The packets of one key share its timestamp; senders that move
/// it, and keys so long that they are told in pieces, are known by their lengthening.
#[derive(Debug, Clone, Default)]
pub struct Receiver {
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    ssrc: u32,
    timestamp: u32,
    told: Told,
}

impl Receiver {
    /// A packet with events. `Some`: a key was pressed.
    pub fn on_packet(&mut self, ssrc: u32, timestamp: u32, marker: bool, payload: &[u8]) -> Option<Key> {
        let told = Told::read(payload)?;
        let key = Key::of_event(told.event)?;
        let Some(last) = self.last.filter(|it| it.ssrc == ssrc) else {
            self.last = Some(Last { ssrc, timestamp, told });
            return Some(key);
        };
        let after = timestamp.wrapping_sub(last.timestamp);
        if after == 0 {
            // The same key; an end that was heard stays heard.
            let end = told.end || last.told.end;
            let duration = told.duration.max(last.told.duration);
            self.last = Some(Last { told: Told { end, duration, ..last.told }, ..last });
            return None;
        }
        if after >= 1 << 31 {
            // Older than what was told last: there is no place for it any more.
            return None;
        }
        self.last = Some(Last { ssrc, timestamp, told });
        (!goes_on(last, after, told, marker)).then_some(key)
    }
}

/// Whether a packet with a later timestamp is of the same key: the next piece of a long one, or of a sender that moves
/// the timestamp as the key lengthens.
fn goes_on(last: Last, after: u32, told: Told, marker: bool) -> bool {
    if marker || last.told.event != told.event {
        return false;
    }
    let next_piece = after == u32::from(last.told.duration) && last.told.duration == u16::MAX;
    // A key pressed again begins short; one that goes on is longer than it was by what has passed.
    let lengthens = !last.told.end
        && told.duration > last.told.duration
        && after <= u32::from(told.duration - last.told.duration).saturating_add(160);
    // The repeated ends of a sender that moves the timestamp.
    let ends_again = last.told.end && told.end && told.duration == last.told.duration && after <= 480;
    next_piece || lengthens || ends_again
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dtmf::Sending;

    fn told(event: u8, end: bool, duration: u16) -> [u8; 4] {
        Told { event, end, duration }.write(10)
    }

    /// The packets of these keys as a sender makes them: timestamp, marker, payload.
    fn sent(keys: &str) -> Vec<(u32, bool, [u8; 4])> {
        let mut packets = Vec::new();
        for (at, c) in keys.chars().enumerate() {
            let timestamp = u32::try_from(at).unwrap() * 2_400 + 1_000;
            let sending = Sending::new(Key::of_char(c).unwrap(), 100);
            packets.extend(sending.map(|it| (timestamp, it.marker, it.payload)));
        }
        packets
    }

    fn heard(packets: impl IntoIterator<Item = (u32, bool, [u8; 4])>) -> String {
        let mut receiver = Receiver::default();
        let keys = packets.into_iter().filter_map(|(at, marker, it)| receiver.on_packet(7, at, marker, &it));
        keys.map(Key::char).collect()
    }

    #[test]
    fn each_key_is_told_once() {
        assert_eq!(heard(sent("1123#*0D")), "1123#*0D");
    }

    #[test]
    fn packets_that_come_twice_or_in_another_order_change_nothing() {
        let packets = sent("559");
        let twice = packets.iter().flat_map(|it| [*it, *it]);
        assert_eq!(heard(twice), "559");
        let mut swapped = packets;
        swapped.chunks_mut(2).for_each(<[_]>::reverse);
        assert_eq!(heard(swapped), "559");
    }

    #[test]
    fn a_late_packet_of_a_key_before_is_not_a_key() {
        let packets = sent("12");
        let (last_of_1, rest) = (packets[7], packets.iter().copied().filter(|it| *it != packets[7]));
        assert_eq!(heard(rest.chain([last_of_1])), "12");
    }

    #[test]
    fn a_long_key_in_pieces_is_one() {
        let pieces = [(0, true, told(5, false, u16::MAX)), (65_535, false, told(5, false, 400))];
        assert_eq!(heard(pieces), "5");
    }

    #[test]
    fn a_sender_that_moves_the_timestamp_is_understood() {
        let moved = (1..=8).map(|it: u16| (u32::from(it) * 160, it == 1, told(3, it == 8, it * 160)));
        assert_eq!(heard(moved), "3");
        // The key again without a marker, whose end before was lost: it begins short.
        let again = [
            (160, true, told(3, false, 160)),
            (320, false, told(3, false, 320)),
            (4_000, false, told(3, false, 160)),
        ];
        assert_eq!(heard(again), "33");
    }

    #[test]
    fn what_is_no_key_is_nothing() {
        assert_eq!(heard([(0, true, told(16, false, 160)), (0, true, told(255, true, 160))]), "");
        assert_eq!(Receiver::default().on_packet(1, 1, true, &[1, 2, 3]), None);
        assert_eq!(Receiver::default().on_packet(1, 1, true, &[1, 2, 3, 4, 5]), None);
    }

    proptest! {
        /// Whatever is lost, as long as one packet of each key comes, each key is told once and in order.
        #[test]
        fn any_loss_but_of_a_whole_key_is_mended(keys in "[0-9*#]{1,12}", dropped in any::<Vec<bool>>(), kept in 0..8_usize) {
            let packets = sent(&keys);
            let each = packets.len() / keys.len();
            let left = packets.into_iter().enumerate().filter(|(at, _)| {
                at % each == kept % each || !dropped.get(*at).copied().unwrap_or_default()
            });
            prop_assert_eq!(heard(left.map(|(_, it)| it)), keys);
        }
    }
}
