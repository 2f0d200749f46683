//! Events of messages that we sent: the names of Segment's specification for e-mail, push and SMS, which the mail tools send.

use super::Channel;
use crate::event::{Call, Event};
use serde::{Deserialize, Serialize};

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// It went out, arrived or bounced: nothing that the person did.
    Sent,
    /// It was opened, by the person or by a mailbox that opens everything.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// The person left the list or called it spam.
    Refused,
}

const EVENTS: &[(&str, Channel, Act)] = &[
    ("email sent", Channel::Email, Act::Sent),
    ("email delivered", Channel::Email, Act::Sent),
    ("email bounced", Channel::Email, Act::Sent),
    ("email opened", Channel::Email, Act::Opened),
    ("email link clicked", Channel::Email, Act::Clicked),
    ("email clicked", Channel::Email, Act::Clicked),
    ("email marked as spam", Channel::Email, Act::Refused),
    ("unsubscribed", Channel::Email, Act::Refused),
    ("push notification sent", Channel::Push, Act::Sent),
    ("push notification received", Channel::Push, Act::Sent),
    ("push notification bounced", Channel::Push, Act::Sent),
    ("push notification opened", Channel::Push, Act::Opened),
    ("push notification tapped", Channel::Push, Act::Clicked),
    ("sms sent", Channel::Sms, Act::Sent),
    ("sms delivered", Channel::Sms, Act::Sent),
    ("sms bounced", Channel::Sms, Act::Sent),
    ("sms link clicked", Channel::Sms, Act::Clicked),
];

/// What an event says of a message; `None` = it is of none.
pub(super) fn of(event: &Event) -> Option<(Channel, Act)> {
    if event.call != Call::Track {
        return None;
    }
    let found = EVENTS.iter().find(|(name, ..)| event.name.eq_ignore_ascii_case(name));
    found.map(|(_, channel, act)| (*channel, *act))
}
