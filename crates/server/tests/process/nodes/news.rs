//! What the nodes tell each other at once: published settings, and the end of a round that another node's poll waits for.

use sandbox::{Behaviour, medicare::Name};

use super::world::Nodes;
use crate::{
    place::{Server, WAIT_MAX},
    request::{self, Form, arrival, form, with, written},
    world::until,
};

fn hears(server: &Server) -> bool {
    server.figure("pingpost_news_up") == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_taken_up_because_they_are_told_of() {
    let nodes = Nodes::start(2, 60).await;
    until("their connections", || nodes.servers.iter().all(hears)).await;
    let by_news = |server: &Server| server.figure("pingpost_settings_taken_up_total{by=\"news\"}") > 0;
    let text = std::fs::read_to_string(nodes.places[0].path("settings.toml")).expect("its settings");
    // A look may come first now and then, and not each time.
    for n in 0..10 {
        let other = text.replace("name = \"Buyer C\"", &format!("name = \"Buyer C{n}\""));
        nodes.places[0].write("other.toml", &other);
        let before: Vec<_> =
            nodes.servers.iter().map(|server| server.figure("pingpost_settings_version")).collect();
        let published = nodes.places[0].run(&["settings", "import", "other.toml"]);
        assert_eq!(published.code, 0, "{}", published.err);
        until("the next version at both", || {
            nodes
                .servers
                .iter()
                .zip(&before)
                .all(|(server, before)| server.figure("pingpost_settings_version") == before + 1)
        })
        .await;
        if nodes.servers.iter().all(by_news) {
            return;
        }
    }
    panic!("no node has heard of any of them");
}

/// What the carrier asks at a node, signed for the URL that all of them stand behind.
fn ask(nodes: &Nodes, node: usize, target: &str, form: &Form) -> String {
    let base = format!("http://{}", nodes.balancer.address);
    let signature = sandbox::carrier::sign(crate::place::TOKEN, &format!("{base}{target}"), form);
    let head = [("content-type", request::FORM), ("x-twilio-signature", &*signature)];
    let bytes = written("POST", target, &head, &request::encoded(form));
    let answer = request::send(nodes.servers[node].address, &bytes);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// The first of our URLs in a document whose path is of a kind, without its base.
fn target(document: &str, kind: &str) -> Option<String> {
    let urls = document.match_indices("/twilio/").map(|(at, _)| &document[at..]);
    let mut paths = urls.map(|rest| &rest[..rest.find(['#', '"', '<']).expect("it ends")]);
    paths.find(|path| path.split('/').nth(3) == Some(kind)).map(|path| path.replace("&amp;", "&"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_waits_for_the_round_of_another_node_hears_of_its_end() {
    let nodes = Nodes::start(2, 60).await;
    until("their connections", || nodes.servers.iter().all(hears)).await;
    // Nobody answers, so that the round ends with its budget and with no buyer.
    for name in [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F] {
        nodes.medicare.bids(name, Behaviour::Silent);
    }
    let told = "pingpost_polls_lingered_total{end=\"told\"}";
    // On a busy machine a poll may be under way for longer than the time in which it would wait.
    for n in 0..5 {
        one_call(&nodes, n).await;
        if nodes.servers[1].figure(told) > 0 {
            assert_eq!(nodes.servers[0].figure(told), 0, "nobody asked there");
            return;
        }
    }
    panic!("no poll has heard of the end of its round");
}

/// A call whose interview is at one node, and whose polls are at the other, until its hold is over.
async fn one_call(nodes: &Nodes, n: u32) {
    let call = || arrival(&format!("CA{n:032}"), &format!("+130555501{n:02}"));
    let mut said = ask(nodes, 0, "/twilio/voice", &call());
    for answer in [
        form(&[("Digits", sandbox::medicare::ZIP)]),
        form(&[("Digits", sandbox::medicare::AGE)]),
        form(&[("SpeechResult", crate::world::NAME), ("Confidence", "0.97")]),
    ] {
        let step = target(&said, "heard").unwrap_or_else(|| panic!("it asks: {said}"));
        let answered = answer.into_iter().fold(call(), |form, (name, value)| with(form, &name, &value));
        said = ask(nodes, 0, &step, &answered);
    }
    let over = tokio::time::timeout(WAIT_MAX, async {
        while let Some(poll) = target(&said, "hold") {
            said = tokio::task::block_in_place(|| ask(nodes, 1, &poll, &call()));
        }
    });
    over.await.expect("the hold is over");
}
