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

use crate::agglomerate::{Link, merge_component, one_pair};
use crate::candidates::{Edge, weight_bits};
use crate::compare::Cache;
use crate::linker::{Options, View};
use crate::score::Scorer;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

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

    /// The merges in order, each with how many records its two sides have.
    pub fn joins(&self) -> impl Iterator<Item = (&Merge, usize, usize)> {
        let mut parent: Vec<u32> = (0..self.len as u32).collect();
        let mut size = vec![1usize; self.len];
        self.merges.iter().map(move |merge| {
            let (a, b) = (root(&mut parent, merge.a) as usize, root(&mut parent, merge.b) as usize);
            let sides = (size[a], size[b]);
            parent[b] = a as u32;
            size[a] += size[b];
            (merge, sides.0, sides.1)
        })
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

pub(crate) fn root(parent: &mut [u32], mut record: u32) -> u32 {
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
    view: View,
    scorer: &Scorer,
    edges: &[Edge],
    constraints: &Constraints,
    options: &Options,
) -> MergeTree {
    let mut parent: Vec<u32> = (0..view.len() as u32).collect();
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
                if let [(_, Link { a, b, said: None })] = *component
                    && apart.is_empty()
                    && !view.one_source(*a, *b)
                {
                    return one_pair(view, scorer, (*a, *b), floor, cache);
                }
                let mut records: Vec<u32> = component.iter().flat_map(|(_, l)| [l.a, l.b]).collect();
                records.sort_unstable();
                records.dedup();
                let none = Vec::new();
                let apart = component.first().and_then(|(name, _)| apart.get(name)).unwrap_or(&none);
                let at = |record: u32| records.binary_search(&record).unwrap_or_default() as u32;
                let links: Vec<Link> =
                    component.iter().map(|(_, l)| Link { a: at(l.a), b: at(l.b), said: l.said }).collect();
                let apart: Vec<(u32, u32)> = apart.iter().map(|(a, b)| (at(*a), at(*b))).collect();
                let mut merges = merge_component(view, scorer, &records, &links, &apart, floor, cache);
                merges.iter_mut().for_each(|m| (m.a, m.b) = (records[m.a as usize], records[m.b as usize]));
                merges
            },
        )
        .flatten_iter()
        .collect();
    MergeTree { len: view.len(), merges }
}
