//! A buyer's dialect that panics costs that buyer alone, and only what it panics at.

use std::sync::Arc;

use auction::{Bid, NoBid, PhoneInPing, Ping};
use bridge::{Attempt, Post};
use buyer::{
    dialect::{Dialect, ErasedLead, Line, Receipt},
    exchange::{HttpRequest, HttpResponse},
    reading::Confirmed,
};
use lead::{OfferId, Pii, SaleId, Timestamp};
use sandbox::{InboundCall, medicare::Name};
use store::{PostFilter, PostState, SaleFilter};

use crate::world::{World, offer_id, until};

/// Where it panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Ping,
    Bid,
    PostBody,
    Post,
    Receipt,
}

struct Panics(Arc<dyn Dialect>, At);

impl Panics {
    /// The text would be somebody's value.
    fn at(&self, at: At) {
        assert!(self.1 != at, "{}", crate::logs::SECRETS[0]);
    }
}

impl Dialect for Panics {
    fn ping(&self, now: Timestamp, ping: &Ping, phone: Option<&PhoneInPing>) -> Option<HttpRequest> {
        self.at(At::Ping);
        self.0.ping(now, ping, phone)
    }

    fn bid(&self, sent: &Ping, answer: &HttpResponse) -> Result<Bid, NoBid> {
        self.at(At::Bid);
        self.0.bid(sent, answer)
    }

    fn confirm(&self, now: Timestamp, attempt: &Attempt) -> Option<HttpRequest> {
        self.0.confirm(now, attempt)
    }

    fn confirmed(&self, answer: &HttpResponse) -> Result<Confirmed, NoBid> {
        self.0.confirmed(answer)
    }

    fn post_body(&self, post: &Post, line: &Line) -> Pii<Vec<u8>> {
        self.at(At::PostBody);
        self.0.post_body(post, line)
    }

    fn returned_body(&self, now: Timestamp, sale: SaleId, offer: &OfferId) -> Pii<Vec<u8>> {
        self.0.returned_body(now, sale, offer)
    }

    fn erased_body(&self, now: Timestamp, lead: &ErasedLead) -> Option<Pii<Vec<u8>>> {
        self.0.erased_body(now, lead)
    }

    fn post(&self, now: Timestamp, id: &str, body: &Pii<Vec<u8>>) -> HttpRequest {
        self.at(At::Post);
        self.0.post(now, id, body)
    }

    fn receipt(&self, answer: &HttpResponse) -> Receipt {
        self.at(At::Receipt);
        self.0.receipt(answer)
    }
}

/// A world whose best bidder is spoken to by a dialect that panics, and in it one call to its end.
async fn called(at: At) -> World {
    let mut world = World::example().await;
    world.spoken(Name::C, |dialect| Arc::new(Panics(dialect, at))).await;
    world.medicare.carrier.place(world.medicare.call()).ended().await;
    world
}

async fn sold_to(world: &World) -> Vec<String> {
    let sales = world.store().sales(SaleFilter::default()).await.expect("sales can be listed");
    sales.iter().map(|sale| sale.offer.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_or_a_bid_that_panics_costs_its_buyer_the_auction_and_nobody_else() {
    for at in [At::Ping, At::Bid] {
        let world = called(at).await;
        assert_eq!(sold_to(&world).await, [offer_id(Name::A)], "{at:?}");
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_cannot_be_written_costs_no_sale() {
    let world = called(At::PostBody).await;
    assert_eq!(sold_to(&world).await, [offer_id(Name::C)]);
    assert!(world.medicare.buyer(Name::C).posts().is_empty());
    // The next call is served as if nothing had been.
    let another = InboundCall { from: Some("+13055550143".to_owned()), ..world.medicare.call() };
    world.medicare.carrier.place(another).ended().await;
    assert_eq!(sold_to(&world).await.len(), 2);
    world.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_or_a_receipt_that_panics_is_tried_again_as_any_other_failure() {
    for (at, sent) in [(At::Post, 0), (At::Receipt, 1)] {
        let world = called(at).await;
        assert_eq!(sold_to(&world).await, [offer_id(Name::C)], "{at:?}");
        let failed = until("the result of the post", async || {
            let posts = world.store().posts(PostFilter::default()).await.expect("posts can be listed");
            posts.into_iter().find(|post| post.last_error.is_some())
        });
        let failed = failed.await;
        assert_eq!(
            (failed.state, failed.last_error.as_deref()),
            (PostState::Due, Some("panicked")),
            "{at:?}"
        );
        assert_eq!(world.medicare.buyer(Name::C).posts().len(), sent, "{at:?}");
        world.app.stop().await;
    }
}
