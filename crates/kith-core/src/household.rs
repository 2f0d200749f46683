//! Who is what in a household, as far as birth dates tell.
//!
//! No record says "mother". Two members at least [`GENERATION_YEARS`] apart are taken for parent and child; who is
//! neither is an adult of the house. Without a birth date nothing is said.

use serde::{Deserialize, Serialize};

/// So many years at least lie between a parent and a child.
pub const GENERATION_YEARS: i32 = 16;

/// What a member is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody in the house is a generation younger.
    Parent,
    /// Somebody in the house is a generation older, and nobody a generation younger.
    Child,
    /// Nobody in the house is a generation older or younger.
    Adult,
    /// There is no birth date.
    Unknown,
}

impl Role {
    /// As tables and answers name it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Parent => "parent",
            Role::Child => "child",
            Role::Adult => "adult",
            Role::Unknown => "unknown",
        }
    }
}

/// The roles of members, by their birth dates (`YYYY-MM-DD`; what is not one counts as unknown).
pub fn roles(born: &[Option<&str>]) -> Vec<Role> {
    let born: Vec<Option<i32>> = born.iter().map(|date| date.and_then(number)).collect();
    let apart = |older: i32, younger: i32| (younger - older) / 10_000 >= GENERATION_YEARS;
    let role = |date: &Option<i32>| {
        let Some(date) = date else { return Role::Unknown };
        let others = || born.iter().flatten();
        if others().any(|other| apart(*date, *other)) {
            Role::Parent
        } else if others().any(|other| apart(*other, *date)) {
            Role::Child
        } else {
            Role::Adult
        }
    };
    born.iter().map(role).collect()
}

/// `1975-09-13` as 19750913; numbers of whole years differ by 10,000.
fn number(date: &str) -> Option<i32> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let [year, month, day] = [year, month, day].map(|part| part.parse::<i32>().ok());
    let (year, month, day) = (year?, month?, day?);
    ((0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day))
        .then_some(year * 10_000 + month * 100 + day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Adult, Child, Parent, Unknown};

    #[test]
    fn generations_are_told_by_birth_dates() {
        let family = [Some("1970-05-01"), Some("1972-11-30"), Some("1999-01-02"), None, Some("hm")];
        assert_eq!(roles(&family), [Parent, Parent, Child, Unknown, Unknown]);
        assert_eq!(roles(&[Some("1990-01-01"), Some("2005-12-31")]), [Adult, Adult]);
        assert_eq!(roles(&[Some("1990-01-01"), Some("2006-01-01")]), [Parent, Child]);
        // The one in the middle of three generations.
        assert_eq!(
            roles(&[Some("1940-01-01"), Some("1965-01-01"), Some("1990-01-01")]),
            [Parent, Parent, Child]
        );
        assert_eq!(roles(&[]), []);
    }
}
