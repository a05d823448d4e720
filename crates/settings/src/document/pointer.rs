//! From the path of a problem to the place in an entry's JSON.

use super::Kind;
use crate::SettingsProblem;

/// The JSON pointer of a problem inside an entry, ex: `/caps/0/max`; `None`: it is elsewhere. `place` is the entry's place
/// among those of its kind, from 1, by which it is called where its id may not be repeated.
pub fn pointer(problem: &SettingsProblem, kind: Kind, id: &str, place: usize) -> Option<String> {
    let inside = |begin: String| {
        let rest = problem.path.strip_prefix(&begin)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| rest.to_owned())
    };
    let rest =
        inside(format!("{}.{id}", kind.word())).or_else(|| inside(format!("{}[{place}]", kind.word())))?;
    let steps = rest.split(['.', '[']).filter(|step| !step.is_empty());
    let step = |step: &str| match step.strip_suffix(']').and_then(|at| at.parse::<usize>().ok()) {
        Some(at) => format!("/{}", at.saturating_sub(1)),
        None => format!("/{step}"),
    };
    Some(steps.map(step).collect())
}
