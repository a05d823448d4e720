//! What is wrong with a form before anybody fills it in.

use std::collections::BTreeSet;

use lead::{Audience, Word};
use publisher::{Field, Form, Kind, Sell, Trouble};

use crate::world::{field, medicare};

fn with(field: Field) -> Vec<Trouble> {
    let form = Form { fields: vec![field], ..medicare() };
    form.troubles().into_iter().map(|(_, trouble)| trouble).collect()
}

#[test]
fn a_good_form_has_none() {
    assert_eq!(medicare().troubles(), []);
}

#[test]
fn each_trouble_is_found_where_it_is() {
    let (bidders, winner) = (Audience::Bidders, Audience::Winner);
    for kind in [Kind::Date, Kind::Name, Kind::Email, Kind::Text] {
        assert_eq!(with(field("x", kind.clone(), bidders, false)), [Trouble::PersonalForBidders]);
        assert_eq!(with(field("x", kind, winner, false)), []);
    }
    assert_eq!(with(field("zip", Kind::Text, winner, false)), [Trouble::Geography]);
    assert_eq!(with(field("state", Kind::YesNo, bidders, false)), [Trouble::Geography]);
    assert_eq!(with(field("phone", Kind::Text, winner, false)), [Trouble::ReservedField]);
    assert_eq!(with(field("x", Kind::Number { min: 2, max: 1 }, winner, false)), [Trouble::Range]);
    let long = Kind::Number { min: 0, max: 10_000_000 };
    assert_eq!(with(field("x", long.clone(), bidders, false)), [Trouble::Range]);
    assert_eq!(with(field("x", long, winner, false)), []);
    assert_eq!(with(field("x", Kind::Choice(vec![]), bidders, false)), [Trouble::Choice]);
    let words: Vec<_> = (0..101).filter_map(|n| Word::parse(&format!("w{n}")).ok()).collect();
    assert_eq!(with(field("x", Kind::Choice(words), bidders, false)), [Trouble::Choice]);
    let unlabelled = Field { label: String::new(), ..field("x", Kind::YesNo, bidders, false) };
    assert_eq!(with(unlabelled), [Trouble::Label]);
}

#[test]
fn a_form_is_seen_as_a_whole() {
    let good = medicare();
    let twice = Form { fields: [good.fields.clone(), good.fields.clone()].concat(), ..good.clone() };
    assert_eq!(twice.troubles().len(), good.fields.len());
    let many = (0..51).map(|n| field(&format!("f{n}"), Kind::YesNo, Audience::Bidders, false)).collect();
    assert_eq!(Form { fields: many, ..good.clone() }.troubles(), [(None, Trouble::TooManyFields)]);
    assert_eq!(Form { consents: vec![], ..good.clone() }.troubles(), [(None, Trouble::NothingToAgreeTo)]);
    let text = &good.consents[0];
    let again = Form { consents: vec![text.clone(), text.clone()], fields: vec![], ..good.clone() };
    assert_eq!(again.troubles(), [(Some(1), Trouble::DuplicateConsent)]);
    let mut silent = Form { sell: Sell::Call, fields: vec![], ..good };
    silent.consents[0].covers = BTreeSet::new();
    assert_eq!(silent.troubles(), [(Some(0), Trouble::ConsentAllowsNoCall)]);
    silent.consents[0].text = " ".to_owned();
    assert_eq!(silent.troubles()[0], (Some(0), Trouble::ConsentText));
}
