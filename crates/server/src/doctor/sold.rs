//! What the settings say that nobody can have meant: offers that never buy, callers that nobody is there for.

use std::collections::BTreeMap;

use auction::{Destination, Offer, Reserve};
use ivr::Exhausted;
use journey::Recording;
use lead::{Channel, Money};
use settings::Settings;

use super::{Code, Finding};
use crate::{config::Config, switchboard::Speaker};

pub(super) fn findings(config: &Config, settings: &Settings) -> Vec<Finding> {
    let warning = |it: &settings::SettingsProblem| Code::SettingsWarning.says(&it.path, &*it.what, &*it.mend);
    let mut found: Vec<_> = settings.warnings().iter().map(warning).collect();
    for offer in settings.offers().filter(|it| it.active) {
        found.extend(of_offer(config, settings, offer));
    }
    found.extend(unsaid(config, settings));
    found.extend(shared(settings));
    found.extend(reserves(settings));
    for campaign in settings.campaigns().filter(|it| it.fallback.dial.is_none()) {
        let what = "a caller whom nobody buys hears a farewell, and is connected to nobody";
        let mend = "name a number of yours in fallback.dial";
        found.push(Code::FallbackMissing.says(format!("campaign.{}", campaign.id), what, mend));
    }
    found
}

fn of_offer(config: &Config, settings: &Settings, offer: &Offer) -> Vec<Finding> {
    let at = format!("offer.{}", offer.id);
    let mut found = vec![];
    if offer.hours.as_ref().is_some_and(|hours| hours.spans.is_empty()) {
        let mend = "give a day its hours, ex: mon = [\"09:00-17:00\"], or leave hours out to buy always";
        found.push(Code::NeverOpen.says(&at, "its hours never open, so it is never asked", mend));
    }
    if offer.talk_max < offer.payable_after {
        let what = "the longest talk ends before it is paid for, so no sale of it is ever earned";
        found.push(Code::NeverPayable.says(&at, what, "raise talk_max, or lower payable_after"));
    }
    if offer.endpoints.ping_url.is_none() && !settings.general().fallback_to_static {
        let what = "it is never asked for a bid, and fallback_to_static is off, so it never buys";
        found.push(Code::StaticUnused.says(&at, what, "set ping_url, or fallback_to_static = true"));
    }
    if config.exchange.allow_private_targets {
        let endpoints = &offer.endpoints;
        let urls = [endpoints.ping_url.as_ref(), Some(&endpoints.post_url), endpoints.confirm_url.as_ref()];
        if urls.into_iter().flatten().any(|url| url.starts_with("http://")) {
            let what = "one of its URLs is not https: leads would travel in the clear";
            found.push(Code::EndpointInsecure.says(&at, what, "ask the buyer for its https URL"));
        }
    }
    found
}

/// Texts that no recording says and no command reads aloud: callers by SIP hear a beep in their place.
fn unsaid(config: &Config, settings: &Settings) -> Vec<Finding> {
    let Some(sip) = &config.sip else { return vec![] };
    let speaker = match Speaker::new(sip) {
        Ok(speaker) => speaker,
        Err(error) => {
            let mend = "save each recording as WAV, 16-bit PCM, or leave sip.prompts empty";
            return vec![Code::TextsUnsaid.says("sip.prompts", crate::chain_of(error.as_ref()), mend)];
        }
    };
    let mut found = vec![];
    for campaign in settings.campaigns() {
        let script = &campaign.script;
        let questions = script.questions.iter().flat_map(|question| {
            let ended = match &question.exhausted {
                Exhausted::End { say } => say.as_slice(),
                Exhausted::Skip => &[],
            };
            let refused = question.disqualify.iter().flat_map(|it| &it.say);
            let asked = question.ask.iter().chain(&question.again).chain(&question.on_silence);
            asked.chain(ended).chain(refused)
        });
        let notice = match &campaign.recording {
            Recording::On { notice } => notice.as_slice(),
            Recording::Off => &[],
        };
        let said = script.greeting.iter().chain(questions).chain(&script.closing).chain(notice);
        let said = said.chain(&campaign.fallback.say).chain(&campaign.hold_audio);
        let count = said.filter(|part| !speaker.can_say(part)).count();
        if count > 0 {
            let what = format!(
                "{count} of its texts and recordings cannot be heard by SIP; a beep takes their place"
            );
            let mend =
                "set sip.say to a command that reads aloud, or play recordings of sip.prompts by their names";
            found.push(Code::TextsUnsaid.says(format!("campaign.{}", campaign.id), what, mend));
        }
    }
    found
}

/// Offers of several buyers that send calls to one place: whoever answers there sells them twice, or one was copied.
fn shared(settings: &Settings) -> Vec<Finding> {
    let mut at: BTreeMap<String, Vec<&Offer>> = BTreeMap::new();
    for offer in settings.offers().filter(|it| it.active) {
        let to = offer.destination.as_ref().map(|to| match to {
            Destination::Phone(number) => number.as_str().to_owned(),
            Destination::Sip(uri) => uri.as_str().to_owned(),
        });
        at.entry(to.unwrap_or_default()).or_default().push(offer);
    }
    at.remove("");
    let mut found = vec![];
    for offers in at.values() {
        let first = offers[0];
        if let Some(other) = offers.iter().find(|it| it.buyer != first.buyer) {
            let what = format!("offer {} of another buyer sends its calls to the same destination", other.id);
            let mend = "give each buyer's offers a destination of their own";
            found.push(Code::DestinationShared.says(format!("offer.{}", first.id), what, mend));
        }
    }
    found
}

/// Offers whose highest bid is below what a campaign's reserve asks for whenever the best static price stands.
fn reserves(settings: &Settings) -> Vec<Finding> {
    let mut found = vec![];
    for campaign in settings.campaigns().filter(|it| it.rules.reserve == Reserve::BestStatic) {
        let offers = settings.offers_for(&campaign.vertical, Channel::Call);
        let active: Vec<_> = offers.iter().map(|(offer, _)| offer).filter(|it| it.active).collect();
        let best = active.iter().filter_map(|it| it.static_price).max().unwrap_or(Money::ZERO);
        for offer in active.iter().filter(|it| it.bid_max.is_some_and(|most| most < best)) {
            let what = format!(
                "its highest bid is below the best static price of campaign {}, which is its reserve",
                campaign.id
            );
            let mend = "raise bid_max, or set reserve = \"none\" on the campaign";
            found.push(Code::BidBelowReserve.says(format!("offer.{}", offer.id), what, mend));
        }
    }
    found
}
