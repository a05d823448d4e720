//! The fields of what publishers and visitors hand in, and of how a person is rung.

use settings::Section;

use super::fields::{Field, Widget, field};

const FORM_FIELD: &[Field] = &[
    field("name", "Name", Widget::Line),
    field("label", "What a person is asked", Widget::Line),
    field("type", "Type", Widget::Value),
    field(
        "audience",
        "Who may see the value",
        Widget::Choice(&[("", "Choose"), ("bidders", "Bidders"), ("winner", "The winner alone")]),
    ),
    field("required", "A lead without it is refused", Widget::Flag(false)),
];

const FORM_CONSENT: &[Field] = &[
    field("version", "Version", Widget::Line),
    field("text", "What the person agrees to", Widget::Line),
    field(
        "covers",
        "What it allows",
        Widget::Ticks(&[("calls", "Calls"), ("automated_voice", "An automated or prerecorded voice")]),
    ),
    field("sellers", "Sellers that it names", Widget::List),
];

pub(super) const FORM: &[Field] = &[
    field(
        "sell",
        "What becomes of a lead",
        Widget::Choice(&[
            ("", "No forms are taken"),
            ("data", "It is sold as data"),
            ("call", "Its person is rung"),
        ]),
    ),
    field("consent_required", "A lead without a consent is refused", Widget::Flag(true)),
    field("field", "Fields", Widget::Many(Section::FormField, FORM_FIELD)),
    field("consent", "Consent texts", Widget::Many(Section::FormConsent, FORM_CONSENT)),
];

const REQUIRE: &[Field] = &[
    field(
        "consent",
        "What a written consent must allow",
        Widget::Choice(&[
            ("", "Calls with an automated voice"),
            ("calls", "Calls"),
            ("nothing", "Nothing: none is needed"),
        ]),
    ),
    field("seller", "Its text must name the brand", Widget::Flag(true)),
    field("national_list", "The national do-not-call list must have been asked", Widget::Flag(true)),
    field("litigators", "The list of people who sue callers must have been asked", Widget::Flag(true)),
];

pub(super) const CALLBACK: &[Field] = &[
    field("brand", "In whose name we call", Widget::Line),
    field("from", "Our number that shows on their phone", Widget::Line),
    field("prompt", "What the person hears first", Widget::Prompt),
    field("stopped", "What they hear who want no more calls", Widget::Prompt),
    field("require", "What a call back requires", Widget::Parts(Section::Require, REQUIRE)),
    field("ring", "Ringing", Widget::Line),
    field("retry", "Waits before further tries", Widget::List),
    field(
        "machine",
        "When a machine answers",
        Widget::Choice(&[("", "Hang up, and try again later"), ("hang_up", "Hang up for good")]),
    ),
    field(
        "auction",
        "When the auction begins",
        Widget::Choice(&[("", "When they have pressed 1"), ("ringing", "When their phone rings")]),
    ),
    field(
        "code",
        "Before anybody is called",
        Widget::Choice(&[
            ("", "Nothing is asked"),
            ("sms", "A code is sent to the number, and must be entered"),
        ]),
    ),
    field("consent_required", "A request without a consent is refused", Widget::Flag(true)),
    field("field", "What the widget asks", Widget::Many(Section::FormField, FORM_FIELD)),
    field("consent", "Consent texts", Widget::Many(Section::FormConsent, FORM_CONSENT)),
];

pub(super) const BUYER_CONSENT: &[Field] = &[
    field(
        "version",
        "Version of the question, ex: 2026-01; empty: nobody is asked about the buyer",
        Widget::Line,
    ),
    field("ask", "What the caller is asked about the buyer that won; {buyer} is its name", Widget::Prompt),
];
