//! A campaign's form, and what comes for it.

use std::collections::BTreeSet;

use lead::{Audience, Covers, E164, FieldName, Timestamp, Word};
use publisher::{
    Came, ConsentText, ContentType, Field, FieldProblem, Form, Kind, Sell, Sender, Sent, Submission,
};

pub fn at() -> Timestamp {
    Timestamp::from_secs(1_790_000_000)
}

pub fn field(name: &str, kind: Kind, audience: Audience, required: bool) -> Field {
    Field { name: FieldName::parse(name).expect("a name"), label: name.to_owned(), kind, audience, required }
}

pub fn medicare() -> Form {
    let word = |text: &str| Word::parse(text).expect("a word");
    let (bidders, winner) = (Audience::Bidders, Audience::Winner);
    Form {
        sell: Sell::Data,
        fields: vec![
            field("zip", Kind::Zip, bidders, true),
            field("state", Kind::State, bidders, false),
            field("age", Kind::Number { min: 18, max: 110 }, bidders, true),
            field("insured", Kind::YesNo, bidders, false),
            field("home", Kind::Choice(vec![word("own"), word("rent")]), bidders, false),
            field("income", Kind::Number { min: 0, max: 1_000_000 }, winner, false),
            field("first_name", Kind::Name, winner, false),
            field("email", Kind::Email, winner, false),
            field("born_on", Kind::Date, winner, false),
            field("street", Kind::Text, winner, false),
        ],
        consents: vec![ConsentText {
            version: "2026-01".to_owned(),
            text: "I agree to be called by Buyer C.".to_owned(),
            covers: BTreeSet::from([Covers::Calls]),
            sellers: vec!["Buyer C".to_owned()],
        }],
        consent_required: true,
    }
}

pub fn taken(form: &Form, body: &str) -> Result<Submission, Vec<FieldProblem>> {
    sent_by(Sender::Publisher, form, body)
}

pub fn sent_by(sender: Sender, form: &Form, body: &str) -> Result<Submission, Vec<FieldProblem>> {
    let kind = if body.starts_with('{') { ContentType::Json } else { ContentType::Form };
    let sent = Sent::read(body.as_bytes(), kind).map_err(|problem| vec![problem])?;
    let ours = E164::parse("+18005550100").expect("a number");
    let buyers = E164::parse("+13055550199").expect("a number");
    let is_ours = |number: &E164| *number == ours || *number == buyers;
    let address = Some(std::net::IpAddr::from([203, 0, 113, 7]));
    form.submission(&sent, &Came { sender, at: at(), address, is_ours: &is_ours })
}

/// What is wrong, as `field: code`.
pub fn wrong(read: Result<Submission, Vec<FieldProblem>>) -> Vec<String> {
    read.expect_err("it is refused").iter().map(|it| format!("{}: {}", it.field, it.code)).collect()
}
