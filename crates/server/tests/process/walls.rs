//! Processes that see another wall clock than this machine's, and the monotonic clock as it is.

use std::path::{Path, PathBuf};

use crate::place::Place;

/// The library that moves the wall and leaves the monotonic clock alone.
fn faketime() -> PathBuf {
    let triples = std::fs::read_dir("/usr/lib").expect("there are libraries");
    let mut found = triples.filter_map(|it| Some(it.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    found.find(|path| path.exists()).expect("libfaketime is missing: install the package faketime")
}

/// A place whose processes see the wall that the file `wall` says.
pub fn walled(place: Place) -> Place {
    let (library, wall) = (faketime(), place.path("wall"));
    step(&wall, 0);
    place
        .variable("LD_PRELOAD", library.to_str().expect("UTF-8"))
        .variable("FAKETIME_TIMESTAMP_FILE", wall.to_str().expect("UTF-8"))
        .variable("FAKETIME_NO_CACHE", "1")
        .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .with("LOG__LEVEL", "debug")
}

/// Steps the wall to so many seconds from the real one, at once.
pub fn step(wall: &Path, secs: i64) {
    let next = wall.with_extension("next");
    std::fs::write(&next, format!("{secs:+}\n")).expect("it is written");
    std::fs::rename(&next, wall).expect("it is renamed");
}
