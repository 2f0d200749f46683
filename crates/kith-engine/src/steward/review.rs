//! Which pairs to ask a person about: those whose answer teaches the model most ([`kith_resolve::propose`]). Where there
//! are too many records to look at them all between two answers, those nearest to the threshold.

use super::shape::{ReviewPair, ReviewQueue};
use crate::error::Result;
use crate::profile::{Lookup, Reader, record_name};
use crate::project::Project;
use crate::resolve::model::does_not_fit;
use kith_core::decision::Answers;
use kith_core::id::{NodeId, ProfileId};
use kith_live::TreeEdge;
use kith_resolve::Model;
use kith_resolve::candidates::weight_bits;
use rustc_hash::FxHashSet;

/// Outside of these the model is sure enough that a person need not be asked.
const UNCERTAIN: std::ops::RangeInclusive<f32> = 0.1..=0.99;

/// A pair that nobody has decided.
pub(super) struct Candidate {
    pub edge: TreeEdge,
    pub profiles: (ProfileId, ProfileId),
}

impl Candidate {
    fn merged(&self) -> bool {
        self.profiles.0 == self.profiles.1
    }

    fn why(&self, confidence: f64) -> &'static str {
        let alone = f64::from(self.edge.probability) >= confidence;
        match (self.merged(), alone) {
            (true, false) => "holds a profile together",
            (false, true) => "stands apart against the model",
            _ => "near the threshold",
        }
    }
}

/// The queue.
pub(super) fn queue(
    project: &Project,
    limit: usize,
    first: Option<&(Lookup, Lookup)>,
) -> Result<ReviewQueue> {
    let reader = &project.reader();
    let position = reader.live.position();
    let confidence = reader.config.project.confidence;
    let closure = reader.live.decided()?;
    let decided = closure.decisions().iter().filter(|(_, d)| d.pair().is_some()).count() as u64;
    let answers = closure.answers().named(|record| reader.live.node_of(&record.source, &record.key))?;
    let candidates = candidates(reader, &answers)?;
    let uncertain = candidates.len() as u64;
    let mut pairs = Vec::with_capacity(limit);
    let candidates = match project.model()? {
        Some(model) if reader.live.node_count()? <= TEACHING_MAX => {
            let wanted = limit.saturating_mul(2).saturating_add(20);
            teaching(project, &model, &answers, wanted)?
        }
        _ => nearest(candidates, confidence),
    };
    if let Some(candidate) = first.map(|first| asked(project, first)).transpose()?.flatten() {
        pairs.extend(
            pair(reader, &candidate, confidence)?.map(|p| ReviewPair { why: "asked for".into(), ..p }),
        );
    }
    for candidate in candidates {
        if pairs.len() >= limit {
            break;
        }
        let Some(pair) = pair(reader, &candidate, confidence)? else { continue };
        let names = |p: &ReviewPair| (p.a.node_id.min(p.b.node_id), p.a.node_id.max(p.b.node_id));
        if pairs.first().is_none_or(|first| names(first) != names(&pair)) {
            pairs.push(pair);
        }
    }
    Ok(ReviewQueue { position, confidence, uncertain, decided, pairs })
}

/// The pair that somebody wants to decide; `None` if its records are in no profile yet.
fn asked(project: &Project, (a, b): &(Lookup, Lookup)) -> Result<Option<Candidate>> {
    let found = project.explain(a, b)?;
    let (a, b) = (found.a.node_id, found.b.node_id);
    let (Some(left), Some(right)) = (project.live.profile_of(a)?, project.live.profile_of(b)?) else {
        return Ok(None);
    };
    let (weight, probability) = (found.weight_bits as f32, found.probability as f32);
    Ok(Some(Candidate { edge: TreeEdge { a, b, weight, probability }, profiles: (left, right) }))
}

/// With more records the next question would take more than a second or two.
const TEACHING_MAX: u64 = 200_000;

/// The pairs that teach most, of those that nobody has decided; one pair for two people, since the next ones would ask
/// the same again.
fn teaching(
    project: &Project,
    model: &Model,
    answers: &Answers<NodeId>,
    wanted: usize,
) -> Result<Vec<Candidate>> {
    let encoded = project.encoded(model)?;
    let found = encoded.resolution(&project.live)?;
    let pairs = kith_resolve::propose(&encoded.linker, model, &found, wanted, &[]).map_err(does_not_fit)?;
    let mut candidates = Vec::with_capacity(pairs.len());
    let mut asked = FxHashSet::default();
    for (a, b) in pairs {
        let (Some(a), Some(b)) = (encoded.node(a), encoded.node(b)) else { continue };
        if answers.says(&a, &b).is_some() {
            continue;
        }
        let weight = encoded.explain(model, a, b)?;
        let (Some(left), Some(right)) = (project.live.profile_of(a)?, project.live.profile_of(b)?) else {
            continue;
        };
        if asked.insert((left.min(right), left.max(right))) {
            let (weight, probability) = (weight.weight_bits as f32, weight.probability as f32);
            candidates
                .push(Candidate { edge: TreeEdge { a, b, weight, probability }, profiles: (left, right) });
        }
    }
    Ok(candidates)
}

/// Nearest to the threshold first, since there an answer is worth one bit; one pair for two people.
pub(super) fn nearest(mut candidates: Vec<Candidate>, confidence: f64) -> Vec<Candidate> {
    let threshold = weight_bits(confidence) as f32;
    let distance = |c: &Candidate| (c.edge.weight - threshold).abs();
    candidates.sort_by(|x, y| {
        distance(x).total_cmp(&distance(y)).then((x.edge.a, x.edge.b).cmp(&(y.edge.a, y.edge.b)))
    });
    let mut asked = FxHashSet::default();
    candidates.retain(|c| asked.insert((c.profiles.0.min(c.profiles.1), c.profiles.0.max(c.profiles.1))));
    candidates
}

fn candidates(reader: &Reader, answers: &Answers<NodeId>) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for component in reader.live.components() {
        let undecided =
            |e: &TreeEdge| UNCERTAIN.contains(&e.probability) && answers.says(&e.a, &e.b).is_none();
        for edge in component?.edges.into_iter().filter(undecided) {
            // A node that has gone since has no profile.
            if let (Some(a), Some(b)) = (reader.live.profile_of(edge.a)?, reader.live.profile_of(edge.b)?) {
                found.push(Candidate { edge, profiles: (a, b) });
            }
        }
    }
    Ok(found)
}

fn pair(reader: &Reader, candidate: &Candidate, confidence: f64) -> Result<Option<ReviewPair>> {
    let edge = candidate.edge;
    let (Some(a), Some(b)) = (record_name(reader, edge.a)?, record_name(reader, edge.b)?) else {
        return Ok(None);
    };
    let size = |id| -> Result<u64> { Ok(reader.live.profile(id)?.map_or(0, |p| p.nodes.len() as u64)) };
    let (left, right) = candidate.profiles;
    let records = size(left)? + if left == right { 0 } else { size(right)? };
    Ok(Some(ReviewPair {
        a,
        b,
        weight: edge.weight,
        probability: edge.probability,
        merged: candidate.merged(),
        records,
        why: candidate.why(confidence).into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pair_of_two_people_is_asked_first_and_once() {
        let candidate = |a, b, weight: f32, left, right| Candidate {
            edge: TreeEdge { a: NodeId(a), b: NodeId(b), weight, probability: 0.5 },
            profiles: (ProfileId(left), ProfileId(right)),
        };
        let all = vec![
            candidate(1, 2, 9.0, 1, 2),
            candidate(3, 4, 4.0, 3, 4),
            candidate(5, 6, 4.5, 4, 3),
            candidate(7, 8, -1.0, 5, 6),
        ];
        let order: Vec<u64> = nearest(all, 0.95).iter().map(|c| c.edge.a.0).collect();
        assert_eq!(order, [3, 1, 7]);
    }
}
