//! The figures of each run, kept, so that runs can be compared.
//!
//! 1. Every whole run is kept with its benchmarks. Records that were sent one by one, and decisions that were followed at
//!    once, are not runs: a stretch of them is one step, "now", behind the last run.
//! 2. Runs of a time when figures were not kept are known from the log: by records, people and largest profile only.
//! 3. A figure that has moved further than a run should move it is a card of its own.

use super::benchmarks::benchmark;
use super::dedupe_rate;
use super::shape::{Benchmark, IdentityOverview, PastRun};
use crate::facts::Seen;
use crate::profile::instant;
use kith_core::entry::ResolvedEntry;
use kith_core::id::Position;
use std::collections::BTreeMap;

/// As many past values as a card shows.
const PAST_MAX: usize = 12;

/// A source's figure is named so.
const SOURCE: &str = "duplicates:";

/// A run with what was counted after it.
pub(super) fn run(position: Position, entry: &ResolvedEntry, overview: Option<&IdentityOverview>) -> PastRun {
    PastRun {
        position,
        at: entry.resolved_at_ms.map(instant),
        records: entry.nodes,
        profiles: entry.profiles,
        largest: (entry.largest > 0).then_some(entry.largest),
        confidence: entry.confidence,
        dedupe_rate: dedupe_rate(entry.nodes, entry.profiles),
        figures: overview.map(figures).unwrap_or_default(),
    }
}

fn figures(overview: &IdentityOverview) -> BTreeMap<String, f64> {
    let cards = overview.benchmarks.iter().map(|card| (card.id.clone(), card.value));
    let sources = overview.by_source.iter().filter(|source| source.records > 0);
    cards.chain(sources.map(|s| (format!("{SOURCE}{}", s.source), s.duplicates_share))).collect()
}

/// Puts the runs beside what is now: the list of runs, the way of each card, and the cards about movement.
pub(super) fn compare(overview: &mut IdentityOverview, seen: &Seen) {
    let mut runs = past(seen);
    if let Some((position, entry)) = seen.runs.back().filter(|(at, _)| at.0 <= overview.position.0)
        && runs.back().is_none_or(|last| last.position < *position)
    {
        runs.push_back(run(*position, entry, Some(overview)));
    }
    let before = runs.len().saturating_sub(1);
    for card in &mut overview.benchmarks {
        let values: Vec<f64> =
            runs.iter().take(before).filter_map(|r| r.figures.get(&card.id).copied()).collect();
        card.past = values[values.len().saturating_sub(PAST_MAX)..].to_vec();
    }
    if let Some((last, before)) = runs.back().zip(runs.iter().rev().nth(1)) {
        overview.benchmarks.push(moved(last, before));
        overview.benchmarks.extend(source_moved(last, before));
    }
    overview.runs = runs.into();
}

/// The kept runs; those before the first kept one as the log knows them.
fn past(seen: &Seen) -> std::collections::VecDeque<PastRun> {
    let first = seen.history.front().map(|run| run.position);
    let known = seen.runs.iter().filter(|(at, _)| first.is_none_or(|first| *at < first));
    let known = known.map(|(at, entry)| run(*at, entry, None));
    known.chain(seen.history.iter().cloned()).collect()
}

/// How far the share of duplicates has moved.
fn moved(last: &PastRun, before: &PastRun) -> Benchmark {
    let text = "How far the share of duplicates has moved from one resolution to the next. A jump without a new source \
                means that a model, a threshold, a rule or a source has gone wrong: compare the runs.";
    let by = (last.dedupe_rate - before.dedupe_rate).abs();
    let mut card =
        benchmark("dedupe_drift", "Change of the duplicates since the run before", text, by, "share");
    (card.expected_high, card.bad_above) = (0.02, 0.1);
    card.judged()
}

/// The source whose own share of duplicates has moved furthest; `None` where no source was counted in both.
fn source_moved(last: &PastRun, before: &PastRun) -> Option<Benchmark> {
    let by = |(name, now): (&String, &f64)| {
        let source = name.strip_prefix(SOURCE)?;
        Some(((now - before.figures.get(name)?).abs(), source.to_string()))
    };
    let furthest =
        last.figures.iter().filter_map(by).max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1)))?;
    let text = format!(
        "The source whose own share of duplicates has moved furthest is {}. A source that suddenly repeats its people was \
         loaded twice, has new keys, or lost the column that told them apart.",
        furthest.1
    );
    let label = "Change of a source's own duplicates";
    let mut card = benchmark("source_drift", label, &text, furthest.0, "share");
    (card.expected_high, card.bad_above) = (0.03, 0.15);
    Some(card.judged())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::shape::BenchmarkState;

    fn of(position: u64, profiles: u64, shop: Option<f64>) -> PastRun {
        let entry = ResolvedEntry {
            up_to: Position(position - 1),
            confidence: 0.95,
            nodes: 100,
            profiles,
            largest: 3,
            rules: String::new(),
            resolved_at_ms: Some(0),
        };
        let figures = shop.map(|s| ("duplicates:shop".to_string(), s)).into_iter().collect();
        PastRun { figures, ..run(Position(position), &entry, None) }
    }

    #[test]
    fn a_source_that_suddenly_repeats_its_people_is_named() {
        let card = source_moved(&of(9, 40, Some(0.5)), &of(5, 60, Some(0.1))).expect("a card");
        assert_eq!(card.state, BenchmarkState::Bad);
        assert!(card.text.contains("is shop."), "{}", card.text);
        assert_eq!(moved(&of(9, 59, None), &of(5, 60, None)).state, BenchmarkState::Ok);
        assert_eq!(moved(&of(9, 40, None), &of(5, 60, None)).state, BenchmarkState::Bad);
        assert!(source_moved(&of(9, 40, Some(0.5)), &of(5, 60, None)).is_none(), "not counted then");
    }

    #[test]
    fn runs_of_before_figures_were_kept_come_from_the_log() {
        let entry = |profiles| ResolvedEntry {
            up_to: Position(1),
            confidence: 0.95,
            nodes: 100,
            profiles,
            largest: 3,
            rules: String::new(),
            resolved_at_ms: None,
        };
        let runs = [(Position(2), entry(70)), (Position(5), entry(60)), (Position(7), entry(59))];
        let seen = Seen { runs: runs.into(), history: [of(5, 60, Some(0.1))].into(), ..Seen::default() };
        let known: Vec<u64> = past(&seen).iter().map(|run| run.position.0).collect();
        assert_eq!(known, [2, 5], "what came behind the last kept run is now, not a run");
    }
}
