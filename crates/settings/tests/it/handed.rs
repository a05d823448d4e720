//! What a campaign takes beside calls: its forms and callbacks, and what must be mended in them.

use std::time::Duration;

use bridge::permit::{Check, Needs, Requirements};
use ivr::Speech;
use journey::OnMachine;
use lead::{Audience, CampaignId, E164};
use publisher::{Kind, Sell};
use settings::Settings;

use crate::world::{URLS, parse, problems};

const FORM: &str = r#"[[campaign]]
id = "m"
vertical = "medicare"
[campaign.form]
sell = "data"
[[campaign.form.field]]
name = "zip"
type = "zip"
audience = "bidders"
required = true
[[campaign.form.field]]
name = "household_size"
type = { number = { min = 1, max = 12 } }
audience = "bidders"
[[campaign.form.field]]
name = "home"
type = { choice = ["own", "rent"] }
audience = "bidders"
[[campaign.form.consent]]
version = "2026-01"
text = "I agree to be called by Buyer C."
covers = ["calls"]
sellers = ["Buyer C"]
"#;

fn id() -> CampaignId {
    CampaignId::parse("m").expect("a slug")
}

fn read(text: &str) -> Settings {
    parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn a_form_needs_no_script_and_no_number() {
    let offer = format!(
        "[[buyer]]\nid = \"c\"\n[[offer]]\nid = \"o\"\nbuyer = \"c\"\nvertical = \"medicare\"\nchannels = [\"form\", \"callback\"]\n\
         required = [\"zip\", \"home\"]\nfilters = {{ household_size = {{ between = [2, 4] }} }}\n{URLS}"
    );
    let settings = read(&format!("{FORM}{offer}"));
    let form = settings.form(&id()).expect("a form");
    assert_eq!((form.sell, form.consent_required, form.fields.len()), (Sell::Data, true, 3));
    let size = form.field("household_size").expect("it is declared");
    assert_eq!(
        (size.label.as_str(), size.audience, size.required),
        ("Household size", Audience::Bidders, false)
    );
    assert_eq!(size.kind, Kind::Number { min: 1, max: 12 });
    assert_eq!(form.consent("2026-01").map(|it| it.sellers.len()), Some(1));
    assert!(settings.callback(&id()).is_none());
    let warned: Vec<_> = settings.warnings().iter().map(|it| it.what.as_str()).collect();
    assert_eq!(warned, Vec::<&str>::new());
}

#[test]
fn a_callback_has_its_defaults() {
    let settings = read(
        "[[campaign]]\nid = \"m\"\nname = \"Medicare Quotes\"\nvertical = \"medicare\"\ncallback = { consent_required = false }\n\
         [[number]]\nnumber = \"+18005550100\"\ncampaign = \"m\"\n",
    );
    let callback = settings.callback(&id()).expect("a callback");
    assert_eq!((callback.brand(), callback.form.sell), ("Medicare Quotes", Sell::Call));
    let campaign = settings.campaign(&id()).expect("a campaign");
    let how = campaign.callback.as_ref().expect("its journeys know how");
    assert_eq!(how.from.as_str(), "+18005550100");
    assert_eq!(how.again, [Duration::from_secs(300), Duration::from_secs(3_600)]);
    assert_eq!((how.ring, how.machine), (Duration::from_secs(25), OnMachine::TryAgain));
    assert!(format!("{:?}", how.gate).contains("this is Medicare Quotes"));
    assert_eq!(
        how.requirements,
        Requirements { brand: "Medicare Quotes".to_owned(), ..Requirements::default() }
    );
}

#[test]
fn what_a_call_back_requires_is_waived_by_name() {
    let settings = read(
        "[[campaign]]\nid = \"m\"\nvertical = \"medicare\"\n[campaign.callback]\nbrand = \"Acme\"\nfrom = \"+18005550101\"\n\
         consent_required = false\nstopped = \"Goodbye.\"\nrequire = { consent = \"calls\", seller = false, litigators = false }\n\
         [[number]]\nnumber = \"+18005550100\"\ncampaign = \"m\"\n[[number]]\nnumber = \"+18005550101\"\ncampaign = \"m\"\n",
    );
    let campaign = settings.campaign(&id()).expect("a campaign");
    let how = campaign.callback.as_ref().expect("its journeys know how");
    assert_eq!(how.from.as_str(), "+18005550101");
    assert_eq!(
        how.requirements,
        Requirements {
            consent: Needs::Calls,
            seller: Check::Waived,
            brand: "Acme".to_owned(),
            national_list: Check::Required,
            litigators: Check::Waived,
        }
    );
    assert_eq!(how.stopped, [Speech::Say("Goodbye.".to_owned())]);
}

#[test]
fn numbers_of_ours_and_of_buyers_are_known() {
    let settings = read(&format!(
        "[[campaign]]\nid = \"m\"\nvertical = \"m\"\nfallback = {{ dial = \"+13055550101\" }}\n[[number]]\nnumber = \"+18005550100\"\n\
         campaign = \"m\"\n[[buyer]]\nid = \"c\"\n[[offer]]\nid = \"o\"\nbuyer = \"c\"\nvertical = \"m\"\n{URLS}destination = \"+13055550102\"\n\
         allowed = {{ numbers = [\"+13055550103\"] }}\n"
    ));
    let known = |text: &str| settings.is_of_business(&E164::parse(text).expect("a number"));
    for number in ["+18005550100", "+13055550101", "+13055550102", "+13055550103"] {
        assert!(known(number), "{number}");
    }
    assert!(!known("+13055550142"));
}

#[test]
fn each_mistake_is_at_its_line() {
    let text = r#"[[campaign]]
id = "m"
vertical = "medicare"
callback = { retry = ["1s"], machine = "hangup", consent = [{ version = "1", text = "I agree." }] }
[campaign.form]
sell = "call"
consent = []
[[campaign.form.field]]
name = "first_name"
type = "name"
audience = "bidders"
[[campaign.form.field]]
name = "phone"
type = "text"
audience = "winner"
[[campaign.form.field]]
name = "zip"
type = { choice = ["a", "b"] }
audience = "bidders"
[[campaign.form.field]]
name = "zip"
tipe = "zip"
audience = "all"
"#;
    let expected = [
        "4:12: campaign.m.callback: no number of this campaign calls the person; add a [[number]] with campaign = \"m\"; it is what the person's phone shows",
        "4:23: campaign.m.callback.retry[1]: the length of time is out of its range; write 1m to 7d",
        "4:40: campaign.m.callback.machine: there is no such choice; did you mean \"hang_up\"?",
        "4:61: campaign.m.callback.consent[1].covers: the person is rung, and the text allows no call; write covers = [\"calls\"] if the text says so",
        "5:1: campaign.m.form.consent_required: a consent is required, and there is none to agree to; write one under `consents`",
        "11:12: campaign.m.form.field[1].audience: a value of this type can say who the person is, and bidders would see it; write audience = \"winner\"",
        "13:8: campaign.m.form.field[2].name: every lead has this name for something else; choose another name; a lead has its phone anyway",
        "18:8: campaign.m.form.field[3].type: the name says a place, and the type does not; write type = \"zip\" or \"state\"",
        "20:1: campaign.m.form.field[4].type: `type` is missing; say what is a value, ex: \"zip\", \"age\" or \"yes_no\"",
        "21:8: campaign.m.form.field[4].name: an earlier field has this name; give each its own name",
        "22:1: campaign.m.form.field[4].tipe: there is no key `tipe`; did you mean `type`?",
        "23:12: campaign.m.form.field[4].audience: there is no such choice; write \"bidders\" or \"winner\"",
    ];
    let found: Vec<_> = problems(text).iter().map(|it| it.replacen("settings.toml:", "", 1)).collect();
    assert_eq!(found, expected);
}

#[test]
fn who_is_rung_must_be_rung_somehow() {
    let text = FORM.replace("sell = \"data\"", "sell = \"call\"");
    let expected = "settings.toml:5:8: campaign.m.form.sell: a lead's person is rung, and nothing says how; \
                    add [campaign.callback], which says how a person is rung, or write sell = \"data\"";
    assert_eq!(problems(&text), [expected]);
}
