//! How a person or program names a customer or a record: `email:ada@example.org`, `crm:17`, `profile:p…`, `node:5`.

use crate::error::Error;
use kith_core::id::{NodeId, ProfileId};
use std::fmt;
use std::str::FromStr;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A profile by id; ids that were merged away are followed.
    Profile(ProfileId),
    /// A record by node id.
    Node(NodeId),
    /// Records by an identifier: `email`, `phone`, `customer_id`, … or a source's name with the record's key.
    Identifier {
        /// The type.
        kind: String,
        /// The value, as typed.
        value: String,
    },
}

impl Lookup {
    /// The type, as the answer repeats it.
    pub fn kind(&self) -> &str {
        match self {
            Lookup::Profile(_) => "profile",
            Lookup::Node(_) => "node",
            Lookup::Identifier { kind, .. } => kind,
        }
    }

    /// The value, as the answer repeats it.
    pub fn value(&self) -> String {
        match self {
            Lookup::Profile(id) => id.to_string(),
            Lookup::Node(id) => id.0.to_string(),
            Lookup::Identifier { value, .. } => value.clone(),
        }
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.value())
    }
}

impl FromStr for Lookup {
    type Err = Error;

    /// `type:value`; a bare profile id and a bare node number are understood too.
    fn from_str(text: &str) -> Result<Lookup, Error> {
        let text = text.trim();
        let bad = |why: String| {
            let help = "Write type:value, for example email:ada@example.org, phone:+15551234567, crm:17, profile:p… or node:5.";
            Error::input("K-LOOKUP-FORM", why, help)
        };
        let Some((kind, value)) = text.split_once(':') else {
            if let Ok(id) = text.parse() {
                return Ok(Lookup::Profile(id));
            }
            return match text.parse() {
                Ok(node) => Ok(Lookup::Node(NodeId(node))),
                Err(_) if text.contains('@') => {
                    Ok(Lookup::Identifier { kind: "email".into(), value: text.into() })
                }
                Err(_) => Err(bad(format!("{text:?} does not say what kind of identifier it is"))),
            };
        };
        let (kind, value) = (kind.trim(), value.trim());
        if kind.is_empty() || value.is_empty() {
            return Err(bad(format!("{text:?} has no type or no value")));
        }
        match kind {
            "profile" => value.parse().map(Lookup::Profile).map_err(|e| bad(format!("{e}"))),
            "node" => match value.parse() {
                Ok(node) => Ok(Lookup::Node(NodeId(node))),
                Err(_) => Err(bad(format!("{value:?} is not a node number"))),
            },
            _ => Ok(Lookup::Identifier { kind: kind.into(), value: value.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Lookup, Error> {
        text.parse()
    }

    #[test]
    fn the_usual_ways_to_name_a_customer_are_understood() {
        let email = Lookup::Identifier { kind: "email".into(), value: "ada@example.org".into() };
        assert_eq!(parse("email:ada@example.org").ok(), Some(email.clone()));
        assert_eq!(parse("ada@example.org").ok(), Some(email));
        assert_eq!(parse("17").ok(), Some(Lookup::Node(NodeId(17))));
        let id = ProfileId(99).to_string();
        assert_eq!(parse(&id).ok(), Some(Lookup::Profile(ProfileId(99))));
        assert_eq!(parse(&format!("profile:{id}")).ok(), Some(Lookup::Profile(ProfileId(99))));
        let key = Lookup::Identifier { kind: "crm".into(), value: "a:b".into() };
        assert_eq!(parse("crm:a:b").ok(), Some(key));
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in ["", "ada", "email:", ":x", "profile:q", "node:x"] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.code(), "K-LOOKUP-FORM", "{text:?}");
            assert!(error.help().contains("email:ada@example.org"));
        }
    }
}
