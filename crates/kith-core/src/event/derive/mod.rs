//! What an event says beyond its words: on which device and program it happened, whether a program made it, how the person
//! came, and where they were.
//!
//! - Reads: an event's body, and the place that was found for its address when it came ([`Event::geo`]).
//! - Decides: everything from that event alone; a table that grows with a new Kith derives old events anew.
//! - Writes: nothing. [`super::habits`] sums it up for a carrier.
//! - Fails: never; what an event does not say, or says in another shape, is not derived.
//!
//! 1. [`context`] reads the few members that matter, each in its own shape or not at all.
//! 2. [`device`] believes the libraries of apps first (`context.device`, `.os`, `.app`), then the browser's hints
//!    (`context.userAgentData`), then the user agent ([`agent`]).
//! 3. [`campaign`] reads `utm_…` and click ids, [`message`] the events of e-mail, push and SMS tools, [`channel`] both and
//!    the referrer.

/// Serialises a struct whose empty texts are left out where names are written (JSON). A format without names, such as that of
/// the store, has to get every field, or it reads the next value in the place of one that was left out.
macro_rules! sparse {
    ($type:ident: $($always:ident)*; $($text:ident)+) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                let whole = !serializer.is_human_readable();
                let said = <[&str]>::len(&[$(stringify!($always)),*])
                    $(+ usize::from(whole || !self.$text.is_empty()))+;
                let mut fields = serializer.serialize_struct(stringify!($type), said)?;
                $(fields.serialize_field(stringify!($always), &self.$always)?;)*
                $(match whole || !self.$text.is_empty() {
                    true => fields.serialize_field(stringify!($text), &self.$text)?,
                    false => fields.skip_field(stringify!($text))?,
                })+
                fields.end()
            }
        }
    };
}
use sparse;

pub mod agent;
pub mod campaign;
pub mod channel;
mod context;
pub mod device;
pub mod geo;
pub mod message;
mod url;
#[cfg(test)]
mod tests;

pub use campaign::Campaign;
pub use channel::Channel;
pub use context::ip;
pub use device::{Device, Kind, System};
pub use geo::{Geo, Origin, Place};
pub use message::Act;

use super::Event;
use super::facts::Facts;
use context::{Context, Properties};
use serde::Serialize;

/// Everything that is derived from one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Derived {
    /// The device and the program on it; `None` = the event does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// True where a program made the event, not a person.
    pub bot: bool,
    /// By what that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_reason: Option<agent::BotReason>,
    /// How the person came; `None` = the event is no visit and no message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The campaign that brought them, or that the message belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// What happened to a message of ours (an e-mail, a push, an SMS); `None` = the event is of no message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Act>,
    /// Where they were, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo: Option<Place>,
}

impl Derived {
    /// The parts, as paths name them: `derived.device.kind`.
    pub const PARTS: [&str; 7] = ["device", "bot", "bot_reason", "channel", "campaign", "message", "geo"];

    /// Derives from one event; `facts` are those of its body.
    pub fn of(event: &Event, facts: &Facts) -> Derived {
        let context = Context::of(facts);
        let message = message::of(event);
        // Properties are read only where they can add something: most events have many, and none of these.
        let properties = match message.is_some() || context.page.0.url.is_none() {
            true => Properties::of(facts),
            false => Properties::default(),
        };
        let (device, bot_reason) = device::of(&context, facts.channel.as_deref());
        let page = channel::Page::of(event, &context, &properties);
        let campaign = campaign::of(&context, &page, message.map(|_| &properties));
        let channel = match message {
            Some((channel, _)) => Some(channel),
            None => channel::of(campaign.as_ref(), &page),
        };
        Derived {
            device,
            bot: bot_reason.is_some(),
            bot_reason,
            channel,
            campaign: campaign.map(|(campaign, _)| campaign).filter(|campaign| !campaign.is_empty()),
            message: message.map(|(_, act)| act),
            geo: geo::of(event, &context),
        }
    }

    /// True where the person themselves did it: neither a program nor the sender of a message.
    pub fn by_person(&self) -> bool {
        !self.bot && self.message != Some(Act::Sent)
    }
}
