//! Comparisons: two records in, one agreement level per comparison out.
//!
//! Level 0 is "missing on a side" and says nothing; 1 is the strongest agreement; the last is "different". Fields
//! that depend on each other (postcode, city and region) are one comparison with joint levels, so that their
//! agreement is not counted twice.

pub use crate::cache::Cache;
use crate::feature::Feature;
use crate::level::{crossed, locality, name, single};
use crate::records::Kind;
use serde::{Deserialize, Serialize};

/// How two records are compared on one aspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Given name; looks at the family name for swaps.
    GivenName,
    /// Middle name or initial.
    MiddleName,
    /// Family name; looks at the given name for swaps, and at former names.
    FamilyName,
    /// A date.
    Date,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// Street and house number.
    Street,
    /// Postcode, city and region together.
    Locality,
    /// A code that ought to be unique.
    Identifier,
    /// A short-list value or company: equal, or shared words.
    Category,
    /// Free text by its words.
    Text,
    /// A number by its relative difference.
    Number,
    /// Equal or not.
    Exact,
    /// The records' sources, of which some hold no entity twice ([`crate::sources`]); no comparison of a model.
    Source,
}

impl Aspect {
    /// The level names, `missing` first, `different` last; at most 16.
    pub fn levels(self) -> &'static [&'static str] {
        match self {
            Aspect::GivenName => &[
                "missing",
                "exact",
                "nickname",
                "first token",
                "initial",
                "close",
                "similar",
                "swapped",
                "different",
            ],
            Aspect::MiddleName => &["missing", "exact", "initial", "close", "different"],
            Aspect::FamilyName => {
                &["missing", "exact", "shared token", "close", "similar", "swapped", "different"]
            }
            Aspect::Date => &[
                "missing",
                "exact",
                "day and month swapped",
                "one edit",
                "same year, one is 1 January",
                "two parts equal",
                "same year",
                "within two years",
                "different",
            ],
            Aspect::Email => {
                &["missing", "exact", "same local part", "close", "similar local part", "different"]
            }
            Aspect::Phone => &["missing", "exact", "one edit", "same last seven", "different"],
            Aspect::Street => &[
                "missing",
                "exact",
                "same number and street",
                "same number, similar street",
                "same street, close number",
                "same street",
                "different",
            ],
            Aspect::Locality => &[
                "missing",
                "same postcode and city",
                "same postcode",
                "close postcode, same city",
                "same city, postcode unknown",
                "same city, same postcode area",
                "same city",
                "close postcode",
                "similar city",
                "same region",
                "different",
            ],
            Aspect::Identifier => &["missing", "exact", "one edit", "two edits", "different"],
            Aspect::Category => &["missing", "exact", "shared words", "different"],
            Aspect::Text => &[
                "missing",
                "exact",
                "nearly all words",
                "most words",
                "half the words",
                "some words",
                "different",
            ],
            Aspect::Number => &["missing", "exact", "within 0.1 %", "within 2 %", "within 10 %", "different"],
            Aspect::Exact => &["missing", "exact", "different"],
            Aspect::Source => &["missing", "one source", "different"],
        }
    }

    /// True for the levels at which the rarity of the value counts, fully or (`Some(false)`) in part.
    pub fn rarity(self, level: u8) -> Option<bool> {
        match (self, level) {
            (_, 0) => None,
            (Aspect::Exact | Aspect::Number | Aspect::Source, _) => None,
            (_, 1) => Some(true),
            (Aspect::GivenName, 2..=6) | (Aspect::FamilyName, 2..=4) => Some(false),
            (Aspect::Locality, 2 | 4 | 6) | (Aspect::Email, 2) => Some(true),
            (Aspect::Street, 2) => Some(true),
            _ => None,
        }
    }
}

/// A comparison bound to the columns of one data set. Slots that an aspect does not need are `NONE`.
#[derive(Clone, Debug)]
pub struct Bound {
    /// How.
    pub aspect: Aspect,
    /// Which features: the aspect's own, then its helpers (family for given name; city and region for postcode).
    pub slots: [usize; 3],
}

/// "No such column."
pub const NONE: usize = usize::MAX;

/// The comparisons that suit a set of columns, by kind, in a fixed order.
pub fn plan(kinds: &[Kind]) -> Vec<Bound> {
    let first = |kind| kinds.iter().position(|k| *k == kind).unwrap_or(NONE);
    let (given, family) = (first(Kind::GivenName), first(Kind::FamilyName));
    let locality = [first(Kind::Postcode), first(Kind::City), first(Kind::Region)];
    let mut out = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        let (aspect, slots) = match kind {
            Kind::GivenName => (Aspect::GivenName, [at, family, NONE]),
            Kind::FamilyName => (Aspect::FamilyName, [at, given, first(Kind::FormerName)]),
            Kind::MiddleName => (Aspect::MiddleName, [at, NONE, NONE]),
            Kind::Date => (Aspect::Date, [at, NONE, NONE]),
            Kind::Email => (Aspect::Email, [at, NONE, NONE]),
            Kind::Phone => (Aspect::Phone, [at, NONE, NONE]),
            Kind::Street => (Aspect::Street, [at, NONE, NONE]),
            Kind::Postcode | Kind::City | Kind::Region if locality.contains(&at) => {
                if locality.iter().copied().filter(|l| *l != NONE).min() != Some(at) {
                    continue;
                }
                (Aspect::Locality, locality)
            }
            Kind::Postcode | Kind::City => (Aspect::Category, [at, NONE, NONE]),
            Kind::Identifier => (Aspect::Identifier, [at, NONE, NONE]),
            Kind::Category | Kind::Company => (Aspect::Category, [at, NONE, NONE]),
            Kind::Text => (Aspect::Text, [at, NONE, NONE]),
            Kind::Number => (Aspect::Number, [at, NONE, NONE]),
            Kind::Gender | Kind::NameSuffix | Kind::Region => (Aspect::Exact, [at, NONE, NONE]),
            Kind::FullName | Kind::FormerName => continue,
        };
        out.push(Bound { aspect, slots });
    }
    out
}

impl Bound {
    /// The level at which two records agree; `a` and `b` are their codes, one per feature.
    pub fn level(&self, features: &[Feature], a: &[u32], b: &[u32], cache: &mut Cache) -> u8 {
        if self.aspect == Aspect::Locality {
            return locality(self.slots, features, a, b, cache);
        }
        let [own, helper, former] = self.slots;
        if own == NONE {
            return 0;
        }
        let (x, y) = (a[own], b[own]);
        if x == 0 || y == 0 {
            return 0;
        }
        if x == y {
            return 1;
        }
        let feature = &features[own];
        match self.aspect {
            Aspect::GivenName | Aspect::FamilyName => {
                let level = name(self.aspect, feature, x, y, cache);
                let last = self.aspect.levels().len() as u8 - 1;
                if level > SHARED_TOKEN && former != NONE && crossed(features, own, former, a, b) {
                    SHARED_TOKEN
                } else if level == last && helper != NONE && crossed(features, own, helper, a, b) {
                    last - 1
                } else {
                    level
                }
            }
            Aspect::Exact => 2,
            _ => single(self.aspect, feature, x, y, cache),
        }
    }
}

/// The level of family names of which one is a part of the other, or was the name before.
const SHARED_TOKEN: u8 = 2;
