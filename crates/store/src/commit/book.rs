//! `Book`: the confirmed reservation, the sale, its first entry, who had this caller, and the post, together.

use auction::Kind;
use bridge::Post;
use lead::{Money, OfferId, SaleId, Timestamp};

use super::{
    CommitError, Outgoing, give_back, settle,
    transaction::{Promises, Stop},
};
use crate::{
    PostId, PostKind,
    durable::{Conn, Many, binds},
    events::Fact,
};

/// Books an acceptance. It never refuses: what came after the reservation's end is counted again and marked.
pub(super) async fn book(promises: &mut Promises<'_>, post: &Post) -> Result<(), Stop> {
    const CONFIRM: &str = "UPDATE reservations SET state = 'confirmed' WHERE attempt = $1 AND state = 'held'";
    const AGAIN: &str = "UPDATE reservations SET state = 'confirmed' WHERE attempt = $1 AND state = 'voided'";
    let attempt = post.attempt();
    let mut over_cap = false;
    if promises.conn.execute(CONFIRM, binds![attempt]).await? == 0
        && promises.conn.execute(AGAIN, binds![attempt]).await? > 0
    {
        over_cap = give_back::take_again(promises.conn, attempt).await?;
    }
    promises.over_cap |= over_cap;
    promises.row_changed = true;
    sale(promises, post, over_cap).await?;
    settle::append(promises.conn, post.sale(), settle::New::pending(price(post)), promises.now).await?;
    contacts(promises, post).await?;
    queue_post(promises, post.sale(), PostKind::Sold, "due").await?;
    Ok(promises.note(Fact::Booked(post.sale())).await?)
}

/// Puts the whole lead of a form into the outbox. There is no sale yet: the answer to it decides.
pub(super) async fn hand_over(promises: &mut Promises<'_>, post: &Post) -> Result<(), Stop> {
    const INSERT: &str = "INSERT INTO posts \
        (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, created_at, last_error, settled_at, handed) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $9, $10, $11, $12)";
    let (offer, now) = (post.ranked().offer.clone(), promises.now);
    let written = promises.writer.write(post);
    if written.is_none() {
        tracing::error!(journey.id = %promises.id, offer.id = %offer, "a lead cannot be handed over: its post cannot be written");
    }
    let lost = Ready {
        offer: offer.clone(),
        body: vec![],
        state: "dead",
        error: Some("unwritten"),
        settled_at: Some(now),
    };
    let sold = written.map(|body| Outgoing { sale: post.sale(), kind: PostKind::Sold, offer, body });
    let ready = sold.map(|outgoing| sealed(promises, &outgoing, "due")).transpose()?.unwrap_or(lost);
    let Ready { offer, body, state, error, settled_at } = ready;
    let id = PostId::of(post.sale(), PostKind::Sold).uuid();
    let (kind, buyer) = (PostKind::Sold.as_str(), post.ranked().buyer.as_str());
    let what = binds![id, post.sale(), promises.id, kind, offer.as_str(), buyer, body, state, promises.now];
    let values = [what, binds![error, settled_at, post.n()]].concat();
    promises.conn.execute(INSERT, values).await?;
    Ok(())
}

/// What is charged: nothing for a test (domain.md, a repeat's price is zero already).
fn price(post: &Post) -> Money {
    if post.facts().test { Money::ZERO } else { post.ranked().price }
}

async fn sale(promises: &mut Promises<'_>, post: &Post, over_cap: bool) -> Result<(), Stop> {
    const SALE: &str = "INSERT INTO sales (id, journey, attempt, offer, buyer, campaign, publisher, price, best_static, \
        ranked, over_cap, test, accepted_at, booked_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    const LIVE: &str = "INSERT INTO live_sales (journey, sale) VALUES ($1, $2)";
    let (ranked, facts) = (post.ranked(), post.facts());
    let json = serde_json::to_string(ranked)
        .map_err(|error| Stop::Database(sqlx::Error::Encode(Box::new(error))))?;
    let publisher = facts.publisher.as_ref().map(|(id, _)| id.as_str());
    let who = binds![
        post.sale(),
        promises.id,
        post.attempt(),
        ranked.offer.as_str(),
        ranked.buyer.as_str(),
        facts.campaign.as_str(),
        publisher,
    ];
    let what =
        binds![price(post), facts.best_static, json, over_cap, facts.test, post.accepted_at(), promises.now];
    one_sale(promises.conn.execute(LIVE, binds![promises.id, post.sale()]).await)?;
    one_sale(promises.conn.execute(SALE, [who, what].concat()).await)
}

/// A journey has at most one sale that is not void.
fn one_sale(inserted: Result<u64, sqlx::Error>) -> Result<(), Stop> {
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
            Err(Stop::Refused(CommitError::SecondSale))
        }
        Err(error) => Err(Stop::Database(error)),
    }
}

/// Notes that this buyer had this caller. A test is none, and a caller who comes again does not begin the window anew.
async fn contacts(promises: &mut Promises<'_>, post: &Post) -> Result<(), Stop> {
    static CONTACTS: Many =
        Many::new("INSERT INTO contacts (caller, name, sale, journey, answered_at) VALUES", 5);
    let (ranked, facts) = (post.ranked(), post.facts());
    let Some(caller) = promises.caller.first().map(|key| key.bytes().to_vec()) else { return Ok(()) };
    if facts.test || ranked.kind == Kind::Repeat {
        return Ok(());
    }
    let names = [
        format!("buyer/{}", ranked.buyer),
        format!("campaign/{}", facts.campaign),
        format!("offer/{}", ranked.offer),
    ];
    let row = |name| binds![caller.clone(), name, post.sale(), promises.id, post.accepted_at()];
    let rows = names.into_iter().map(row).collect();
    Ok(promises.conn.insert(&CONTACTS, rows).await?)
}

/// Puts a request to a buyer into the outbox, sealed, if the shell made one.
pub(super) async fn queue_post(
    promises: &mut Promises<'_>,
    sale: SaleId,
    kind: PostKind,
    state: &'static str,
) -> Result<(), Stop> {
    const INSERT: &str = "INSERT INTO posts \
        (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, created_at, last_error, settled_at) \
        SELECT $1, s.id, $3, $4, $5, s.buyer, $6, $7, $8, 0, $8, $9, $10 FROM sales s WHERE s.id = $2";
    let place = promises.outgoing.iter().position(|outgoing| outgoing.sale == sale && outgoing.kind == kind);
    let Some(outgoing) = place.map(|place| promises.outgoing.swap_remove(place)) else { return Ok(()) };
    let Ready { offer, body, state, error, settled_at } = sealed(promises, &outgoing, state)?;
    let id = PostId::of(sale, kind).uuid();
    let what = binds![id, sale, promises.id, kind.as_str(), offer.as_str(), body, state, promises.now];
    let values = [what, binds![error, settled_at]].concat();
    promises.conn.execute(INSERT, values).await?;
    Ok(())
}

/// A request to a buyer as the outbox keeps it.
struct Ready {
    offer: OfferId,
    body: Vec<u8>,
    state: &'static str,
    error: Option<&'static str>,
    settled_at: Option<Timestamp>,
}

/// Seals a request to a buyer.
fn sealed(promises: &Promises<'_>, outgoing: &Outgoing, state: &'static str) -> Result<Ready, Stop> {
    let kind = outgoing.kind;
    // A person who asked to be forgotten is told of to nobody any more; the sale stays.
    let forgotten = kind == PostKind::Sold && promises.journal.forgets;
    let body = match kind {
        PostKind::Sold if forgotten => Ok(vec![]),
        PostKind::Sold => promises.journal.key.seal_body(promises.id, kind.as_str(), &outgoing.body),
        PostKind::Returned => promises.keys.seal_notice(promises.id, kind.as_str(), &outgoing.body),
    };
    let body = body.map_err(|error| Stop::Refused(CommitError::Encode(error.into())))?;
    let (state, error) = if forgotten { ("cancelled", Some("erased")) } else { (state, None) };
    let settled_at = forgotten.then_some(promises.now);
    Ok(Ready { offer: outgoing.offer.clone(), body, state, error, settled_at })
}

/// Whether a sale is not void.
pub(super) async fn is_live(conn: &mut Conn, sale: SaleId) -> Result<bool, sqlx::Error> {
    const LIVE: &str = "SELECT 1 AS one FROM live_sales WHERE sale = $1";
    Ok(conn.row(LIVE, binds![sale]).await?.is_some())
}
