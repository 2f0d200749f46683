//! Records to people, over the whole project: what a steward looks at first.

use super::Reader;
use super::read::label;
use super::shape::{
    ClusterSize, IdentityOverview, ModelField, ModelLevel, NearPair, Overlap, RecordName, SourceIdentity,
};
use crate::error::Result;
use crate::look;
use crate::unify::display_name;
use kith_core::entry::ResolvedEntry;
use kith_core::id::{NodeId, Position, ProfileId};
use kith_live::TreeEdge;
use kith_resolve::Model;
use kith_resolve::compare::Aspect;
use kith_resolve::model::Comparison;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// As many pairs near the threshold as fit a page.
const NEAR_PAIRS: usize = 50;

/// Counts profiles and finds the pairs nearest to the threshold.
pub(crate) fn overview(
    reader: &Reader,
    model: Option<&Model>,
    runs: &VecDeque<(Position, ResolvedEntry)>,
) -> Result<IdentityOverview> {
    let position = reader.live.position();
    let confidence = reader.config.project.confidence;
    let mut source_of: FxHashMap<NodeId, u16> = FxHashMap::default();
    let mut sources: Vec<String> =
        reader.config.sources.iter().map(|s| s.name.as_str().to_string()).collect();
    let mut profile_of: FxHashMap<NodeId, ProfileId> = FxHashMap::default();
    for profile in reader.live.profiles() {
        let (profile, nodes) = profile?;
        profile_of.extend(nodes.into_iter().map(|n| (n, profile)));
    }
    let mut values = look::Counts::default();
    let mut members: FxHashMap<ProfileId, Vec<u16>> = FxHashMap::default();
    for node in reader.live.nodes() {
        let node = node?;
        let known = sources.iter().position(|s| s == node.source.as_str());
        let at = known.unwrap_or_else(|| {
            sources.push(node.source.as_str().to_string());
            sources.len() - 1
        });
        source_of.insert(node.id, at as u16);
        if let Some(profile) = profile_of.get(&node.id) {
            values.add(*profile, node.id, &node.values);
            members.entry(*profile).or_default().push(at as u16);
        }
    }
    let mut counts = Counts::default();
    members.values().for_each(|members| counts.add(members));
    let name = |at: &u16| sources.get(*at as usize).cloned().unwrap_or_default();
    Ok(IdentityOverview {
        position,
        records: source_of.len() as u64,
        profiles: counts.profiles,
        confidence,
        by_source: (0..sources.len() as u16).map(|at| counts.source(at, name(&at))).collect(),
        overlap: counts.overlap(name),
        cluster_sizes: counts
            .sizes
            .iter()
            .map(|(size, n)| ClusterSize { size: *size, profiles: *n })
            .collect(),
        near_threshold: near_pairs(reader, &source_of, &profile_of, confidence)?,
        model: model.map(model_fields).unwrap_or_default(),
        completeness: values.completeness(),
        benchmarks: look::benchmarks(reader, &values, runs)?,
        runs: look::past_runs(runs),
    })
}

/// Counts over profiles.
#[derive(Default)]
struct Counts {
    profiles: u64,
    records: BTreeMap<u16, u64>,
    known: BTreeMap<u16, u64>,
    overlap: BTreeMap<BTreeSet<u16>, u64>,
    sizes: BTreeMap<u64, u64>,
}

impl Counts {
    fn add(&mut self, members: &[u16]) {
        if members.is_empty() {
            return;
        }
        self.profiles += 1;
        *self.sizes.entry(members.len() as u64).or_insert(0) += 1;
        for source in members {
            *self.records.entry(*source).or_insert(0) += 1;
        }
        let distinct: BTreeSet<u16> = members.iter().copied().collect();
        for source in &distinct {
            *self.known.entry(*source).or_insert(0) += 1;
        }
        *self.overlap.entry(distinct).or_insert(0) += 1;
    }

    fn source(&self, at: u16, source: String) -> SourceIdentity {
        let records = self.records.get(&at).copied().unwrap_or(0);
        let profiles = self.known.get(&at).copied().unwrap_or(0);
        SourceIdentity { source, records, profiles, duplicates: records - profiles }
    }

    fn overlap(&self, name: impl Fn(&u16) -> String) -> Vec<Overlap> {
        let mut rows: Vec<Overlap> = self
            .overlap
            .iter()
            .map(|(set, profiles)| {
                let mut sources: Vec<String> = set.iter().map(&name).collect();
                sources.sort();
                Overlap { sources, profiles: *profiles }
            })
            .collect();
        rows.sort_by(|a, b| b.profiles.cmp(&a.profiles).then_with(|| a.sources.cmp(&b.sources)));
        rows
    }
}

/// The edges whose probability is nearest to the threshold, nearest first.
fn near_pairs(
    reader: &Reader,
    source_of: &FxHashMap<NodeId, u16>,
    profile_of: &FxHashMap<NodeId, ProfileId>,
    confidence: f64,
) -> Result<Vec<NearPair>> {
    let distance = |edge: &TreeEdge| (f64::from(edge.probability) - confidence).abs();
    let mut nearest: Vec<TreeEdge> = Vec::new();
    let trim = |nearest: &mut Vec<TreeEdge>| {
        nearest.sort_by(|x, y| distance(x).total_cmp(&distance(y)).then((x.a, x.b).cmp(&(y.a, y.b))));
        nearest.truncate(NEAR_PAIRS);
    };
    for component in reader.live.components() {
        let component = component?;
        let alive = |edge: &&TreeEdge| source_of.contains_key(&edge.a) && source_of.contains_key(&edge.b);
        nearest.extend(component.edges.iter().filter(alive).copied());
        if nearest.len() > 20 * NEAR_PAIRS {
            trim(&mut nearest);
        }
    }
    trim(&mut nearest);
    let mut pairs = Vec::with_capacity(nearest.len());
    for edge in nearest {
        if let (Some(a), Some(b)) = (record_name(reader, edge.a)?, record_name(reader, edge.b)?) {
            let merged = profile_of.get(&edge.a).is_some_and(|p| profile_of.get(&edge.b) == Some(p));
            pairs.push(NearPair { a, b, probability: edge.probability.into(), merged });
        }
    }
    Ok(pairs)
}

/// A record by name; `None` if it never was.
pub(crate) fn record_name(reader: &Reader, id: NodeId) -> Result<Option<RecordName>> {
    Ok(reader.live.node(id)?.map(|node| {
        let (source, key) = (node.source.as_str().to_string(), node.key.clone());
        let name = display_name(&reader.rules.golden(&[node]));
        RecordName { node_id: id, source, key, name }
    }))
}

/// The columns that a comparison is about. Names look at each other's column for swaps; that is not shown.
pub(crate) fn compared(comparison: &Comparison) -> String {
    let own = match comparison.aspect {
        Aspect::GivenName | Aspect::FamilyName => 1,
        _ => comparison.columns.len(),
    };
    let named = comparison.columns.iter().take(own).map(String::as_str).filter(|c| !c.is_empty());
    named.collect::<Vec<_>>().join(" + ")
}

/// A level with its weight.
pub(crate) fn model_level(level: &kith_resolve::model::Level) -> ModelLevel {
    let weight_bits = (level.m.max(1e-12) / level.u.max(1e-12)).log2();
    ModelLevel { level: level.level.clone(), m: level.m, u: level.u, weight_bits }
}

/// The model as rows for people.
fn model_fields(model: &Model) -> Vec<ModelField> {
    model
        .comparisons
        .iter()
        .map(|c| ModelField {
            field: label(&compared(c)),
            levels: c.levels.iter().map(model_level).collect(),
        })
        .collect()
}
