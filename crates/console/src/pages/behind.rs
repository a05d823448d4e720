//! The setting behind a reason, as a page shows it: what it is called, with the way to its field in its form.

use settings::Kind;
use store::behind::{Behind, Setting, SettingOf};

use super::entries;
use crate::{Permission, actor::Actor, business::Business};

/// What stands behind a reason.
pub(crate) struct BehindView {
    /// The setting, as people call it, or why there is none.
    pub(crate) text: String,
    /// The field in its form. Empty: there is none, it is gone, or who looks may not see it.
    pub(crate) to: String,
    /// Whether a setting stands behind it.
    pub(crate) is_setting: bool,
}

impl BehindView {
    pub(crate) fn of(behind: &Behind, business: &Business, actor: &Actor) -> Self {
        match behind {
            Behind::Setting(setting) => Self {
                text: called(setting, business),
                to: if actor.may(Permission::ReadSettings) && is_there(setting, business) {
                    field_of(setting)
                } else {
                    String::new()
                },
                is_setting: true,
            },
            Behind::Cause(cause) => {
                Self { text: cause.text().to_owned(), to: String::new(), is_setting: false }
            }
        }
    }
}

/// The address of a setting's field in its form.
pub(crate) fn field_of(setting: &Setting) -> String {
    format!("{}#{}", setting.page(), setting.key)
}

/// What a setting is called, ex: `Medicare SE: Least bid`.
fn called(setting: &Setting, business: &Business) -> String {
    let (kind, whose) = match &setting.of {
        SettingOf::Offer(id) => (Some(Kind::Offer), business.names.offer(id)),
        SettingOf::Buyer(id) => (Some(Kind::Buyer), business.names.buyer(id)),
        SettingOf::Campaign(id) => (Some(Kind::Campaign), business.campaign(id)),
        SettingOf::General => (None, "Settings".to_owned()),
    };
    let label =
        entries::label(kind, setting.key).map_or_else(|| setting.key.replace('_', " "), str::to_owned);
    let entry = setting.entry.as_ref().map(|entry| format!(", {}", entry.replace('_', " ")));
    format!("{whose}: {label}{}", entry.unwrap_or_default())
}

/// Whether the settings in use still have whose it is.
fn is_there(setting: &Setting, business: &Business) -> bool {
    match &setting.of {
        SettingOf::Offer(id) => business.names.offers.contains_key(id),
        SettingOf::Buyer(id) => business.names.buyers.contains_key(id),
        SettingOf::Campaign(id) => business.campaigns.contains_key(id),
        SettingOf::General => true,
    }
}
