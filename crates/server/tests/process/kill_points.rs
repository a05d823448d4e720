//! Kill points are in a test build only: any other has neither the variable nor a name of them.

use crate::{
    place::Place,
    request::{arrival, tell},
    words::QUESTION,
};

/// Where the points are listed.
const LIST: &str = include_str!("../../../store/src/kill_points.rs");

fn points() -> Vec<&'static str> {
    let lines = LIST.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
    let points: Vec<_> = lines.filter(|name| name.contains("::")).collect();
    assert!(points.len() > 40, "{points:?}");
    points
}

#[test]
fn the_variable_does_nothing() {
    for point in points() {
        let place = Place::new().variable("KILL_AT", &format!("{point}:1"));
        if point.starts_with("drive::") {
            let server = place.serve();
            let answer = tell(&server, "/twilio/voice", &arrival("CA1", "+13055550142"));
            assert!(answer.status == 200 && answer.body.contains(QUESTION), "{point}: {answer:?}");
        }
    }
}

#[test]
fn the_binary_names_no_point() {
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_pingpost")).expect("the binary can be read");
    let colons = |name: &str| name.find("::").expect("a point has an area");
    let points: Vec<_> = points().into_iter().map(|name| (colons(name), name.as_bytes())).collect();
    let mut colons = 0;
    for at in (0..bytes.len() - 1).filter(|at| bytes[*at] == b':' && bytes[at + 1] == b':') {
        colons += 1;
        for (before, name) in &points {
            let from = at.saturating_sub(*before);
            assert!(!bytes[from..].starts_with(name), "{}", String::from_utf8_lossy(name));
        }
    }
    assert!(colons > 1_000, "the names of modules are in it: {colons}");
}
