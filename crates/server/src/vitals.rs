//! What this process stands on, looked at whenever the console asks.

use std::sync::Arc;

use console::{Ask, Finding, LookAfter, Sign, State, Trunk, Vitals};
use lead::Timestamp;

use crate::{
    chain_of,
    clock::SKEW_ALARM,
    config::{CarrierKind, Config, Identity},
    doctor, room,
    switchboard::Standing,
    world::World,
};

/// Looks at a world whose process began now.
pub fn look_after(config: &Config, world: &Arc<World>) -> LookAfter {
    let (config, world, since) = (Arc::new(config.clone()), Arc::clone(world), world.clock.now());
    Arc::new(move |ask| {
        let (config, world) = (Arc::clone(&config), Arc::clone(&world));
        Box::pin(async move { seen(&config, &world, since, ask).await })
    })
}

async fn seen(config: &Config, world: &World, since: Timestamp, ask: Ask) -> Vitals {
    let asks = match ask {
        Ask::Others => doctor::Ask::Others,
        Ask::Nobody => doctor::Ask::Nobody,
    };
    let mut signs = vec![calls(world), carrier(config), database(world).await];
    signs.extend(lines(world));
    signs.extend(in_flight(world));
    signs.extend(disk(world));
    signs.extend(spool(world));
    signs.extend([clock(world), settings(world)]);
    let found = doctor::examine_open(config, &world.store, asks).await;
    let findings = found.into_iter().map(|it| Finding {
        code: it.code.word(),
        is_grave: it.gravity() == doctor::Gravity::Problem,
        at: it.at,
        what: it.what,
        mend: it.mend,
    });
    let trunks = world.switchboard.as_ref().map(|switchboard| trunks(config, switchboard.standing()));
    Vitals { version: env!("CARGO_PKG_VERSION"), since, signs, findings: findings.collect(), trunks }
}

const fn sign(code: &'static str, name: &'static str, state: State, says: String) -> Sign {
    Sign { code, name, state, says }
}

fn calls(world: &World) -> Sign {
    let (state, says) = if world.stopping.is_cancelled() {
        (State::Bad, "This process ends: it finishes what is under way and begins nothing".to_owned())
    } else {
        let journeys = match world.folds() {
            1 => "one journey is".to_owned(),
            n => format!("{n} journeys are"),
        };
        (State::Well, format!("New calls are taken; {journeys} in its memory"))
    };
    sign("calls", "Calls", state, says)
}

fn carrier(config: &Config) -> Sign {
    match config.carrier.kind {
        CarrierKind::Simulator => {
            let says = "The built-in simulator carries the calls: no real one is taken".to_owned();
            sign("carrier", "Carrier", State::Worry, says)
        }
        CarrierKind::Twilio => {
            let at = config.http.public_base_url.as_deref().unwrap_or("nowhere");
            sign("carrier", "Carrier", State::Well, format!("Twilio, which reaches this server at {at}"))
        }
    }
}

/// Calls by SIP, and each trunk. Nothing where none are taken.
fn lines(world: &World) -> Vec<Sign> {
    let Some(switchboard) = &world.switchboard else { return vec![] };
    let (strangers, unreadable) = switchboard.dropped();
    let calls = counted(switchboard.calls(), "call");
    let says = format!(
        "{calls} under way; {strangers} datagrams of strangers and {unreadable} that cannot be read were dropped"
    );
    let mut signs = vec![sign("sip", "SIP", State::Well, says)];
    signs.extend(switchboard.standing().iter().map(|it| trunk(it, world.clock.now())));
    signs
}

/// Each trunk of the configuration with how it is.
fn trunks(config: &Config, standing: Vec<Standing>) -> Vec<Trunk> {
    let configured = config.sip.iter().flat_map(|sip| &sip.trunks);
    let seen = standing.into_iter().filter_map(|it| {
        let trunk = configured.clone().find(|trunk| trunk.name == it.name)?;
        Some(Trunk {
            name: it.name,
            sources: trunk.sources.iter().map(ToString::to_string).collect(),
            challenges: trunk.digest_in.is_some(),
            proxy: trunk.proxy.map(|at| at.to_string()),
            transport: if trunk.tcp { "tcp" } else { "udp" },
            asserts: trunk.identity == Identity::Asserted,
            calls: it.calls,
            calls_max: trunk.calls_max,
            answers: it.asked,
            failed: it.failed,
            last: it.last,
        })
    });
    seen.collect()
}

fn trunk(it: &Standing, now: Timestamp) -> Sign {
    let ago = |at: Timestamp| format!("{} s ago", now.since(at).as_secs());
    let (state, is) = match (it.takes, it.asked) {
        (false, _) => (State::Well, "brings calls, and takes none".to_owned()),
        (true, None) => (State::Well, "takes calls, and was not asked whether it is there".to_owned()),
        (true, Some((true, at))) => (State::Well, format!("answered {}", ago(at))),
        (true, Some((false, at))) => (State::Worry, format!("did not answer {}", ago(at))),
    };
    let mut says = format!("{} {is}; {} under way", it.name, counted(it.calls, "call"));
    if let Some((at, why)) = &it.last {
        says.push_str(&format!("; {} failed, the last {}: {why}", it.failed, ago(*at)));
    }
    sign("trunk", "Trunk", state, says)
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what} is") } else { format!("{n} {what}s are") }
}

async fn database(world: &World) -> Sign {
    let began = tokio::time::Instant::now();
    let (state, says) = match world.store.ping(world.clock.now()).await {
        Ok(()) => {
            (State::Well, format!("It is read and written; both took {} ms", began.elapsed().as_millis()))
        }
        Err(error) => (State::Bad, format!("It is not read or not written: {}", chain_of(&error))),
    };
    sign("database", "Database", state, says)
}

/// Nothing where calls in flight are kept in this process alone.
fn in_flight(world: &World) -> Option<Sign> {
    let (state, says) = match world.store.redis_is_up()? {
        true => (State::Well, "It answers: calls in flight are shared with the other nodes"),
        false => (State::Worry, "It does not answer: every step of a call is kept in the database at once"),
    };
    Some(sign("redis", "Redis", state, says.to_owned()))
}

/// Nothing where the disk is not ours to see.
fn disk(world: &World) -> Option<Sign> {
    let (free, log) = world.store.disk();
    let why = room::why_not(world);
    let state = if why.is_some() { State::Bad } else { State::Well };
    let says = format!("{} are free; the database's log has {}", megabytes(free?), megabytes(log));
    Some(sign("disk", "Disk", state, why.unwrap_or(says)))
}

/// Nothing where there is none.
fn spool(world: &World) -> Option<Sign> {
    let counts = world.spooling.as_ref()?.show(world.clock.now());
    let (state, says) = match (counts.entries, counts.aside) {
        (0, 0) => (State::Well, "Nothing waits for the database".to_owned()),
        (0, aside) => (State::Worry, format!("{aside} events could not be driven and lie aside")),
        (entries, _) => {
            (State::Worry, format!("{entries} events wait for the database, in {}", megabytes(counts.bytes)))
        }
    };
    Some(sign("spool", "Spool", state, says))
}

fn clock(world: &World) -> Sign {
    let skew = world.clock.skew();
    let (state, says) = if skew > SKEW_ALARM {
        let says = "This machine's clock is {} s from the one that calls go by, which follows it slowly";
        (State::Worry, says.replace("{}", &skew.as_secs().to_string()))
    } else {
        (State::Well, "This machine's clock and the one that calls go by agree".to_owned())
    };
    sign("clock", "Clock", state, says)
}

fn settings(world: &World) -> Sign {
    let version = world.book.latest().version();
    sign("settings", "Settings", State::Well, format!("New calls go by version {version}"))
}

/// As people say it, in whole megabytes.
fn megabytes(bytes: u64) -> String {
    match bytes / 1_000_000 {
        0 => "less than 1 MB".to_owned(),
        n if n >= 10_000 => format!("{} GB", n / 1_000),
        n => format!("{n} MB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_says_how_it_is() {
        let second = Timestamp::from_micros(1_000_000);
        let now = Timestamp::from_micros(13_000_000);
        let standing = Standing {
            name: "acme".to_owned(),
            calls: 1,
            takes: true,
            asked: Some((true, second)),
            failed: 0,
            last: None,
        };
        let said = |it: &Standing| {
            let sign = trunk(it, now);
            (sign.state, sign.says)
        };
        assert_eq!(said(&standing), (State::Well, "acme answered 12 s ago; 1 call is under way".to_owned()));
        let last = Some((second, "it refused a call with 503".to_owned()));
        let down = Standing { calls: 0, asked: Some((false, second)), failed: 2, last, ..standing };
        let says = "acme did not answer 12 s ago; 0 calls are under way; 2 failed, the last 12 s ago: it refused a call with 503";
        assert_eq!(said(&down), (State::Worry, says.to_owned()));
    }

    #[test]
    fn bytes_are_said_as_people_say_them() {
        assert_eq!(
            [0, 999_999, 1_000_000, 9_999_000_000, 48_000_000_000].map(megabytes),
            ["less than 1 MB", "less than 1 MB", "1 MB", "9999 MB", "48 GB"]
        );
    }
}
