//! Comparisons: two records in, one agreement level per comparison out.
//!
//! Level 0 is "missing on a side" and says nothing; 1 is the strongest agreement; the last is "different". Fields
//! that depend on each other (postcode, city and region) are one comparison with joint levels, so that their
//! agreement is not counted twice.

pub use crate::cache::Cache;
use crate::feature::{Extra, Feature};
use crate::records::Kind;
use crate::text::{edits, jaro_winkler, within_edits};
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
                let level = cache.get(x, y, || name(self.aspect, feature, x, y));
                let last = self.aspect.levels().len() as u8 - 1;
                if level > SHARED_TOKEN && former != NONE && renamed(features, own, former, a, b) {
                    SHARED_TOKEN
                } else if level == last && helper != NONE && swapped(features, own, helper, a, b) {
                    last - 1
                } else {
                    level
                }
            }
            Aspect::Exact => 2,
            _ => cache.get(x, y, || single(self.aspect, feature, x, y)),
        }
    }
}

/// The level of family names of which one is a part of the other, or was the name before.
const SHARED_TOKEN: u8 = 2;

/// True if one record's family name is the other's former one.
fn renamed(features: &[Feature], own: usize, former: usize, a: &[u32], b: &[u32]) -> bool {
    let same = |x: u32, y: u32| x != 0 && y != 0 && features[own].text(x) == features[former].text(y);
    same(a[own], b[former]) || same(b[own], a[former])
}

/// True if one record's own value stands in the other's helper column, or the reverse.
fn swapped(features: &[Feature], own: usize, helper: usize, a: &[u32], b: &[u32]) -> bool {
    let same = |x: u32, y: u32| x != 0 && y != 0 && features[own].text(x) == features[helper].text(y);
    same(a[own], b[helper]) || same(b[own], a[helper])
}

fn name(aspect: Aspect, feature: &Feature, x: u32, y: u32) -> u8 {
    let (x, y) = in_order(feature, x, y);
    let (s, t) = (feature.text(x), feature.text(y));
    let (p, q) = (s.as_bytes(), t.as_bytes());
    let close = || p.len().min(q.len()) >= 3 && within_edits(p, q, 1);
    let similarity = || jaro_winkler(p, q);
    if aspect == Aspect::FamilyName {
        let share = |long: &str, short: &str| short.len() >= 3 && long.split([' ', '-']).any(|t| t == short);
        return if share(s, t) || share(t, s) {
            2
        } else if close() || similarity() >= 0.92 {
            3
        } else if similarity() >= 0.8 {
            4
        } else {
            6
        };
    }
    if let Extra::Given(groups) = &feature.extra {
        let (g, h) = (groups[x as usize], groups[y as usize]);
        if g.iter().any(|k| *k != 0 && h.contains(k)) {
            return 2;
        }
    }
    let token = |n: &str| n.split([' ', '-']).next().map(str::len).unwrap_or(0);
    let (first_s, first_t) = (&s[..token(s)], &t[..token(t)]);
    if first_s.len() > 1 && first_s == first_t {
        3
    } else if (p.len() == 1 || q.len() == 1) && p.first() == q.first() {
        4
    } else if close() || similarity() >= 0.92 {
        5
    } else if similarity() >= 0.8 {
        6
    } else {
        8
    }
}

/// Similarity may depend on which side is first; so the text that sorts first always is.
fn in_order(feature: &Feature, x: u32, y: u32) -> (u32, u32) {
    if feature.text(x) <= feature.text(y) { (x, y) } else { (y, x) }
}

fn single(aspect: Aspect, feature: &Feature, x: u32, y: u32) -> u8 {
    let (x, y) = in_order(feature, x, y);
    let (s, t) = (feature.text(x).as_bytes(), feature.text(y).as_bytes());
    match (aspect, &feature.extra) {
        (Aspect::MiddleName, _) => match () {
            () if (s.len() == 1 || t.len() == 1) && s.first() == t.first() => 2,
            () if jaro_winkler(s, t) >= 0.88 => 3,
            () => 4,
        },
        (Aspect::Date, Extra::Date(dates)) => date(dates[x as usize], dates[y as usize], s, t),
        (Aspect::Email, Extra::Email(local)) => {
            let (i, j) = (local[x as usize], local[y as usize]);
            if i.hash == j.hash {
                return 2;
            }
            if within_edits(s, t, 2) {
                return 3;
            }
            let (p, q) = (&s[..i.length as usize], &t[..j.length as usize]);
            if jaro_winkler(p, q) >= 0.88 { 4 } else { 5 }
        }
        (Aspect::Phone, _) => {
            let tail = |n: &[u8]| n.len().checked_sub(7).map(|k| n[k..].to_vec());
            if within_edits(s, t, 1) {
                2
            } else if tail(s).is_some() && tail(s) == tail(t) {
                3
            } else {
                4
            }
        }
        (Aspect::Street, Extra::Street(lines)) => {
            let ((n, p), (m, q)) = (&lines[x as usize], &lines[y as usize]);
            street(*n, *m, p.as_bytes(), q.as_bytes())
        }
        (Aspect::Identifier, _) => match edits(s, t, 2) {
            Some(0 | 1) => 2,
            Some(2) if s.len() >= 6 => 3,
            _ => 4,
        },
        (Aspect::Category, Extra::Words(words)) => {
            let close = shared(&words[x as usize], &words[y as usize]) >= 0.5 || jaro_winkler(s, t) >= 0.92;
            if close { 2 } else { 3 }
        }
        (Aspect::Text, Extra::Words(words)) => match shared(&words[x as usize], &words[y as usize]) {
            c if c >= 0.9 => 2,
            c if c >= 0.7 => 3,
            c if c >= 0.5 => 4,
            c if c >= 0.25 => 5,
            _ => 6,
        },
        (Aspect::Number, Extra::Number(numbers)) => {
            let (n, m) = (numbers[x as usize], numbers[y as usize]);
            match (n - m).abs() / n.abs().max(m.abs()).max(1e-12) {
                d if d <= 0.001 => 2,
                d if d <= 0.02 => 3,
                d if d <= 0.1 => 4,
                _ => 5,
            }
        }
        _ => aspect.levels().len() as u8 - 1,
    }
}

fn date(x: u32, y: u32, s: &[u8], t: &[u8]) -> u8 {
    if x == 0 || y == 0 {
        return if within_edits(s, t, 1) { 3 } else { 8 };
    }
    let part = |d: u32| (d / 10000, d / 100 % 100, d % 100);
    let ((y1, m1, d1), (y2, m2, d2)) = (part(x), part(y));
    if y1 == y2 && m1 == d2 && d1 == m2 {
        2
    } else if within_edits(s, t, 1) {
        3
    } else if y1 == y2 && ((m1, d1) == (1, 1) || (m2, d2) == (1, 1)) {
        4
    } else if u8::from(y1 == y2) + u8::from(m1 == m2) + u8::from(d1 == d2) == 2 {
        5
    } else if y1 == y2 {
        6
    } else if y1.abs_diff(y2) <= 2 {
        7
    } else {
        8
    }
}

fn street(n: u32, m: u32, s: &[u8], t: &[u8]) -> u8 {
    let same = s == t && !s.is_empty();
    let similar = || jaro_winkler(s, t) >= 0.9;
    match (n == m && n != 0, same) {
        (true, true) => 2,
        (true, false) if similar() => 3,
        (false, true)
            if n == 0 || m == 0 || within_edits(n.to_string().as_bytes(), m.to_string().as_bytes(), 1) =>
        {
            4
        }
        (false, true) => 5,
        (false, false) if n == m && similar() => 4,
        _ => 6,
    }
}

/// Weighted cosine of two sets of words, 0..=1.
fn shared(a: &[(u64, f32)], b: &[(u64, f32)]) -> f32 {
    let (mut i, mut j, mut both) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += a[i].1;
                i += 1;
                j += 1;
            }
        }
    }
    let norm = |words: &[(u64, f32)]| words.iter().map(|(_, weight)| weight).sum::<f32>();
    both / (norm(a) * norm(b)).sqrt().max(1e-9)
}

fn locality(slots: [usize; 3], features: &[Feature], a: &[u32], b: &[u32], cache: &mut Cache) -> u8 {
    let [post, city, region] = slots.map(|s| if s == NONE { (0, 0) } else { (a[s], b[s]) });
    let known = |(x, y): (u32, u32)| x != 0 && y != 0;
    let same = |p: (u32, u32)| known(p) && p.0 == p.1;
    if !known(post) && !known(city) && !known(region) {
        return 0;
    }
    if same(post) {
        return if same(city) { 1 } else { 2 };
    }
    let near =
        if known(post) { cache.get(post.0, post.1, || near_postcode(&features[slots[0]], post)) } else { 2 };
    match (same(city), known(post)) {
        (true, true) if near == 0 => 3,
        (true, false) => 4,
        (true, true) if near == 1 => 5,
        (true, true) => 6,
        _ if near == 0 => 7,
        _ if known(city) && similar_city(&features[slots[1]], city) => 8,
        _ if same(region) => 9,
        _ => 10,
    }
}

/// 0 = one edit apart, 1 = the same area (first three, or the part before the blank), 2 = apart.
fn near_postcode(feature: &Feature, (x, y): (u32, u32)) -> u8 {
    let (s, t) = (feature.text(x), feature.text(y));
    if within_edits(s.as_bytes(), t.as_bytes(), 1) {
        return 0;
    }
    u8::from(area(s) != area(t)) + 1
}

/// The area that a postcode names: `ox16` of `ox16 3jj`, `345` of `34517`.
pub fn area(postcode: &str) -> &str {
    match postcode.split_once(' ') {
        Some((outward, _)) => outward,
        None => postcode.get(..3).unwrap_or(postcode),
    }
}

fn similar_city(feature: &Feature, (x, y): (u32, u32)) -> bool {
    let (x, y) = in_order(feature, x, y);
    jaro_winkler(feature.text(x).as_bytes(), feature.text(y).as_bytes()) >= 0.9
}
