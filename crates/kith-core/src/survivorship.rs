//! Which of several values a profile shows: the golden value of each field.
//!
//! Reads: every value of every record of one profile. Decides: the winner per field, with the rule that decided in
//! words. Keeps: all other values beside it. The order of the candidates never matters.
//!
//! 1. Equal normal forms are one value; it has the best rank, the latest change and the number of its records.
//! 2. The rules of the field are applied one by one; each keeps the values that are best by it, until one is
//!    left.
//! 3. If all rules leave several, the one that arrived last is taken, then the first by alphabet.
//! 4. The parts of an address survive together, so that a profile never shows the street of one home and the
//!    city of another: the best record gives all parts it has; a part that it lacks comes from a record that
//!    contradicts none of them, and stays without a winner if there is none.

mod address;
mod contest;

pub use contest::Candidate;

use crate::field::Field;
use contest::Contest;
use std::collections::BTreeMap;

/// A way of telling values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The source with the lowest rank.
    Rank,
    /// The record that changed last; a record that does not say when counts as oldest.
    Recency,
    /// The value that most records have.
    Frequency,
    /// The longest value; of addresses the one with most parts.
    Completeness,
}

impl Rule {
    /// Every rule.
    pub const ALL: &'static [Rule] = &[Rule::Rank, Rule::Recency, Rule::Frequency, Rule::Completeness];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Rank => "rank",
            Rule::Recency => "recency",
            Rule::Frequency => "frequency",
            Rule::Completeness => "completeness",
        }
    }
}

/// The rules of each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    changed: BTreeMap<Field, Vec<Rule>>,
}

impl Policy {
    /// The same policy with other rules for one field. The rules of `street` hold for all parts of the address.
    pub fn with(mut self, field: Field, rules: Vec<Rule>) -> Self {
        self.changed.insert(field, rules);
        self
    }

    /// The rules of a field, first things first.
    pub fn rules(&self, field: Field) -> &[Rule] {
        self.changed.get(&field).map_or_else(|| default_rules(field), Vec::as_slice)
    }
}

/// What people keep stable (names, birth) is best taken from who asked most carefully; what changes (ways to reach
/// somebody) from who asked last; an address is of use only when it is whole.
fn default_rules(field: Field) -> &'static [Rule] {
    use Rule::*;
    match field {
        Field::Email | Field::Phone | Field::EmailSha256 | Field::Company => &[Recency, Rank, Frequency],
        Field::Street
        | Field::City
        | Field::Region
        | Field::Postcode
        | Field::Country
        | Field::FullAddress => &[Completeness, Rank, Recency, Frequency],
        Field::BirthDate | Field::Gender | Field::NationalId => &[Rank, Frequency, Recency],
        Field::MiddleName => &[Completeness, Rank, Recency, Frequency],
        Field::UpdatedAt => &[Recency],
        _ => &[Rank, Recency, Frequency],
    }
}

/// The outcome for one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Golden {
    /// The field.
    pub field: Field,
    /// The value shown. `None` only for a part of an address that the surviving address does not have.
    pub winner: Option<Candidate>,
    /// The rule that decided, in words: `most trusted source (crm, rank 1)`.
    pub rule: String,
    /// Candidates that are not shown; those with the winner's value confirm it.
    pub losers: Vec<Candidate>,
    /// Other values that a field of many values has too, each once, best first.
    pub also: Vec<Candidate>,
}

/// The golden values, in the order of [`Field::ALL`]. Fields without candidates are left out, as are `source` and
/// `record_key`, which say nothing of the customer.
pub fn golden(candidates: &[Candidate], policy: &Policy) -> Vec<Golden> {
    let mut by_field: BTreeMap<Field, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        by_field.entry(candidate.value.field).or_default().push(candidate);
    }
    by_field.remove(&Field::Source);
    by_field.remove(&Field::RecordKey);
    let mut golden = address::golden(&mut by_field, policy);
    golden.extend(by_field.into_iter().map(|(field, all)| of_field(field, all, policy.rules(field))));
    // Field derives its order from its declaration, which is the display order.
    golden.sort_by_key(|g| g.field);
    golden
}

fn of_field(field: Field, all: Vec<&Candidate>, rules: &[Rule]) -> Golden {
    let mut contest = Contest::new(all);
    let (winner, rule) = contest.winner(rules);
    let mut also = Vec::new();
    if field.many() {
        while !contest.values.is_empty() {
            also.extend(contest.winner(rules).0);
        }
    }
    let mut losers: Vec<Candidate> =
        contest.values.into_iter().flat_map(|v| v.candidates).chain(contest.rest).collect();
    losers.sort_by(|a, b| a.precedence().cmp(&b.precedence()));
    Golden { field, winner, rule, losers, also }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
