//! Which pairs to show to people: those whose answers teach most.
//!
//! 1. An answer teaches where the model is in doubt: a guess that is right with probability p errs by √(p(1 - p)).
//!    It counts the more the more pairs hang on it: the doubt of a merge is that of all pairs that it joins.
//! 2. Questions are spread over all confidences, in proportion to that worth (Neyman 1934), and not heaped on the one
//!    threshold: so the answers say what each confidence is worth.
//! 3. Within a neighbourhood of like confidence, patterns of agreement that have been asked about stand back.

use crate::block::mix;
use crate::candidates::probability;
use crate::compare::Cache;
use crate::error::Error;
use crate::linker::Linker;
use crate::model::Model;
use crate::path::Paths;
use crate::{Edge, MergeTree, Resolution};
use rustc_hash::{FxHashMap, FxHashSet};

/// A question that could be asked.
struct Question {
    pair: (u32, u32),
    /// How likely the answer is "one entity", as far as the model knows.
    probability: f64,
    /// How many pairs it stands for.
    pairs: f64,
}

/// Proposes pairs to be labelled, the most useful first, by the caller's numbers. `already` were asked before.
pub fn propose(
    linker: &Linker,
    model: &Model,
    found: &Resolution,
    how_many: usize,
    already: &[(u32, u32)],
) -> Result<Vec<(u32, u32)>, Error> {
    let known: FxHashSet<(u32, u32)> = already.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect();
    let mut questions = merges(&found.tree);
    questions.extend(apart(&found.edges, &Paths::new(&found.tree)));
    questions.retain(|q| !known.contains(&q.pair));
    questions.sort_by(|a, b| a.probability.total_cmp(&b.probability).then(a.pair.cmp(&b.pair)));
    let mut chosen = spread(&questions, how_many);
    let scorer = linker.scorer(model)?;
    let inside: FxHashMap<u32, u32> = (0..linker.len() as u32).map(|r| (linker.outside(r), r)).collect();
    let mut cache: Vec<Cache> = scorer.bound.iter().map(|_| Cache::new()).collect();
    let mut pattern = |(a, b): (u32, u32)| -> Vec<u8> {
        let row = |r: u32| linker.row(inside.get(&r).copied().unwrap_or_default());
        let level = |at: usize| scorer.bound[at].level(linker.features(), row(a), row(b), &mut cache[at]);
        (0..scorer.bound.len()).map(level).collect()
    };
    let mut seen: FxHashMap<Vec<u8>, u32> = FxHashMap::default();
    already.iter().for_each(|pair| *seen.entry(pattern(*pair)).or_insert(0) += 1);
    let mut out = Vec::with_capacity(chosen.len());
    for (at, low, high) in chosen.drain(..) {
        let alike = (low..high).take(LOOK_MAX).chain([at]);
        let best =
            alike.map(|i| (seen.get(&pattern(questions[i].pair)).copied().unwrap_or(0), i != at, i)).min();
        let best = best.map_or(at, |b| b.2);
        *seen.entry(pattern(questions[best].pair)).or_insert(0) += 1;
        out.push((questions[best].worth(), questions[best].pair));
    }
    out.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut asked = FxHashSet::default();
    Ok(out.into_iter().map(|(_, pair)| pair).filter(|pair| asked.insert(*pair)).collect())
}

/// So many questions of like confidence are looked through for a new pattern.
const LOOK_MAX: usize = 20;

impl Question {
    fn worth(&self) -> f64 {
        (self.probability * (1.0 - self.probability) * self.pairs).sqrt()
    }
}

/// Each merge, by one of the pairs that it joins: not the likeliest, or its answers would flatter the merge.
fn merges(tree: &MergeTree) -> Vec<Question> {
    let mut members: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut name: Vec<u32> = (0..tree.len as u32).collect();
    let mut out = Vec::new();
    for merge in &tree.merges {
        let (a, b) = (name[merge.a as usize], name[merge.b as usize]);
        let mut take = |r| members.remove(&r).unwrap_or_else(|| vec![r]);
        let (mut x, mut y) = (take(a), take(b));
        let dice = mix(u64::from(merge.a) << 32 | u64::from(merge.b)) as usize;
        let (p, q) = (x[dice % x.len()], y[(dice >> 32) % y.len()]);
        out.push(Question {
            pair: (p.min(q), p.max(q)),
            probability: f64::from(merge.confidence),
            pairs: (x.len() * y.len()) as f64,
        });
        if x.len() < y.len() {
            std::mem::swap(&mut x, &mut y);
        }
        let into = name[x[0] as usize];
        y.iter().for_each(|r| name[*r as usize] = into);
        x.extend(y);
        members.insert(into, x);
    }
    out
}

/// Edges whose records the tree keeps apart.
fn apart(edges: &[Edge], paths: &Paths) -> impl Iterator<Item = Question> {
    edges.iter().filter(|e| paths.confidence(e.a, e.b).is_none()).map(|e| Question {
        pair: (e.a, e.b),
        probability: probability(f64::from(e.weight)),
        pairs: 1.0,
    })
}

/// Places along the sorted questions, at equal steps of their summed worth; each with the run that its step covers.
fn spread(questions: &[Question], how_many: usize) -> Vec<(usize, usize, usize)> {
    let total: f64 = questions.iter().map(Question::worth).sum();
    let step = total / how_many.max(1) as f64;
    let (mut out, mut sum, mut low): (Vec<(usize, usize, usize)>, f64, usize) = (Vec::new(), 0.0, 0);
    let mut middle = None;
    for (at, question) in questions.iter().enumerate() {
        sum += question.worth();
        let reached = sum / step.max(1e-300);
        if middle.is_none() && reached >= out.len() as f64 + 0.5 {
            middle = Some(at);
        }
        if reached >= out.len() as f64 + 1.0 - 1e-9 && out.len() < how_many {
            out.push((middle.take().unwrap_or(at), low, at + 1));
            low = at + 1;
        }
    }
    out
}
