//! What was measured, as a table for people and as one JSON line.

use std::{collections::BTreeMap, fmt::Write};

use sandbox::load::Wrong;
use serde_json::{Value, json};

use super::figures::{hundredths, median, ratio};

/// Figures by their names.
pub(super) type Figures = BTreeMap<&'static str, u64>;

/// One load on one server, the median of its passes.
pub(super) struct Row {
    pub(super) scenario: &'static str,
    pub(super) load: &'static str,
    pub(super) server: &'static str,
    pub(super) passes: Vec<Figures>,
    pub(super) wrong: Wrong,
    pub(super) why: Vec<String>,
}

/// All rows.
#[derive(Default)]
pub(super) struct Report {
    rows: Vec<Row>,
    left_out: Vec<(&'static str, String)>,
}

/// What is compared where both servers were measured: a figure of the other server over ours, and the other way round for
/// those of which more is better.
const COMPARED: [(&str, &str); 6] = [
    ("cpu_us_per_call", "less processor time a call"),
    ("to_dial_p50_us", "sooner to the Dial, p50"),
    ("to_dial_p99_us", "sooner to the Dial, p99"),
    ("waited_p50_us", "shorter wait of the caller, p50"),
    ("to_post_p50_us", "sooner to the post, p50"),
    ("rss_kib", "less memory"),
];

impl Row {
    /// The median of each figure.
    pub(super) fn figures(&self) -> Figures {
        let names: std::collections::BTreeSet<_> =
            self.passes.iter().flat_map(BTreeMap::keys).copied().collect();
        let of = |name| Some((name, median(self.passes.iter().filter_map(|pass| pass.get(name).copied()))?));
        names.into_iter().filter_map(of).collect()
    }

    /// For people, as soon as it is known.
    pub(super) fn line(&self) -> String {
        let mut text = format!("{} / {} / {}\n", self.scenario, self.load, self.server);
        for (name, value) in self.figures() {
            let _ = writeln!(text, "    {name:<28}{value:>12}");
        }
        if !self.wrong.is_nothing() {
            let _ = writeln!(text, "    WRONG {:?} {:?}", self.wrong, self.why);
        }
        text
    }

    fn json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "load": self.load,
            "server": self.server,
            "passes": self.passes.len(),
            "median": self.figures(),
            "wrong": wrong(&self.wrong),
            "why": self.why,
        })
    }
}

fn wrong(wrong: &Wrong) -> Value {
    json!({
        "failed": wrong.failed,
        "identity_in_pings": wrong.identity_in_pings,
        "posts_missing": wrong.posts_missing,
        "posts_doubled": wrong.posts_doubled,
        "posts_astray": wrong.posts_astray,
        "posts_without_caller": wrong.posts_without_caller,
        "wrong_winner": wrong.wrong_winner,
        "wrong_price": wrong.wrong_price,
    })
}

impl Report {
    /// One more.
    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// What could not be measured here.
    pub(super) fn leave_out(&mut self, scenario: &'static str, why: &str) {
        self.left_out.push((scenario, why.to_owned()));
    }

    /// The ratios, and what was left out.
    pub(super) fn ending(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.ratios() {
            let _ = writeln!(text, "{name:<72}{:>9}", hundredths(value));
        }
        for (scenario, why) in &self.left_out {
            let _ = writeln!(text, "{scenario} was left out: {why}");
        }
        text
    }

    /// All of it on one line.
    pub(super) fn json(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        let ratios: BTreeMap<_, _> =
            self.ratios().into_iter().map(|(name, value)| (name, hundredths(value))).collect();
        let left_out: BTreeMap<_, _> = self.left_out.iter().map(|(name, why)| (*name, why)).collect();
        json!({ "rows": rows, "ratios": ratios, "left_out": left_out }).to_string()
    }

    /// What is wrong in ours. The other server's mistakes are its own, and are told in its rows.
    pub(super) fn problems(&self) -> Vec<String> {
        let ours = self.rows.iter().filter(|row| row.server != "peer" && !row.wrong.is_nothing());
        ours.map(|row| {
            format!(
                "pingpost: {} / {} / {}: {:?} {:?}",
                row.scenario, row.load, row.server, row.wrong, row.why
            )
        })
        .collect()
    }

    fn row(&self, scenario: &str, load: &str, server: &str) -> Option<Figures> {
        let is_it = |row: &&Row| (row.scenario, row.load, row.server) == (scenario, load, server);
        self.rows.iter().find(is_it).map(Row::figures)
    }

    fn ratios(&self) -> Vec<(String, u64)> {
        let mut ratios = vec![];
        for row in self.rows.iter().filter(|row| row.server == "ours") {
            let (Some(peer), ours) = (self.row(row.scenario, row.load, "peer"), row.figures()) else {
                continue;
            };
            for (figure, words) in COMPARED {
                let both = peer.get(figure).zip(ours.get(figure));
                if let Some(times) = both.and_then(|(peer, ours)| ratio(*peer, *ours)) {
                    ratios.push((format!("{} / {}: times {words}", row.scenario, row.load), times));
                }
            }
        }
        let cpu = |scenario, load, server| {
            self.row(scenario, load, server).and_then(|it| it.get("cpu_us_per_call").copied())
        };
        for server in ["ours", "peer"] {
            let few = cpu("memory-6", "closed-16", server);
            if let Some((few, many)) = few.zip(cpu("memory-50", "closed-16", server)) {
                ratios.push((
                    format!("{server}: microseconds of an extra ping"),
                    many.saturating_sub(few) * 100 / 44,
                ));
            }
            for other in ["servers-6", "disk-6"] {
                let share = few.zip(cpu(other, "closed-16", server)).and_then(|(few, it)| ratio(few, it));
                if let Some(share) = share {
                    ratios.push((
                        format!("{server}: calls a second a core in {other}, to those in memory-6"),
                        share,
                    ));
                }
            }
        }
        let waited =
            |server| self.row("early-20", "mixed", server).and_then(|it| it.get("waited_mean_us").copied());
        if let Some(share) =
            waited("ours").zip(waited("ours, all awaited")).and_then(|(early, all)| ratio(early, all))
        {
            ratios.push(("early close: mean wait to that of waiting for all".to_owned(), share));
        }
        ratios
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: &'static str, scenario: &'static str, cpu: [u64; 3]) -> Row {
        Row {
            scenario,
            load: "closed-16",
            server,
            passes: cpu.map(|cpu| Figures::from([("cpu_us_per_call", cpu)])).into(),
            wrong: Wrong::default(),
            why: vec![],
        }
    }

    #[test]
    fn ratios_are_of_medians() {
        let mut report = Report::default();
        report.add(row("ours", "memory-6", [100, 300, 200]));
        report.add(row("peer", "memory-6", [1_000, 1_200, 9_000]));
        report.add(row("ours", "memory-50", [640, 640, 640]));
        report.add(row("ours", "servers-6", [400, 400, 400]));
        let ratios = report.ratios();
        let named = |text: &str| ratios.iter().find(|(name, _)| name.contains(text)).map(|(_, value)| *value);
        assert_eq!(named("less processor time"), Some(600));
        assert_eq!(named("ours: microseconds of an extra ping"), Some(1_000));
        assert_eq!(named("servers-6"), Some(50));
    }

    #[test]
    fn what_is_wrong_in_ours_is_a_failure_and_what_is_wrong_elsewhere_is_told() {
        let mut report = Report::default();
        let wrong = Wrong { posts_doubled: 1, ..Wrong::default() };
        report.add(Row { wrong, ..row("peer", "memory-6", [1, 1, 1]) });
        assert!(report.problems().is_empty());
        assert!(report.json().contains("\"posts_doubled\":1"));
        report.add(Row { wrong, ..row("ours", "memory-6", [1, 1, 1]) });
        assert_eq!(report.problems().len(), 1);
    }
}
