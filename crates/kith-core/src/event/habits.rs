//! How somebody comes: sessions, devices, channels, campaigns, places; and apart from that what programs did.
//!
//! Every part is a commutative monoid, like all of [`super::fold::State`], of which this is one part: events in any order,
//! carriers merged in any grouping give the same. What a program did counts among the bots' events and nowhere else here.

use super::Event;
use super::derive::{Act, Campaign, Channel, Derived, Device, Geo, Origin};
use super::facts::Facts;
use super::fold::{Stamp, Tally};
use super::sessions::Sessions;
use super::tallies::{Bounded, Count, Days, Key};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How somebody comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    /// Times of activity.
    pub sessions: Sessions,
    /// Events by device.
    pub devices: Bounded<Device, Tally>,
    /// Events by channel.
    pub channels: Bounded<Channel, Tally>,
    /// Events by campaign: visits that it brought, and what became of its messages.
    pub campaigns: Bounded<Named, Interactions>,
    /// The first that brought them.
    pub first_touch: Option<Box<Touch>>,
    /// The last that brought them; one of which nobody knows whence ([`Channel::Direct`]) only where there is no other.
    pub last_touch: Option<Box<Touch>>,
    /// Where they were.
    pub places: Bounded<Geo, Stay>,
    /// Events that programs made.
    pub bots: Option<Tally>,
}

/// An event that brought somebody: a visit from elsewhere, or a click in a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Touch {
    /// When, and by which event.
    pub stamp: Stamp,
    /// By which way.
    pub channel: Channel,
    /// The campaign.
    pub campaign: Option<Campaign>,
    /// Call and name of the event.
    pub event: String,
}

/// A campaign as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// Who sends the visitor.
    pub source: Box<str>,
    /// By which way.
    pub medium: Box<str>,
    /// Its name, else its id.
    pub name: Box<str>,
}

/// What became of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interactions {
    /// All its events.
    pub events: Tally,
    /// Messages of it that were opened.
    pub opened: u64,
    /// Links in its messages that were followed.
    pub clicked: u64,
}

/// What happened at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Events.
    pub events: Tally,
    /// Days (UTC).
    pub days: Days,
    /// Orders that were completed there.
    pub orders: u64,
    /// How the place is known: one bit for each [`Origin`].
    pub origins: u8,
}

impl Count for Interactions {
    fn add(&mut self, more: &Interactions) {
        Count::add(&mut self.events, &more.events);
        self.opened += more.opened;
        self.clicked += more.clicked;
    }
}

impl Count for Stay {
    fn add(&mut self, more: &Stay) {
        Count::add(&mut self.events, &more.events);
        self.days.add(&more.days);
        self.orders += more.orders;
        self.origins |= more.origins;
    }
}

impl Key for Device {
    const MOST: usize = 64;
    // Kinds and systems are few.
    const LEVELS: u8 = 1;
    fn at_level(self, level: u8) -> Device {
        match level {
            0 => self,
            _ => Device { client: Cow::Borrowed(""), model: Cow::Borrowed(""), ..self },
        }
    }
}

impl Key for Channel {
    const MOST: usize = Channel::ALL.len();
    const LEVELS: u8 = 0;
    fn at_level(self, _: u8) -> Channel {
        self
    }
}

impl Key for Named {
    const MOST: usize = 200;
    const LEVELS: u8 = 3;
    fn at_level(self, level: u8) -> Named {
        let upto = |text: Box<str>, last: u8| if level <= last { text } else { "".into() };
        Named { source: upto(self.source, 2), medium: upto(self.medium, 1), name: upto(self.name, 0) }
    }
}

impl Key for Geo {
    const MOST: usize = 256;
    // There are 250 countries.
    const LEVELS: u8 = 2;
    fn at_level(self, level: u8) -> Geo {
        let upto = |text: Box<str>, last: u8| if level <= last { text } else { "".into() };
        Geo { country: self.country, region: upto(self.region, 1), city: upto(self.city, 0) }
    }
}

impl Habits {
    /// Takes in an event and what is derived from it.
    pub fn apply(&mut self, event: &Event, derived: &Derived, facts: &Facts) {
        let once = Tally::once(event.timestamp_ms);
        if derived.bot {
            match &mut self.bots {
                Some(bots) => Count::add(bots, &once),
                None => self.bots = Some(once),
            }
            return;
        }
        if derived.by_person() {
            self.sessions.add(event.timestamp_ms, facts.pause_ms);
        }
        if let Some(device) = &derived.device {
            self.devices.add(device.clone(), once);
        }
        if let Some(channel) = derived.channel {
            self.channels.add(channel, once);
        }
        if let Some(campaign) = &derived.campaign {
            self.campaigns.add(Named::of(campaign), Interactions::once(once, derived.message));
        }
        if let Some(touch) = Touch::of(event, derived) {
            self.touch(&touch);
        }
        if let Some(place) = &derived.geo {
            let stay = Stay {
                events: once,
                days: Days::of(event.timestamp_ms),
                orders: u64::from(event.name == "Order Completed"),
                origins: 1 << place.by as u8,
            };
            self.places.add(place.geo.clone(), stay);
        }
    }

    /// Takes in all that another carrier has.
    pub fn merge(&mut self, other: &Habits) {
        self.sessions.merge(&other.sessions);
        self.devices.merge(&other.devices);
        self.channels.merge(&other.channels);
        self.campaigns.merge(&other.campaigns);
        other.first_touch.iter().chain(&other.last_touch).for_each(|touch| self.touch(touch));
        self.places.merge(&other.places);
        match (&mut self.bots, &other.bots) {
            (Some(bots), Some(more)) => Count::add(bots, more),
            (bots @ None, Some(more)) => *bots = Some(*more),
            (_, None) => {}
        }
    }

    fn touch(&mut self, touch: &Touch) {
        if self.first_touch.as_deref().is_none_or(|first| touch < first) {
            self.first_touch = Some(Box::new(touch.clone()));
        }
        if self.last_touch.as_deref().is_none_or(|last| touch.weight() > last.weight()) {
            self.last_touch = Some(Box::new(touch.clone()));
        }
    }
}

impl Touch {
    fn of(event: &Event, derived: &Derived) -> Option<Touch> {
        let channel = derived.channel.filter(|channel| *channel != Channel::Internal)?;
        // An e-mail that arrives, or that a mailbox opens, has brought nobody.
        let brought = derived.message.is_none_or(|act| act == Act::Clicked);
        brought.then(|| Touch {
            stamp: Stamp { at_ms: event.timestamp_ms, by: event.message_id.clone() },
            channel,
            campaign: derived.campaign.clone(),
            event: super::fold::named(event),
        })
    }

    fn weight(&self) -> (bool, &Touch) {
        (self.channel != Channel::Direct, self)
    }
}

impl Named {
    fn of(campaign: &Campaign) -> Named {
        let name = if campaign.name.is_empty() { &campaign.id } else { &campaign.name };
        Named { source: campaign.source.clone(), medium: campaign.medium.clone(), name: name.clone() }
    }
}

impl Interactions {
    fn once(events: Tally, act: Option<Act>) -> Interactions {
        Interactions {
            events,
            opened: u64::from(act == Some(Act::Opened)),
            clicked: u64::from(act == Some(Act::Clicked)),
        }
    }
}

impl Stay {
    /// How the place is known.
    pub fn known_by(&self) -> Vec<Origin> {
        let all = [Origin::Device, Origin::Address, Origin::Sender];
        all.into_iter().filter(|origin| self.origins & (1 << *origin as u8) != 0).collect()
    }
}

#[cfg(test)]
#[path = "habits/tests.rs"]
mod tests;
