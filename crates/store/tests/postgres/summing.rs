//! Hours are summed up beside nodes that write.

use jiff::tz::TimeZone;
use lead::Timestamp;
use sqlx::{Connection, Executor};
use store::{CallFilter, ReportBy};

use crate::{
    crowd::{self, LAST_AT},
    home::Home,
    world::{KEY, World, keys},
};

#[tokio::test]
async fn an_hour_in_which_somebody_writes_is_summed_up_later() {
    let home = Home::new().await;
    let config = store::StoreConfig { durable: home.at() };
    let mut other = home.connect().await;
    let world = World::of(home, store::Store::open(config, keys(KEY)).await.expect("it opens"));
    crowd::add(&world, 10, 3_600_000, 0).await;
    let now = Timestamp::from_micros(LAST_AT + 86_400_000_000);
    let filter =
        CallFilter { from: Some(Timestamp::from_micros(0)), until: Some(now), ..CallFilter::default() };
    let filter = CallFilter { from: Some(Timestamp::from_micros(LAST_AT - 86_400_000_000)), ..filter };
    // A node of any release has a change in hand: it is not there yet for anybody else.
    let mut open = other.begin().await.expect("it begins");
    open.execute("UPDATE journey_rows SET payout = 5000000 WHERE arrived_at = (SELECT MIN(arrived_at) FROM journey_rows)")
        .await
        .expect("it is written");
    let all = world.int("SELECT COUNT(DISTINCT arrived_at / 3600000000) FROM journey_rows").await;
    let summed = world.store.sum_up(now, 1_000).await.expect("it sums up");
    let first = "SELECT COUNT(*) FROM report_hours WHERE hour = (SELECT MIN(arrived_at) / 3600000000 FROM journey_rows)";
    assert_eq!(world.int(first).await, 0);
    assert!(i64::try_from(summed).expect("small") >= all - 1);
    open.commit().await.expect("it is committed");
    assert_eq!(world.store.sum_up(now, 1_000).await.expect("it sums up"), 1);
    assert!(world.int(first).await > 0);
    let sum = async || {
        let lines = world.store.report(&filter, ReportBy::All, &TimeZone::UTC).await.expect("it reads");
        lines[0].figures.payout.micros()
    };
    let counted = world.int("SELECT SUM(payout) FROM journey_rows").await;
    assert_eq!(sum().await, counted);
    // Whoever writes after the sums drops them with its commit, and not before: until then they are true for all others.
    let mut open = other.begin().await.expect("it begins");
    open.execute("UPDATE journey_rows SET payout = payout + 1").await.expect("it is written");
    assert_eq!(sum().await, counted);
    open.commit().await.expect("it is committed");
    assert_eq!(sum().await, counted + 10);
    assert_eq!(
        world
            .int(
                "SELECT COUNT(*) FROM report_hours h WHERE EXISTS \
        (SELECT 1 FROM journey_rows r WHERE r.arrived_at / 3600000000 = h.hour)"
            )
            .await,
        0
    );
}
