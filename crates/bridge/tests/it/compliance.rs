//! `docs/compliance.md` shows the rules as they are.

use bridge::permit::{Holidays, Law, Rule, Seen, StateLaw, Week, Window};

const DOCUMENT: &str = include_str!("../../../../docs/compliance.md");

fn rows(heading: &str) -> Vec<&'static str> {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {heading}\n")).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or("");
    section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).skip(1).collect()
}

fn window(window: Option<Window>) -> String {
    let time = |minutes: i16| format!("{}:{:02}", minutes / 60, minutes % 60);
    window.map_or_else(|| "closed".into(), |it| format!("{}–{}", time(it.from), time(it.to)))
}

fn hours(week: Week) -> String {
    let holidays = match week.holidays {
        Holidays::AsTheDay => "as the day",
        Holidays::Closed => "closed",
    };
    let [weekdays, saturday, sunday] = [week.weekdays, week.saturday, week.sunday].map(window);
    format!("{weekdays} | {saturday} | {sunday} | {holidays}")
}

fn row(law: &StateLaw) -> String {
    let dials = law.dials_in_24h_max.map_or_else(|| "–".into(), |it| it.to_string());
    let seen = match law.seen {
        Seen::Text => "its text",
        Seen::Report => "reports of it",
    };
    format!("| {} | {} | {dials} | {} | {seen} |", law.state, hours(law.week), law.source)
}

#[test]
fn the_table_of_states_is_the_data() {
    let law = Law::written();
    let federal = format!(
        "| everywhere | {} | {} | 47 CFR 64.1200(c)(1), 16 CFR 310.4(c); the number of dials is ours | reports of it |",
        hours(law.federal),
        law.dials_in_24h_max
    );
    let expected: Vec<_> = [federal].into_iter().chain(law.states.values().map(row)).collect();
    assert_eq!(rows("Hours and dials"), expected);
}

#[test]
fn the_table_of_rules_is_the_list_of_rules() {
    let expected: Vec<_> =
        Rule::ALL.iter().map(|rule| format!("| `{}` | {} |", rule.code(), rule.sentence())).collect();
    assert_eq!(rows("Why a lead is not dialled"), expected);
}

#[test]
fn no_row_widens_what_is_federal() {
    let law = Law::written();
    let inside = |state: Option<Window>, federal: Option<Window>| match (state, federal) {
        (Some(state), Some(federal)) => federal.from <= state.from && state.to <= federal.to,
        (None, _) => true,
        (Some(_), None) => false,
    };
    for row in law.states.values() {
        let days = [
            (row.week.weekdays, law.federal.weekdays),
            (row.week.saturday, law.federal.saturday),
            (row.week.sunday, law.federal.sunday),
        ];
        assert!(days.into_iter().all(|(state, federal)| inside(state, federal)), "{}", row.state);
    }
}
