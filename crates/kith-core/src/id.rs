//! Identifiers that the whole product shares. They are types, so that a tenant can not be mistaken for a source.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A workspace. It is part of every key, path and table; a single-tenant installation has one called `default`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tenant(String);

impl Tenant {
    /// The tenant of a single-tenant installation.
    pub fn default_tenant() -> Self {
        Tenant("default".into())
    }

    /// The name, safe to use as a path component.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tenant {
    type Error = BadName;
    fn try_from(name: String) -> Result<Self, BadName> {
        checked_name(name).map(Tenant)
    }
}

impl From<Tenant> for String {
    fn from(tenant: Tenant) -> String {
        tenant.0
    }
}

/// The name of a source as the configuration gives it: `crm`, `shop`, `tills`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceName(String);

impl SourceName {
    /// The name, safe to use as a path component and as a SQL identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SourceName {
    type Error = BadName;
    fn try_from(name: String) -> Result<Self, BadName> {
        checked_name(name).map(SourceName)
    }
}

impl TryFrom<&str> for SourceName {
    type Error = BadName;
    fn try_from(name: &str) -> Result<Self, BadName> {
        checked_name(name.to_string()).map(SourceName)
    }
}

impl From<SourceName> for String {
    fn from(source: SourceName) -> String {
        source.0
    }
}

/// A name that can not be a path component or SQL identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name {name:?} can not be used: use 1 to 64 lower-case letters, digits and _, beginning with a letter"
)]
pub struct BadName {
    /// The name as given.
    pub name: String,
}

fn checked_name(name: String) -> Result<String, BadName> {
    let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    if letters && first && name.len() <= 64 { Ok(name) } else { Err(BadName { name }) }
}

/// A place in the log: the ordinal number of an entry, from 1. Position 0 is "nothing yet".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// An identity node. A record node gets the log position of the entry that first brought it, so ids are issued
/// once, in order of arrival, and a replay of the log issues the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

/// A profile: issued once, redirected after a merge, never used again for another person. Text form `p` and
/// 13 letters and digits (Crockford base 32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileId(pub u64);

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(14);
        text.push('p');
        for i in (0..13).rev() {
            text.push(CROCKFORD[(self.0 >> (5 * i)) as usize & 31] as char);
        }
        f.write_str(&text)
    }
}

impl std::str::FromStr for ProfileId {
    type Err = BadProfileId;
    fn from_str(text: &str) -> Result<Self, BadProfileId> {
        let bad = || BadProfileId { text: text.chars().take(40).collect() };
        let digits = text.strip_prefix('p').filter(|d| d.len() == 13).ok_or_else(bad)?;
        let mut value: u128 = 0;
        for c in digits.bytes() {
            let digit = CROCKFORD.iter().position(|k| *k == c).ok_or_else(bad)?;
            value = value << 5 | digit as u128;
        }
        u64::try_from(value).map(ProfileId).map_err(|_| bad())
    }
}

/// A text that is not a profile id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a profile id: expected p and 13 letters or digits")]
pub struct BadProfileId {
    /// The text as given, shortened.
    pub text: String,
}

impl Serialize for ProfileId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProfileId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_ids_survive_their_text_form() {
        for value in [0, 1, 31, 32, 0xdead_beef, u64::MAX] {
            let text = ProfileId(value).to_string();
            assert_eq!(text.parse::<ProfileId>(), Ok(ProfileId(value)), "{text}");
        }
        assert!("pzzzzzzzzzzzzz".parse::<ProfileId>().is_err(), "65 bits do not fit");
        assert!("p1".parse::<ProfileId>().is_err());
    }

    #[test]
    fn names_that_would_leave_their_folder_are_refused() {
        for name in ["", "../x", "a/b", "A", "1a", "a b", "a\0"] {
            assert!(SourceName::try_from(name).is_err(), "{name:?}");
        }
        assert!(SourceName::try_from("crm_2").is_ok());
    }
}
