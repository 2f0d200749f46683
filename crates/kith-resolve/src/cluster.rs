//! From edges to a merge tree: guarded agglomerative clustering, so that the same records can be read at any
//! confidence.
//!
//! 1. The edges cut the records into connected components; each is worked on alone, so the result is a function of
//!    the component's edges and nothing else.
//! 2. Every record begins as a cluster. The two clusters with the strongest evidence over *all* their pairs
//!    ([`crate::linkage`]) are merged, ties by record number. Pairs without an edge are looked at too: a chain of
//!    look-alikes does not hold, since its ends disagree.
//! 3. What people and rules have said ([`Constraints`]) weighs as much as they are sure. A merge that would put a pair
//!    together that must stay apart is refused, and so is one of two records of one source where sources are free of
//!    duplicates.
//! 4. Each merge keeps its confidence. Cutting the tree at a confidence gives the clusters of that confidence; a
//!    stricter cluster always lies within a looser one.

use crate::candidates::{Edge, probability, weight_bits};
use crate::compare::Cache;
use crate::linkage::Evidence;
use crate::linker::{Linker, Options, View};
use crate::score::Scorer;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BinaryHeap;

/// One merge of two clusters, each named by one of its records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// A record of the one.
    pub a: u32,
    /// A record of the other; larger than `a`.
    pub b: u32,
    /// Confidence that the two are one entity, 0..1. Never higher than that of the merges below it.
    pub confidence: f32,
}

/// The merges of all components, by falling confidence within each component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeTree {
    /// How many records.
    pub len: usize,
    /// The merges.
    pub merges: Vec<Merge>,
}

impl MergeTree {
    /// The cluster of each record at a confidence, named by its smallest record.
    pub fn clusters(&self, confidence: f64) -> Vec<u32> {
        let mut parent: Vec<u32> = (0..self.len as u32).collect();
        for merge in self.merges.iter().filter(|m| f64::from(m.confidence) >= confidence) {
            let (a, b) = (root(&mut parent, merge.a), root(&mut parent, merge.b));
            parent[a.max(b) as usize] = a.min(b);
        }
        (0..self.len as u32).map(|r| root(&mut parent, r)).collect()
    }

    /// For each record the lowest confidence of a merge inside its cluster at a threshold; 1 for a single record.
    pub fn certainty(&self, confidence: f64) -> Vec<f32> {
        let clusters = self.clusters(confidence);
        let mut lowest = vec![1f32; self.len];
        for merge in self.merges.iter().filter(|m| f64::from(m.confidence) >= confidence) {
            let cluster = clusters[merge.a as usize] as usize;
            lowest[cluster] = lowest[cluster].min(merge.confidence);
        }
        clusters.iter().map(|c| lowest[*c as usize]).collect()
    }
}

fn root(parent: &mut [u32], mut record: u32) -> u32 {
    while parent[record as usize] != record {
        parent[record as usize] = parent[parent[record as usize] as usize];
        record = parent[record as usize];
    }
    record
}

/// What people and rules have said about records, beside what the model thinks.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// Pairs that are one entity, with a confidence of their own. They merge as if their evidence were that strong;
    /// sources do not keep them apart.
    pub joined: Vec<Joined>,
    /// Pairs that are never one entity: no cluster holds both, at any confidence.
    pub apart: Vec<(u32, u32)>,
}

/// Two records that are one entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joined {
    /// A record.
    pub a: u32,
    /// Another.
    pub b: u32,
    /// How sure that is: 1 for a steward's word.
    pub confidence: f32,
}

/// Builds the merge tree. Edges and constraints name records by the linker's own numbers.
pub fn cluster(
    linker: &Linker,
    scorer: &Scorer,
    edges: &[Edge],
    constraints: &Constraints,
    options: &Options,
) -> MergeTree {
    let mut parent: Vec<u32> = (0..linker.len() as u32).collect();
    let joined = constraints.joined.iter().filter(|j| j.a != j.b);
    for (a, b) in edges.iter().map(|e| (e.a, e.b)).chain(joined.clone().map(|j| (j.a, j.b))) {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut links: Vec<(u32, Link)> = edges
        .iter()
        .map(|e| Link { a: e.a, b: e.b, said: None })
        .chain(joined.map(|j| Link { a: j.a.min(j.b), b: j.a.max(j.b), said: Some(j.confidence) }))
        .map(|link| (root(&mut parent, link.a), link))
        .collect();
    links.par_sort_by_key(|(component, l)| (*component, l.a, l.b, l.said.is_some()));
    let mut apart: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
    for (a, b) in &constraints.apart {
        let component = root(&mut parent, *a);
        if component == root(&mut parent, *b) {
            apart.entry(component).or_default().push((*a, *b));
        }
    }
    let components: Vec<&[(u32, Link)]> = links.chunk_by(|x, y| x.0 == y.0).collect();
    let floor = weight_bits(options.probability_min) as f32;
    let merges = components
        .par_iter()
        .with_min_len(64)
        .map_init(
            || scorer.bound.iter().map(|_| Cache::new()).collect::<Vec<_>>(),
            |cache, component| {
                let mut records: Vec<u32> = component.iter().flat_map(|(_, l)| [l.a, l.b]).collect();
                records.sort_unstable();
                records.dedup();
                let none = Vec::new();
                let apart = component.first().and_then(|(name, _)| apart.get(name)).unwrap_or(&none);
                let at = |record: u32| records.binary_search(&record).unwrap_or_default() as u32;
                let links: Vec<Link> =
                    component.iter().map(|(_, l)| Link { a: at(l.a), b: at(l.b), said: l.said }).collect();
                let apart: Vec<(u32, u32)> = apart.iter().map(|(a, b)| (at(*a), at(*b))).collect();
                let mut merges =
                    merge_component(linker.view(), scorer, &records, &links, &apart, floor, cache);
                merges.iter_mut().for_each(|m| (m.a, m.b) = (records[m.a as usize], records[m.b as usize]));
                merges
            },
        )
        .flatten_iter()
        .collect();
    MergeTree { len: linker.len(), merges }
}

/// A reason to look at two records of a component: evidence, or what somebody has said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub a: u32,
    pub b: u32,
    pub said: Option<f32>,
}

/// Merges the records of one component. `records` stand in the order that decides ties; links, pairs to be kept apart
/// and the resulting merges name them by their place in it.
pub(crate) fn merge_component(
    view: View,
    scorer: &Scorer,
    records: &[u32],
    links: &[Link],
    apart: &[(u32, u32)],
    floor: f32,
    cache: &mut [Cache],
) -> Vec<Merge> {
    Agglomeration::new(view, scorer, records, links, apart, cache).run(floor)
}

struct Cluster {
    /// Places, ascending; the first is the name.
    members: Vec<u32>,
    /// The evidence of all pairs with each neighbour.
    near: FxHashMap<u32, Near>,
    confidence: f32,
    alive: bool,
}

/// What speaks for one entity: the evidence, and what somebody has said (bits; -∞ = nothing).
#[derive(Clone, Copy)]
struct Near {
    evidence: Evidence,
    said: f32,
}

impl Near {
    const NOTHING: Near = Near { evidence: Evidence::NONE, said: f32::NEG_INFINITY };

    fn weight(&self, scorer: &Scorer) -> f32 {
        self.evidence.weight(scorer).max(self.said)
    }
}

/// A possible merge, best first, ties by the smaller names.
#[derive(PartialEq)]
struct Proposal {
    weight: f32,
    names: (u32, u32),
    at: (u32, u32),
}

impl Eq for Proposal {}

impl Ord for Proposal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.weight
            .total_cmp(&other.weight)
            .then_with(|| other.names.cmp(&self.names))
            .then_with(|| other.at.cmp(&self.at))
    }
}

impl PartialOrd for Proposal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

struct Agglomeration<'a> {
    view: View<'a>,
    scorer: &'a Scorer,
    records: &'a [u32],
    apart: FxHashSet<(u32, u32)>,
    cache: &'a mut [Cache],
    clusters: Vec<Cluster>,
    heap: BinaryHeap<Proposal>,
}

impl<'a> Agglomeration<'a> {
    fn new(
        view: View<'a>,
        scorer: &'a Scorer,
        records: &'a [u32],
        links: &[Link],
        apart: &[(u32, u32)],
        cache: &'a mut [Cache],
    ) -> Self {
        let single =
            |i: u32| Cluster { members: vec![i], near: FxHashMap::default(), confidence: 1.0, alive: true };
        let mut all = Agglomeration {
            view,
            scorer,
            records,
            apart: apart.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect(),
            cache,
            clusters: (0..records.len() as u32).map(single).collect(),
            heap: BinaryHeap::with_capacity(links.len()),
        };
        for link in links {
            let (i, j) = (link.a.min(link.b), link.a.max(link.b));
            let mut near = match all.clusters[i as usize].near.get(&j) {
                Some(known) => *known,
                None => {
                    let mut near = Near::NOTHING;
                    all.add_pairs(&mut near.evidence, &[i], j);
                    near
                }
            };
            near.said = near.said.max(link.said.map_or(f32::NEG_INFINITY, |c| weight_bits(c.into()) as f32));
            all.clusters[i as usize].near.insert(j, near);
            all.clusters[j as usize].near.insert(i, near);
            all.heap.push(Proposal { weight: near.weight(scorer), names: (i, j), at: (i, j) });
        }
        all
    }

    fn run(mut self, floor: f32) -> Vec<Merge> {
        let mut merges = Vec::new();
        while let Some(proposal) = self.heap.pop() {
            if proposal.weight < floor {
                break;
            }
            let (i, j) = (proposal.at.0 as usize, proposal.at.1 as usize);
            if !self.clusters[i].alive || !self.clusters[j].alive || self.refused(i, j) {
                continue;
            }
            merges.push(self.merge(i, j, proposal.weight));
        }
        merges
    }

    /// Guards: two records that somebody keeps apart; two of one source, unless somebody has said that they are one.
    fn refused(&self, i: usize, j: usize) -> bool {
        let said = self.clusters[i].near.get(&(j as u32)).is_some_and(|near| near.said > f32::NEG_INFINITY);
        let by_source = self.view.source.is_some() && !said;
        if self.apart.is_empty() && !by_source {
            return false;
        }
        let record = |place: &u32| self.records[*place as usize];
        self.clusters[i].members.iter().any(|a| {
            self.clusters[j].members.iter().any(|b| {
                self.apart.contains(&(*a.min(b), *a.max(b)))
                    || by_source && self.view.one_source(record(a), record(b))
            })
        })
    }

    fn merge(&mut self, i: usize, j: usize, weight: f32) -> Merge {
        let (left, right) = (self.take(i), self.take(j));
        let confidence = (probability(f64::from(weight)) as f32).min(left.confidence).min(right.confidence);
        let (a, b) = (left.members[0].min(right.members[0]), left.members[0].max(right.members[0]));
        let new = self.clusters.len() as u32;
        let mut neighbours: Vec<u32> = left.near.keys().chain(right.near.keys()).copied().collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        let mut all_near = FxHashMap::default();
        neighbours.retain(|k| self.clusters[*k as usize].alive);
        for k in neighbours {
            let mut near = Near::NOTHING;
            for part in [&left, &right] {
                match part.near.get(&k) {
                    Some(known) => {
                        near.evidence.add(&known.evidence);
                        near.said = near.said.max(known.said);
                    }
                    None => self.add_pairs(&mut near.evidence, &part.members, k),
                }
            }
            all_near.insert(k, near);
        }
        let mut members = [left.members, right.members].concat();
        members.sort_unstable();
        for (k, near) in &all_near {
            let other = &mut self.clusters[*k as usize];
            other.near.insert(new, *near);
            let names = (members[0].min(other.members[0]), members[0].max(other.members[0]));
            self.heap.push(Proposal { weight: near.weight(self.scorer), names, at: (*k, new) });
        }
        self.clusters.push(Cluster { members, near: all_near, confidence, alive: true });
        Merge { a, b, confidence }
    }

    fn take(&mut self, i: usize) -> Cluster {
        let gone = Cluster { members: Vec::new(), near: FxHashMap::default(), confidence: 0.0, alive: false };
        std::mem::replace(&mut self.clusters[i], gone)
    }

    /// Adds all pairs between some records and a cluster.
    fn add_pairs(&mut self, evidence: &mut Evidence, members: &[u32], other: u32) {
        let row = |place: u32| self.view.row(self.records[place as usize]);
        for a in members {
            for b in &self.clusters[other as usize].members {
                evidence.add_pair(self.scorer, self.view.features, row(*a), row(*b), self.cache);
            }
        }
    }
}
