//! On which identity an event hangs, and what it says of other identities.
//!
//! An event hangs on its user where it names one, else on its visitor. What it says beyond that is a *claim*: this
//! visitor was this user at that time. Claims are kept on the visitor, so that its earlier, anonymous history attaches
//! to the user, whatever the order in which events arrive.

use super::Event;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of id a carrier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// A user, as the source's own accounts know them.
    UserId,
    /// A visitor, as a device or browser knows them.
    AnonymousId,
}

impl IdKind {
    /// The word in keys and in the API.
    pub fn name(self) -> &'static str {
        match self {
            IdKind::UserId => "user_id",
            IdKind::AnonymousId => "anonymous_id",
        }
    }
}

/// An identity that events hang on. Text form `user_id:u1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Carrier {
    /// What kind of id.
    pub kind: IdKind,
    /// The id, as it was sent.
    pub id: String,
}

impl Carrier {
    /// A user.
    pub fn user(id: impl Into<String>) -> Carrier {
        Carrier { kind: IdKind::UserId, id: id.into() }
    }

    /// A visitor.
    pub fn visitor(id: impl Into<String>) -> Carrier {
        Carrier { kind: IdKind::AnonymousId, id: id.into() }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.id)
    }
}

/// A text that names no carrier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither user_id:… nor anonymous_id:…")]
pub struct NoCarrier {
    /// The text as given.
    pub text: String,
}

impl FromStr for Carrier {
    type Err = NoCarrier;
    fn from_str(text: &str) -> Result<Self, NoCarrier> {
        let found = match text.split_once(':') {
            Some(("user_id", id)) if !id.is_empty() => Some(Carrier::user(id)),
            Some(("anonymous_id", id)) if !id.is_empty() => Some(Carrier::visitor(id)),
            _ => None,
        };
        found.ok_or_else(|| NoCarrier { text: text.into() })
    }
}

/// Ids that programs send where they know of none: they stand for nobody, so they carry and link nothing (Segment's
/// defaults and what JavaScript makes of a missing value).
pub fn stands_for_nobody(id: &str) -> bool {
    let id = id.trim();
    id.bytes().all(|b| b == b'0' || b == b'-')
        || id == "-1"
        || ["null", "anonymous", "undefined", "none", "nan", "nil", "[object object]", "guest", "unknown"]
            .iter()
            .any(|word| id.eq_ignore_ascii_case(word))
}

/// The carrier of an event; `None` = it names nobody (such an event is refused when it arrives).
pub fn of(event: &Event) -> Option<Carrier> {
    let named = |id: &Option<String>| id.as_ref().filter(|id| !stands_for_nobody(id)).cloned();
    named(&event.user_id).map(Carrier::user).or_else(|| named(&event.anonymous_id).map(Carrier::visitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_stand_for_nobody() {
        for id in
            ["", "0", "0000-0000", "-1", "null", "NULL", "anonymous", "undefined", "[object Object]", " "]
        {
            assert!(stands_for_nobody(id), "{id:?}");
        }
        for id in ["1", "a0", "00a", "nullable", "u-1", "00000001"] {
            assert!(!stands_for_nobody(id), "{id:?}");
        }
    }

    #[test]
    fn the_text_form_comes_back() {
        for carrier in [Carrier::user("a:b"), Carrier::visitor(" ")] {
            assert_eq!(carrier.to_string().parse::<Carrier>(), Ok(carrier));
        }
        assert!("user_id:".parse::<Carrier>().is_err());
        assert!("email:a@b".parse::<Carrier>().is_err());
    }
}
