//! Which fields a form has, in the order of the questions that a person asks. Every key of the settings stands in one of them;
//! a test compares.

use settings::{Kind, Section};

use super::handed;

/// A question, with the fields that answer it.
pub(super) struct Group {
    /// The question.
    pub(super) title: &'static str,
    /// A sentence below it.
    pub(super) says: &'static str,
    /// Whether it is closed until somebody opens it.
    pub(super) is_rare: bool,
    /// Its fields.
    pub(super) fields: &'static [Field],
}

/// A key of the settings, and how it is filled in.
pub(super) struct Field {
    /// The key.
    pub(super) key: &'static str,
    /// What people call it.
    pub(super) label: &'static str,
    /// How it is filled in.
    pub(super) widget: Widget,
}

/// How a value is filled in.
pub(super) enum Widget {
    /// One line of text.
    Line,
    /// A whole number.
    Number,
    /// Several lines of text, an empty one between two parts; `play: URL` plays.
    Prompt,
    /// True or false; this is what it is if nobody says anything.
    Flag(bool),
    /// One word of several.
    Choice(&'static [(&'static str, &'static str)]),
    /// Another entry.
    Other(Kind),
    /// Any words of several.
    Ticks(&'static [(&'static str, &'static str)]),
    /// Words with commas between them.
    List,
    /// A line for each, with a colon or an equals sign behind the name.
    Pairs(char),
    /// A list of caps.
    Caps,
    /// Filters by field.
    Filters,
    /// Hours by day.
    Hours,
    /// How we prove who we are.
    Auth,
    /// How replies are read.
    Wire,
    /// Words of values, by field.
    Maps,
    /// A word, or a value of TOML.
    Value,
    /// A table with its own fields.
    Parts(Section, &'static [Field]),
    /// A list of such tables.
    Many(Section, &'static [Field]),
}

pub(super) const fn field(key: &'static str, label: &'static str, widget: Widget) -> Field {
    Field { key, label, widget }
}

const fn group(title: &'static str, says: &'static str, fields: &'static [Field]) -> Group {
    Group { title, says, is_rare: false, fields }
}

const fn rare(title: &'static str, says: &'static str, fields: &'static [Field]) -> Group {
    Group { title, says, is_rare: true, fields }
}

/// The groups of a kind.
pub(super) const fn groups(kind: Kind) -> &'static [Group] {
    match kind {
        Kind::Buyer => BUYER,
        Kind::Offer => OFFER,
        Kind::Publisher => PUBLISHER,
        Kind::Number => NUMBER,
        Kind::Campaign => CAMPAIGN,
    }
}

/// Where the keys of a kind are explained.
pub(super) const fn section(kind: Kind) -> Section {
    match kind {
        Kind::Buyer => Section::Buyer,
        Kind::Offer => Section::Offer,
        Kind::Publisher => Section::Publisher,
        Kind::Number => Section::Number,
        Kind::Campaign => Section::Campaign,
    }
}

/// What holds everywhere.
pub(super) const GENERAL: &[Group] = &[group(
    "What holds everywhere",
    "",
    &[
        field("currency", "Currency", Widget::Line),
        field("zone", "Time zone of the business", Widget::Line),
        field("fallback_to_static", "Fall back to static prices", Widget::Flag(true)),
    ],
)];

const BUYER: &[Group] = &[
    group("Who is it?", "", &[field("name", "Name", Widget::Line), field("zone", "Time zone", Widget::Line)]),
    group(
        "How much does it buy?",
        "Over all its offers together.",
        &[field("caps", "Caps", Widget::Caps), field("concurrency", "Calls at once", Widget::Number)],
    ),
];

const PAYOUT: &[Field] = &[
    field("fixed", "Fixed amount", Widget::Line),
    field("percent", "Share of the price, in percent", Widget::Line),
    field("payable_after", "Owed after a talk of", Widget::Line),
];

const PUBLISHER: &[Group] = &[group(
    "Who sends callers?",
    "",
    &[
        field("name", "Name", Widget::Line),
        field("payout", "What is it owed for a sale?", Widget::Parts(Section::Payout, PAYOUT)),
    ],
)];

const NUMBER: &[Group] = &[group(
    "Which number?",
    "",
    &[
        field("number", "Number", Widget::Line),
        field("publisher", "Publisher", Widget::Other(Kind::Publisher)),
        field("note", "Note", Widget::Line),
    ],
)];

const SHAPES: &[(&str, &str)] = &[
    ("", "Our own JSON"),
    ("json", "JSON of its own"),
    ("form", "A form"),
    ("query", "A query, by GET"),
    ("xml", "XML"),
];
const POST_SHAPES: &[(&str, &str)] =
    &[("", "Our own JSON"), ("json", "JSON of its own"), ("form", "A form"), ("xml", "XML")];

const REQUEST: &[Field] = &[
    field("as", "Written as", Widget::Choice(SHAPES)),
    field("root", "Root element of XML", Widget::Line),
    field("fields", "Fields, one a line: name = text with {values}", Widget::Pairs('=')),
    field("maps", "Other words for values, one field a line: smoker: yes = Y, no = N", Widget::Maps),
];
const POST: &[Field] = &[
    field("as", "Written as", Widget::Choice(POST_SHAPES)),
    field("root", "Root element of XML", Widget::Line),
    field("fields", "Fields, one a line: name = text with {values}", Widget::Pairs('=')),
    field("maps", "Other words for values, one field a line: smoker: yes = Y, no = N", Widget::Maps),
];

const OFFER: &[Group] = &[
    group(
        "What is it?",
        "",
        &[
            field("name", "Name", Widget::Line),
            field("buyer", "Buyer", Widget::Other(Kind::Buyer)),
            field("vertical", "Vertical", Widget::Line),
            field(
                "channels",
                "Channels",
                Widget::Ticks(&[("call", "Calls"), ("form", "Forms"), ("callback", "Callbacks")]),
            ),
            field("active", "Active", Widget::Flag(true)),
        ],
    ),
    group(
        "Who is it for?",
        "A caller who does not fit is not offered, and the call's story says why.",
        &[
            field("required", "Fields that it must be told", Widget::List),
            field("filters", "Filters", Widget::Filters),
            field("caller_id_required", "Leave out callers who withhold their number", Widget::Flag(false)),
            field(
                "duplicate",
                "When is the same caller no new lead?",
                Widget::Parts(
                    Section::Duplicate,
                    &[
                        field("days", "For how many days", Widget::Number),
                        field(
                            "scope",
                            "Whose earlier call counts",
                            Widget::Choice(&[
                                ("", "The buyer's"),
                                ("offer", "This offer's"),
                                ("campaign", "Anybody's in the campaign"),
                            ]),
                        ),
                        field(
                            "trigger",
                            "What it must have reached",
                            Widget::Choice(&[("", "An answer"), ("payable", "Its payable time")]),
                        ),
                    ],
                ),
            ),
        ],
    ),
    group(
        "When, and how many?",
        "",
        &[
            field("hours", "Hours", Widget::Hours),
            field("caps", "Caps", Widget::Caps),
            field("concurrency", "Calls at once", Widget::Number),
        ],
    ),
    group(
        "How much?",
        "",
        &[
            field("min_bid", "Least bid", Widget::Line),
            field("floor_in_ping", "Tell the buyer the least bid", Widget::Flag(false)),
            field("bid_max", "Highest bid", Widget::Line),
            field("static_price", "Static price", Widget::Line),
            field("payable_after", "Paid for after a talk of", Widget::Line),
            field("payable_max", "The longest that a bid may ask for", Widget::Line),
            field("bid_life", "Life of a bid", Widget::Line),
            field("priority", "Priority in a tie", Widget::Number),
        ],
    ),
    group(
        "How do we ask them?",
        "",
        &[
            field("ping_url", "Ping URL", Widget::Line),
            field("post_url", "Post URL", Widget::Line),
            field("confirm_url", "Confirm URL", Widget::Line),
            field("timeout", "Time to answer", Widget::Line),
            field("auth", "Authentication", Widget::Auth),
            field("wire", "How replies are read", Widget::Wire),
            field("headers", "Further headers, one a line: name: value", Widget::Pairs(':')),
            field("signing_secrets", "Signing secrets", Widget::List),
        ],
    ),
    rare(
        "How are requests written?",
        "Where the buyer does not take our own JSON.",
        &[
            field("ping", "Ping", Widget::Parts(Section::Shape, REQUEST)),
            field("post", "Post", Widget::Parts(Section::Shape, POST)),
            field("zip_digits", "Digits of the zip in a ping", Widget::Number),
            field("phone_in_ping", "Every ping carries the caller's number", Widget::Flag(false)),
        ],
    ),
    group(
        "What happens on the line?",
        "",
        &[
            field("destination", "Destination", Widget::Line),
            field(
                "caller_id",
                "Caller ID",
                Widget::Choice(&[
                    ("", "Masked: the number that was dialled"),
                    ("pass", "The caller's own number"),
                ]),
            ),
            field("ring", "Ring for", Widget::Line),
            field("whisper", "Whisper", Widget::Line),
            field(
                "screening",
                "Screening",
                Widget::Choice(&[("", "Off"), ("press_one", "A person must press 1")]),
            ),
            field("talk_max", "Longest talk", Widget::Line),
            field(
                "confirm",
                "Ask the winner once more before the dial",
                Widget::Parts(
                    Section::Confirm,
                    &[
                        field("timeout", "Time to answer", Widget::Line),
                        field("phone", "It carries the caller's number", Widget::Flag(false)),
                    ],
                ),
            ),
            field(
                "allowed",
                "Where bids may send calls",
                Widget::Parts(
                    Section::Allowed,
                    &[
                        field("us", "US numbers", Widget::Flag(true)),
                        field("toll_free", "Toll-free numbers", Widget::Flag(true)),
                        field("sip_domains", "SIP domains", Widget::List),
                        field("numbers", "These numbers", Widget::List),
                        field("prefixes", "Numbers that begin so", Widget::List),
                    ],
                ),
            ),
        ],
    ),
];

const QUESTION: &[Field] = &[
    field("field", "Field", Widget::Line),
    field(
        "audience",
        "Who may see the answer",
        Widget::Choice(&[("", "Choose"), ("bidders", "Bidders"), ("winner", "The winner alone")]),
    ),
    field("ask", "What the caller hears", Widget::Prompt),
    field("check", "What is an answer", Widget::Value),
    field(
        "input",
        "Answered by",
        Widget::Choice(&[
            ("", "What fits the check"),
            ("keys", "Keys"),
            ("voice", "Voice"),
            ("either", "Either"),
        ]),
    ),
    field("keys", "Keys", Widget::Value),
    field("hints", "Words to listen for", Widget::List),
    field("tries_max", "Tries", Widget::Number),
    field("again", "After a wrong answer", Widget::Prompt),
    field("on_silence", "After silence", Widget::Prompt),
    field("if_unanswered", "When nobody answers", Widget::Value),
    field("disqualify", "Who is turned away", Widget::Value),
];

const CAMPAIGN: &[Group] = &[
    group(
        "What do callers reach?",
        "",
        &[
            field("name", "Name", Widget::Line),
            field("vertical", "Vertical", Widget::Line),
            field("test", "A test: sold at price zero, outside caps and reports", Widget::Flag(false)),
        ],
    ),
    group(
        "What are they asked?",
        "An answer for bidders is in every ping; one for the winner alone is in the post.",
        &[field(
            "script",
            "Script",
            Widget::Parts(
                Section::Script,
                &[
                    field("greeting", "Greeting", Widget::Prompt),
                    field("question", "Questions", Widget::Many(Section::Question, QUESTION)),
                    field("closing", "Closing", Widget::Prompt),
                ],
            ),
        )],
    ),
    rare(
        "Does it take forms?",
        "What publishers hand in with their key. Every lead has its phone.",
        &[field("form", "Form", Widget::Parts(Section::Form, handed::FORM))],
    ),
    rare(
        "May people ask to be rung?",
        "With the widget on a page of yours. A number of this campaign is what their phone shows.",
        &[field("callback", "Callback", Widget::Parts(Section::Callback, handed::CALLBACK))],
    ),
    group(
        "Who buys them?",
        "",
        &[
            field(
                "reserve",
                "Reserve",
                Widget::Choice(&[("", "None"), ("best_static", "The best static price")]),
            ),
            field("budget", "The most that a round may take", Widget::Line),
            field(
                "repeat",
                "The same caller again after a sale",
                Widget::Parts(
                    Section::Repeat,
                    &[
                        field("window", "Within", Widget::Line),
                        field(
                            "then",
                            "Then",
                            Widget::Choice(&[
                                ("", "The same buyer, at no price"),
                                ("without_them", "An auction without that buyer"),
                                ("ending", "The ending"),
                            ]),
                        ),
                    ],
                ),
            ),
        ],
    ),
    group(
        "What do they hear?",
        "",
        &[
            field("hold_audio", "While they wait", Widget::Prompt),
            field(
                "fallback",
                "When nobody buys",
                Widget::Parts(
                    Section::Fallback,
                    &[
                        field("say", "What is said", Widget::Prompt),
                        field("dial", "Then connect to", Widget::Line),
                    ],
                ),
            ),
            field(
                "recording",
                "Recording",
                Widget::Parts(
                    Section::Recording,
                    &[field("notice", "Recorded after this notice; empty: not recorded", Widget::Prompt)],
                ),
            ),
            field(
                "buyer_consent",
                "Consent that names the buyer",
                Widget::Parts(Section::BuyerConsent, handed::BUYER_CONSENT),
            ),
        ],
    ),
    rare(
        "How long may things take?",
        "The defaults suit most campaigns.",
        &[
            field("bridge_min", "Shortest connection", Widget::Line),
            field("short_drop", "A buyer that hangs up within", Widget::Line),
            field("attempts_max", "Buyers dialled at most", Widget::Number),
            field("ring_budget", "All ringing together", Widget::Line),
            field("setup_margin", "Life that a bid must still have", Widget::Line),
            field("take_max", "Taking up a dial", Widget::Line),
            field("ring_extra", "Ringing beyond what is asked", Widget::Line),
            field("whisper_max", "Longest whisper", Widget::Line),
            field("screen_max", "Pressing 1", Widget::Line),
            field("margin", "Between our answer and the dial", Widget::Line),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(fields: &[&'static Field]) -> BTreeSet<&'static str> {
        fields.iter().map(|field| field.key).collect()
    }

    fn inner(field: &'static Field) {
        if let Widget::Parts(section, fields) | Widget::Many(section, fields) = &field.widget {
            let filled = keys(&fields.iter().collect::<Vec<_>>());
            assert_eq!(filled, section.keys().iter().copied().collect(), "{}", section.title());
            fields.iter().for_each(inner);
        }
    }

    #[test]
    fn every_key_has_its_field() {
        // An id has a field of its own, and the numbers of a campaign a form of their own.
        for kind in [Kind::Buyer, Kind::Offer, Kind::Publisher, Kind::Campaign] {
            let fields: Vec<_> = groups(kind).iter().flat_map(|group| group.fields).collect();
            let mut known: BTreeSet<_> = section(kind).keys().iter().copied().collect();
            known.remove("id");
            assert_eq!(keys(&fields), known, "{kind:?}");
            assert_eq!(fields.len(), known.len(), "{kind:?}: a key has two fields");
            fields.into_iter().for_each(inner);
        }
    }
}
