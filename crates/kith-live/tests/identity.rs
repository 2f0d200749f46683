//! Profile ids over random histories of loads (merge, split, merge again, removal, return), against a naive oracle;
//! and broken variants of the decision, which the same checks must catch.

use kith_core::entry::IdentityChange;
use kith_core::id::{NodeId, Position, ProfileId, Tenant};
use kith_live::identity::{Previous, State, assign};
use kith_live::{Component, TreeMerge};
use proptest::prelude::*;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A history: at each step every node has a label; equal labels are one cluster, label 0 is "gone".
type History = Vec<Vec<u8>>;
type Assign = fn(&State, &[Vec<NodeId>], Position) -> Vec<IdentityChange>;

fn history() -> impl Strategy<Value = History> {
    let step = (1u8..8).prop_flat_map(|labels| prop::collection::vec(0..=labels, 1..24));
    prop::collection::vec(step, 1..12)
}

fn clusters(step: &[u8]) -> Vec<Vec<NodeId>> {
    let mut by_label: BTreeMap<u8, Vec<NodeId>> = BTreeMap::new();
    for (i, label) in step.iter().enumerate().filter(|(_, label)| **label > 0) {
        by_label.entry(*label).or_default().push(NodeId(i as u64 + 1));
    }
    by_label.into_values().collect()
}

fn real(state: &State, clusters: &[Vec<NodeId>], next: Position) -> Vec<IdentityChange> {
    decide(state, clusters, next, &|id| state.profiles[&id].born, &|id| state.profiles.contains_key(&id))
}

fn decide(
    state: &State,
    clusters: &[Vec<NodeId>],
    next: Position,
    born: &dyn Fn(ProfileId) -> Position,
    issued: &dyn Fn(ProfileId) -> bool,
) -> Vec<IdentityChange> {
    let previous = Previous { profile_of: &state.profile_of, born, issued };
    assign(&Tenant::default_tenant(), &previous, clusters, next)
}

/// What id each cluster should have, said as directly as possible: `None` = a new one.
fn oracle(before: &State, clusters: &[Vec<NodeId>]) -> Vec<Option<ProfileId>> {
    let part = |id: ProfileId, cluster: &Vec<NodeId>| {
        let nodes: Vec<NodeId> =
            cluster.iter().copied().filter(|n| before.profile_of.get(n) == Some(&id)).collect();
        (nodes.len(), Reverse(nodes.iter().min().copied()))
    };
    let keeper = |id: ProfileId| clusters.iter().max_by_key(|c| part(id, c)).cloned();
    let kept_by = |cluster: &Vec<NodeId>| {
        let ids: BTreeSet<ProfileId> =
            cluster.iter().filter_map(|n| before.profile_of.get(n).copied()).collect();
        ids.into_iter()
            .filter(|id| keeper(*id).as_ref() == Some(cluster))
            .min_by_key(|id| before.profiles[id].born)
    };
    clusters.iter().map(kept_by).collect()
}

/// Runs a history and checks every promise after every step.
fn check(history: &History, assign: Assign) -> Result<(), String> {
    let mut state = State::default();
    let mut stream: Vec<(Position, IdentityChange)> = Vec::new();
    let mut position = 100;
    for step in history {
        let clusters = clusters(step);
        let before = state.clone();
        for change in assign(&state, &clusters, Position(position)) {
            state.apply(Position(position), &change);
            stream.push((Position(position), change));
            position += 1;
        }
        position += 10;
        after_step(&before, &state, &clusters)?;
        let mut shuffled: Vec<Vec<NodeId>> = clusters.iter().rev().cloned().collect();
        shuffled.iter_mut().for_each(|c| c.reverse());
        let again = assign(&state, &shuffled, Position(position));
        if !again.is_empty() {
            return Err(format!("nothing changed, and yet {again:?}"));
        }
    }
    let mut replayed = State::default();
    stream.iter().for_each(|(at, change)| replayed.apply(*at, change));
    if replayed == state { Ok(()) } else { Err("the replayed stream gives another state".into()) }
}

fn after_step(before: &State, state: &State, clusters: &[Vec<NodeId>]) -> Result<(), String> {
    let named: usize = clusters.iter().map(Vec::len).sum();
    if state.profile_of.len() != named {
        return Err(format!("{} nodes have a profile, {named} are alive", state.profile_of.len()));
    }
    for (cluster, expected) in clusters.iter().zip(oracle(before, clusters)) {
        let ids: BTreeSet<_> = cluster.iter().map(|n| state.profile_of.get(n)).collect();
        let [Some(id)] = ids.into_iter().collect::<Vec<_>>()[..] else {
            return Err(format!("the cluster {cluster:?} has not one profile"));
        };
        if state.profiles[id].nodes != *cluster {
            return Err(format!("the profile of {cluster:?} has {:?}", state.profiles[id].nodes));
        }
        match expected {
            Some(expected) if expected != *id => return Err(format!("{cluster:?} lost its id {expected}")),
            None if before.profiles.contains_key(id) => return Err(format!("the id {id} is used again")),
            _ => {}
        }
        if state.redirects.contains_key(id) {
            return Err(format!("the live profile {id} redirects"));
        }
    }
    for (from, into) in &before.redirects {
        if state.redirects.get(from) != Some(into) {
            return Err(format!("the redirect of {from} was forgotten"));
        }
    }
    for id in state.profiles.keys() {
        let mut steps = 0;
        let mut at = *id;
        while let Some(next) = state.redirects.get(&at) {
            (at, steps) = (*next, steps + 1);
            if steps > state.profiles.len() || !state.profiles.contains_key(next) {
                return Err(format!("the redirect of {id} leads nowhere"));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn ids_stay_over_any_history(history in history()) {
        prop_assert_eq!(check(&history, real), Ok(()));
    }

    /// Every cluster of a stricter cut lies within one of a looser cut.
    #[test]
    fn stricter_cuts_are_parts_of_looser_ones(
        merges in prop::collection::vec((1u64..12, 1u64..12, 0.0f32..1.0), 0..16),
        a in 0.0f64..1.0,
        b in 0.0f64..1.0,
    ) {
        let merges = merges.into_iter().map(|(a, b, confidence)| {
            TreeMerge { a: NodeId(a), b: NodeId(b), confidence }
        });
        let nodes = (1..12).map(NodeId).collect();
        let component = Component { nodes, merges: merges.collect(), edges: Vec::new() };
        let (strict, loose) = (component.clusters(a.max(b)), component.clusters(a.min(b)));
        for cluster in &strict {
            let around = component.cluster(cluster[0], a.min(b));
            prop_assert!(loose.contains(&around));
            prop_assert!(cluster.iter().all(|n| around.contains(n)));
        }
        prop_assert_eq!(strict.iter().map(Vec::len).sum::<usize>(), 11);
    }
}

/// Deterministic histories for the negative controls.
fn histories() -> Vec<History> {
    let mut seed = 1u64;
    let mut next = move |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let mut step = move || (0..20).map(|_| next(7) as u8).collect::<Vec<u8>>();
    (0..50).map(|_| (0..6).map(|_| step()).collect()).collect()
}

#[test]
fn the_checks_catch_broken_decisions() {
    let newest_survives: Assign = |state, clusters, next| {
        let born = |id: ProfileId| Position(u64::MAX - state.profiles[&id].born.0);
        decide(state, clusters, next, &born, &|id| state.profiles.contains_key(&id))
    };
    let forgets_a_change: Assign = |state, clusters, next| {
        let mut changes = real(state, clusters, next);
        changes.pop();
        changes
    };
    let all_ids_new: Assign = |_, clusters, next| {
        let nothing = State::default();
        real(&nothing, clusters, next)
    };
    let smaller_part_keeps: Assign = |state, clusters, next| {
        // The first cluster that has a node of the profile keeps it, however small the part.
        let mut first: FxHashMap<NodeId, ProfileId> = FxHashMap::default();
        let mut seen: BTreeSet<ProfileId> = BTreeSet::new();
        for cluster in clusters {
            let here: Vec<_> = cluster.iter().filter_map(|n| state.profile_of.get(n).copied()).collect();
            for node in cluster {
                if let Some(id) = state.profile_of.get(node)
                    && !seen.contains(id)
                {
                    first.insert(*node, *id);
                }
            }
            seen.extend(here);
        }
        let state = State { profile_of: first, ..state.clone() };
        real(&state, clusters, next)
    };
    for (name, broken) in [
        ("newest survives", newest_survives),
        ("forgets a change", forgets_a_change),
        ("all ids new", all_ids_new),
        ("smaller part keeps", smaller_part_keeps),
    ] {
        assert!(histories().iter().any(|h| check(h, broken).is_err()), "{name} was not caught");
    }
    assert!(histories().iter().all(|h| check(h, real).is_ok()));
}

#[test]
fn a_taken_id_is_never_given_out() {
    let mut state = State::default();
    let cluster = [vec![NodeId(1)]];
    let IdentityChange::Created { profile, .. } = real(&state, &cluster, Position(5))[0] else {
        panic!("a first profile is created");
    };
    state.profiles.insert(profile, Default::default());
    let IdentityChange::Created { profile: second, .. } = real(&state, &cluster, Position(5))[0] else {
        panic!("a second profile is created");
    };
    assert_ne!(profile, second);
}
