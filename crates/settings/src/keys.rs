//! Every key that a settings file may hold, by section. `docs/reference/settings.md` explains each; a test compares.

/// A table of the file with its own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The file itself.
    Settings,
    /// `[[buyer]]`
    Buyer,
    /// One of `caps`.
    Cap,
    /// `[[offer]]`
    Offer,
    /// `auth`
    Auth,
    /// `ping` and `post`
    Shape,
    /// `wire`
    Wire,
    /// `json` and `xml` of a wire.
    Mapping,
    /// `expiry` of a mapping.
    Expiry,
    /// What is said of one field in `filters`.
    Filter,
    /// `hours`
    Hours,
    /// One of `closures`.
    Closure,
    /// `duplicate`
    Duplicate,
    /// `allowed`
    Allowed,
    /// `confirm`
    Confirm,
    /// `[[publisher]]`
    Publisher,
    /// `payout`
    Payout,
    /// `[[number]]`
    Number,
    /// `[[campaign]]`
    Campaign,
    /// `fallback`
    Fallback,
    /// `form`
    Form,
    /// `[[campaign.form.field]]`
    FormField,
    /// `type` of a field.
    FieldType,
    /// `[[campaign.form.consent]]`
    FormConsent,
    /// `callback`
    Callback,
    /// `require` of a callback
    Require,
    /// `repeat`
    Repeat,
    /// `recording`
    Recording,
    /// `buyer_consent`
    BuyerConsent,
    /// `script`
    Script,
    /// `[[campaign.script.question]]`
    Question,
    /// One part of what a caller hears.
    Speech,
    /// `keys` of a question.
    Keys,
    /// `check` of a question.
    Check,
    /// `age` and `number` of a check.
    Range,
    /// `yes_no` of a check.
    YesNo,
    /// `choice` of a check.
    Choice,
    /// `consent` of a check.
    Consent,
    /// `if_unanswered` of a question, when it ends the interview.
    Unanswered,
    /// One of `disqualify`.
    Disqualify,
}

/// All sections, in the order of the reference.
pub const SECTIONS: [Section; 40] = [
    Section::Settings,
    Section::Buyer,
    Section::Cap,
    Section::Offer,
    Section::Auth,
    Section::Shape,
    Section::Wire,
    Section::Mapping,
    Section::Expiry,
    Section::Filter,
    Section::Hours,
    Section::Closure,
    Section::Duplicate,
    Section::Allowed,
    Section::Confirm,
    Section::Publisher,
    Section::Payout,
    Section::Number,
    Section::Campaign,
    Section::Fallback,
    Section::Form,
    Section::FormField,
    Section::FieldType,
    Section::FormConsent,
    Section::Callback,
    Section::Require,
    Section::Repeat,
    Section::Recording,
    Section::BuyerConsent,
    Section::Script,
    Section::Question,
    Section::Speech,
    Section::Keys,
    Section::Check,
    Section::Range,
    Section::YesNo,
    Section::Choice,
    Section::Consent,
    Section::Unanswered,
    Section::Disqualify,
];

impl Section {
    /// Its heading in the reference.
    pub const fn title(self) -> &'static str {
        self.described().0
    }

    /// Its keys.
    pub const fn keys(self) -> &'static [&'static str] {
        self.described().1
    }

    const fn described(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Settings => (
                "the file",
                &[
                    "currency",
                    "zone",
                    "fallback_to_static",
                    "buyer",
                    "offer",
                    "publisher",
                    "number",
                    "campaign",
                ],
            ),
            Self::Buyer => ("a buyer", &["id", "name", "zone", "caps", "concurrency"]),
            Self::Cap => ("a cap", &["counts", "period", "max"]),
            Self::Offer => ("an offer", OFFER),
            Self::Auth => ("an authentication", &["bearer", "header", "key"]),
            Self::Shape => ("a request", &["as", "root", "fields", "maps"]),
            Self::Wire => ("a wire", &["json", "xml"]),
            Self::Mapping => ("a mapping", MAPPING),
            Self::Expiry => ("an expiry", &["seconds", "epoch_millis", "rfc3339"]),
            Self::Filter => ("a filter", &["in", "not_in", "between", "starts_with"]),
            Self::Hours => ("hours", HOURS),
            Self::Closure => ("a closure", &["from", "to"]),
            Self::Duplicate => ("a duplicate rule", &["scope", "trigger", "days"]),
            Self::Allowed => {
                ("allowed destinations", &["us", "toll_free", "sip_domains", "numbers", "prefixes"])
            }
            Self::Confirm => ("a confirm", &["timeout", "phone"]),
            Self::Publisher => ("a publisher", &["id", "name", "payout"]),
            Self::Payout => ("a payout", &["fixed", "percent", "payable_after"]),
            Self::Number => ("a number", &["number", "campaign", "publisher", "payout", "note"]),
            Self::Campaign => ("a campaign", CAMPAIGN),
            Self::Fallback => ("a fallback", &["say", "dial"]),
            Self::Form => ("a form", &["sell", "consent_required", "field", "consent"]),
            Self::FormField => ("a field of a form", &["name", "label", "type", "audience", "required"]),
            Self::FieldType => ("a type of a field", &["number", "choice"]),
            Self::FormConsent => ("a written consent", &["version", "text", "covers", "sellers"]),
            Self::Callback => ("a callback", CALLBACK),
            Self::Require => {
                ("what a call back requires", &["consent", "seller", "national_list", "litigators"])
            }
            Self::Repeat => ("a repeat rule", &["window", "then"]),
            Self::Recording => ("a recording", &["notice"]),
            Self::BuyerConsent => ("a consent to the buyer", &["version", "ask"]),
            Self::Script => ("a script", &["greeting", "question", "closing"]),
            Self::Question => ("a question", QUESTION),
            Self::Speech => ("a part of a prompt", &["say", "play"]),
            Self::Keys => ("keys", &["min", "max", "finish"]),
            Self::Check => ("a check", &["age", "number", "yes_no", "choice", "consent"]),
            Self::Range => ("a range", &["min", "max"]),
            Self::YesNo => ("yes or no", &["yes", "no"]),
            Self::Choice => ("a choice", &["keys", "words"]),
            Self::Consent => ("a consent", &["text_version", "refused"]),
            Self::Unanswered => ("an ending", &["say"]),
            Self::Disqualify => ("a disqualification", DISQUALIFY),
        }
    }
}

const OFFER: &[&str] = &[
    "id",
    "buyer",
    "name",
    "active",
    "vertical",
    "channels",
    "ping_url",
    "post_url",
    "confirm_url",
    "auth",
    "headers",
    "signing_secrets",
    "ping",
    "post",
    "wire",
    "timeout",
    "min_bid",
    "floor_in_ping",
    "bid_max",
    "bid_life",
    "payable_after",
    "payable_max",
    "static_price",
    "priority",
    "required",
    "filters",
    "caller_id_required",
    "hours",
    "caps",
    "concurrency",
    "duplicate",
    "destination",
    "allowed",
    "caller_id",
    "phone_in_ping",
    "zip_digits",
    "confirm",
    "whisper",
    "screening",
    "ring",
    "talk_max",
];

const MAPPING: &[&str] = &[
    "bid",
    "accepted",
    "bid_id",
    "sip_address",
    "phone_number",
    "expiry",
    "payable_after",
    "reject_reason",
    "reject_code",
    "currency",
    "ping_id",
    "list",
];

const HOURS: &[&str] = &["zone", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "closed", "closures"];

const CAMPAIGN: &[&str] = &[
    "id",
    "name",
    "vertical",
    "budget",
    "reserve",
    "test",
    "hold_audio",
    "fallback",
    "repeat",
    "recording",
    "buyer_consent",
    "bridge_min",
    "short_drop",
    "attempts_max",
    "ring_budget",
    "setup_margin",
    "take_max",
    "ring_extra",
    "whisper_max",
    "screen_max",
    "margin",
    "script",
    "form",
    "callback",
];

const CALLBACK: &[&str] = &[
    "brand",
    "prompt",
    "from",
    "stopped",
    "require",
    "ring",
    "retry",
    "machine",
    "code",
    "auction",
    "consent_required",
    "field",
    "consent",
];

const QUESTION: &[&str] = &[
    "field",
    "audience",
    "ask",
    "again",
    "on_silence",
    "check",
    "input",
    "keys",
    "hints",
    "tries_max",
    "if_unanswered",
    "disqualify",
];

const DISQUALIFY: &[&str] =
    &["under", "over", "answer", "one_of", "none_of", "in_states", "outside_states", "say"];

/// What somebody meant who knows a thing by another name than ours.
pub(super) fn elsewhere(name: &str) -> Option<&'static str> {
    let meant = match name {
        "floor" | "minBid" | "min_price" => "`min_bid`",
        "url" | "endpoint" => "`ping_url`",
        "token" | "api_key" | "bearer" => "`auth`, ex: auth = { bearer = \"env:NAME\" }",
        "schedule" | "open" => "`hours`",
        "timezone" | "tz" => "`zone`",
        "questions" => "`question`, ex: [[campaign.script.question]]",
        "exhausted" => "`if_unanswered`",
        "tries" => "`tries_max`",
        "buyers" => "`[[buyer]]`",
        "offers" | "target" | "targets" => "`[[offer]]`",
        "publishers" | "affiliate" | "source" => "`[[publisher]]`",
        "numbers" => "`[[number]]`",
        "campaigns" => "`[[campaign]]`",
        _ => return None,
    };
    Some(meant)
}
