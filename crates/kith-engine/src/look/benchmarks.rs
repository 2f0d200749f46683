//! Benchmark cards: figures of the state of identity with the range that they are expected in, and the profiles that
//! stand out. A card that turns red names people to look at.
//!
//! The ranges are for customers of a company; they are meant to notice that something is wrong, not to prove that all
//! is right. Values are counted in normal form, so a spelling does not count twice, but a slip of the keyboard does.

use super::dedupe_rate;
use super::examples::unnamed;
use super::shape::{Benchmark, BenchmarkState, ExampleProfile, FillRate};
use crate::profile::label;
use crate::unify::shown;
use kith_core::field::{Field, FieldValue};
use kith_core::id::{NodeId, ProfileId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

/// As many examples as a card shows.
const EXAMPLES: usize = 5;

/// A card that counts the profiles with more than so many different values of a field.
struct Many {
    id: &'static str,
    field: Field,
    more_than: u64,
    label: &'static str,
    text: &'static str,
    expected: f64,
    bad: f64,
}

const MERGED_WRONGLY: &str = "One person has one of them, or a few spellings. More means that several people were taken for one: look at the \
     examples, split them at the weakest link, block a value that many share, or ask for more confidence.";
const SHARED: &str = "A person collects some over the years. Many more mean that a shared address or a household was taken for one person: \
     look at the examples, and block what is no one's own.";

const CARDS: &[Many] = &[
    Many {
        id: "many_given_names",
        field: Field::GivenName,
        more_than: 3,
        label: "People with more than three given names",
        text: MERGED_WRONGLY,
        expected: 0.002,
        bad: 0.01,
    },
    Many {
        id: "many_family_names",
        field: Field::FamilyName,
        more_than: 3,
        label: "People with more than three family names",
        text: MERGED_WRONGLY,
        expected: 0.002,
        bad: 0.01,
    },
    Many {
        id: "many_birth_dates",
        field: Field::BirthDate,
        more_than: 2,
        label: "People with more than two birth dates",
        text: MERGED_WRONGLY,
        expected: 0.002,
        bad: 0.01,
    },
    Many {
        id: "many_emails",
        field: Field::Email,
        more_than: 5,
        label: "People with more than five e-mail addresses",
        text: SHARED,
        expected: 0.005,
        bad: 0.02,
    },
    Many {
        id: "many_phones",
        field: Field::Phone,
        more_than: 5,
        label: "People with more than five phone numbers",
        text: SHARED,
        expected: 0.005,
        bad: 0.02,
    },
    Many {
        id: "many_postcodes",
        field: Field::Postcode,
        more_than: 5,
        label: "People with more than five postcodes",
        text: SHARED,
        expected: 0.005,
        bad: 0.02,
    },
];

/// Distinct values per profile, collected record by record.
#[derive(Default)]
pub(super) struct Counts {
    seen: FxHashSet<(u64, u8, u64)>,
    /// Of each profile: distinct values of each card's field.
    distinct: FxHashMap<ProfileId, [u16; CARDS.len()]>,
    sizes: FxHashMap<ProfileId, (u64, NodeId)>,
    /// Of each profile, which fields have a value: one bit each.
    filled: FxHashMap<ProfileId, u64>,
    /// Records by field.
    records: BTreeMap<Field, u64>,
}

impl Counts {
    /// Takes in one live record.
    pub(super) fn add(&mut self, profile: ProfileId, node: NodeId, values: &[FieldValue]) {
        self.sizes.entry(profile).or_insert((0, node)).0 += 1;
        let fields = values.iter().filter(|v| !v.normal.is_empty() && shown(v.field)).map(|v| v.field);
        for field in fields.collect::<BTreeSet<_>>() {
            *self.records.entry(field).or_insert(0) += 1;
            *self.filled.entry(profile).or_insert(0) |= 1 << (field as u32);
        }
        for value in values.iter().filter(|v| !v.normal.is_empty()) {
            let Some(card) = CARDS.iter().position(|c| c.field == value.field) else { continue };
            let mut hasher = rustc_hash::FxHasher::default();
            value.normal.hash(&mut hasher);
            if self.seen.insert((profile.0, card as u8, hasher.finish())) {
                let counts = self.distinct.entry(profile).or_default();
                if let Some(count) = counts.get_mut(card) {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// How complete each field is, of those that any record has, in display order.
    pub(super) fn completeness(&self) -> Vec<FillRate> {
        let (all, people) = (self.records().max(1) as f64, self.sizes.len().max(1) as f64);
        let fields = Field::ALL.iter().filter_map(|f| self.records.get(f).map(|records| (*f, *records)));
        let rate = |(field, records): (Field, u64)| {
            let has = |filled: &&u64| **filled & (1 << (field as u32)) != 0;
            let profiles = self.filled.values().filter(has).count() as u64;
            FillRate {
                field: field.name().into(),
                label: label(field.name()),
                records,
                records_share: records as f64 / all,
                profiles,
                profiles_share: profiles as f64 / people,
            }
        };
        fields.map(rate).collect()
    }

    fn records(&self) -> u64 {
        self.sizes.values().map(|(size, _)| size).sum()
    }

    /// The most extreme profiles by a figure that is above a bound, and how many there are.
    fn above(&self, bound: u64, figure: impl Fn(&ProfileId) -> u64) -> (u64, Vec<(ProfileId, u64)>) {
        let figures = self.sizes.keys().map(|id| (*id, figure(id)));
        let mut found: Vec<(ProfileId, u64)> = figures.filter(|(_, n)| *n > bound).collect();
        found.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(&y.0)));
        let profiles = found.len() as u64;
        found.truncate(EXAMPLES);
        (profiles, found)
    }

    /// Profiles with a figure as examples, by number only.
    pub(super) fn examples(&self, found: &[(ProfileId, u64)]) -> Vec<ExampleProfile> {
        let example = |(id, value): &(ProfileId, u64)| {
            let (_, node) = self.sizes.get(id)?;
            Some(ExampleProfile { profile_id: *id, name: None, value: *value, record: unnamed(*node) })
        };
        found.iter().filter_map(example).collect()
    }
}

/// All cards that need no other run to compare with.
pub(super) fn benchmarks(counts: &Counts, sources: usize) -> Vec<Benchmark> {
    let people = counts.sizes.len().max(1) as f64;
    let mut cards = Vec::new();
    for (at, card) in CARDS.iter().enumerate() {
        let figure =
            |id: &ProfileId| counts.distinct.get(id).and_then(|c| c.get(at)).map_or(0, |n| u64::from(*n));
        let (profiles, extreme) = counts.above(card.more_than, figure);
        let mut made = benchmark(card.id, card.label, card.text, profiles as f64 / people, "share");
        (made.expected_high, made.bad_above, made.profiles) = (card.expected, card.bad, profiles);
        made.examples = counts.examples(&extreme);
        cards.push(made.judged());
    }
    cards.push(largest(counts, sources));
    cards.push(dedupe(counts));
    cards
}

/// A card without bounds yet.
pub(super) fn benchmark(id: &str, label: &str, text: &str, value: f64, unit: &str) -> Benchmark {
    Benchmark {
        id: id.into(),
        label: label.into(),
        text: text.into(),
        value,
        unit: unit.into(),
        expected_low: 0.0,
        expected_high: 1.0,
        bad_above: 1.0,
        state: BenchmarkState::Ok,
        profiles: 0,
        past: Vec::new(),
        examples: Vec::new(),
    }
}

impl Benchmark {
    pub(super) fn judged(mut self) -> Benchmark {
        self.state = match self.value {
            v if v > self.bad_above => BenchmarkState::Bad,
            v if v > self.expected_high || v < self.expected_low => BenchmarkState::Warn,
            _ => BenchmarkState::Ok,
        };
        self
    }
}

/// The largest profile. A person has a few records in each source; a hundred records are a shared value.
fn largest(counts: &Counts, sources: usize) -> Benchmark {
    let sources = sources.max(1) as f64;
    let size = |id: &ProfileId| counts.sizes.get(id).map_or(0, |(size, _)| *size);
    let (_, extreme) = counts.above(1, size);
    let value = extreme.first().map_or(1, |(_, size)| *size) as f64;
    let text = "Records of the largest profile. A person has a few in each source; many more are mostly a shared \
                address or telephone that made one person of many.";
    let mut card = benchmark("largest_profile", "Records of the largest profile", text, value, "count");
    (card.expected_low, card.expected_high, card.bad_above) = (1.0, 5.0 * sources, 15.0 * sources);
    card.profiles = counts.above(card.expected_high as u64, size).0;
    card.examples = counts.examples(&extreme);
    card.judged()
}

/// How many records are duplicates.
fn dedupe(counts: &Counts) -> Benchmark {
    let rate = dedupe_rate(counts.records(), counts.sizes.len() as u64);
    let text = "Share of the records that are beyond the first of their person. Near 0: hardly anything was found; near 1: \
                everything became one.";
    let mut now = benchmark("dedupe_rate", "Records that are duplicates", text, rate, "share");
    (now.expected_low, now.expected_high, now.bad_above) = (0.0, 0.85, 0.95);
    now.judged()
}
