//! `Submitted`: what a form said, as an event keeps it.

use std::collections::BTreeMap;

use lead::{CampaignId, Consent, E164, Evidence, FieldName, Identity, Lead, Pii, Profile, PublisherId};
use serde::{Deserialize, Serialize};

/// A filled form, read by what its campaign declares. `P` is the form of its personal values, as in [`crate::Event`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted<P> {
    /// The campaign that it is for.
    pub campaign: CampaignId,
    /// Who handed it in.
    pub publisher: Option<PublisherId>,
    /// The person's number in E.164 form.
    pub phone: Option<P>,
    /// What bidders may see.
    pub profile: Profile,
    /// What only the winner may see, by field.
    pub fields: BTreeMap<FieldName, P>,
    /// What the person agreed to.
    pub consent: Option<Consent>,
    /// The page that the form stood on.
    pub page: Option<P>,
    /// The network address that it was sent from.
    pub address: Option<P>,
    /// A certificate of the consent at a third party.
    pub certificate: Option<P>,
    /// The number was asked for too often: its person is not rung.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_too_often: bool,
}

impl<P> Submitted<P> {
    /// The same with its personal values in another form.
    pub fn map<Q>(self, f: &mut impl FnMut(P) -> Q) -> Submitted<Q> {
        Submitted {
            campaign: self.campaign,
            publisher: self.publisher,
            phone: self.phone.map(&mut *f),
            profile: self.profile,
            fields: self.fields.into_iter().map(|(field, value)| (field, f(value))).collect(),
            consent: self.consent,
            page: self.page.map(&mut *f),
            address: self.address.map(&mut *f),
            certificate: self.certificate.map(f),
            asked_too_often: self.asked_too_often,
        }
    }
}

impl Submitted<Pii<String>> {
    /// Of a lead that was read from a form.
    pub fn new(
        campaign: CampaignId,
        publisher: Option<PublisherId>,
        lead: Lead,
        consent: Option<Consent>,
    ) -> Self {
        let Lead { profile, identity } = lead;
        let Evidence { page, address, certificate } = identity.evidence;
        let phone = identity.phone.map(|number| number.map(|number| number.as_str().to_owned()));
        let fields = identity.fields;
        let asked_too_often = false;
        Self {
            campaign,
            publisher,
            phone,
            profile,
            fields,
            consent,
            page,
            address,
            certificate,
            asked_too_often,
        }
    }

    /// The lead, and what its person agreed to. It came from no call.
    pub(crate) fn into_lead(self) -> (Lead, Option<Consent>) {
        let Self { profile, fields, page, address, certificate, .. } = self;
        let phone = self.phone.and_then(|text| text.and_then(|text| E164::parse(text).ok()));
        let evidence = Evidence { page, address, certificate };
        (Lead { profile, identity: Identity { phone, caller: None, fields, evidence } }, self.consent)
    }
}
