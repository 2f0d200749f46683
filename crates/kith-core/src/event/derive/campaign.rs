//! The campaign that brought somebody: `context.campaign`, the `utm_…` parameters of the page's address, click ids of
//! advertising networks, and what the events of mail tools say of theirs.

use super::channel::{Channel, Page};
use super::context::{Context, Properties};
use super::url::parameters;
use serde::Deserialize;

/// A campaign; what is not said is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct Campaign {
    /// `utm_source`: who sends the visitor.
    #[serde(default)]
    pub source: Box<str>,
    /// `utm_medium`: by which way.
    #[serde(default)]
    pub medium: Box<str>,
    /// `utm_campaign`: its name.
    #[serde(default)]
    pub name: Box<str>,
    /// `utm_term`: the words that were bought.
    #[serde(default)]
    pub term: Box<str>,
    /// `utm_content`: which of several advertisements or links.
    #[serde(default)]
    pub content: Box<str>,
    /// `utm_id`, or the id that the mail tool gives.
    #[serde(default)]
    pub id: Box<str>,
    /// The message of ours that it was: the mail tool's id of the e-mail or push.
    #[serde(default)]
    pub message: Box<str>,
    /// The kind of click id that was in the address (`gclid`); the id itself stays in the event's body.
    #[serde(default)]
    pub click: Box<str>,
}

super::sparse!(Campaign: ; source medium name term content id message click);

/// Longer words are cut.
const WORD_BYTES_MAX: usize = 200;

/// Parameters that advertising networks and mail tools add to an address, and the channel that they stand for. `fbclid` is
/// on every link that leaves Facebook, paid or not.
const CLICKS: &[(&str, Channel)] = &[
    ("gclid", Channel::PaidSearch),
    ("gbraid", Channel::PaidSearch),
    ("wbraid", Channel::PaidSearch),
    ("msclkid", Channel::PaidSearch),
    ("yclid", Channel::PaidSearch),
    ("dclid", Channel::Display),
    ("fbclid", Channel::Social),
    ("igshid", Channel::Social),
    ("ttclid", Channel::PaidSocial),
    ("twclid", Channel::PaidSocial),
    ("li_fat_id", Channel::PaidSocial),
    ("ScCid", Channel::PaidSocial),
    ("rdt_cid", Channel::PaidSocial),
    ("epik", Channel::PaidSocial),
    ("irclickid", Channel::Affiliate),
    ("cjevent", Channel::Affiliate),
    ("awc", Channel::Affiliate),
    ("ranSiteID", Channel::Affiliate),
    ("mc_cid", Channel::Email),
    ("mc_eid", Channel::Email),
    ("_kx", Channel::Email),
    ("_hsenc", Channel::Email),
    ("vero_id", Channel::Email),
];

impl Campaign {
    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Campaign::default()
    }
}

/// The campaign, with the channel that a click id stands for. `message` = the properties of a message's event.
pub(super) fn of(
    context: &Context,
    page: &Page,
    message: Option<&Properties>,
) -> Option<(Campaign, Option<Channel>)> {
    let (mut campaign, mut clicked) = (Campaign::default(), None);
    let said = &context.campaign;
    let fields = [
        (&mut campaign.source, &said.source),
        (&mut campaign.medium, &said.medium),
        (&mut campaign.name, &said.name),
        (&mut campaign.term, &said.term),
        (&mut campaign.content, &said.content),
        (&mut campaign.id, &said.id),
    ];
    fields.into_iter().for_each(|(field, said)| fill(field, said.get().unwrap_or_default()));
    for (name, value) in page.addresses().flat_map(parameters) {
        match name {
            "utm_source" => fill(&mut campaign.source, &value),
            "utm_medium" => fill(&mut campaign.medium, &value),
            "utm_campaign" => fill(&mut campaign.name, &value),
            "utm_term" => fill(&mut campaign.term, &value),
            "utm_content" => fill(&mut campaign.content, &value),
            "utm_id" => fill(&mut campaign.id, &value),
            _ => {
                let known = CLICKS.iter().find(|(click, _)| *click == name && !value.is_empty());
                if let Some((click, channel)) = known.filter(|_| clicked.is_none()) {
                    clicked = Some(*channel);
                    campaign.click = (*click).into();
                }
            }
        }
    }
    if let Some(properties) = message {
        fill(&mut campaign.name, properties.campaign_name.get().unwrap_or_default());
        fill(&mut campaign.id, properties.campaign_id.get().unwrap_or_default());
        fill(&mut campaign.message, properties.email_id.get().unwrap_or_default());
    }
    (!campaign.is_empty()).then_some((campaign, clicked))
}

/// The first that says something.
fn fill(field: &mut Box<str>, said: &str) {
    let said = said.trim();
    if field.is_empty() && !said.is_empty() {
        let mut end = said.len().min(WORD_BYTES_MAX);
        while !said.is_char_boundary(end) {
            end -= 1;
        }
        *field = said[..end].into();
    }
}
