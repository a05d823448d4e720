//! Offer and answer (RFC 3264) for one stream of G.711 with telephone events.
//!
//! [`offer`] writes ours, [`Offered::read`] reads theirs and [`Offered::answer`] answers it; [`accept`] reads the answer to ours. What is not
//! plain RTP with a codec that we have is refused with a named reason.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sdp_types::{Attribute, Connection, Media, Origin, Session, Time};

use crate::{
    g711::Law,
    limits::{SDP_BYTES_MAX, SDP_MEDIA_MAX},
};

/// The payload type that we offer for telephone events.
pub const DTMF_PAYLOAD: u8 = 101;
/// The rate of every codec here, in samples a second.
const RATE: u32 = 8_000;

/// Which way a stream goes, as the side that says it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// It only sends: the other side is on hold.
    SendOnly,
    /// It only receives.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    const ALL: [(Self, &str); 4] = [
        (Self::SendRecv, "sendrecv"),
        (Self::SendOnly, "sendonly"),
        (Self::RecvOnly, "recvonly"),
        (Self::Inactive, "inactive"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or("sendrecv", |(_, word)| word)
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == word).map(|(it, _)| *it)
    }

    /// What the other side of this stream may answer at most.
    pub fn mirrored(self) -> Self {
        match self {
            Self::SendRecv => Self::SendRecv,
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::Inactive => Self::Inactive,
        }
    }

    /// Whether this side hears what is sent to it.
    pub fn hears(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// Our side of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// The address that the other side can reach.
    pub ip: IpAddr,
    /// The RTP port; RTCP is one above.
    pub port: u16,
    /// The session's number, the same in every description of a dialog.
    pub session: u64,
    /// One more with every description that differs.
    pub version: u64,
}

/// What was agreed: where the other side hears, and in which payload types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Where RTP goes.
    pub rtp: SocketAddr,
    /// Where RTCP goes.
    pub rtcp: SocketAddr,
    /// How speech is coded.
    pub law: Law,
    /// The payload type of speech.
    pub speech: u8,
    /// The payload type of telephone events. `None`: the other side has none.
    pub dtmf: Option<u8>,
    /// Which way it goes, as the other side sees it. A hold of the old form (`c=0.0.0.0`) is [`Direction::SendOnly`].
    pub direction: Direction,
}

/// Why a description is refused. None of them repeats what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no session description, or too long.
    #[error("the session description cannot be read")]
    Malformed,
    /// No stream of speech, or it was turned down with port 0.
    #[error("no audio is offered")]
    NoAudio,
    /// Speech in nothing that we have: PCMU and PCMA at 8,000 Hz.
    #[error("no codec in common; PCMU and PCMA are spoken here")]
    NoCodec,
    /// Another transport than plain RTP (`RTP/AVP`), ex: SRTP.
    #[error("only RTP/AVP is spoken here")]
    NotPlain,
    /// An address that nothing can be sent to: a name, a group, or none at all.
    #[error("the media address is no address of one host")]
    BadAddress,
    /// An answer that changes what was offered.
    #[error("the answer does not fit the offer")]
    Unfit,
}

/// Writes an offer with these codecs, the best first.
pub fn offer(local: &Local, laws: &[Law], direction: Direction) -> Vec<u8> {
    let formats: Vec<_> = laws.iter().map(|law| (law.payload(), format!("{}/{RATE}", law.name()))).collect();
    let media = ours(local, &formats, Some(DTMF_PAYLOAD), direction);
    write(local, vec![media])
}

/// An offer of theirs that we can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    agreed: Agreed,
    /// Which of the media lines is ours.
    at: usize,
    /// All of them: kind, transport and formats, since an answer has as many.
    lines: Vec<(String, String, String)>,
}

impl Offered {
    /// Reads an offer. `laws` are those that we take, the best first; the offerer's order decides among them.
    ///
    /// # Errors
    /// Names what cannot be answered.
    pub fn read(text: &[u8], laws: &[Law]) -> Result<Self, Refused> {
        let session = parse(text)?;
        let lines: Vec<_> =
            session.medias.iter().map(|it| (it.media.clone(), it.proto.clone(), it.fmt.clone())).collect();
        let mut why = Refused::NoAudio;
        for (at, media) in session.medias.iter().enumerate() {
            if media.media != "audio" || media.port == 0 {
                continue;
            }
            match agreed(&session, media, laws) {
                Ok(agreed) => return Ok(Self { agreed, at, lines }),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// What is agreed once the answer is sent.
    pub fn agreed(&self) -> &Agreed {
        &self.agreed
    }

    /// The answer. `direction` is what we want; it never exceeds what the offer allows.
    pub fn answer(&self, local: &Local, direction: Direction) -> Vec<u8> {
        let allowed = self.agreed.direction.mirrored();
        let direction = match (allowed, direction) {
            (Direction::SendRecv, wanted) => wanted,
            (Direction::Inactive, _) | (_, Direction::Inactive) => Direction::Inactive,
            (allowed, Direction::SendRecv) => allowed,
            (allowed, wanted) if allowed == wanted => allowed,
            _ => Direction::Inactive,
        };
        let speech = (self.agreed.speech, format!("{}/{RATE}", self.agreed.law.name()));
        let medias = self.lines.iter().enumerate().map(|(at, (kind, proto, formats))| {
            if at == self.at {
                return ours(local, std::slice::from_ref(&speech), self.agreed.dtmf, direction);
            }
            refused(kind, proto, formats)
        });
        write(local, medias.collect())
    }
}

/// Reads the answer to an offer of ours with these codecs.
///
/// # Errors
/// Names what does not fit.
pub fn accept(text: &[u8], laws: &[Law]) -> Result<Agreed, Refused> {
    let session = parse(text)?;
    let [media] = &session.medias[..] else {
        return Err(if session.medias.is_empty() { Refused::NoAudio } else { Refused::Unfit });
    };
    if media.media != "audio" {
        return Err(Refused::Unfit);
    }
    if media.port == 0 {
        return Err(Refused::NoAudio);
    }
    agreed(&session, media, laws)
}

fn parse(text: &[u8]) -> Result<Session, Refused> {
    if text.is_empty() || text.len() > SDP_BYTES_MAX {
        return Err(Refused::Malformed);
    }
    let session = Session::parse(text).map_err(|_| Refused::Malformed)?;
    if session.medias.len() > SDP_MEDIA_MAX { Err(Refused::Malformed) } else { Ok(session) }
}

fn agreed(session: &Session, media: &Media, laws: &[Law]) -> Result<Agreed, Refused> {
    // The feedback profile is plain RTP with more RTCP, and some send it by habit.
    if !matches!(&*media.proto, "RTP/AVP" | "RTP/AVPF") {
        return Err(Refused::NotPlain);
    }
    let formats: Vec<u8> =
        media.fmt.split_ascii_whitespace().filter_map(|it| it.parse().ok()).filter(|it| *it < 128).collect();
    let maps = maps(media);
    let (speech, law) = formats
        .iter()
        .find_map(|payload| Some((*payload, law(*payload, &maps)?)).filter(|(_, law)| laws.contains(law)))
        .ok_or(Refused::NoCodec)?;
    let dtmf = formats.iter().copied().find(|payload| {
        maps.iter().any(|(it, name, rate)| {
            it == payload && name.eq_ignore_ascii_case("telephone-event") && *rate == RATE
        })
    });
    let connection = media.connections.first().or(session.connection.as_ref()).ok_or(Refused::BadAddress)?;
    let ip: IpAddr = connection.connection_address.trim().parse().map_err(|_| Refused::BadAddress)?;
    if ip.is_multicast() {
        return Err(Refused::BadAddress);
    }
    let said = direction(media).or_else(|| session_direction(session)).unwrap_or(Direction::SendRecv);
    let direction = match said {
        Direction::SendRecv if ip.is_unspecified() => Direction::SendOnly,
        Direction::RecvOnly if ip.is_unspecified() => Direction::Inactive,
        said => said,
    };
    Ok(Agreed {
        rtp: SocketAddr::new(ip, media.port),
        rtcp: rtcp(media, ip).ok_or(Refused::BadAddress)?,
        law,
        speech,
        dtmf,
        direction,
    })
}

/// `a=rtpmap` lines: payload type, name, rate.
fn maps(media: &Media) -> Vec<(u8, String, u32)> {
    let lines = media.attributes.iter().filter(|it| it.attribute == "rtpmap");
    lines
        .filter_map(|it| {
            let (payload, coding) = it.value.as_deref()?.trim().split_once(' ')?;
            let mut parts = coding.trim().split('/');
            let (name, rate) = (parts.next()?, parts.next()?.trim().parse().ok()?);
            // One channel, or none named.
            if parts.next().is_some_and(|channels| channels.trim() != "1") {
                return None;
            }
            Some((payload.parse().ok()?, name.to_owned(), rate))
        })
        .collect()
}

/// How a payload type is coded: as it is mapped, or as the profile has it where it is not.
fn law(payload: u8, maps: &[(u8, String, u32)]) -> Option<Law> {
    match maps.iter().find(|(it, ..)| *it == payload) {
        Some((_, name, RATE)) => Law::ALL.into_iter().find(|law| law.name().eq_ignore_ascii_case(name)),
        Some(_) => None,
        None => Law::ALL.into_iter().find(|law| law.payload() == payload),
    }
}

fn direction(media: &Media) -> Option<Direction> {
    media.attributes.iter().find_map(|it| Direction::parse(&it.attribute))
}

fn session_direction(session: &Session) -> Option<Direction> {
    session.attributes.iter().find_map(|it| Direction::parse(&it.attribute))
}

/// Where RTCP goes: `a=rtcp` (RFC 3605), else one port above RTP. `None`: there is no such port.
fn rtcp(media: &Media, ip: IpAddr) -> Option<SocketAddr> {
    let said = media.attributes.iter().find(|it| it.attribute == "rtcp").and_then(|it| it.value.as_deref());
    let Some(said) = said else { return Some(SocketAddr::new(ip, media.port.checked_add(1)?)) };
    let mut parts = said.split_ascii_whitespace();
    let port = parts.next()?.parse().ok()?;
    let ip = match parts.nth(2) {
        Some(address) => address.parse().ok().filter(|it: &IpAddr| !it.is_multicast())?,
        None => ip,
    };
    Some(SocketAddr::new(ip, port))
}

fn ours(local: &Local, speech: &[(u8, String)], dtmf: Option<u8>, direction: Direction) -> Media {
    let mut payloads: Vec<_> = speech.iter().map(|(payload, _)| payload.to_string()).collect();
    let mut attributes: Vec<_> = speech
        .iter()
        .map(|(payload, coding)| Attribute::with_value("rtpmap", format!("{payload} {coding}")))
        .collect();
    if let Some(dtmf) = dtmf {
        payloads.push(dtmf.to_string());
        attributes.push(Attribute::with_value("rtpmap", format!("{dtmf} telephone-event/{RATE}")));
        attributes.push(Attribute::with_value("fmtp", format!("{dtmf} 0-15")));
    }
    attributes.push(Attribute::with_value("ptime", "20"));
    attributes.push(Attribute::new(direction.word()));
    Media {
        media: "audio".to_owned(),
        port: local.port,
        num_ports: None,
        proto: "RTP/AVP".to_owned(),
        fmt: payloads.join(" "),
        media_title: None,
        connections: vec![],
        bandwidths: vec![],
        key: None,
        attributes,
    }
}

/// A stream of theirs that we do not take: the same line with port 0.
fn refused(kind: &str, proto: &str, formats: &str) -> Media {
    Media {
        media: kind.to_owned(),
        port: 0,
        num_ports: None,
        proto: proto.to_owned(),
        fmt: formats.to_owned(),
        media_title: None,
        connections: vec![],
        bandwidths: vec![],
        key: None,
        attributes: vec![],
    }
}

fn write(local: &Local, medias: Vec<Media>) -> Vec<u8> {
    let ip = if local.ip.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { local.ip };
    let mut origin = Origin::with_ip_addr(local.session, local.version, ip);
    origin.username = Some("-".to_owned());
    let mut session = Session::new(origin, "-");
    session.set_connection(Connection::from_ip_addr(ip));
    session.times = vec![Time::new(0, 0)];
    session.medias = medias;
    let mut text = Vec::new();
    // A Vec takes whatever is written to it.
    let _ = session.write(&mut text);
    text
}
