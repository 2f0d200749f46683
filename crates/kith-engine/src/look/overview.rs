//! Records to people, over the whole project: what a steward looks at first. Names are not counted but looked up when
//! somebody looks ([`super::examples`]).

use super::benchmarks;
use super::examples::{Draw, unnamed};
use super::shape::{ClusterSize, ExampleProfile, IdentityOverview, NearPair, Overlap, SourceIdentity};
use crate::error::Result;
use crate::profile::{Reader, model_fields};
use kith_core::id::{NodeId, ProfileId};
use kith_live::TreeEdge;
use kith_resolve::Model;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// As many pairs near the threshold as fit a page.
const NEAR_PAIRS: usize = 50;

/// Examples are shown of so many combinations of sources, the largest.
const OVERLAPS_SHOWN: usize = 32;

/// Examples are shown of each combination, size and source, as many as fit a small table.
const EXAMPLES: usize = 5;

/// Counts profiles and finds the pairs nearest to the threshold. Runs are not in it.
pub(super) fn count(reader: &Reader, model: Option<&Model>) -> Result<IdentityOverview> {
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
    let mut values = benchmarks::Counts::default();
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
    members.iter().for_each(|(profile, members)| counts.add(*profile, members));
    let example = |draw: &Draw| values.examples(&draw.drawn());
    let name = |at: &u16| sources.get(*at as usize).cloned().unwrap_or_default();
    Ok(IdentityOverview {
        position,
        records: source_of.len() as u64,
        profiles: counts.profiles,
        confidence,
        by_source: (0..sources.len() as u16).map(|at| counts.source(at, name(&at), &example)).collect(),
        overlap: counts.overlap(name, &example),
        cluster_sizes: counts.sizes(&example),
        near_threshold: near_pairs(reader, &source_of, &profile_of, confidence)?,
        model: model.map(model_fields).unwrap_or_default(),
        completeness: values.completeness(),
        benchmarks: benchmarks::benchmarks(&values, reader.config.sources.len()),
        runs: Vec::new(),
    })
}

/// Counts over profiles.
#[derive(Default)]
struct Counts {
    profiles: u64,
    sources: BTreeMap<u16, OfSource>,
    overlap: BTreeMap<BTreeSet<u16>, (u64, Draw)>,
    sizes: BTreeMap<u64, (u64, Draw)>,
}

#[derive(Default)]
struct OfSource {
    records: u64,
    profiles: u64,
    repeated: u64,
    most: Draw,
}

type Examples<'a> = &'a dyn Fn(&Draw) -> Vec<ExampleProfile>;

impl Counts {
    fn add(&mut self, profile: ProfileId, members: &[u16]) {
        if members.is_empty() {
            return;
        }
        self.profiles += 1;
        let size = members.len() as u64;
        let (profiles, drawn) = self.sizes.entry(size).or_default();
        *profiles += 1;
        drawn.by_chance(profile, size, EXAMPLES);
        let mut each: BTreeMap<u16, u64> = BTreeMap::new();
        members.iter().for_each(|source| *each.entry(*source).or_insert(0) += 1);
        for (source, records) in &each {
            let own = self.sources.entry(*source).or_default();
            own.records += records;
            own.profiles += 1;
            if *records > 1 {
                own.repeated += 1;
                own.most.highest(profile, *records, EXAMPLES);
            }
        }
        let (profiles, drawn) = self.overlap.entry(each.into_keys().collect()).or_default();
        *profiles += 1;
        drawn.by_chance(profile, size, EXAMPLES);
    }

    fn source(&self, at: u16, source: String, examples: Examples) -> SourceIdentity {
        let none = OfSource::default();
        let own = self.sources.get(&at).unwrap_or(&none);
        let duplicates = own.records - own.profiles;
        SourceIdentity {
            source,
            records: own.records,
            profiles: own.profiles,
            duplicates,
            duplicates_share: super::dedupe_rate(own.records, own.profiles),
            repeated: own.repeated,
            examples: examples(&own.most),
        }
    }

    fn sizes(&self, examples: Examples) -> Vec<ClusterSize> {
        let size = |(size, (profiles, drawn)): (&u64, &(u64, Draw))| ClusterSize {
            size: *size,
            profiles: *profiles,
            examples: examples(drawn),
        };
        self.sizes.iter().map(size).collect()
    }

    fn overlap(&self, name: impl Fn(&u16) -> String, examples: Examples) -> Vec<Overlap> {
        let mut rows: Vec<(Overlap, &Draw)> = self
            .overlap
            .iter()
            .map(|(set, (profiles, drawn))| {
                let mut sources: Vec<String> = set.iter().map(&name).collect();
                sources.sort();
                (Overlap { sources, profiles: *profiles, examples: Vec::new() }, drawn)
            })
            .collect();
        rows.sort_by(|(a, _), (b, _)| b.profiles.cmp(&a.profiles).then_with(|| a.sources.cmp(&b.sources)));
        rows.iter_mut().take(OVERLAPS_SHOWN).for_each(|(row, drawn)| row.examples = examples(drawn));
        rows.into_iter().map(|(row, _)| row).collect()
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
    let pair = |edge: TreeEdge| {
        let merged = profile_of.get(&edge.a).is_some_and(|p| profile_of.get(&edge.b) == Some(p));
        NearPair { a: unnamed(edge.a), b: unnamed(edge.b), probability: edge.probability.into(), merged }
    };
    Ok(nearest.into_iter().map(pair).collect())
}
