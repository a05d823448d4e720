//! Buyers that speak as the networks do.

use sandbox::{Behaviour, medicare::Name};

use crate::{play::posts, world::World};

async fn says(wire: &str, reply: &str) {
    let kind = if reply.starts_with('<') { "application/xml" } else { "application/json" };
    let world = World::with(|plan| plan.draft.offer(Name::D, &format!("wire = {wire}"))).await;
    world.medicare.bids(Name::D, Behaviour::Raw { body: reply.into(), content_type: kind.to_owned() });
    let told = world.play().await;
    told.sold(Name::D, "99.50");
    assert_eq!(posts(&world), [0, 0, 0, 1, 0, 0], "{wire}");
    world.finish().await;
}

#[tokio::test]
async fn as_ringba() {
    let reply = r#"{"bidId":"RTB959b","bidAmount":99.5,"expireInSeconds":60,"phoneNumber":"+13055550204",
        "phoneNumberNoPlus":"13055550204"}"#;
    says("'ringba'", reply).await;
}

#[tokio::test]
async fn as_retreaver() {
    let reply = r#"{"uuid":"64ce","status":"reserved","retreaver_payout":99.5,"retreaver_seconds":0,
        "inbound_number":"+13055550204"}"#;
    says("'retreaver'", reply).await;
}

#[tokio::test]
async fn as_trackdrive() {
    let reply = r#"{"status":"success","try_all_buyers_ping_id":"xyz789",
        "buyers":[{"buyer_id":1,"name":"Buyer D","bid":99.50,"ping_id":"abc123"}]}"#;
    says("'trackdrive'", reply).await;
}

#[tokio::test]
async fn as_elocal() {
    let reply = r#"{"response":{"status":"success","token":"xesef-lesek","phone_number":"+13055550204","price":"99.50"}}"#;
    says("'elocal'", reply).await;
}

#[tokio::test]
async fn as_boberdoo() {
    let reply =
        "<response><status>Matched</status><lead_id>26635027</lead_id><best_bid>99.50</best_bid></response>";
    says("'boberdoo'", reply).await;
}

#[tokio::test]
async fn as_its_mapping_says() {
    let reply = r#"{"offer":{"price":"99.50","ref":"x1","dial":"305-555-0204"},"ok":"yes"}"#;
    let wire = "{ json = { bid = '$.offer.price', accepted = '$.ok', bid_id = '$.offer.ref', phone_number = '$.offer.dial' } }";
    says(wire, reply).await;
}
