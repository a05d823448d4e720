//! What a line knows: the party's place and codecs, what is played to it, and how its numbers go on.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::Duration,
};

use super::{
    line::Shared,
    tap::{Tap, Voice},
};
use crate::{
    dtmf::{Key, Receiver, Sending},
    g711::{FRAME_SAMPLES, Law},
    limits::KEY_MS,
    rtp::{
        HEAD_BYTES, Latch, Outbound, Packet, Quality,
        report::{self, Reported, Theirs},
    },
    sdp::Agreed,
};

/// Samples at 8,000 a second, one prompt after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Playlist {
    /// What is played.
    pub prompts: Vec<Arc<[i16]>>,
    /// Whether it begins again after its end: hold.
    pub repeats: bool,
    /// Whether a key ends it.
    pub barge_in: bool,
}

/// What is being played.
#[derive(Debug)]
pub(super) struct Playing {
    list: Playlist,
    prompt: usize,
    at: usize,
}

impl Playing {
    pub(super) fn new(list: Playlist) -> Self {
        Self { list, prompt: 0, at: 0 }
    }

    pub(super) fn barge_in(&self) -> bool {
        self.list.barge_in
    }

    /// The next frame, filled up with silence at the end of everything. `None`: nothing is left.
    fn frame(&mut self) -> Option<[i16; FRAME_SAMPLES]> {
        let (mut frame, mut filled) = ([0; FRAME_SAMPLES], 0);
        while filled < FRAME_SAMPLES {
            let Some(prompt) = self.list.prompts.get(self.prompt) else {
                let empty = self.list.prompts.iter().all(|it| it.is_empty());
                if self.list.repeats && !empty {
                    self.prompt = 0;
                    continue;
                }
                break;
            };
            let left = &prompt[self.at.min(prompt.len())..];
            let taken = left.len().min(FRAME_SAMPLES - filled);
            frame[filled..filled + taken].copy_from_slice(&left[..taken]);
            filled += taken;
            self.at += taken;
            if taken == left.len() {
                (self.prompt, self.at) = (self.prompt + 1, 0);
            }
        }
        (filled > 0).then_some(frame)
    }
}

/// What a line knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) agreed: Option<Agreed>,
    pub(super) latch: Latch,
    pub(super) receiver: Receiver,
    pub(super) quality: Quality,
    pub(super) out: Outbound,
    pub(super) playing: Option<Playing>,
    pub(super) keys: VecDeque<Key>,
    sending: Option<Sending>,
    pub(super) peer: Weak<Shared>,
    /// Until when what was sent lasts.
    sent_until: Duration,
    /// Since when the party owes us packets.
    pub(super) owes_since: Option<Duration>,
    /// Their last report.
    theirs: Option<Theirs>,
    /// What they heard of us, as they reported it last.
    pub(super) reported: Option<Reported>,
    /// The codec that was agreed last.
    pub(super) spoken: Option<Law>,
    /// Who records.
    pub(super) tap: Option<Tap>,
}

/// What a moment of the schedule brings.
pub(super) enum Due {
    /// A packet.
    Packet(Vec<u8>),
    /// A packet, and with it the end of what was played.
    Nothing { said: bool },
}

impl State {
    pub(super) fn new(latch: Latch, out: Outbound) -> Self {
        Self {
            agreed: None,
            latch,
            receiver: Receiver::default(),
            quality: Quality::default(),
            out,
            playing: None,
            keys: VecDeque::new(),
            sending: None,
            peer: Weak::new(),
            sent_until: Duration::ZERO,
            owes_since: None,
            theirs: None,
            reported: None,
            spoken: None,
            tap: None,
        }
    }

    /// Whether something of our own is to be sent at the next moment.
    pub(super) fn is_due(&self) -> bool {
        let joined = self.peer.strong_count() > 0;
        let own = self.playing.is_some() || self.sending.is_some() || !self.keys.is_empty();
        self.agreed.as_ref().is_some_and(|it| it.direction.hears()) && (own || !joined)
    }

    /// What is sent at this moment: a key, a frame of a prompt, or silence.
    pub(super) fn due(&mut self, at: Duration) -> Due {
        let Some((law, speech, dtmf)) = self.agreed.as_ref().map(|it| (it.law, it.speech, it.dtmf)) else {
            return Due::Nothing { said: false };
        };
        if let Some(dtmf) = dtmf
            && let Some(packet) = self.key(at, dtmf)
        {
            return Due::Packet(packet);
        }
        let frame = match &mut self.playing {
            None if self.peer.strong_count() > 0 => return Due::Nothing { said: false },
            None => [0; FRAME_SAMPLES],
            Some(playing) => match playing.frame() {
                Some(frame) => frame,
                None => {
                    self.playing = None;
                    return Due::Nothing { said: true };
                }
            },
        };
        Due::Packet(self.speech(at, law, speech, &frame))
    }

    /// Lets whoever records hear it.
    pub(super) fn tapped(&self, voice: Voice, at: Duration, law: Law, samples: &[u8]) {
        if let Some(tap) = &self.tap {
            tap.passes(voice, at, law, samples);
        }
    }

    fn speech(&mut self, at: Duration, law: Law, payload_type: u8, frame: &[i16]) -> Vec<u8> {
        let payload: Vec<u8> = frame.iter().map(|sample| law.encode(*sample)).collect();
        let samples = u32::try_from(frame.len()).unwrap_or_default();
        self.tapped(Voice::Heard, at, law, &payload);
        let passed = self.passed(at, samples);
        let numbers = self.out.own(samples, passed);
        self.out.wrote(payload.len());
        Packet {
            marker: numbers.begins,
            payload_type,
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            ssrc: numbers.ssrc,
            payload: &payload,
        }
        .write()
    }

    /// A report of what was sent and heard, if anything was sent.
    pub(super) fn report(&mut self, at: Duration) -> Option<(Vec<u8>, SocketAddr)> {
        let agreed = self.agreed.as_ref()?;
        let target = self.latch.target()?;
        // Behind NAT, RTCP is next to where RTP really comes from.
        let target = match target == agreed.rtp {
            true => agreed.rtcp,
            false => SocketAddr::new(target.ip(), target.port().checked_add(1)?),
        };
        let passed = at.saturating_sub(self.sent_until).as_millis() * 8;
        let sent = self.out.sent(u32::try_from(passed).unwrap_or_default());
        let theirs = self.theirs;
        (sent.packets > 0).then(|| (report::write(at, &sent, &mut self.quality, theirs), target))
    }

    /// A report of theirs.
    pub(super) fn on_report(&mut self, at: Duration, bytes: &[u8]) {
        let theirs = self.quality.ssrc().and_then(|ssrc| report::read(at, bytes, ssrc));
        self.theirs = theirs.or(self.theirs);
        self.reported = report::reported(bytes, self.out.sent(0).ssrc).or(self.reported);
    }

    /// The next packet of a key, if one is being sent. Its packets share a timestamp; time goes on with its end.
    fn key(&mut self, at: Duration, payload_type: u8) -> Option<Vec<u8>> {
        if self.sending.is_none() {
            self.sending = Some(Sending::new(self.keys.pop_front()?, KEY_MS));
        }
        let Some(piece) = self.sending.as_mut().and_then(Iterator::next) else {
            // A pause of one frame between two keys.
            self.sending = None;
            return None;
        };
        let passed = if piece.marker { self.passed(at, 0) } else { 0 };
        self.out.pass(passed);
        let numbers = self.out.same_time();
        self.out.wrote(piece.payload.len());
        let packet = Packet {
            marker: piece.marker,
            payload_type,
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            ssrc: numbers.ssrc,
            payload: &piece.payload,
        };
        Some(packet.write())
    }

    /// Samples of time between what was sent last and now, where that is longer than a frame's unevenness.
    fn passed(&mut self, at: Duration, samples: u32) -> u32 {
        let gap = at.saturating_sub(self.sent_until);
        let passed = if gap > Duration::from_millis(15) && self.sent_until > Duration::ZERO {
            u32::try_from(gap.as_millis() * 8).unwrap_or_default()
        } else {
            0
        };
        let begin = if passed > 0 || self.sent_until == Duration::ZERO { at } else { self.sent_until };
        self.sent_until = begin + Duration::from_micros(u64::from(samples) * 125);
        passed
    }

    /// Another party's packet as this one hears it. `None`: it cannot hear it.
    pub(super) fn relayed(&mut self, at: Duration, from: &Agreed, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let to = self.agreed.clone().filter(|it| it.direction.hears())?;
        if self.playing.is_some() || self.sending.is_some() {
            return None;
        }
        let is_key = Some(packet.payload_type) == from.dtmf;
        let (payload_type, samples) = match (is_key, to.dtmf) {
            (true, Some(dtmf)) => (dtmf, 0),
            (true, None) => return None,
            (false, _) => (to.speech, u32::try_from(packet.payload.len()).unwrap_or_default()),
        };
        let numbers = self.out.relay(packet.ssrc, packet.sequence, packet.timestamp, samples);
        self.out.wrote(packet.payload.len());
        self.sent_until = at + Duration::from_micros(u64::from(samples) * 125);
        let relayed = Packet {
            marker: packet.marker || numbers.begins,
            payload_type,
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            ssrc: numbers.ssrc,
            payload: packet.payload,
        };
        let mut bytes = relayed.write();
        if !is_key {
            from.law.turn_into(to.law, &mut bytes[HEAD_BYTES..]);
            self.tapped(Voice::Heard, at, to.law, &bytes[HEAD_BYTES..]);
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Direction;

    fn agreed(law: Law, dtmf: Option<u8>) -> Agreed {
        let at = "192.0.2.1:4000".parse().unwrap();
        Agreed { rtp: at, rtcp: at, law, speech: law.payload(), dtmf, direction: Direction::SendRecv }
    }

    fn state(law: Law) -> State {
        let mut state = State::new(Latch::new("192.0.2.1:4000".parse().unwrap()), Outbound::new(7, 0, 0));
        state.agreed = Some(agreed(law, Some(101)));
        state
    }

    fn list(prompts: &[&[i16]], repeats: bool) -> Playlist {
        Playlist { prompts: prompts.iter().map(|it| Arc::from(*it)).collect(), repeats, barge_in: false }
    }

    fn packets(state: &mut State, count: u64) -> Vec<Vec<u8>> {
        let due = (0..count).map(|at| state.due(Duration::from_millis(100 + at * 20)));
        due.filter_map(|it| if let Due::Packet(packet) = it { Some(packet) } else { None }).collect()
    }

    #[test]
    fn prompts_follow_each_other_and_the_last_frame_is_filled_up() {
        let mut playing = Playing::new(list(&[&[1; 100], &[2; 100]], false));
        let frame = playing.frame().unwrap();
        assert!(frame[..100].iter().all(|it| *it == 1) && frame[100..].iter().all(|it| *it == 2));
        let frame = playing.frame().unwrap();
        assert!(frame[..40].iter().all(|it| *it == 2) && frame[40..].iter().all(|it| *it == 0));
        assert_eq!(playing.frame(), None);
        assert_eq!(Playing::new(list(&[&[]], true)).frame(), None, "nothing, again and again, is nothing");
    }

    #[test]
    fn hold_begins_again_without_a_gap() {
        let mut playing = Playing::new(list(&[&[1; 100], &[2; 20]], true));
        for _ in 0..9 {
            assert!(playing.frame().unwrap().iter().all(|it| *it != 0));
        }
    }

    #[test]
    fn keys_go_before_speech_and_time_goes_on() {
        let mut state = state(Law::Mu);
        state.keys.extend([Key::of_char('5').unwrap()]);
        let sent = packets(&mut state, 12);
        let types: Vec<_> = sent.iter().map(|it| it[1] & 0x7f).collect();
        assert_eq!(types, [101, 101, 101, 101, 101, 101, 101, 0, 0, 0, 0, 0]);
        let read: Vec<_> = sent.iter().map(|it| Packet::read(it).unwrap()).collect();
        assert!(read[..7].iter().all(|it| it.timestamp == read[0].timestamp));
        assert!(read[7].timestamp - read[0].timestamp >= 1_120, "{}", read[7].timestamp);
        assert!(read.windows(2).all(|it| it[1].sequence == it[0].sequence + 1));
    }

    #[test]
    fn another_partys_speech_and_keys_are_put_into_this_ones_terms() {
        let mut state = state(Law::A);
        let from = agreed(Law::Mu, Some(96));
        let payload = [Law::Mu.encode(5_000); 160];
        let speech =
            Packet { marker: false, payload_type: 0, sequence: 9, timestamp: 90, ssrc: 3, payload: &payload };
        let heard = state.relayed(Duration::ZERO, &from, &speech).unwrap();
        let heard = Packet::read(&heard).unwrap();
        assert_eq!((heard.payload_type, heard.ssrc, heard.marker), (8, 7, true));
        assert!((Law::A.decode(heard.payload[0]) - 5_000).abs() < 300);
        let key = Packet { payload_type: 96, payload: &[5, 10, 0, 160], sequence: 10, ..speech };
        let heard = state.relayed(Duration::ZERO, &from, &key).unwrap();
        assert_eq!((heard[1] & 0x7f, &heard[HEAD_BYTES..]), (101, &[5, 10, 0, 160][..]));
        state.agreed = Some(agreed(Law::A, None));
        assert_eq!(state.relayed(Duration::ZERO, &from, &key), None, "nobody hears keys as noise");
        state.agreed = Some(Agreed { direction: Direction::SendOnly, ..agreed(Law::A, None) });
        assert_eq!(state.relayed(Duration::ZERO, &from, &speech), None, "nobody is sent what is on hold");
    }
}
