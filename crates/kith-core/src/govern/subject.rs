//! Who asks, as what, for what, and through which door.

use crate::id::Tenant;
use std::collections::{BTreeMap, BTreeSet};

/// The role that sees everything. It is given to whoever sits at the machine, and to holders of tokens.
pub const OWNER: &str = "owner";

/// The way by which a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The command line, on the machine that has the data.
    Cli,
    /// The HTTP API.
    Http,
    /// PostgreSQL's wire.
    Wire,
    /// Arrow Flight SQL.
    Flight,
    /// Kith itself.
    Inside,
}

impl Door {
    /// Its name in lists and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Cli => "cli",
            Door::Http => "http",
            Door::Wire => "wire",
            Door::Flight => "flight",
            Door::Inside => "inside",
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The name.
    pub user: String,
    /// What this person is here.
    pub roles: BTreeSet<String>,
    /// What the answer is for, where it was said.
    pub purpose: Option<String>,
    /// Whose data.
    pub tenant: Tenant,
    /// The way in.
    pub door: Door,
    /// What else is known of the person; a row filter names it as `user.region`.
    pub attributes: BTreeMap<String, String>,
    /// Who really asks, where an owner tries what somebody else would see.
    pub tried_by: Option<String>,
}

impl Subject {
    /// Somebody without any role.
    pub fn new(user: impl Into<String>, tenant: Tenant, door: Door) -> Subject {
        let (roles, attributes) = (BTreeSet::new(), BTreeMap::new());
        Subject { user: user.into(), roles, purpose: None, tenant, door, attributes, tried_by: None }
    }

    /// Somebody who sees everything.
    pub fn owner(user: impl Into<String>, tenant: Tenant, door: Door) -> Subject {
        Subject::new(user, tenant, door).with_role(OWNER)
    }

    /// The same with a role more.
    pub fn with_role(mut self, role: &str) -> Subject {
        self.roles.insert(role.to_string());
        self
    }

    /// The same with an attribute more.
    pub fn with_attribute(mut self, name: &str, value: &str) -> Subject {
        self.attributes.insert(name.to_string(), value.to_string());
        self
    }

    /// True for whoever sees everything.
    pub fn owns(&self) -> bool {
        self.roles.contains(OWNER)
    }

    /// The value of `user.<name>` in a row filter.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "name" => Some(&self.user),
            _ => self.attributes.get(name).map(String::as_str),
        }
    }
}
