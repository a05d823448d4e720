//! `form` and `callback` of a campaign: what publishers and visitors may hand in, and how a person is rung who asks for it.

mod consent;
mod field;
mod problems;

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use bridge::permit::{Check, Needs, Requirements};
use ivr::Speech;
use journey::{AuctionAt, CodeRule, OnMachine};
use lead::{CampaignId, E164};
use publisher::{Form, Sell};

pub(super) use self::problems::report;
use super::{entity::Written, field::Field, keys::Section, script::speech, table::Table};

const SELLS: [(&str, Sell); 2] = [("data", Sell::Data), ("call", Sell::Call)];
const AUCTIONS: [(&str, AuctionAt); 2] =
    [("pressed_1", AuctionAt::Pressed1), ("ringing", AuctionAt::Ringing)];
const CODES: [(&str, CodeRule); 2] = [("none", CodeRule::None), ("sms", CodeRule::Sms)];
const MACHINES: [(&str, OnMachine); 2] = [("try_again", OnMachine::TryAgain), ("hang_up", OnMachine::HangUp)];
const NEEDS: [(&str, Needs); 3] =
    [("automated_voice", Needs::AutomatedVoice), ("calls", Needs::Calls), ("nothing", Needs::Nothing)];
/// What they hear who want no more calls.
const STOPPED: &str = "We will not call you again. Goodbye.";

/// The waits between tries where nothing else is said.
const RETRY_DEFAULT: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(60 * 60)];
/// Most tries of one request: the law of some states has three a day.
pub const CALLBACK_TRIES_MAX: usize = 5;
const RETRY: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);
const RING_DEFAULT: Duration = Duration::from_secs(25);
const RING: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(60);
const BRAND_CHARS_MAX: usize = 60;

/// How a person is rung who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// What the request says beside the number.
    pub form: Arc<Form>,
    /// Our number that is to show, where one is named.
    pub(super) from: Option<E164>,
    /// In whose name we call, and how. Its number is filled in when the campaign's are known.
    how: How,
}

/// What of a callback does not hang on the campaign's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct How {
    requirements: Requirements,
    ring: Duration,
    again: Vec<Duration>,
    machine: OnMachine,
    code: CodeRule,
    auction: AuctionAt,
    gate: Vec<Speech>,
    stopped: Vec<Speech>,
}

impl Callback {
    /// In whose name we call.
    pub fn brand(&self) -> &str {
        &self.how.requirements.brand
    }

    /// What the person hears first.
    pub(super) fn gate(&self) -> &[Speech] {
        &self.how.gate
    }

    /// What they hear who want no more calls.
    pub(super) fn stopped(&self) -> &[Speech] {
        &self.how.stopped
    }

    /// As the journey is told of it. `ours` are the campaign's numbers; there is one, or the settings are refused.
    pub(super) fn of_journey<'a>(
        &self,
        mut ours: impl Iterator<Item = &'a E164>,
    ) -> Option<journey::Callback> {
        let from = self.from.clone().or_else(|| ours.next().cloned())?;
        let How { requirements, ring, again, machine, code, auction, gate, stopped } = self.how.clone();
        Some(journey::Callback { from, requirements, ring, again, machine, code, auction, gate, stopped })
    }
}

/// What a campaign takes beside calls.
#[derive(Debug, Clone)]
pub(super) struct Handed {
    pub(super) campaign: CampaignId,
    pub(super) form: Option<Arc<Form>>,
    pub(super) callback: Option<Arc<Callback>>,
}

impl Handed {
    /// Both forms, where they are.
    pub(super) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.form.iter().map(AsRef::as_ref).chain(self.callback.iter().map(|it| it.form.as_ref()))
    }
}

/// Reads what a campaign says of it.
pub(super) fn read(campaign: &Written<'_, journey::Campaign>) -> Handed {
    let table = &campaign.table;
    Handed {
        campaign: campaign.value.id.clone(),
        form: table.field("form").and_then(|field| form(&field)).map(Arc::new),
        callback: table
            .field("callback")
            .and_then(|field| callback(&field, &campaign.value.name))
            .map(Arc::new),
    }
}

fn form(field: &Field<'_>) -> Option<Form> {
    let table = field.table(Section::Form)?;
    let sell = table.needed("sell", "say what becomes of a lead: \"data\", or \"call\" to ring its person");
    let sell = sell.and_then(|field| field.word(&SELLS)).unwrap_or_default();
    Some(declared(&table, sell))
}

/// What a form and a callback declare alike.
fn declared(table: &Table<'_>, sell: Sell) -> Form {
    let fields = table.field("field").map(|field| field.tables(Section::FormField)).unwrap_or_default();
    let consents = table.field("consent").map(|field| field.tables(Section::FormConsent)).unwrap_or_default();
    Form {
        sell,
        fields: fields.iter().enumerate().map(|(n, table)| field::read(table, n + 1)).collect(),
        consents: consents.iter().map(consent::read).collect(),
        consent_required: table.field("consent_required").and_then(|field| field.flag()).unwrap_or(true),
    }
}

fn callback(field: &Field<'_>, name: &str) -> Option<Callback> {
    let table = field.table(Section::Callback)?;
    let brand = table.field("brand").and_then(|field| {
        let text = field.text()?;
        let odd = text.is_empty()
            || text.chars().nth(BRAND_CHARS_MAX).is_some()
            || text.chars().any(char::is_control);
        if odd {
            return field
                .wrong("this is no brand", format!("write 1 to {BRAND_CHARS_MAX} characters in one line"));
        }
        Some(text.to_owned())
    });
    let brand = brand.unwrap_or_else(|| name.to_owned());
    let prompt = table.field("prompt").map(|field| speech::needed(&field));
    let stopped = table.field("stopped").map(|field| speech::needed(&field));
    let how = How {
        again: table.field("retry").map_or_else(|| RETRY_DEFAULT.to_vec(), |field| retry(&field)),
        ring: table.field("ring").and_then(|field| field.wait(RING)).unwrap_or(RING_DEFAULT),
        gate: prompt.unwrap_or_else(|| vec![Speech::Say(said(&brand))]),
        stopped: stopped.unwrap_or_else(|| vec![Speech::Say(STOPPED.to_owned())]),
        machine: table
            .field("machine")
            .and_then(|field| field.word(&MACHINES))
            .unwrap_or(OnMachine::TryAgain),
        auction: table.field("auction").and_then(|field| field.word(&AUCTIONS)).unwrap_or_default(),
        code: table.field("code").and_then(|field| field.word(&CODES)).unwrap_or_default(),
        requirements: requirements(&table, brand),
    };
    let from =
        table.field("from").and_then(|field| field.parsed("this is no number in E.164 form", E164::parse));
    Some(Callback { form: Arc::new(declared(&table, Sell::Call)), from, how })
}

fn requirements(callback: &Table<'_>, brand: String) -> Requirements {
    let usual = Requirements { brand, ..Requirements::default() };
    let Some(table) = callback.field("require").and_then(|field| field.table(Section::Require)) else {
        return usual;
    };
    let check = |key: &str| match table.field(key).and_then(|field| field.flag()) {
        Some(false) => Check::Waived,
        Some(true) | None => Check::Required,
    };
    Requirements {
        consent: table.field("consent").and_then(|field| field.word(&NEEDS)).unwrap_or(usual.consent),
        seller: check("seller"),
        national_list: check("national_list"),
        litigators: check("litigators"),
        ..usual
    }
}

fn retry(field: &Field<'_>) -> Vec<Duration> {
    let waits = field.list();
    if waits.len() >= CALLBACK_TRIES_MAX {
        let mend = format!("write at most {} waits", CALLBACK_TRIES_MAX - 1);
        field.wrong::<()>("a request is tried too often", mend);
    }
    waits.iter().filter_map(|wait| wait.wait(RETRY)).collect()
}

fn said(brand: &str) -> String {
    format!(
        "Hello, this is {brand}. You asked us to call you. Press 1 to be connected. Press 9 if we shall not call you \
         any more."
    )
}
