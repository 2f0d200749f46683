//! From edges to a merge tree: guarded agglomerative clustering, so that the same records can be read at any
//! confidence.
//!
//! 1. The edges cut the records into connected components; each is worked on alone, so the result is a function of
//!    the component's edges and nothing else.
//! 2. Every record begins as a cluster. The two clusters with the strongest evidence over *all* their pairs
//!    ([`crate::linkage`]) are merged, ties by record number. Pairs without an edge are looked at too: a chain of
//!    look-alikes does not hold, since its ends disagree.
//! 3. A merge that would put two records of one source together where sources are free of duplicates is refused.
//! 4. Each merge keeps its confidence. Cutting the tree at a confidence gives the clusters of that confidence; a
//!    stricter cluster always lies within a looser one.

use crate::candidates::{Edge, probability, weight_bits};
use crate::compare::Cache;
use crate::linkage::Evidence;
use crate::linker::{Linker, Options};
use crate::score::Scorer;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
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

/// Builds the merge tree.
pub fn cluster(linker: &Linker, scorer: &Scorer, edges: &[Edge], options: &Options) -> MergeTree {
    let mut parent: Vec<u32> = (0..linker.len() as u32).collect();
    for edge in edges {
        let (a, b) = (root(&mut parent, edge.a), root(&mut parent, edge.b));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut by_component: Vec<(u32, Edge)> = edges.iter().map(|e| (root(&mut parent, e.a), *e)).collect();
    by_component.par_sort_by_key(|(component, e)| (*component, e.a, e.b));
    let components: Vec<&[(u32, Edge)]> = by_component.chunk_by(|x, y| x.0 == y.0).collect();
    let floor = weight_bits(options.probability_min) as f32;
    let merges = components
        .par_iter()
        .with_min_len(64)
        .map_init(
            || scorer.bound.iter().map(|_| Cache::new()).collect::<Vec<_>>(),
            |cache, component| Agglomeration::new(linker, scorer, component, cache).run(floor),
        )
        .flatten_iter()
        .collect();
    MergeTree { len: linker.len(), merges }
}

struct Cluster {
    /// Ascending; the first is the name.
    members: Vec<u32>,
    /// The evidence of all pairs with each neighbour.
    near: FxHashMap<u32, Evidence>,
    confidence: f32,
    alive: bool,
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
    linker: &'a Linker,
    scorer: &'a Scorer<'a>,
    cache: &'a mut Vec<Cache>,
    clusters: Vec<Cluster>,
    heap: BinaryHeap<Proposal>,
}

impl<'a> Agglomeration<'a> {
    fn new(
        linker: &'a Linker,
        scorer: &'a Scorer<'a>,
        edges: &[(u32, Edge)],
        cache: &'a mut Vec<Cache>,
    ) -> Self {
        let mut records: Vec<u32> = edges.iter().flat_map(|(_, e)| [e.a, e.b]).collect();
        records.sort_unstable();
        records.dedup();
        let at = |record: u32| records.binary_search(&record).unwrap_or_default() as u32;
        let mut clusters: Vec<Cluster> = records
            .iter()
            .map(|r| Cluster { members: vec![*r], near: FxHashMap::default(), confidence: 1.0, alive: true })
            .collect();
        let mut heap = BinaryHeap::with_capacity(edges.len());
        for (_, edge) in edges {
            let (i, j) = (at(edge.a), at(edge.b));
            let mut evidence = Evidence::default();
            evidence.add_pair(scorer, linker.row(edge.a), linker.row(edge.b), cache);
            clusters[i as usize].near.insert(j, evidence);
            clusters[j as usize].near.insert(i, evidence);
            heap.push(Proposal { weight: evidence.weight(scorer), names: (edge.a, edge.b), at: (i, j) });
        }
        Agglomeration { linker, scorer, cache, clusters, heap }
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

    /// Guard: two records of one source where sources are free of duplicates.
    fn refused(&self, i: usize, j: usize) -> bool {
        if !self.linker.link_only() {
            return false;
        }
        let source = |r: &u32| self.linker.source(*r);
        self.clusters[i]
            .members
            .iter()
            .any(|a| self.clusters[j].members.iter().any(|b| source(a) == source(b)))
    }

    fn merge(&mut self, i: usize, j: usize, weight: f32) -> Merge {
        let (left, right) = (self.take(i), self.take(j));
        let confidence = (probability(f64::from(weight)) as f32).min(left.confidence).min(right.confidence);
        let (a, b) = (left.members[0].min(right.members[0]), left.members[0].max(right.members[0]));
        let new = self.clusters.len() as u32;
        let mut neighbours: Vec<u32> = left.near.keys().chain(right.near.keys()).copied().collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        let mut near = FxHashMap::default();
        neighbours.retain(|k| self.clusters[*k as usize].alive);
        for k in neighbours {
            let mut evidence = Evidence::default();
            for part in [&left, &right] {
                match part.near.get(&k) {
                    Some(known) => evidence.add(known),
                    None => self.add_pairs(&mut evidence, &part.members, k),
                }
            }
            near.insert(k, evidence);
        }
        let mut members = [left.members, right.members].concat();
        members.sort_unstable();
        for (k, evidence) in &near {
            let other = &mut self.clusters[*k as usize];
            other.near.insert(new, *evidence);
            let names = (members[0].min(other.members[0]), members[0].max(other.members[0]));
            self.heap.push(Proposal { weight: evidence.weight(self.scorer), names, at: (*k, new) });
        }
        self.clusters.push(Cluster { members, near, confidence, alive: true });
        Merge { a, b, confidence }
    }

    fn take(&mut self, i: usize) -> Cluster {
        let gone = Cluster { members: Vec::new(), near: FxHashMap::default(), confidence: 0.0, alive: false };
        std::mem::replace(&mut self.clusters[i], gone)
    }

    /// Adds all pairs between some records and a cluster.
    fn add_pairs(&mut self, evidence: &mut Evidence, members: &[u32], other: u32) {
        for a in members {
            for b in &self.clusters[other as usize].members {
                evidence.add_pair(self.scorer, self.linker.row(*a), self.linker.row(*b), self.cache);
            }
        }
    }
}
