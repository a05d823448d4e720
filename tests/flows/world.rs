//! `World`: one server, an emulated carrier and six buyers, each on a free port; and what must be true whenever a flow
//! ends.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use buyer::dialect::Dialect;
use carrier::twilio::Hook;
use lead::{JourneyId, Timestamp};
use sandbox::{
    Behaviour, CallRecord, CarrierConfig, Faults, Line, Medicare,
    canary::Canary,
    medicare::{CAMPAIGN_NUMBER, Name},
};
use secrecy::SecretString;
use server::{
    app::{App, open_store},
    book::Edition,
    clock::Clock,
    config::{Config, Database, Demo, Key32, SipConfig, TwilioConfig},
    worker::Pace,
};
use settings::{Settings, Surroundings};
use store::{Post, PostFilter, PostKind, PostState, RowFilter, SaleFilter, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{draft::Draft, logs, logs::SECRETS, play::key};

/// All buyers.
pub const NAMES: [Name; 6] = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F];
/// How long a quick buyer thinks.
const THOUGHT: Duration = Duration::from_millis(10);
/// The longest that a flow waits for one thing: longer than the server waits for a poll of the hold.
const WAIT_MAX: Duration = Duration::from_secs(40);
/// How often it is looked whether it has come.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a talk lasts, in the carrier's time, where a flow says nothing else.
pub const TALK: Duration = Duration::from_secs(100);

/// What a world is made from.
pub struct Plan {
    /// The settings.
    pub draft: Draft,
    /// The carrier, once its addresses are known.
    pub carrier: fn(&mut CarrierConfig),
    /// What goes wrong at the carrier.
    pub faults: Faults,
    /// Its seconds in one of ours.
    pub speed: u32,
    /// How long the server waits for the carrier's answer to a request.
    pub rest_timeout: Duration,
    /// How often the server compares its talks with the carrier's live legs.
    pub census_every: Duration,
    /// The URL by which the carrier knows the server, where it is another than the server's own address.
    pub public_base: Option<&'static str>,
    /// Whether buyer F is silent, as in the example; else it does not bid, and costs no time.
    pub silent_f: bool,
    /// How fast the tries of a post follow each other.
    pub pace: Pace,
    /// Posts that are sent at once to one buyer.
    pub posts_per_buyer: u32,
    /// Whether buyers that do not answer are asked less often.
    pub throttle: bool,
    /// Bytes that must be free on the disk for whatever begins.
    pub free_min: Option<u64>,
    /// What the server's clock shows at first, where the time of day matters.
    pub now: Option<Timestamp>,
    /// How it takes calls by SIP, if it does.
    pub sip: Option<SipConfig>,
}

/// What a flow expects to find at its end that is wrong in any other.
#[derive(Default)]
pub struct Allowed {
    /// Entries of the carrier's Debugger.
    pub alerts: bool,
    /// Repeats of a webhook that are answered otherwise than the first.
    pub other_answers: bool,
    /// Posts that were given up, or are held.
    pub dead_posts: bool,
    /// Offers whose buyers may see the caller's number.
    pub may_see: Vec<Name>,
    /// Leads that were handed over to buyers that did not buy them.
    pub handed_over: bool,
    /// Calls that never come to an end of their own.
    pub without_row: usize,
}

/// The world.
pub struct World {
    /// The server.
    pub app: App,
    /// Carrier and buyers.
    pub medicare: Medicare,
    /// What this flow expects at its end.
    pub allowed: Allowed,
    config: Config,
    draft: Draft,
    folder: TempDir,
}

impl World {
    /// A world as the example has it, with a buyer F that does not bid.
    pub async fn example() -> Self {
        Self::with(|_| {}).await
    }

    /// A world with changes.
    pub async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        logs::watch();
        let mut plan = Plan {
            draft: Draft::example(),
            carrier: |_| {},
            faults: Faults::none(),
            speed: 200,
            rest_timeout: Duration::from_secs(2),
            census_every: Duration::from_secs(1),
            public_base: None,
            silent_f: false,
            pace: Pace::STANDARD,
            posts_per_buyer: 4,
            throttle: true,
            free_min: None,
            now: None,
            sip: None,
        };
        change(&mut plan);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let base = plan.public_base.map_or_else(|| format!("http://{address}"), str::to_owned);
        let mut carrier = CarrierConfig {
            voice_fallback_url: Some(Hook::Fallback.url(&base)),
            status_callback_url: Some(Hook::Call.url(&base)),
            speed: plan.speed,
            faults: plan.faults,
            reach: plan.public_base.map(|base| (base.to_owned(), address)).into_iter().collect(),
            ..CarrierConfig::new(Hook::Voice.url(&base))
        };
        (plan.carrier)(&mut carrier);
        let medicare = Medicare::start(carrier, THOUGHT).await;
        for name in NAMES {
            medicare.line(name, Line::answers(TALK));
        }
        if !plan.silent_f {
            medicare.bids(Name::F, Behaviour::NoBid204);
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = config(&medicare, base, plan.rest_timeout, folder.path().join("pingpost.db"));
        (config.posts.pace, config.posts.per_buyer) = (plan.pace, plan.posts_per_buyer);
        if let Some(twilio) = &mut config.twilio {
            twilio.census_every = plan.census_every;
        }
        config.exchange.throttle = plan.throttle;
        config.sip = plan.sip;
        config.store.free_min = plan.free_min.unwrap_or(config.store.free_min);
        let app = start(&config, &plan.draft.text(&medicare), listener, plan.now).await;
        Self { app, medicare, allowed: Allowed::default(), config, draft: plan.draft, folder }
    }

    /// The server's own world.
    pub fn server(&self) -> &Arc<server::world::World> {
        &self.app.world
    }

    /// What is kept.
    pub fn store(&self) -> &Store {
        &self.app.world.store
    }

    /// Where the store's files are.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The server stops and begins again, on the same port and the same file.
    pub async fn restart(self) -> Self {
        self.restart_at(None).await
    }

    /// As [`World::restart`], and its clock shows this moment then.
    pub async fn restart_at(self, now: Option<Timestamp>) -> Self {
        let Self { app, medicare, allowed, config, draft, folder } = self;
        let address = app.address;
        app.stop().await;
        let listener = TcpListener::bind(address).await.expect("its port is free again");
        let app = start(&config, &draft.text(&medicare), listener, now).await;
        Self { app, medicare, allowed, config, draft, folder }
    }

    /// Publishes changed settings; running calls keep theirs.
    pub async fn publish(&mut self, change: impl FnOnce(&mut Draft)) -> u64 {
        change(&mut self.draft);
        let text = self.draft.text(&self.medicare);
        let settings = read(&self.config, &text);
        let version = publish(self.store(), &text).await;
        let edition = Edition::new(settings.with_version(version), self.server().exchange.policy());
        self.server().book.publish(edition.unwrap_or_else(|_| panic!("the endpoints can be used")));
        version
    }

    /// Publishes the settings once more, with another way of speaking to a buyer.
    pub async fn spoken(&mut self, name: Name, with: impl FnOnce(Arc<dyn Dialect>) -> Arc<dyn Dialect>) {
        let text = self.draft.text(&self.medicare);
        let settings = read(&self.config, &text);
        let version = publish(self.store(), &text).await;
        let edition = Edition::new(settings.with_version(version), self.server().exchange.policy());
        let edition = edition.unwrap_or_else(|_| panic!("the endpoints can be used"));
        let offer = lead::OfferId::parse(&offer_id(name)).expect("a slug");
        self.server().book.publish(edition.spoken(&offer, with));
    }

    /// Waits until every post is settled: of one journey, or of all.
    pub async fn posts_settled(&self, journey: Option<JourneyId>) -> Vec<Post> {
        let settled = |state| {
            use PostState::{Cancelled, Dead, Delivered, Held};
            matches!(state, Delivered | Dead | Held | Cancelled)
        };
        until("the settling of every post", async || {
            let filter = PostFilter { journey, ..PostFilter::default() };
            let posts = self.store().posts(filter).await.expect("posts can be listed");
            posts.iter().all(|post| settled(post.state)).then_some(posts)
        })
        .await
    }

    /// Ends the world, and asserts what must be true at the end of every flow.
    pub async fn finish(self) {
        drop(self.ended().await);
    }

    /// As [`World::finish`], and hands over the folder with all that was kept.
    pub async fn ended(self) -> TempDir {
        self.medicare.carrier.all_ended().await;
        self.nothing_is_unsent().await;
        self.every_call_has_its_row().await;
        let records = self.medicare.carrier.records();
        records.iter().for_each(|record| self.the_carrier_was_served(record));
        self.nobody_saw_the_caller(&records);
        self.every_post_is_of_a_sale().await;
        self.nothing_is_waited_for().await;
        let Self { app, medicare, folder, .. } = self;
        app.stop().await;
        medicare.carrier.stop().await;
        given_back(folder.path().join("pingpost.db")).await;
        assert_eq!(logs::leaks(), Vec::<String>::new(), "nothing personal stands in the log");
        folder
    }

    async fn nothing_is_unsent(&self) {
        let posts = self.posts_settled(None).await;
        let is_left = |post: &&Post| matches!(post.state, PostState::Dead | PostState::Held);
        let left = posts.iter().filter(is_left).count();
        assert!(left == 0 || self.allowed.dead_posts, "{left} posts were given up or are held");
    }

    /// What was never told is asked for: nothing stays open but what its caller left in the interview.
    async fn nothing_is_waited_for(&self) {
        until("the end of every wait", async || {
            let open = self.store().unfinished_journeys(1).await.expect("journeys can be listed");
            open.is_empty().then_some(())
        })
        .await;
    }

    async fn every_call_has_its_row(&self) {
        let called = |record: &&CallRecord| record.to == CAMPAIGN_NUMBER;
        let calls = self.medicare.carrier.records().iter().filter(called).count();
        let rows = until("the row of every call", async || {
            let rows = self.store().journey_rows(RowFilter::default()).await.expect("rows can be listed");
            (rows.len() + self.allowed.without_row >= calls).then_some(rows)
        });
        for row in rows.await {
            let auctions = self.store().auctions_of(row.journey).await.expect("auctions can be read");
            for auction in auctions.iter().filter(|auction| auction.offers.len() > 1) {
                assert_eq!(auction.offers.len(), NAMES.len(), "one outcome for every offer considered");
            }
        }
    }

    fn the_carrier_was_served(&self, record: &CallRecord) {
        let failed =
            record.webhooks.iter().filter(|webhook| webhook.status.is_some_and(|status| status >= 500));
        let failed: Vec<_> = failed.map(|webhook| (webhook.kind, &webhook.path, webhook.status)).collect();
        assert!(failed.is_empty(), "webhooks failed: {failed:?}");
        assert!(record.errors.is_empty() || self.allowed.alerts, "the Debugger lists {:#?}", record.errors);
        let differing = record.differing_repeats();
        assert!(differing.is_empty() || self.allowed.other_answers, "{}", told_apart(record, &differing));
    }

    fn nobody_saw_the_caller(&self, records: &[CallRecord]) {
        let canary = Canary::new(SECRETS);
        for (name, buyer) in NAMES.into_iter().zip(&self.medicare.buyers) {
            if self.allowed.may_see.contains(&name) {
                continue;
            }
            for asked in buyer.pings().iter().chain(&buyer.confirms()) {
                let hits = canary.found_in(&asked.bytes());
                assert!(hits.is_empty(), "{} was shown {hits:?}: {:?}", buyer.name(), asked.body);
            }
        }
        let numbers = NAMES.iter().zip(sandbox::medicare::BUYER_NUMBERS);
        let pass: Vec<_> = numbers.filter(|(name, _)| self.allowed.may_see.contains(name)).collect();
        for dial in records.iter().flat_map(|record| &record.dials) {
            let may = pass.iter().any(|(_, number)| *number == dial.to);
            assert!(may || dial.caller_id == CAMPAIGN_NUMBER, "{} was shown {}", dial.to, dial.caller_id);
        }
    }

    /// The lead has left to those buyers alone that a sale names, under that sale's id.
    async fn every_post_is_of_a_sale(&self) {
        let sales = self.store().sales(SaleFilter::default()).await.expect("sales can be listed");
        let posts = self.store().posts(PostFilter::default()).await.expect("posts can be listed");
        for (name, buyer) in NAMES.into_iter().zip(&self.medicare.buyers) {
            for post in buyer.posts() {
                let id = key(&post).to_owned();
                let sale = id.strip_prefix("returned_").unwrap_or(&id).to_owned();
                let of = |it: &store::Sale| it.id.to_string() == sale && it.offer.as_str() == offer_id(name);
                let handed = |it: &Post| it.sale.to_string() == sale && it.offer.as_str() == offer_id(name);
                let handed = self.allowed.handed_over && posts.iter().any(handed);
                assert!(
                    handed || sales.iter().any(of),
                    "{} was posted a lead that it did not buy",
                    buyer.name()
                );
            }
        }
        let sold = posts.iter().filter(|post| post.kind == PostKind::Sold).count();
        assert!(sold == sales.len() || self.allowed.handed_over, "a sale has one post");
    }
}

/// The id of a buyer's offer.
pub fn offer_id(name: Name) -> String {
    format!("buyer-{}-medicare", format!("{name:?}").to_lowercase())
}

/// Waits for what only looking can tell.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    let looking = async {
        loop {
            tick.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(WAIT_MAX, looking).await.unwrap_or_else(|_| panic!("this did not come: {what}"))
}

fn config(medicare: &Medicare, base: String, rest_timeout: Duration, file: PathBuf) -> Config {
    let carrier = medicare.carrier.config();
    let twilio = TwilioConfig {
        account_sid: carrier.account_sid.clone(),
        auth_token: SecretString::from(carrier.auth_token.clone()),
        auth_token_next: None,
        shared_key: None,
        base_url: medicare.carrier.rest_base(),
        request_timeout: rest_timeout,
        cps: 1,
        census_every: Duration::from_secs(1),
    };
    let mut config = Config::demo(Demo {
        console: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_base_url: base,
        twilio,
        master_key: Key32::new([7; 32]),
    });
    config.store.database = Database::File(file);
    // Whoever is silent is not waited for at the end of a flow.
    config.exchange.drain_for = Duration::from_millis(200);
    config
}

async fn start(config: &Config, text: &str, listener: TcpListener, now: Option<Timestamp>) -> App {
    let store = open_store(&config.store).await.expect("the store can be opened");
    let settings = read(config, text);
    let version = match store.latest_settings().await.expect("settings can be read") {
        Some(latest) => latest.version,
        None => publish(&store, text).await,
    };
    let settings = settings.with_version(version);
    let app = match now {
        Some(now) => App::start_at(config, store, settings, listener, Clock::beginning_at(now)).await,
        None => App::start_on(config, store, settings, listener).await,
    };
    app.expect("the server starts")
}

fn read(config: &Config, text: &str) -> Settings {
    let surroundings = Surroundings { policy: config.exchange.policy(), credential: &|_| None };
    Settings::parse(text, "a flow's settings", &surroundings).unwrap_or_else(|problems| {
        panic!("{}\n{text}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

async fn publish(store: &Store, text: &str) -> u64 {
    let now = Clock::start().now();
    let published = store.publish_settings(now, SecretString::from(text), "a flow".to_owned()).await;
    published.expect("settings can be published")
}

/// Nothing is held any more when all calls are over, and the caller's number stands nowhere as it is.
async fn given_back(file: PathBuf) {
    let bytes = std::fs::read(&file).expect("the file can be read");
    for secret in SECRETS {
        let digits = secret.trim_start_matches("+1").as_bytes();
        assert!(!bytes.windows(digits.len()).any(|seen| seen == digits), "{secret} stands in the file");
    }
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.expect("the file can be opened");
    for (what, count) in [
        ("reservations are still held", "SELECT COUNT(*) FROM reservations WHERE state = 'held'"),
        ("seats are still taken", "SELECT COUNT(*) FROM reservation_seats WHERE taken"),
        ("journeys would still wake", "SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL"),
    ] {
        let left: i64 = sqlx::query_scalar(count).fetch_one(&mut conn).await.expect("it can be counted");
        assert_eq!(left, 0, "{what}");
    }
}

fn told_apart(record: &CallRecord, differing: &[&sandbox::carrier::Webhook]) -> String {
    let one = |repeat: &&sandbox::carrier::Webhook| {
        let first = repeat.repeat_of.and_then(|of| record.webhooks.get(of));
        format!(
            "{:?} {}\n  first:  {:?} {}\n  repeat: {:?} {}",
            repeat.kind,
            repeat.path,
            first.and_then(|it| it.status),
            first.map_or("", |it| &it.body),
            repeat.status,
            repeat.body
        )
    };
    format!("repeats were answered otherwise:\n{}", differing.iter().map(one).collect::<Vec<_>>().join("\n"))
}
