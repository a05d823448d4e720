//! `Form`: what a campaign declares of the leads that are handed in.

use std::collections::BTreeSet;

use lead::{Audience, Covers, FieldName, Word};

use crate::{CHOICES_MAX, CONSENT_CHARS_MAX, CONSENTS_MAX, FIELDS_MAX, SELLERS_MAX, limits::TEXT_CHARS_MAX};

/// What a campaign declares. [`Form::troubles`] lists what must be mended before it is published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// What becomes of the lead.
    pub sell: Sell,
    /// The fields beside the phone, which every lead has.
    pub fields: Vec<Field>,
    /// The consent texts, the one in use first. Old ones stay, for leads whose person has read them.
    pub consents: Vec<ConsentText>,
    /// Whether a lead without a consent is refused.
    pub consent_required: bool,
}

/// What becomes of a lead that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sell {
    /// It is sold as data: the winner gets it, and rings the person itself.
    #[default]
    Data,
    /// Its person is rung, and the call is sold.
    Call,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name that it is sent and kept under.
    pub name: FieldName,
    /// What a person is shown who fills it in.
    pub label: String,
    /// What counts as a value.
    pub kind: Kind,
    /// Who may see it.
    pub audience: Audience,
    /// Whether a lead without it is refused.
    pub required: bool,
}

/// What counts as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A US zip that exists, of five digits or with the four that may follow.
    Zip,
    /// A US state, by its two letters or its name.
    State,
    /// A whole number in a range, ex: an age.
    Number {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// Yes or no.
    YesNo,
    /// One of these words.
    Choice(Vec<Word>),
    /// A date of the calendar; for the winner only, since it may be a date of birth.
    Date,
    /// A person's name; for the winner only.
    Name,
    /// An e-mail address; for the winner only.
    Email,
    /// Free text, ex: a street; for the winner only.
    Text,
}

/// One text that a person agrees to. A published version of it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// Its name, which is kept with every consent.
    pub version: String,
    /// The text itself.
    pub text: String,
    /// What it allows.
    pub covers: BTreeSet<Covers>,
    /// The sellers that it names.
    pub sellers: Vec<String>,
}

/// The names of a body that are no field of a campaign.
pub const KEYS: [&str; 9] = [
    "campaign",
    "phone",
    "consent",
    "consent_at",
    "page_url",
    "ip_address",
    "certificate",
    "wait_seconds",
    "area_code",
];

/// What is wrong with a form. The text before the semicolon says what, the one behind it how to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Two fields have one name.
    DuplicateField,
    /// A name that every body has anyway.
    ReservedField,
    /// Personal by its kind, and shown to bidders.
    PersonalForBidders,
    /// `zip` is not a zip, or `state` no state.
    Geography,
    /// The least is more than the most, or a number that bidders may see could be a telephone number.
    Range,
    /// A choice of nothing, or of too much.
    Choice,
    /// The label is empty or too long.
    Label,
    /// More fields than a form may have.
    TooManyFields,
    /// A consent has no text or version, or one too long.
    ConsentText,
    /// Two consents have one version.
    DuplicateConsent,
    /// More consents, or sellers of one, than there may be.
    TooManyConsents,
    /// A consent is required, and there is none to agree to.
    NothingToAgreeTo,
    /// A person is rung who allowed nothing.
    ConsentAllowsNoCall,
}

/// The largest number that bidders may see: with more digits it could be a date of birth or a telephone number.
const SHARED_NUMBER_MAX: i64 = 9_999_999;
const VERSION_CHARS_MAX: usize = 40;

impl Form {
    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// A consent text by its version.
    pub fn consent(&self, version: &str) -> Option<&ConsentText> {
        self.consents.iter().find(|consent| consent.version == version)
    }

    /// Everything that must be mended: where, and what. `None`: the form as a whole; a number counts the fields, and
    /// behind them the consents, from 0.
    pub fn troubles(&self) -> Vec<(Option<usize>, Trouble)> {
        let mut found = vec![];
        if self.fields.len() > FIELDS_MAX {
            found.push((None, Trouble::TooManyFields));
        }
        if self.consents.len() > CONSENTS_MAX {
            found.push((None, Trouble::TooManyConsents));
        }
        if self.consent_required && self.consents.is_empty() {
            found.push((None, Trouble::NothingToAgreeTo));
        }
        for (n, field) in self.fields.iter().enumerate() {
            let again = self.fields[..n].iter().any(|earlier| earlier.name == field.name);
            found.extend(again.then_some((Some(n), Trouble::DuplicateField)));
            found.extend(field.trouble().map(|trouble| (Some(n), trouble)));
        }
        for (n, consent) in self.consents.iter().enumerate() {
            let at = Some(self.fields.len() + n);
            let again = self.consents[..n].iter().any(|earlier| earlier.version == consent.version);
            found.extend(again.then_some((at, Trouble::DuplicateConsent)));
            let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().nth(most).is_none();
            if !fits(&consent.version, VERSION_CHARS_MAX) || !fits(&consent.text, CONSENT_CHARS_MAX) {
                found.push((at, Trouble::ConsentText));
            }
            if consent.sellers.len() > SELLERS_MAX
                || !consent.sellers.iter().all(|it| fits(it, TEXT_CHARS_MAX))
            {
                found.push((at, Trouble::TooManyConsents));
            }
            if self.sell == Sell::Call && self.consent_required && consent.covers.is_empty() {
                found.push((at, Trouble::ConsentAllowsNoCall));
            }
        }
        found
    }
}

impl Field {
    fn trouble(&self) -> Option<Trouble> {
        let bidders = self.audience == Audience::Bidders;
        let name = self.name.as_str();
        if KEYS.contains(&name) {
            return Some(Trouble::ReservedField);
        }
        if (name == "zip" && self.kind != Kind::Zip) || (name == "state" && self.kind != Kind::State) {
            return Some(Trouble::Geography);
        }
        if self.label.trim().is_empty() || self.label.chars().nth(TEXT_CHARS_MAX).is_some() {
            return Some(Trouble::Label);
        }
        match &self.kind {
            kind if bidders && kind.is_personal() => Some(Trouble::PersonalForBidders),
            Kind::Number { min, max } => {
                let long = bidders && (*max > SHARED_NUMBER_MAX || *min < -SHARED_NUMBER_MAX);
                (min > max || long).then_some(Trouble::Range)
            }
            Kind::Choice(words) => (!(1..=CHOICES_MAX).contains(&words.len())).then_some(Trouble::Choice),
            _ => None,
        }
    }
}

impl Kind {
    /// Whether a value may say who a person is.
    pub const fn is_personal(&self) -> bool {
        match self {
            Self::Date | Self::Name | Self::Email | Self::Text => true,
            Self::Zip | Self::State | Self::Number { .. } | Self::YesNo | Self::Choice(_) => false,
        }
    }

    /// Its word in settings, and for a page that shows the field.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::State => "state",
            Self::Number { .. } => "number",
            Self::YesNo => "yes_no",
            Self::Choice(_) => "choice",
            Self::Date => "date",
            Self::Name => "name",
            Self::Email => "email",
            Self::Text => "text",
        }
    }
}

impl Trouble {
    /// What is wrong, and what mends it.
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::DuplicateField => ("an earlier field has this name", "give each its own name"),
            Self::ReservedField => (
                "every lead has this name for something else",
                "choose another name; a lead has its phone anyway",
            ),
            Self::PersonalForBidders => (
                "a value of this type can say who the person is, and bidders would see it",
                "write audience = \"winner\"",
            ),
            Self::Geography => {
                ("the name says a place, and the type does not", "write type = \"zip\" or \"state\"")
            }
            Self::Range => (
                "the range holds nothing, or numbers of eight and more digits that bidders would see",
                "write { number = { min = 18, max = 110 } }, or audience = \"winner\"",
            ),
            Self::Choice => ("a choice has 1 to 100 words", "write { choice = [\"own\", \"rent\"] }"),
            Self::Label => {
                ("a label has 1 to 200 characters", "write what a person is asked, ex: \"Zip code\"")
            }
            Self::TooManyFields => ("a form has at most 50 fields", "remove some"),
            Self::ConsentText => (
                "a consent has a version of 1 to 40 characters and a text of 1 to 4,000",
                "write the text that the person agrees to",
            ),
            Self::DuplicateConsent => {
                ("an earlier consent has this version", "give each text its own version")
            }
            Self::TooManyConsents => (
                "a form has at most 20 consents with at most 100 sellers each",
                "remove texts that no lead refers to",
            ),
            Self::NothingToAgreeTo => {
                ("a consent is required, and there is none to agree to", "write one under `consents`")
            }
            Self::ConsentAllowsNoCall => (
                "the person is rung, and the text allows no call",
                "write covers = [\"calls\"] if the text says so",
            ),
        }
    }
}
