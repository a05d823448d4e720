//! `docs/reference/settings.md` holds exactly what the code reads, with its defaults.

use std::collections::{BTreeMap, BTreeSet};

use settings::{SECTIONS, Section};

use crate::world::{URLS, parse};

const REFERENCE: &str = include_str!("../../../../docs/reference/settings.md");

/// A row of the reference: its key, and its default in TOML where it has one.
struct Row {
    key: String,
    default: Option<String>,
}

/// The tables of the reference, by heading.
fn tables() -> BTreeMap<String, Vec<Row>> {
    let (mut tables, mut heading) = (BTreeMap::<_, Vec<Row>>::new(), String::new());
    for line in REFERENCE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.to_lowercase();
        }
        let Some(rest) = line.strip_prefix("| `") else { continue };
        let cells: Vec<_> = rest.split(" | ").collect();
        let default = cells[2].strip_prefix('`').and_then(|text| text.strip_suffix('`')).map(str::to_owned);
        tables
            .entry(heading.clone())
            .or_default()
            .push(Row { key: cells[0].trim_end_matches('`').to_owned(), default });
    }
    tables
}

#[test]
fn every_key_is_explained_and_nothing_else() {
    let mut tables = tables();
    for section in SECTIONS {
        let rows = tables.remove(section.title()).unwrap_or_default();
        let explained: Vec<_> = rows.iter().map(|row| row.key.as_str()).collect();
        let unordered = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(unordered(&explained), unordered(section.keys()), "{}", section.title());
        assert_eq!(explained.len(), section.keys().len(), "{}: a key stands twice", section.title());
    }
    assert!(tables.is_empty(), "headings of no section: {:?}", tables.keys());
}

/// The defaults of a section as lines of TOML.
fn defaults(section: Section) -> String {
    let rows = tables().remove(section.title()).expect("a table");
    let line = |row: Row| row.default.map(|default| format!("{} = {default}\n", row.key));
    rows.into_iter().filter_map(line).collect()
}

#[test]
fn the_defaults_are_those_that_are_explained() {
    let inline = |section| defaults(section).trim().replace('\n', ", ");
    let question = "[[campaign.script.question]]\nfield = \"zip\"\naudience = \"bidders\"\nask = \"Your zip?\"\ncheck = \"zip\"\n";
    let file = |explicit: bool| {
        let only = |text: String| if explicit { text } else { String::new() };
        let table = |key: &str, section: Section, needed: &str| {
            let rest = only(inline(section));
            let comma = if rest.is_empty() || needed.is_empty() { "" } else { ", " };
            format!("{key} = {{ {needed}{comma}{rest} }}\n")
        };
        [
            only(defaults(Section::Settings)),
            "[[campaign]]\nid = \"m\"\nvertical = \"medicare\"\n".to_owned(),
            only(defaults(Section::Campaign)),
            only(table("repeat", Section::Repeat, "")),
            table(
                "form",
                Section::Form,
                "sell = \"data\", consent = [{ version = \"1\", text = \"I agree.\" }]",
            ),
            table(
                "callback",
                Section::Callback,
                "consent = [{ version = \"1\", text = \"I agree.\", covers = [\"calls\"] }]",
            ),
            only("script.greeting = []\nscript.closing = []\n".to_owned()),
            question.to_owned(),
            only(defaults(Section::Question)),
            "[[buyer]]\nid = \"c\"\n".to_owned(),
            only(defaults(Section::Buyer)),
            format!("[[offer]]\nid = \"o\"\nbuyer = \"c\"\nvertical = \"medicare\"\n{URLS}"),
            only(defaults(Section::Offer).replace("allowed = {}", &table("allowed", Section::Allowed, ""))),
            table("duplicate", Section::Duplicate, "days = 30"),
            table("confirm", Section::Confirm, ""),
            "[[publisher]]\nid = \"p\"\n".to_owned(),
            table("payout", Section::Payout, "fixed = 1").replace(", fixed = 0", ""),
            "[[number]]\nnumber = \"+18005550100\"\ncampaign = \"m\"\npublisher = \"p\"\n".to_owned(),
            only(defaults(Section::Number)),
        ]
        .concat()
    };
    let read = |text: String| {
        let settings = parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        let offers = settings.offers().collect::<Vec<_>>();
        let campaigns = settings.campaigns().collect::<Vec<_>>();
        let others = (settings.buyers().collect::<Vec<_>>(), settings.publishers().collect::<Vec<_>>());
        let taken: Vec<_> =
            campaigns.iter().map(|it| (settings.form(&it.id), settings.callback(&it.id))).collect();
        format!("{:#?} {offers:#?} {campaigns:#?} {others:#?} {taken:#?}", settings.general())
    };
    assert_eq!(read(file(false)), read(file(true)));
}
