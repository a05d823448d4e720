//! An interview whose webhooks go to this node and that one.

use secrecy::ExposeSecret;

use crate::{
    place::{EXAMPLE, Place, Server},
    postgres_server::Server as Postgres,
    request::{Form, arrival, tell, with},
};

/// Consent is kept durably, so the interview behind it is known to every node of one database.
const CONSENT: &str = "[[campaign.script.question]]\nfield = \"consent\"\naudience = \"winner\"\n\
    ask = \"Press 1 to agree.\"\ncheck = { consent = { text_version = \"1\" } }\n\n\
    [[campaign.script.question]]\nfield = \"zip\"";

fn press(digits: &str) -> Form {
    with(arrival("CA1", "+13055550142"), "Digits", digits)
}

/// Answers a question at a node, and gives what it says then.
fn answer(node: &Server, question: &str, digits: &str) -> String {
    let (_, rest) = question.split_once("https://calls.example.com").expect("the question has an action");
    let action = rest.split(['#', '"']).next().expect("a path").replace("&amp;", "&");
    let answer = tell(node, &action, &press(digits));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_goes_on_where_the_other_one_was() {
    let database = Postgres::shared().database().await;
    let place = || {
        let place = Place::new().without("STORE__PATH").with("STORE__URL", database.at().url.expose_secret());
        let asked = "[[campaign.script.question]]\nfield = \"zip\"";
        place.write("settings.toml", &EXAMPLE.replacen(asked, CONSENT, 1));
        place
    };
    let (one, two) = (place().serve(), place().serve());
    let asked = tell(&one, "/twilio/voice", &arrival("CA1", "+13055550142")).body;
    let zip = answer(&one, &asked, "1");
    assert!(zip.contains("five digit zip"), "{zip}");
    let again = answer(&two, &zip, "00000");
    assert!(again.contains("that is no zip code"), "{again}");
    // This node has only seen the first of the two questions.
    let age = answer(&one, &again, "33109");
    assert!(age.contains("How old are you"), "{age}");
    let repeated = answer(&two, &again, "33109");
    assert_eq!(repeated, age, "a repeat at the other node");
}
