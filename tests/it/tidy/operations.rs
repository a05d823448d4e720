//! Alarms, the dashboard, the runbooks and the metrics know each other, and what is deployed is what the code needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{holds, source};

const ALARMS: &str = "deploy/prometheus/alerts.yml";
const TRIED: &str = "deploy/prometheus/alerts_test.yml";
const DASHBOARD: &str = "deploy/grafana/pingpost.json";
const RUNBOOKS: &str = "docs/operations.md";
const METRICS: &str = "docs/reference/metrics.md";

/// What a runbook says, each as a word in bold.
const PARTS: [&str; 4] = ["**Means**", "**Felt**", "**Look**", "**Do**"];
/// Labels that Prometheus adds to every figure.
const ADDED: [&str; 4] = ["job", "instance", "le", "alertname"];

/// One rule of the alarms' file.
struct Alarm {
    name: String,
    fields: BTreeMap<String, String>,
}

#[test]
fn every_metric_that_is_alarmed_by_or_shown_is_documented() {
    let documented = documented();
    assert!(documented.len() > 20, "{METRICS} lists them");
    let mut broken = Vec::new();
    let mut shown = BTreeSet::new();
    for file in [ALARMS, TRIED, DASHBOARD] {
        let text = source::read(file);
        assert!(text.contains("pingpost_"), "{file} names metrics");
        for (name, labels) in used(&text.replace("\\\"", "\"")) {
            let base = base_of(&name, &documented);
            match documented.get(base) {
                None => broken.push(format!("{file}: {name}")),
                Some((_, known)) => {
                    let labels = labels.iter().filter(|it| !known.contains(*it) && !ADDED.contains(&&***it));
                    broken.extend(labels.map(|label| format!("{file}: {name} has no label {label}")));
                }
            }
            if file == DASHBOARD {
                shown.insert(base.to_owned());
            }
        }
    }
    broken.extend(
        documented
            .keys()
            .filter(|it| !shown.contains(*it))
            .map(|it| format!("{DASHBOARD} does not show {it}")),
    );
    holds("alarms and the dashboard ask for metrics and labels that there are, and all are shown", broken);
}

#[test]
fn every_alarm_has_its_runbook_and_every_runbook_its_alarm() {
    let alarms = alarms(&source::read(ALARMS));
    assert!(alarms.len() > 10, "{ALARMS} holds them");
    let runbooks = runbooks(&source::read(RUNBOOKS));
    let tried = source::read(TRIED);
    let mut broken = Vec::new();
    for Alarm { name, fields } in &alarms {
        let field = |field: &str| fields.get(field).map(String::as_str).unwrap_or_default();
        let anchor = format!("{RUNBOOKS}#{}", name.to_ascii_lowercase());
        if field("runbook_url") != anchor {
            broken.push(format!("{name}: its runbook_url is not {anchor}"));
        }
        if !["critical", "warning", "info"].contains(&field("severity")) {
            broken.push(format!("{name}: severity {}", field("severity")));
        }
        if !field("summary").ends_with(".\"") {
            broken.push(format!("{name}: its summary is no sentence"));
        }
        let silent = tried.matches(&format!("alertname: {name}\n")).count();
        if silent < 2 {
            broken.push(format!("{TRIED}: {name} is not tried both ways"));
        }
        match runbooks.get(name) {
            None => broken.push(format!("{name} has no runbook")),
            Some(text) => broken.extend(
                PARTS.iter().filter(|it| !text.contains(*it)).map(|it| format!("{name}: {it} is missing")),
            ),
        }
    }
    let names: BTreeSet<_> = alarms.iter().map(|it| &it.name).collect();
    assert_eq!(names.len(), alarms.len(), "two alarms have one name");
    broken.extend(runbooks.keys().filter(|it| !names.contains(it)).map(|it| format!("{it} is no alarm")));
    holds("an alarm has a runbook that says what to do, and a runbook its alarm", broken);
}

#[test]
fn the_dashboard_is_one_that_can_be_imported() {
    let dashboard: Value = serde_json::from_str(&source::read(DASHBOARD)).expect("the dashboard is JSON");
    let panels = dashboard["panels"].as_array().expect("it has panels");
    let mut broken = Vec::new();
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap_or_default();
        if !ids.insert(panel["id"].as_u64().unwrap_or_default()) {
            broken.push(format!("{title}: its id is another's"));
        }
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap_or_default();
        for (x, y) in (0..side("w")).flat_map(|x| (0..side("h")).map(move |y| (x, y))) {
            if !taken.insert((side("x") + x, side("y") + y)) {
                broken.push(format!("{title} lies over another panel"));
                break;
            }
        }
        if title.is_empty() || side("x") + side("w") > 24 || side("h") == 0 {
            broken.push(format!("{title}: no title, or no place"));
        }
        let asks = panel["targets"].as_array().is_some_and(|it| !it.is_empty());
        if asks == (panel["type"] == "row") {
            broken.push(format!("{title}: it asks for nothing"));
        }
    }
    assert!(ids.len() > 10 && !ids.contains(&0), "each panel has an id");
    holds("a dashboard has panels with ids of their own, side by side", broken);
}

/// The rules, by what their lines say.
fn alarms(text: &str) -> Vec<Alarm> {
    let rules = text.split("- alert: ").skip(1);
    let read = |rule: &str| {
        let mut lines = rule.lines();
        let name = lines.next().unwrap_or_default().trim().to_owned();
        let pairs = lines.filter_map(|line| line.trim().split_once(": "));
        Alarm { name, fields: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    };
    rules.map(read).collect()
}

/// The sections below "Alarms", by their titles.
fn runbooks(text: &str) -> BTreeMap<String, String> {
    let below = text.split_once("\n## Alarms\n").map_or("", |(_, below)| below);
    let below = below.split("\n## ").next().unwrap_or_default();
    let sections = below.split("\n### ").skip(1);
    sections.filter_map(|it| it.split_once('\n')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// Each documented metric with its kind and labels.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let text = source::read(METRICS);
    let rows = text.lines().filter(|line| line.starts_with("| `pingpost_"));
    let read = |row: &str| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let labels = cells[3].split(", ").filter(|it| !it.is_empty()).map(str::to_owned);
        (cells[1].clone(), (cells[2].clone(), labels.collect()))
    };
    rows.map(read).collect()
}

/// A histogram's parts are named after it.
fn base_of<'a>(name: &'a str, documented: &BTreeMap<String, (String, BTreeSet<String>)>) -> &'a str {
    let parts = ["_bucket", "_sum", "_count"].into_iter().filter_map(|part| name.strip_suffix(part));
    let mut of_histograms =
        parts.filter(|base| documented.get(*base).is_some_and(|(kind, _)| kind == "histogram"));
    of_histograms.next().unwrap_or(name)
}

/// Every metric that a text names, with the labels that stand in braces behind it.
fn used(text: &str) -> Vec<(String, Vec<String>)> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices("pingpost_") {
        if text[..at].ends_with(part) {
            continue;
        }
        let rest = &text[at..];
        let (name, behind) = rest.split_at(rest.find(|c| !part(c)).unwrap_or(rest.len()));
        let inside = behind.strip_prefix('{').and_then(|it| it.split('}').next()).unwrap_or_default();
        let labels = inside.split(',').filter_map(|it| it.split(['=', '!']).next());
        let labels = labels.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        found.push((name.to_owned(), labels.collect()));
    }
    found
}

#[test]
fn metrics_are_found_with_their_labels() {
    let text =
        "sum(rate(pingpost_a_total{job=\"x\",result!=\"y\"}[5m])) / x_pingpost_b + pingpost_c_bucket > 1";
    let labels = vec!["job".to_owned(), "result".to_owned()];
    assert_eq!(
        used(text),
        [("pingpost_a_total".to_owned(), labels), ("pingpost_c_bucket".to_owned(), vec![])]
    );
    let read = alarms("- alert: A\n  expr: b > 0\n  labels:\n    severity: info\n- alert: B\n");
    assert_eq!((read.len(), read[0].name.as_str(), read[0].fields["severity"].as_str()), (2, "A", "info"));
    let read = runbooks("\n## Alarms\n\nx\n\n### A\n\ny\n\n### B\n\nz\n\n## C\n\n### D\n");
    assert_eq!(read.keys().collect::<Vec<_>>(), ["A", "B"]);
}
