//! How often leads may be handed in and calls asked for.

use std::{net::IpAddr, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode, header};
use publisher::{Asked, Pace, TooOften};
use store::{KeyKind, NumberPace, PublisherKey};

use super::Intake;
use crate::problem::Problem;

/// The most calls that are asked for at one number in a day; in five minutes one.
pub const NUMBER_ASKINGS_MAX: u32 = 3;
/// The most calls that are asked for from one address in an hour, at one process.
pub const ADDRESS_ASKINGS_MAX: u32 = 20;
/// The most looks at requests and widgets from one address in ten minutes, at one process: a visitor's widget takes some thirty.
pub const ADDRESS_LOOKS_MAX: u32 = 600;
/// The most requests for calls that one process takes in a minute: each of them rings somebody.
pub const ALL_ASKINGS_MAX: u32 = 1_200;
/// The most leads that one process takes of publishers' programs in a minute.
pub const ALL_LEADS_MAX: u32 = 60_000;

const MINUTE: Duration = Duration::from_secs(60);
const ADDRESS: [Pace; 1] = [Pace { most: ADDRESS_ASKINGS_MAX, window: Duration::from_secs(3_600) }];
const LOOKS: [Pace; 1] = [Pace { most: ADDRESS_LOOKS_MAX, window: Duration::from_secs(600) }];
const ASKINGS: [Pace; 1] = [Pace { most: ALL_ASKINGS_MAX, window: MINUTE }];
const LEADS: [Pace; 1] = [Pace { most: ALL_LEADS_MAX, window: MINUTE }];

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// How often a number is rung.
pub(super) fn of_a_number() -> Vec<NumberPace> {
    vec![(1, Duration::from_secs(300)), (NUMBER_ASKINGS_MAX, Duration::from_secs(86_400))]
}

/// What every answer says of the pace that its key keeps.
pub(super) type Said = Vec<(HeaderName, HeaderValue)>;

/// Counts a request of a key, and of an address where a visitor sends it.
pub(super) fn keep(intake: &Intake, key: &PublisherKey, address: Option<IpAddr>) -> Result<Said, Problem> {
    let own = [Pace { most: key.per_minute, window: MINUTE }];
    let named = |word: &str, name: &[u8]| [word.as_bytes(), name].concat();
    let all: (&[u8], &[Pace]) = match key.kind {
        KeyKind::Widget => (b"askings", &ASKINGS),
        KeyKind::Lead => (b"leads", &LEADS),
    };
    let mut asked = vec![
        Asked { subject: named("all/", all.0), paces: all.1 },
        Asked { subject: named("key/", key.id.uuid().as_bytes()), paces: &own },
    ];
    if let Some(address) = address {
        asked.push(Asked { subject: named("address/", &network(address)), paces: &ADDRESS });
    }
    let counted = intake.paces().ask(intake.now(), &asked);
    match counted {
        Ok(left) => Ok(said(key.per_minute, left.min(key.per_minute), MINUTE)),
        Err(refused) => {
            let all = said(key.per_minute, 0, refused.retry_after);
            Err(all.into_iter().fold(too_often(refused), |problem, (name, value)| problem.with(name, value)))
        }
    }
}

/// Counts a look from an address, which changes nothing and costs a read.
pub(super) fn look(intake: &Intake, address: Option<IpAddr>) -> Result<(), Problem> {
    let Some(address) = address else { return Ok(()) };
    let subject = [b"look/".as_slice(), &network(address)].concat();
    let counted = intake.paces().ask(intake.now(), &[Asked { subject, paces: &LOOKS }]);
    counted.map(drop).map_err(too_often)
}

fn too_often(refused: TooOften) -> Problem {
    let seconds = refused.retry_after.as_secs() + 1;
    let detail = format!("These come too often. Ask again in {seconds} s.");
    let status = StatusCode::TOO_MANY_REQUESTS;
    let problem = Problem::new(status, "too_many_requests", "These are too many", detail);
    problem.with(header::RETRY_AFTER, HeaderValue::from(seconds))
}

fn said(most: u32, left: u32, wait: Duration) -> Said {
    let text = [
        (POLICY, format!("\"key\";q={most};w={}", MINUTE.as_secs())),
        (LEFT, format!("\"key\";r={left};t={}", wait.as_secs() + u64::from(wait.subsec_nanos() > 0))),
    ];
    text.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?))).collect()
}

/// An address of version 6 is one's own down to its network: the rest anybody draws anew.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}
