//! Offers, buyers, campaigns and publishers by their pages: filled in, refused beside the field, tried, mapped, paused, copied.

use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use settings::Settings;
use store::Role;

use crate::world::{Visitor, World};

/// A page's own fields, as a browser would send them back; `with` goes over them.
async fn filled<'a>(
    visitor: &Visitor,
    path: &str,
    form: &str,
    with: &[(&'a str, &'a str)],
) -> Vec<(String, String)> {
    let text = visitor.page(path).await;
    let form =
        text.split(&format!("action=\"{form}\"")).nth(1).unwrap_or_else(|| panic!("{path} has no such form"));
    let form = form.split("</form>").next().expect("it ends");
    let mut fields: Vec<(String, String)> = vec![];
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(unescaped(rest.split('"').next()?))
    };
    for tag in form.split('<') {
        let Some(name) = attribute(tag, "name") else { continue };
        if tag.starts_with("input") {
            let is_box = tag.contains("type=\"checkbox\"");
            if !is_box || tag.contains(" checked") {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea") {
            fields.push((name, unescaped(tag.split_once('>').expect("it ends").1)));
        } else if tag.starts_with("select") {
            let options = form.split(&format!(" name=\"{name}\"")).nth(1).expect("it is there");
            let options = options.split("</select>").next().expect("it ends");
            let chosen = options.split("<option").find(|it| it.contains(" selected"));
            let chosen = chosen.or(options.split("<option").nth(1)).expect("one");
            fields.push((name, attribute(chosen, "value").unwrap_or_default()));
        }
    }
    fields.retain(|(name, _)| name != "csrf" && !with.iter().any(|(other, _)| other == name));
    fields.extend(with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn unescaped(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

async fn send(visitor: &Visitor, path: &str, fields: &[(String, String)]) -> Response {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(path, &fields).await
}

/// Adds an entry by its form.
async fn add(visitor: &Visitor, path: &str, with: &[(&str, &str)]) -> Response {
    let fields = filled(visitor, &format!("{path}/new"), path, with).await;
    send(visitor, path, &fields).await
}

async fn settings(world: &World) -> Settings {
    let latest = world.store.latest_settings().await.expect("it is read").expect("one was published");
    world.console.read_settings(latest.body.expose_secret()).expect("they hold together")
}

async fn furnished(visitor: &Visitor) {
    let question = [
        ("script.question.0.field", "zip"),
        ("script.question.0.audience", "bidders"),
        ("script.question.0.ask", "Please enter your zip code."),
        ("script.question.0.check", "zip"),
    ];
    let campaign =
        [&[("new_id", "medicare"), ("name", "Medicare"), ("vertical", "medicare")][..], &question].concat();
    assert_eq!(add(visitor, "/campaigns", &campaign).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        add(visitor, "/publishers", &[("new_id", "radio"), ("payout.percent", "40")]).await.status(),
        StatusCode::SEE_OTHER
    );
    let numbers = filled(
        visitor,
        "/campaigns/medicare",
        "/campaigns/medicare/numbers",
        &[("0.number", "+18005550100")],
    )
    .await;
    assert_eq!(send(visitor, "/campaigns/medicare/numbers", &numbers).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        add(visitor, "/buyers", &[("new_id", "c"), ("name", "Buyer C")]).await.status(),
        StatusCode::SEE_OTHER
    );
    let offer = [
        ("new_id", "c-medicare"),
        ("name", "C for Medicare"),
        ("buyer", "c"),
        ("vertical", "medicare"),
        ("required", "zip"),
        ("ping_url", "https://c.example/ping"),
        ("post_url", "https://c.example/post"),
        ("auth.kind", "bearer"),
        ("auth.secret", "s3cr3t-of-c"),
        ("caps.0.max", "40"),
        ("hours.mon", "09:00-12:00, 13:00-17:00"),
        ("filters.0.field", "state"),
        ("filters.0.list", "FL, GA"),
    ];
    let added = add(visitor, "/offers", &offer).await;
    assert_eq!(added.status(), StatusCode::SEE_OTHER, "{}", added.text().await.expect("a page"));
}

#[tokio::test]
async fn a_business_is_set_up_by_its_forms() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    let settings = settings(&world).await;
    let offer = settings.offers().next().expect("one");
    assert_eq!(offer.caps.len(), 1);
    assert_eq!(offer.required.iter().map(|it| it.as_str()).collect::<Vec<_>>(), ["zip"]);
    assert!(offer.hours.is_some() && offer.filters.len() == 1);
    assert_eq!(settings.numbers().count(), 1);
    for (path, holds) in [
        ("/offers", "C for Medicare"),
        ("/buyers", "Buyer C"),
        ("/campaigns", "Medicare"),
        ("/publishers", "40 %"),
        ("/offers?q=nothing-so", "Nothing holds this text"),
        ("/settings", "offer added c-medicare"),
    ] {
        assert!(ada.page(path).await.contains(holds), "{path}");
    }
    let page = ada.page("/offers/c-medicare").await;
    assert!(page.contains("(kept secret)") && !page.contains("s3cr3t-of-c"));
}

#[tokio::test]
async fn a_form_that_is_saved_untouched_publishes_nothing() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    let before = world.store.latest_settings().await.expect("it is read").expect("one").version;
    for path in ["/offers/c-medicare", "/buyers/c", "/campaigns/medicare", "/publishers/radio"] {
        let fields = filled(&ada, path, path, &[]).await;
        assert_eq!(send(&ada, path, &fields).await.status(), StatusCode::SEE_OTHER, "{path}");
    }
    let fields = filled(&ada, "/settings", "/settings", &[]).await;
    assert_eq!(send(&ada, "/settings", &fields).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(world.store.latest_settings().await.expect("it is read").expect("one").version, before);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    let wrong = [("timeout", "soon"), ("caps.0.max", "0"), ("whisper", "A caller from {state}")];
    let fields = filled(&ada, "/offers/c-medicare", "/offers/c-medicare", &wrong).await;
    let answer = send(&ada, "/offers/c-medicare", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("id=\"timeout-wrong\"") && page.contains("id=\"caps-wrong\""), "{page}");
    assert!(page.contains("value=\"soon\"") && page.contains("A caller from {state}"));
    let twice = add(&ada, "/buyers", &[("new_id", "c"), ("name", "Another C")]).await;
    let page = twice.text().await.expect("a page");
    assert!(page.contains("choose another id") && page.contains("Another C"));
    let held = ada.post("/buyers/c/remove", &[]).await;
    assert_eq!(held.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(held.text().await.expect("a page").contains("offer.c-medicare.buyer"));
}

#[tokio::test]
async fn two_who_change_one_offer_see_each_other() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let bob = world.visitor("Bob", Role::Admin).await;
    furnished(&ada).await;
    let path = "/offers/c-medicare";
    let hers = filled(&ada, path, path, &[("min_bid", "20")]).await;
    let his = filled(&bob, path, path, &[("min_bid", "30")]).await;
    assert_eq!(send(&ada, path, &hers).await.status(), StatusCode::SEE_OTHER);
    let late = send(&bob, path, &his).await;
    assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    let page = late.text().await.expect("a page");
    assert!(page.contains("Somebody changed it meanwhile") && page.contains("value=\"30\""));
}

#[tokio::test]
async fn an_offer_is_paused_copied_tried_and_mapped() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    assert_eq!(
        ada.post("/offers/c-medicare/active", &[("active", "false")]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(!settings(&world).await.offers().next().expect("one").active);
    assert!(ada.page("/offers/c-medicare").await.contains("is paused"));
    assert_eq!(
        ada.post("/offers/c-medicare/active", &[("active", "true")]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(settings(&world).await.offers().next().expect("one").active);
    let copy = ada.page("/offers/new?like=c-medicare").await;
    assert!(
        copy.contains("https://c.example/ping")
            && copy.contains("secrets are not copied")
            && !copy.contains("(kept secret)")
    );

    let tried = ada.post("/offers/c-medicare/ping", &[("a.zip", "33109")]).await;
    let page = tried.text().await.expect("a page");
    assert!(page.contains("A bid of 91.00 USD, to the offer&#39;s own destination."), "{page}");
    let wrong = ada.post("/offers/c-medicare/ping", &[("a.zip", "00000")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let read = ada
        .post("/offers/c-medicare/sample", &[("sample", "{\"bid\": 12}")])
        .await
        .text()
        .await
        .expect("a page");
    assert!(read.contains("$.bid") && read.contains("Keep this mapping"), "{read}");
    let kept = ada.post("/offers/c-medicare/wire", &[("wire", "{\"json\":{\"bid\":\"$.bid\"}}")]).await;
    assert_eq!(kept.status(), StatusCode::SEE_OTHER);
    let settings = settings(&world).await;
    assert!(format!("{:?}", settings.offers().next().expect("one").endpoints.wire).contains("$.bid"));
}

#[tokio::test]
async fn a_network_begins_a_draft() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let page = ada.page("/offers/new?network=ringba&key=RTB%20id%20a1b2c3d4e5f6a7b8c9d0e1f2").await;
    assert!(page.contains("https://rtb.ringba.com/v1/production/a1b2c3d4e5f6a7b8c9d0e1f2.json"), "{page}");
    assert!(page.contains("A draft for Ringba, paused"));
}

#[tokio::test]
async fn a_script_is_played_in_the_page() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    let path = "/campaigns/medicare/simulator";
    assert!(ada.page(path).await.contains("Please enter your zip code."));
    let again = ada.post(path, &[("how", "keys"), ("answer", "00000")]).await.text().await.expect("a page");
    assert!(again.contains("You pressed 00000."), "{again}");
    let done = ada.post(path, &[("heard", "k:00000"), ("how", "keys"), ("answer", "33109")]).await;
    let done = done.text().await.expect("a page");
    assert!(done.contains("The interview is done") && done.contains("<dd>FL</dd>"), "{done}");
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    furnished(&ada).await;
    let finance = world.visitor("Fay", Role::Finance).await;
    let page = finance.page("/offers/c-medicare").await;
    assert!(page.contains("<fieldset disabled>") && !page.contains("Save and publish"));
    assert_eq!(finance.post("/offers/c-medicare", &[("name", "Mine")]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(finance.get("/offers/new").await.status(), StatusCode::FORBIDDEN);
}
