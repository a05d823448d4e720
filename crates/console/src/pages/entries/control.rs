//! `Control`: a thing to fill in, as a page shows it. It holds what stands there, whether that can be read or not, so that a
//! form that is sent back with a mistake has lost nothing.

use askama::Template;

/// A field with its label, its explanation and what is wrong with it.
pub(super) struct Labelled {
    /// The id of its control, for the label.
    pub(super) id: String,
    /// What it is called.
    pub(super) label: String,
    /// What it does, in a sentence of the reference.
    pub(super) help: String,
    /// What is wrong with it.
    pub(super) wrong: Vec<String>,
    /// The control.
    pub(super) control: Control,
}

/// A thing to fill in.
#[derive(Template)]
#[template(path = "control.html")]
pub(super) struct Control {
    /// Its id and name.
    pub(super) name: String,
    /// What a screen reader calls it where no label is beside it.
    pub(super) called: String,
    /// Whether something is wrong with it.
    pub(super) is_wrong: bool,
    /// What it is.
    pub(super) shape: Shape,
}

/// What a control is.
pub(super) enum Shape {
    /// One line; `list` names a list of suggestions.
    Line { value: String, placeholder: String, list: String },
    /// Several lines.
    Area { value: String, rows: usize, placeholder: String },
    /// A box to tick.
    Flag { on: bool, says: String },
    /// One of several.
    Choice(Vec<Choice>),
    /// Any of several.
    Ticks(Vec<Choice>),
    /// Controls under headings, row by row.
    Rows { heads: Vec<&'static str>, rows: Vec<Vec<Control>> },
    /// Fields inside of a field.
    Parts(Vec<Labelled>),
    /// Fields that are out of sight until somebody opens them.
    Folded { says: &'static str, open: bool, parts: Vec<Labelled> },
    /// A week of opening hours, each day drawn.
    Week(Vec<Day>),
}

/// One thing that can be chosen.
pub(super) struct Choice {
    /// What is sent.
    pub(super) value: String,
    /// What it says.
    pub(super) says: String,
    /// Whether it is chosen.
    pub(super) chosen: bool,
}

/// A day of a week of hours.
pub(super) struct Day {
    /// What it is called.
    pub(super) called: &'static str,
    /// Its control.
    pub(super) control: Control,
    /// What is open, from and to, in minutes of the day.
    pub(super) open: Vec<(u32, u32)>,
}

/// A field inside of another one.
pub(super) fn part(name: &str, key: &str, label: &str, help: &str, control: Control) -> Labelled {
    let (id, label) = (format!("{name}.{key}"), label.to_owned());
    Labelled { id, label, help: help.to_owned(), wrong: vec![], control }
}

impl Labelled {
    /// What its closed fields are called.
    pub(super) const fn summary(&self) -> &'static str {
        match self.control.shape {
            Shape::Folded { says, .. } => says,
            _ => "",
        }
    }

    /// Whether it is a box that carries its own label.
    pub(super) const fn is_flag(&self) -> bool {
        matches!(self.control.shape, Shape::Flag { .. })
    }

    /// Whether it stands under a legend and not under a label.
    pub(super) const fn is_many(&self) -> bool {
        matches!(
            self.control.shape,
            Shape::Ticks(_) | Shape::Rows { .. } | Shape::Parts(_) | Shape::Folded { .. } | Shape::Week(_)
        )
    }
}

impl Control {
    /// One line.
    pub(super) fn line(name: String, called: &str, value: String) -> Self {
        let shape = Shape::Line { value, placeholder: String::new(), list: String::new() };
        Self { name, called: called.to_owned(), is_wrong: false, shape }
    }

    /// One of several words, the first of which stands for nothing.
    pub(super) fn choice(name: String, called: &str, choices: &[(&str, &str)], value: &str) -> Self {
        let known = choices.iter().any(|(word, _)| *word == value);
        let one = |(word, says): &(&str, &str)| Choice {
            value: (*word).to_owned(),
            says: (*says).to_owned(),
            chosen: *word == value,
        };
        let mut choices: Vec<_> = choices.iter().map(one).collect();
        if !known {
            // What stands there is shown, and the reading says what is wrong with it.
            choices.push(Choice { value: value.to_owned(), says: value.to_owned(), chosen: true });
        }
        Self { name, called: called.to_owned(), is_wrong: false, shape: Shape::Choice(choices) }
    }
}
