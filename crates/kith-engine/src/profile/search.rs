//! Search: nodes that match fuzzily become profiles, best first.

use super::Reader;
use super::shape::{SearchResult, SearchResults};
use crate::error::Result;
use crate::unify::{display_name, normal};
use kith_core::field::Field;
use kith_core::id::ProfileId;
use std::collections::{BTreeMap, BTreeSet};

/// Several records of one profile can match, so more nodes than profiles are asked for.
const NODES_PER_PROFILE: usize = 8;

/// Finds profiles by a few words.
pub(crate) fn search(reader: &Reader, query: &str, limit: usize) -> Result<SearchResults> {
    let position = reader.live.position();
    let hits = reader.live.search(query, limit.saturating_mul(NODES_PER_PROFILE))?;
    let mut best: BTreeMap<ProfileId, f32> = BTreeMap::new();
    for (node, score) in hits {
        if let Some(profile) = reader.live.profile_of(node)? {
            let kept = best.entry(profile).or_insert(score);
            *kept = kept.max(score);
        }
    }
    let mut ranked: Vec<(ProfileId, f32)> = best.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(limit);
    let mut results = Vec::with_capacity(ranked.len());
    for (profile, score) in ranked {
        results.extend(result(reader, profile, score)?);
    }
    Ok(SearchResults { position, results })
}

fn result(reader: &Reader, profile: ProfileId, score: f32) -> Result<Option<SearchResult>> {
    let Some(state) = reader.live.profile(profile)? else { return Ok(None) };
    let nodes = reader.live.alive(&state.nodes)?;
    let golden = reader.rules.golden(&nodes);
    let of = |field| normal(&golden, field).map(str::to_string);
    let sources: BTreeSet<&str> = nodes.iter().map(|n| n.source.as_str()).collect();
    Ok(Some(SearchResult {
        profile_id: state.id,
        name: display_name(&golden),
        email: of(Field::Email),
        phone: of(Field::Phone),
        city: of(Field::City),
        records: nodes.len() as u64,
        sources: sources.into_iter().map(str::to_string).collect(),
        score,
    }))
}
