//! Calls by a trunk, with SIPp as the carrier: the real binary, without a carrier of webhooks.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sandbox::{
    Behaviour, CarrierConfig, Medicare,
    buyers::Recorded,
    canary::Canary,
    medicare::{CALLER, CAMPAIGN_NUMBER, Name},
};

use crate::place::{EXAMPLE, Place, Server};

/// A carrier with one caller and one telephone, which every number leads to; and a server behind it.
struct World {
    place: Place,
    server: Server,
    medicare: Medicare,
    at: SocketAddr,
    phone: Child,
}

impl World {
    async fn start() -> Self {
        let medicare =
            Medicare::start(CarrierConfig::new("http://127.0.0.1:9/"), Duration::from_millis(10)).await;
        // Nobody waits for the one that is silent.
        medicare.bids(Name::F, Behaviour::NoBid204);
        let [at, phone] = free_ports();
        let place = Place::new()
            .without("TWILIO__ACCOUNT_SID")
            .without("TWILIO__AUTH_TOKEN")
            .without("HTTP__PUBLIC_BASE_URL")
            .with("CONFIG", "pingpost.toml")
            .with("LOG__LEVEL", "trace");
        let trunk =
            format!("[sip.trunk.phones]\nsources = [\"127.0.0.1\"]\nproxy = \"{phone}\"\nprobe = \"off\"\n");
        place.write("pingpost.toml", &format!("[sip]\nudp = \"{at}\"\nports = \"40000-40999\"\n{trunk}"));
        place.write("settings.toml", &settings(&medicare));
        let phone = sipp(&["-sn", "uas", "-p", &phone.port().to_string()]);
        let server = place.serve();
        Self { place, server, medicare, at, phone }
    }

    /// The example's caller rings, and stays so long once everything is answered.
    fn call(&self, stays: Duration) -> Child {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/process/sipp/call.xml");
        let stays = stays.as_millis().to_string();
        sipp(&["-sf", scenario, "-s", CAMPAIGN_NUMBER, "-d", &stays, &self.at.to_string()])
    }
}

/// The example, whose talks are paid for at the acceptance, with these buyers.
fn settings(medicare: &Medicare) -> String {
    let text =
        EXAMPLE.replace("max = 110", "max = 99").replace("payable_after = \"60s\"", "payable_after = \"0s\"");
    let buyers = medicare.buyers.iter().enumerate();
    buyers.fold(text, |text, (n, buyer)| {
        text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin())
    })
}

fn free_ports() -> [SocketAddr; 2] {
    let sockets = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").expect("a free port"));
    sockets.map(|socket| socket.local_addr().expect("a bound socket has an address"))
}

fn sipp(arguments: &[&str]) -> Child {
    Command::new("sipp")
        .args(["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "40s"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp is installed: Debian's package sip-tester")
}

/// Waits for the end of a SIPp, which says by its code whether its call went as it should.
async fn went_well(mut sipp: Child) -> bool {
    let ended = tokio::task::spawn_blocking(move || sipp.wait());
    ended.await.expect("it is waited for").expect("it can be waited for").success()
}

fn end(mut sipp: Child) {
    // It may have ended already.
    let _ = sipp.kill();
    let _ = sipp.wait();
}

#[tokio::test]
async fn a_trunk_alone_sells_a_call_and_no_number_is_logged() {
    let world = World::start().await;
    let caller = world.call(Duration::from_secs(3));
    world.medicare.buyer(Name::C).posted(1).await;
    assert!(went_well(caller).await, "the caller's dialog is as it should be");
    assert!(went_well(world.phone).await, "and so is the buyer's");
    world.server.logged_all(&["a call ended", "\"outcome\":\"sold\""]);
    assert_eq!(world.medicare.buyer(Name::A).posts().len(), 0);
    let canary = Canary::new([CALLER]);
    let leaks: Vec<_> =
        world.server.log().into_iter().filter(|line| !canary.found_in(line.as_bytes()).is_empty()).collect();
    assert_eq!(leaks, Vec::<String>::new(), "whatever the level");
}

#[tokio::test]
async fn a_killed_node_loses_the_talk_and_not_the_sale() {
    let World { place, server, medicare, at: _, phone } = {
        let world = World::start().await;
        let caller = world.call(Duration::from_secs(60));
        world.medicare.buyer(Name::C).posted(1).await;
        world.server.signal("KILL");
        end(caller);
        world
    };
    end(phone);
    drop(server);
    let server = place.serving(place.start(&["serve"]));
    server.logged_all(&["a call ended", "\"outcome\":\"sold\""]);
    let keys = |name| {
        let posts = medicare.buyer(name).posts();
        let key = |post: &Recorded| {
            let key = post.header("webhook-id").or_else(|| post.header("idempotency-key"));
            key.expect("a post has its key").to_owned()
        };
        posts.iter().map(key).collect::<BTreeSet<_>>()
    };
    assert_eq!((keys(Name::C).len(), keys(Name::A).len()), (1, 0), "one sale, one post");
}
