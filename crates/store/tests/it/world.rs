//! The words that the tests are written in: a store in a database of its own, and calls that are driven through it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use auction::{
    Allowed, CallerId, Cap, Counts, Currency, Destination, DialTerms, Duplicate, DuplicateScope, Kind,
    Limits, Period, Ranked, Ranking, Reserve, Rules, Screening, Seed, Trigger, Vertical,
};
use bridge::{Payout, Policy};
use ivr::Script;
use journey::{
    Campaign, Command, DialResult, Event, Fallback, Journey, Recording, RepeatRule, Standby, Taken, Then,
};
use lead::{
    AttemptId, AuctionId, BuyerId, CampaignId, Channel, E164, JourneyId, Money, OfferId, Pii, PingId,
    Profile, PublisherId, SaleId, Timestamp,
};
use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use store::{
    AppendError, Appended, AuctionRecord, Base, ChainHash, Commit, CommitError, Committed, Entry, Keys,
    OpenError, Outgoing, PostKind, RowFacts, Store, StoreConfig, Writer,
};

use crate::home::Home;

pub const ADA: &str = "+13055550142";
pub const BOB: &str = "+12125550199";
pub const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub const KEY_2: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=";

pub fn start() -> Timestamp {
    Timestamp::from_secs(1_790_000_000)
}

pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn keys(text: &str) -> Keys {
    Keys::parse(&SecretString::from(text)).expect("keys")
}

pub fn number(text: &str) -> Pii<E164> {
    Pii::new(E164::parse(text).expect("a number"))
}

pub fn campaign_id() -> CampaignId {
    CampaignId::parse("medicare-fl").expect("a slug")
}

/// A store in a database of its own.
pub struct World {
    home: Home,
    pub store: Store,
}

impl World {
    pub async fn new() -> Self {
        let home = Home::new().await;
        let store = open(&home, KEY).await;
        Self { home, store }
    }

    /// Round a store that is open already.
    pub const fn of(home: Home, store: Store) -> Self {
        Self { home, store }
    }

    /// The process ends here, without a farewell, and another one begins.
    pub async fn reopen(self, keys: &str) -> Self {
        let store = open(&self.home, keys).await;
        Self { home: self.home, store }
    }

    /// Another store on the same database: a second process, on Postgres a second node.
    pub async fn second(&self, with: &str) -> Result<Store, OpenError> {
        Store::open(StoreConfig { durable: self.home.at() }, keys(with)).await
    }

    /// Where the store is.
    pub fn at(&self) -> store::DurableAt {
        self.home.at()
    }

    /// One number of the database.
    pub async fn int(&self, sql: &'static str) -> i64 {
        let sql = AssertSqlSafe(format!("SELECT CAST(({sql}) AS BIGINT)"));
        sqlx::query_scalar(sql).fetch_one(&mut self.home.connect().await).await.expect("a number")
    }

    /// One value of bytes of the database.
    pub async fn blob(&self, sql: &'static str) -> Vec<u8> {
        sqlx::query_scalar(sql).fetch_one(&mut self.home.connect().await).await.expect("bytes")
    }

    /// As [`World::blob`], of a place.
    pub async fn blob_at(&self, sql: &'static str, n: i64) -> Vec<u8> {
        sqlx::query_scalar(sql).bind(n).fetch_one(&mut self.home.connect().await).await.expect("bytes")
    }

    /// Puts bytes into the database behind the store's back, and perhaps a number with them.
    pub async fn put(&self, sql: &'static str, bytes: Vec<u8>, n: Option<i64>) {
        let put = sqlx::query(sql).bind(bytes);
        let mut conn = self.home.connect().await;
        let done = match n {
            Some(n) => put.bind(n).execute(&mut conn).await,
            None => put.execute(&mut conn).await,
        };
        done.expect("it is put");
    }

    /// Does something to the database behind the store's back.
    pub async fn tamper(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.home.connect().await).await.expect("it is done");
    }

    /// Everything that lies on the disk; of a server, everything that can be read of it.
    pub async fn bytes(&self) -> Vec<u8> {
        self.home.bytes().await
    }
}

async fn open(home: &Home, with: &str) -> Store {
    Store::open(StoreConfig { durable: home.at() }, keys(with)).await.expect("the store opens")
}

/// The auction records of a journey, once there are so many: they are written some time soon.
pub async fn kept(world: &World, journey: JourneyId, count: usize) -> Vec<AuctionRecord> {
    loop {
        let kept = world.store.auctions_of(journey).await.expect("they read");
        if kept.len() >= count {
            return kept;
        }
        tokio::task::yield_now().await;
    }
}

pub fn campaign() -> Campaign {
    Campaign {
        id: campaign_id(),
        name: "Medicare Florida".into(),
        version: 1,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        script: Arc::new(Script::default()),
        needed: BTreeSet::new(),
        rules: Rules {
            budget: secs(3),
            reserve: Reserve::None,
            fallback_to_static: true,
            currency: Currency::usd(),
            test: false,
            repeat_of: None,
        },
        policy: Policy::default(),
        hold_audio: vec![],
        fallback: Fallback { say: vec![], dial: None },
        repeat: RepeatRule { window: secs(86_400), then: Then::SameBuyer },
        callback: None,
        recording: Recording::Off,
        buyer_consent: journey::BuyerConsent::NotAsked,
        bridge_min: secs(1),
        short_drop: None,
    }
}

/// A bid of 91.00 by the offer's own buyer, payable after a minute.
pub fn bid(offer: &str) -> Ranked {
    let offer = OfferId::parse(offer).expect("a slug");
    let auction = AuctionId::of(JourneyId::of_call("AC", "any"), "any", 0);
    Ranked {
        kind: Kind::Bid,
        ping: PingId::of(auction, &offer),
        buyer: BuyerId::parse(&format!("buyer-of-{offer}")).expect("a slug"),
        bid: Some("bid-1".into()),
        price: Money::from_units(91),
        expires_at: None,
        destination: Some(Destination::Phone(E164::parse("+18005550100").expect("a number"))),
        payable_after: secs(60),
        priority: 0,
        draw: 0,
        terms: DialTerms {
            name: offer.to_string(),
            buyer: String::new(),
            ring: secs(20),
            whisper: None,
            screening: Screening::Off,
            caller_id: CallerId::Mask,
            confirm: None,
            talk_max: secs(600),
            allowed: Allowed::default(),
            caps: Limits { zone: "UTC".into(), ..Limits::default() },
            duplicate: None,
        },
        offer,
    }
}

pub fn capped(mut ranked: Ranked, counts: Counts, max: i64) -> Ranked {
    ranked.terms.caps.offer.push(Cap { counts, period: Period::Total, max });
    ranked
}

pub fn seated(mut ranked: Ranked, max: u32) -> Ranked {
    ranked.terms.caps.offer_seats = Some(max);
    ranked
}

pub fn windowed(mut ranked: Ranked, scope: DuplicateScope, trigger: Trigger) -> Ranked {
    ranked.terms.duplicate = Some(Duplicate { scope, trigger, days: 30 });
    ranked
}

/// One call, driven as the shell drives it.
pub struct Call {
    pub store: Store,
    pub id: JourneyId,
    pub now: Timestamp,
    pub head: Option<ChainHash>,
    pub durable: bool,
    pub journey: Option<Journey>,
    caller: Option<String>,
    pub events: usize,
    pub over_cap: bool,
    pub requests: Vec<&'static str>,
}

/// What a step came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Kept in flight.
    Light,
    /// Committed.
    Durable,
    /// Somebody was first.
    Conflict,
    /// It changed nothing.
    Stray,
}

impl Call {
    pub fn new(world: &World, name: &str, caller: Option<&str>) -> Self {
        Self::of(world, name, caller, campaign())
    }

    pub fn of(world: &World, name: &str, caller: Option<&str>, campaign: Campaign) -> Self {
        let id = JourneyId::of_call("AC", name);
        let payout = Payout { fixed: Money::from_units(20), share: 0, payable_after: secs(60) };
        let publisher = Some((PublisherId::parse("pub-1").expect("a slug"), payout));
        Self {
            store: world.store.clone(),
            id,
            now: start(),
            head: None,
            durable: false,
            journey: Some(Journey::begin(id, Arc::new(campaign), publisher)),
            caller: caller.map(str::to_owned),
            events: 0,
            over_cap: false,
            requests: vec![],
        }
    }

    pub fn journey(&self) -> &Journey {
        self.journey.as_ref().expect("it was not lost to a conflict")
    }

    pub fn phase(&self) -> &'static str {
        self.journey().phase_name()
    }

    pub fn attempt(&self, n: u32) -> AttemptId {
        AttemptId::of(self.id, n)
    }

    pub fn sale(&self, n: u32) -> SaleId {
        SaleId::of(self.attempt(n))
    }

    /// Drives one event a second after the last one, or says why it was not committed.
    pub async fn try_drive(&mut self, event: Event<Pii<String>>) -> Result<Step, CommitError> {
        self.now = self.now + secs(1);
        self.events += 1;
        let mut journey = self.journey.take().expect("it was not lost to a conflict");
        let folded = journey.folded();
        let commands = journey.on_event(self.now, event.clone());
        if journey.folded() == folded {
            self.journey = Some(journey);
            return Ok(Step::Stray);
        }
        let entry = Entry { key: format!("e{}", self.events), at: self.now, event };
        if !self.durable && !commands.iter().any(Command::is_promise) {
            let deadline = journey.deadline();
            match self.store.append(self.id, 1, self.head, vec![entry.clone()], deadline).await {
                Ok(Appended::Done { head, .. }) => {
                    self.head = Some(head);
                    self.journey = Some(journey);
                    self.requests.extend(commands.iter().map(Command::name));
                    return Ok(Step::Light);
                }
                Ok(Appended::Conflict) => return Ok(Step::Conflict),
                // As `drive` does: it becomes durable at once.
                Err(AppendError::Away) => {}
                Err(error) => panic!("it is not kept: {error}"),
            }
        }
        let base = match self.head {
            None => Base::New,
            Some(head) if self.durable => Base::Durable(head),
            Some(head) => Base::Light(head),
        };
        let commit = self.commit(base, vec![entry], journey, commands);
        match self.store.commit(commit).await? {
            Committed::Done(done) => {
                self.head = Some(done.head);
                self.durable = true;
                self.over_cap |= done.over_cap;
                self.requests.extend(done.requests.iter().map(Command::name));
                self.journey = Some(done.journey);
                Ok(Step::Durable)
            }
            Committed::Conflict => Ok(Step::Conflict),
        }
    }

    pub fn commit(
        &self,
        base: Base,
        entries: Vec<Entry>,
        journey: Journey,
        commands: Vec<Command>,
    ) -> Commit {
        let outgoing = commands.iter().filter_map(|command| {
            let (sale, kind, offer) = match command {
                Command::Book(post) => (post.sale(), PostKind::Sold, post.ranked().offer.clone()),
                Command::Return { sale, offer } => (*sale, PostKind::Returned, offer.clone()),
                _ => return None,
            };
            let who = self.caller.as_deref().unwrap_or("withheld");
            Some(Outgoing {
                sale,
                kind,
                offer,
                body: Pii::new(format!("{} {who}", kind.as_str()).into_bytes()),
            })
        });
        let outgoing = outgoing.collect();
        let row = RowFacts { channel: Channel::Call, pings: 6, bids: 3, best_static: None };
        let writer =
            Writer::new(|post| Some(Pii::new(format!("lead for {}", post.ranked().offer).into_bytes())));
        Commit {
            id: self.id,
            settings_version: 1,
            base,
            entries,
            journey,
            commands,
            outgoing,
            writer,
            row,
            told_at: None,
        }
    }

    pub async fn drive(&mut self, event: Event<Pii<String>>) -> Step {
        self.try_drive(event).await.expect("it is committed")
    }

    pub fn arrived(&self) -> Event<Pii<String>> {
        Event::Arrived {
            dnis: E164::parse("+18005550111").expect("a number"),
            caller: self.caller.clone().map(Pii::new),
            leg: "caller".into(),
            standby: Standby::New,
            attestation: None,
        }
    }

    /// To the end of the auction: the first bid is reserved, or refused and the next one tried.
    pub async fn auctioned(&mut self, ranked: Vec<Ranked>) -> Step {
        self.try_auctioned(ranked).await.expect("it is committed")
    }

    /// As [`Call::auctioned`], or why it was not committed.
    pub async fn try_auctioned(&mut self, ranked: Vec<Ranked>) -> Result<Step, CommitError> {
        assert_eq!(self.drive(self.arrived()).await, Step::Light);
        assert_eq!(self.drive(self.opened()).await, Step::Light);
        self.try_closed(ranked).await
    }

    pub fn opened(&self) -> Event<Pii<String>> {
        Event::AuctionOpened { auction: AuctionId::of(self.id, "any", 0), seed: Seed(7) }
    }

    /// The auction closes.
    pub async fn try_closed(&mut self, ranked: Vec<Ranked>) -> Result<Step, CommitError> {
        let ranking = Ranking {
            auction: AuctionId::of(self.id, "any", 0),
            opened_at: self.now,
            closed_at: self.now + secs(1),
            shown: Profile::new(),
            ranked,
            others: vec![],
            best_static: Some(Money::from_units(45)),
        };
        self.try_drive(Event::AuctionClosed { ranking: Box::new(ranking) }).await
    }

    /// The dial of an attempt is taken.
    pub async fn dialled(&mut self, n: u32) {
        assert_eq!(self.drive(Event::DialTaken { n, by: Taken::Push }).await, Step::Durable);
    }

    /// A buyer picks up, which accepts: the sale is booked.
    pub async fn accepted(&mut self, n: u32) -> Step {
        let at = self.now + secs(1);
        self.drive(Event::BuyerPickedUp { n, leg: "buyer".into(), at }).await
    }

    /// The dial ends.
    pub async fn ended(&mut self, n: u32, result: DialResult, bridged: bool, lasted: u64) -> Step {
        let lasted = bridged.then(|| secs(lasted));
        self.drive(Event::DialEnded { n, result, bridged: Some(bridged), lasted }).await
    }

    /// From the arrival to the acceptance of the first bid.
    pub async fn sold(&mut self, ranked: Ranked) {
        assert_eq!(self.auctioned(vec![ranked]).await, Step::Durable);
        assert_eq!(self.phase(), "ready");
        self.dialled(1).await;
        assert_eq!(self.accepted(1).await, Step::Durable);
        assert_eq!(self.phase(), "talking");
    }
}
