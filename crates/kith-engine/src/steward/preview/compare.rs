//! Today's people beside those they would be.
//!
//! Profiles of before and after that share a record belong to one *affair*; affairs in which nothing changes are left
//! out. Each affair is told by what happens in it.

use super::shape::{PreviewPerson, Sample};
use crate::error::Result;
use crate::profile::Reader;
use crate::profile::shape::RecordName;
use crate::unify::display_name;
use kith_core::id::{NodeId, ProfileId};
use kith_live::Node;
use kith_live::identity::State;
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};

/// As many samples of each kind as a person looks through.
const SAMPLES_PER_KIND: usize = 10;

/// As many records of a person as a sample shows.
const RECORDS_SHOWN: usize = 12;

/// What changes.
#[derive(Default)]
pub(super) struct Compared {
    pub merged: u64,
    pub split: u64,
    pub created: u64,
    pub closed: u64,
    pub people_affected: u64,
    pub records_moved: u64,
    pub samples: Vec<Sample>,
}

/// Profiles that share records, before and after.
#[derive(Default)]
struct Affair {
    before: BTreeSet<ProfileId>,
    after: BTreeSet<ProfileId>,
}

/// Compares.
pub(super) fn compare(reader: &Reader, before: &State, after: &State) -> Result<Compared> {
    let mut compared = Compared::default();
    for (id, row) in &before.profiles {
        let now = nodes(after, *id);
        compared.closed += u64::from(now.is_empty());
        compared.people_affected += u64::from(now != row.nodes);
        let parts: BTreeSet<ProfileId> =
            row.nodes.iter().filter_map(|n| after.profile_of.get(n).copied()).collect();
        compared.split += u64::from(parts.len() > 1);
    }
    let mut merged: FxHashSet<ProfileId> = FxHashSet::default();
    for (id, row) in after.profiles.iter().filter(|(_, row)| !row.nodes.is_empty()) {
        compared.created += u64::from(!before.profiles.contains_key(id));
        let parts: BTreeSet<ProfileId> =
            row.nodes.iter().filter_map(|n| before.profile_of.get(n).copied()).collect();
        if parts.len() > 1 {
            merged.extend(parts);
        }
    }
    compared.merged = merged.len() as u64;
    let moved = |node: &NodeId, id: &ProfileId| after.profile_of.get(node).is_some_and(|now| now != id);
    compared.records_moved = before.profile_of.iter().filter(|(node, id)| moved(node, id)).count() as u64;
    compared.samples = samples(reader, before, after)?;
    Ok(compared)
}

fn nodes(state: &State, id: ProfileId) -> &[NodeId] {
    state.profiles.get(&id).map(|row| row.nodes.as_slice()).unwrap_or_default()
}

/// The affairs in which something changes.
fn affairs(before: &State, after: &State) -> Vec<Affair> {
    let changed = |id: &ProfileId| nodes(before, *id) != nodes(after, *id);
    let all: BTreeSet<ProfileId> = before.profiles.keys().chain(after.profiles.keys()).copied().collect();
    let mut seen: FxHashSet<(bool, ProfileId)> = FxHashSet::default();
    let mut affairs = Vec::new();
    for id in all.into_iter().filter(changed) {
        let mut affair = Affair::default();
        let mut todo: Vec<(bool, ProfileId)> = vec![(true, id), (false, id)];
        while let Some((was, id)) = todo.pop() {
            let (own, other) = if was { (before, after) } else { (after, before) };
            let members = nodes(own, id);
            if members.is_empty() || !seen.insert((was, id)) {
                continue;
            }
            if was { &mut affair.before } else { &mut affair.after }.insert(id);
            todo.extend(members.iter().filter_map(|n| other.profile_of.get(n)).map(|id| (!was, *id)));
        }
        if !affair.before.is_empty() || !affair.after.is_empty() {
            affairs.push(affair);
        }
    }
    affairs
}

impl Affair {
    fn kind(&self) -> &'static str {
        match (self.before.len(), self.after.len()) {
            (0, _) => "new",
            (_, 0) => "gone",
            (1, 1) => "changed",
            (_, 1) => "merged",
            (1, _) => "split",
            _ => "regrouped",
        }
    }

    fn size(&self, before: &State, after: &State) -> usize {
        let of =
            |ids: &BTreeSet<ProfileId>, state: &State| ids.iter().map(|id| nodes(state, *id).len()).sum();
        usize::max(of(&self.before, before), of(&self.after, after))
    }
}

/// Of each kind the largest affairs.
fn samples(reader: &Reader, before: &State, after: &State) -> Result<Vec<Sample>> {
    let mut by_kind: BTreeMap<&str, Vec<Affair>> = BTreeMap::new();
    for affair in affairs(before, after) {
        by_kind.entry(affair.kind()).or_default().push(affair);
    }
    let mut samples = Vec::new();
    for kind in ["regrouped", "split", "merged", "changed", "gone", "new"] {
        let mut affairs = by_kind.remove(kind).unwrap_or_default();
        affairs.sort_by_key(|a| std::cmp::Reverse(a.size(before, after)));
        for affair in affairs.iter().take(SAMPLES_PER_KIND) {
            let issued = |id: &ProfileId| before.profiles.contains_key(id);
            let people = |ids: &BTreeSet<ProfileId>, state: &State| -> Result<Vec<PreviewPerson>> {
                ids.iter().map(|id| person(reader, issued(id).then_some(*id), nodes(state, *id))).collect()
            };
            let (was, will) = (people(&affair.before, before)?, people(&affair.after, after)?);
            samples.push(Sample { kind: kind.into(), before: was, after: will });
        }
    }
    Ok(samples)
}

fn person(reader: &Reader, profile_id: Option<ProfileId>, ids: &[NodeId]) -> Result<PreviewPerson> {
    let mut all: Vec<Node> = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(reader.live.node(*id)?);
    }
    let records = all.iter().take(RECORDS_SHOWN).map(|node| RecordName {
        node_id: node.id,
        source: node.source.as_str().to_string(),
        key: node.key.clone(),
        name: display_name(&reader.rules.golden(std::slice::from_ref(node))),
    });
    let records = records.collect();
    let name = display_name(&reader.rules.golden(&all));
    Ok(PreviewPerson { profile_id, name, size: ids.len() as u64, records })
}
