//! Merging the records of one connected component, strongest evidence first.

use crate::candidates::{probability, weight_bits};
use crate::cluster::Merge;
use crate::compare::Cache;
use crate::linkage::Evidence;
use crate::linker::View;
use crate::score::Scorer;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BinaryHeap;

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

/// The same for two records with nothing said of them: most components are just that.
pub(crate) fn one_pair(
    view: View,
    scorer: &Scorer,
    (a, b): (u32, u32),
    floor: f32,
    cache: &mut [Cache],
) -> Vec<Merge> {
    let mut evidence = Evidence::NONE;
    evidence.add_pair(scorer, view.features, view.row(a), view.row(b), cache);
    evidence.add_sources(scorer.source_bits(view.sources(a, b)));
    let weight = evidence.weight(scorer, (1, 1));
    if weight < floor {
        return Vec::new();
    }
    vec![Merge { a: a.min(b), b: a.max(b), confidence: (probability(f64::from(weight)) as f32).min(1.0) }]
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

    fn weight(&self, scorer: &Scorer, sizes: (usize, usize)) -> f32 {
        self.evidence.weight(scorer, sizes).max(self.said)
    }
}

/// The evidence of the side that has more of it, and the strongest word of both.
fn better<'a>(sides: impl Iterator<Item = &'a Near>, scorer: &Scorer, sizes: (usize, usize)) -> Option<Near> {
    sides.copied().reduce(|x, y| {
        let best = if y.evidence.weight(scorer, sizes) > x.evidence.weight(scorer, sizes) { y } else { x };
        Near { said: x.said.max(y.said), ..best }
    })
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
            all.heap.push(Proposal { weight: near.weight(scorer, (1, 1)), names: (i, j), at: (i, j) });
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
        let by_source = self.view.apart && !said;
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

    /// Where evidence joins two clusters, what speaks for a third is that of all pairs together. Where somebody's word
    /// joins them, their records need not be alike, and the better of the two sides speaks: whoever is one with the one
    /// side is one with both.
    fn merge(&mut self, i: usize, j: usize, weight: f32) -> Merge {
        let between = self.clusters[i].near.get(&(j as u32)).copied().unwrap_or(Near::NOTHING);
        let by_word = between.said > between.evidence.weight(self.scorer, self.sizes(i, j));
        let (left, right) = (self.take(i), self.take(j));
        let size = left.members.len() + right.members.len();
        let confidence = (probability(f64::from(weight)) as f32).min(left.confidence).min(right.confidence);
        let (a, b) = (left.members[0].min(right.members[0]), left.members[0].max(right.members[0]));
        let new = self.clusters.len() as u32;
        let mut neighbours: Vec<u32> = left.near.keys().chain(right.near.keys()).copied().collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        let mut all_near = FxHashMap::default();
        neighbours.retain(|k| self.clusters[*k as usize].alive);
        for k in neighbours {
            let sides = [left.near.get(&k), right.near.get(&k)];
            if by_word
                && let Some(near) = better(
                    sides.into_iter().flatten(),
                    self.scorer,
                    (size, self.clusters[k as usize].members.len()),
                )
            {
                all_near.insert(k, near);
                continue;
            }
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
            let weight = near.weight(self.scorer, (other.members.len(), size));
            self.heap.push(Proposal { weight, names, at: (*k, new) });
        }
        self.clusters.push(Cluster { members, near: all_near, confidence, alive: true });
        Merge { a, b, confidence }
    }

    fn sizes(&self, i: usize, j: usize) -> (usize, usize) {
        (self.clusters[i].members.len(), self.clusters[j].members.len())
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
                let record = |place: u32| self.records[place as usize];
                evidence.add_sources(self.scorer.source_bits(self.view.sources(record(*a), record(*b))));
            }
        }
    }
}
