//! The parts of an address survive together.

use super::contest::Contest;
use super::{Candidate, Golden, Policy};
use crate::field::Field;
use std::collections::BTreeMap;

const PARTS: [Field; 5] = [Field::Street, Field::City, Field::Region, Field::Postcode, Field::Country];

type ByField<'a> = BTreeMap<Field, Vec<&'a Candidate>>;

/// Normal form per part of one record's address.
type Address = BTreeMap<Field, String>;

/// Takes the address fields out of `by_field` and decides them as one.
pub(super) fn golden(by_field: &mut ByField, policy: &Policy) -> Vec<Golden> {
    let fields: ByField = PARTS.iter().filter_map(|f| by_field.remove(f).map(|all| (*f, all))).collect();
    let addresses = addresses(&fields);
    let home = |c: &Candidate| addresses.get(&record(c)).cloned().unwrap_or_default();
    let parts = |c: &Candidate| home(c).len();
    let all: Vec<&Candidate> = fields.values().flatten().copied().collect();
    let mut contest = Contest::grouped(all, home, parts);
    let rules = policy.rules(Field::Street);
    let (winner, rule) = contest.winner(rules);
    let mut address = winner.as_ref().map(home).unwrap_or_default();
    let chosen = winner.as_ref().map(record);
    let parts_of_winner = address.len();

    // Parts that the winner lacks, from the next best records that contradict nothing chosen so far.
    let mut given_by: BTreeMap<Field, Address> = BTreeMap::new();
    while let (Some(next), _) = contest.winner(rules) {
        let other = home(&next);
        let shared = other.iter().filter(|(f, v)| address.get(f) == Some(v)).count();
        let contradicts = other.iter().any(|(f, v)| address.get(f).is_some_and(|mine| mine != v));
        if contradicts || shared == 0 {
            continue;
        }
        for (field, value) in &other {
            if !address.contains_key(field) {
                address.insert(*field, value.clone());
                given_by.insert(*field, other.clone());
            }
        }
    }
    let outcome = |(field, all): (Field, Vec<&Candidate>)| {
        let from_winner = |c: &&&Candidate| Some(record(c)) == chosen;
        let from_filler = |c: &&&Candidate| given_by.get(&field).is_some_and(|a| home(c) == *a);
        let mut sorted = all;
        sorted.sort_by(|a, b| a.precedence().cmp(&b.precedence()));
        let shown = sorted.iter().find(from_winner).or_else(|| sorted.iter().find(from_filler)).copied();
        let rule = match shown {
            Some(c) if Some(record(c)) == chosen && parts_of_winner > 1 => {
                format!("address as a whole: {rule}")
            }
            Some(c) if Some(record(c)) == chosen => rule.clone(),
            Some(c) => format!("completes the address; {} {} agrees with it", c.source.as_str(), c.key),
            None => "the address that is shown has no such part".to_string(),
        };
        let mut losers = Vec::new();
        let mut skipped = shown.is_none();
        for candidate in sorted {
            if !skipped && Some(candidate) == shown {
                skipped = true;
            } else {
                losers.push(candidate.clone());
            }
        }
        Golden { field, winner: shown.cloned(), rule, losers, also: Vec::new() }
    };
    fields.into_iter().map(outcome).collect()
}

fn record(candidate: &Candidate) -> (u64, String, String) {
    (candidate.node.0, candidate.source.as_str().to_string(), candidate.key.clone())
}

/// The address of each record. Should a record have two values of a part, the first by alphabet stands for it.
fn addresses(fields: &ByField) -> BTreeMap<(u64, String, String), Address> {
    let mut addresses: BTreeMap<_, Address> = BTreeMap::new();
    for (field, all) in fields {
        for candidate in all {
            let normal = &candidate.value.normal;
            let part =
                addresses.entry(record(candidate)).or_default().entry(*field).or_insert(normal.clone());
            if normal < part {
                part.clone_from(normal);
            }
        }
    }
    addresses
}
