//! `Report`: what one reading of a settings file finds, in the order of its lines.

use std::{cell::RefCell, collections::BTreeSet, ops::Range, sync::Arc};

use super::{SettingsProblem, Surroundings};
use crate::lines::Lines;

/// So many mistakes are told of one reading; a file with more is not a file with more mistakes but another file.
const PROBLEMS_MAX: usize = 1_000;

/// Collects everything, so that one reading finds all there is to mend.
pub(super) struct Report<'d> {
    pub(super) surroundings: &'d Surroundings<'d>,
    file: Arc<str>,
    lines: Lines<'d>,
    problems: RefCell<Vec<SettingsProblem>>,
    warnings: RefCell<Vec<SettingsProblem>>,
    broken: RefCell<BTreeSet<String>>,
}

/// A field in the file.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) span: Range<usize>,
}

impl<'d> Report<'d> {
    /// An empty one.
    pub(super) fn new(text: &'d str, file: &str, surroundings: &'d Surroundings<'d>) -> Self {
        Self {
            surroundings,
            file: file.into(),
            lines: Lines::of(text),
            problems: RefCell::default(),
            warnings: RefCell::default(),
            broken: RefCell::default(),
        }
    }

    /// Notes what must be mended, and that the field's value is no longer to be trusted.
    pub(super) fn problem(&self, spot: &Spot, what: impl Into<String>, mend: impl Into<String>) {
        self.broken.borrow_mut().insert(spot.path.clone());
        if self.problems.borrow().len() < PROBLEMS_MAX {
            let entry = self.entry(spot, what.into(), mend.into());
            self.problems.borrow_mut().push(entry);
        }
    }

    /// Notes what may be meant so, and often is not.
    pub(super) fn warning(&self, spot: &Spot, what: impl Into<String>, mend: impl Into<String>) {
        if self.warnings.borrow().len() < PROBLEMS_MAX {
            let entry = self.entry(spot, what.into(), mend.into());
            self.warnings.borrow_mut().push(entry);
        }
    }

    /// Whether something was wrong at this field or below it.
    pub(super) fn is_broken(&self, path: &str) -> bool {
        let broken = self.broken.borrow();
        let is_below =
            |begin: String| broken.range(begin.clone()..).next().is_some_and(|at| at.starts_with(&begin));
        broken.contains(path) || is_below(format!("{path}.")) || is_below(format!("{path}["))
    }

    /// All warnings, or all that must be mended.
    pub(super) fn finish(self) -> Result<Vec<SettingsProblem>, Vec<SettingsProblem>> {
        let (mut problems, mut warnings) = (self.problems.into_inner(), self.warnings.into_inner());
        problems.sort();
        problems.dedup();
        warnings.sort();
        if problems.is_empty() { Ok(warnings) } else { Err(problems) }
    }

    fn entry(&self, spot: &Spot, what: String, mend: String) -> SettingsProblem {
        let (line, column) = self.lines.place(spot.span.start);
        SettingsProblem { file: Arc::clone(&self.file), line, column, path: spot.path.clone(), what, mend }
    }
}
