//! What somebody is here: roles, and attributes that policies and row filters go by.

use kith_core::govern::subject::OWNER;
use kith_core::govern::{Door, Subject};
use kith_core::id::Tenant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of an attribute.
const VALUE_MAX: usize = 200;

/// What somebody is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The roles.
    pub roles: BTreeSet<String>,
    /// What else is known: policies and row filters go by it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Standing {
    /// Somebody with these roles.
    pub fn of<'a>(roles: impl IntoIterator<Item = &'a str>) -> Standing {
        Standing { roles: roles.into_iter().map(str::to_string).collect(), attributes: BTreeMap::new() }
    }

    /// Somebody who sees everything.
    pub fn owner() -> Standing {
        Standing::of([OWNER])
    }

    /// As the subject of a policy.
    pub fn subject(&self, name: &str, tenant: Tenant, door: Door) -> Subject {
        let mut subject = Subject::new(name, tenant, door);
        subject.roles = self.roles.clone();
        subject.attributes = self.attributes.clone();
        subject
    }

    /// True for whoever sees everything.
    pub fn owns(&self) -> bool {
        self.roles.contains(OWNER)
    }

    /// By what people type: `analyst`, and `region=north`.
    pub fn parse(roles: &[String], attributes: &[String]) -> Result<Standing, String> {
        if let Some(bad) = roles.iter().find(|role| !word(role)) {
            return Err(format!(
                "{bad:?} can not be a role: use 1 to 63 small letters, digits, '.', '_' or '-'"
            ));
        }
        let mut standing = Standing { roles: roles.iter().cloned().collect(), attributes: BTreeMap::new() };
        for attribute in attributes {
            let Some((name, value)) = attribute.split_once('=') else {
                return Err(format!("{attribute:?} should be a name and a value, such as region=north"));
            };
            if !word(name) || name == "name" {
                return Err(format!("{name:?} can not be the name of an attribute"));
            }
            if value.chars().count() > VALUE_MAX || value.chars().any(char::is_control) {
                return Err(format!(
                    "the value of {name} is longer than {VALUE_MAX} characters, or has signs that can not be read"
                ));
            }
            standing.attributes.insert(name.to_string(), value.to_string());
        }
        Ok(standing)
    }
}

fn word(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    (1..=63).contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_attributes_are_read_as_typed() {
        let typed = |roles: &[&str], attributes: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|t| t.to_string()).collect::<Vec<_>>();
            Standing::parse(&owned(roles), &owned(attributes))
        };
        let standing = typed(&["analyst", "agent"], &["region=north", "team=a=b"]).unwrap();
        assert_eq!(standing.attributes["team"], "a=b");
        let subject = standing.subject("anna", Tenant::default_tenant(), Door::Wire);
        assert_eq!((subject.attribute("region"), subject.owns()), (Some("north"), false));
        for (roles, attributes) in [
            (&["An Analyst"][..], &[][..]),
            (&[""], &[]),
            (&[], &["region"]),
            (&[], &["name=x"]),
            (&[], &["a=\u{7}"]),
        ] {
            assert!(typed(roles, attributes).is_err(), "{roles:?} {attributes:?}");
        }
    }
}
