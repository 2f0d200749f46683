//! Households with what their members' profiles say: for the tables `master.household` and `master.household_member`,
//! and for the answer about one customer.
//!
//! Reads:  the households that resolution found, profiles and nodes. Decides: `kith_core::household` (roles).

use super::{Rules, display_name, normal};
use crate::error::Result;
use crate::lake::sheet::{Cell, Sheet};
use kith_core::field::Field;
use kith_core::household::{Role, roles};
use kith_core::id::ProfileId;
use kith_core::survivorship::Golden;
use kith_live::{Household, Live, Node};
use std::collections::BTreeMap;

/// A household of two or more people.
pub(crate) struct View {
    /// `h` and the number of its first record.
    pub id: String,
    /// The family name that most members have, in normal form.
    pub name: Option<String>,
    /// Street, city and postcode that most members have.
    pub address: [Option<String>; 3],
    /// When a record of a member at this address was first changed or read, and last; milliseconds since 1970 UTC.
    pub seen_ms: Option<(i64, i64)>,
    /// Its members, by profile id.
    pub members: Vec<Member>,
}

/// A person of a household.
pub(crate) struct Member {
    pub profile: ProfileId,
    pub name: Option<String>,
    pub role: Role,
    /// The mean over the ties with the other members.
    pub probability: f64,
    /// What it shares with others, the weightiest first.
    pub shared: Vec<String>,
}

/// A household as it is now; `None` if fewer than two of its people are left.
pub(crate) fn view(live: &Live, rules: &Rules, household: &Household) -> Result<Option<View>> {
    let mut people: BTreeMap<ProfileId, (Vec<Node>, Vec<Golden>)> = BTreeMap::new();
    let mut profile_of = BTreeMap::new();
    for member in &household.members {
        let Some(profile) = live.profile_of(*member)? else { continue };
        profile_of.insert(*member, profile);
        if people.contains_key(&profile) {
            continue;
        }
        let nodes = live.alive(&live.profile(profile)?.map(|state| state.nodes).unwrap_or_default())?;
        if !nodes.is_empty() {
            let golden = rules.golden(&nodes);
            people.insert(profile, (nodes, golden));
        }
    }
    let Some(first) = household.members.first().filter(|_| people.len() > 1) else { return Ok(None) };
    let all = || people.values().map(|(_, golden)| golden.as_slice());
    let address = most(all().map(address).filter(|[street, _, _]| street.is_some())).unwrap_or_default();
    let born: Vec<Option<&str>> = all().map(|golden| normal(golden, Field::BirthDate)).collect();
    let members = people.iter().zip(roles(&born)).map(|((profile, (_, golden)), role)| {
        let ties = household.ties.iter();
        let own: Vec<_> =
            ties.filter(|t| [t.a, t.b].iter().any(|node| profile_of.get(node) == Some(profile))).collect();
        let sum: f64 = own.iter().map(|tie| f64::from(tie.probability)).sum();
        let mut shared: BTreeMap<&str, f32> = BTreeMap::new();
        for (what, bits) in own.iter().flat_map(|tie| &tie.shared) {
            let most = shared.entry(what).or_insert(*bits);
            *most = most.max(*bits);
        }
        let mut shared: Vec<(&str, f32)> = shared.into_iter().collect();
        shared.sort_by(|x, y| y.1.total_cmp(&x.1));
        Member {
            profile: *profile,
            name: display_name(golden),
            role,
            probability: sum / (own.len().max(1) as f64),
            shared: shared.into_iter().map(|(what, _)| what.to_string()).collect(),
        }
    });
    Ok(Some(View {
        id: format!("h{}", first.0),
        name: most(all().filter_map(|golden| normal(golden, Field::FamilyName).map(str::to_string))),
        seen_ms: seen(people.values().flat_map(|(nodes, _)| nodes), address[0].as_deref()),
        members: members.collect(),
        address,
    }))
}

fn address(golden: &[Golden]) -> [Option<String>; 3] {
    [Field::Street, Field::City, Field::Postcode].map(|field| normal(golden, field).map(str::to_string))
}

/// What occurs most often; of equals the first in order.
fn most<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_insert(0) += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// When records with this street were first and last changed or, where their source does not say, read.
fn seen<'a>(nodes: impl Iterator<Item = &'a Node>, street: Option<&str>) -> Option<(i64, i64)> {
    let there = nodes.filter(|node| {
        let has = |value: &kith_core::field::FieldValue| {
            value.field == Field::Street && Some(value.normal.as_str()) == street
        };
        street.is_none() || node.values.iter().any(has)
    });
    let times = there.map(|node| node.updated_at_ms.unwrap_or(node.received_at_ms));
    times.fold(None, |seen, at| {
        Some(seen.map_or((at, at), |(first, last): (i64, i64)| (first.min(at), last.max(at))))
    })
}

/// The two tables.
pub(super) struct Sheets {
    pub(super) household: Sheet,
    pub(super) member: Sheet,
}

/// Computes both tables.
pub(super) fn compute(live: &Live, rules: &Rules) -> Result<Sheets> {
    let mut sheets =
        Sheets { household: Sheet::of("master.household"), member: Sheet::of("master.household_member") };
    for household in live.households() {
        let Some(view) = view(live, rules, &household?)? else { continue };
        let [street, city, postcode] = view.address.each_ref().map(|part| Cell::from(part.as_deref()));
        let time = |at: fn(&(i64, i64)) -> i64| {
            view.seen_ms.as_ref().map_or(Cell::Null, |seen| Cell::Time(at(seen)))
        };
        let sure = view.members.iter().map(|member| member.probability).fold(1.0, f64::min);
        sheets.household.push(&[
            Cell::Text(&view.id),
            view.name.as_deref().into(),
            street,
            city,
            postcode,
            (view.members.len() as u64).into(),
            Cell::Float(sure),
            time(|seen| seen.0),
            time(|seen| seen.1),
        ]);
        for member in &view.members {
            sheets.member.push(&[
                Cell::Text(&view.id),
                Cell::Text(&member.profile.to_string()),
                Cell::Text(member.role.name()),
                Cell::Float(member.probability),
                Cell::Text(&member.shared.join(", ")),
            ]);
        }
    }
    Ok(sheets)
}
