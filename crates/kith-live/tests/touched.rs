//! Changes of some records: identity and trees stay what a whole resolution would have made of them.

use kith_core::entry::{Entry, RecordEntry, RemovedEntry};
use kith_core::id::{NodeId, Position, SourceName, Tenant};
use kith_live::{Component, Live, Seams, Touched, TreeMerge};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn source() -> SourceName {
    SourceName::try_from("crm").unwrap()
}

fn record(key: u64) -> Entry {
    Entry::Record(RecordEntry {
        source: source(),
        key: key.to_string(),
        row: serde_json::Map::new(),
        values: Vec::new(),
        updated_at_ms: None,
        received_at_ms: 1,
    })
}

fn open(dir: &std::path::Path) -> Live {
    Live::open(dir, &Tenant::default_tenant(), Seams::real()).unwrap()
}

/// Groups of nodes as one component each, merged in a chain.
fn component(nodes: &[NodeId]) -> Component {
    let merges = nodes.windows(2).map(|pair| TreeMerge { a: pair[0], b: pair[1], confidence: 0.9 });
    Component { nodes: nodes.to_vec(), merges: merges.collect(), edges: Vec::new() }
}

/// The groups of the nodes that are there: `of[node]` names each one's.
fn groups(of: &BTreeMap<NodeId, u8>) -> Vec<Vec<NodeId>> {
    let mut groups: BTreeMap<u8, Vec<NodeId>> = BTreeMap::new();
    of.iter().for_each(|(node, group)| groups.entry(*group).or_default().push(*node));
    groups.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Each step moves a record to another group, adds one or takes one out. One memory is told of the touched
    /// components only, the other of all clusters: the same changes, but for the positions that new ids come from.
    #[test]
    fn touched_components_are_enough(steps in prop::collection::vec((0u64..10, 0u8..5, 0u8..4), 1..24)) {
        let dir = tempfile::tempdir().unwrap();
        let live = open(dir.path());
        live.set_tree(Position(1), Vec::new()).unwrap();
        let mut of: BTreeMap<NodeId, u8> = BTreeMap::new();
        for (key, group, action) in steps {
            let next = Position(live.position().0 + 1);
            let known = live.node_of(&source(), &key.to_string()).unwrap();
            let node = known.unwrap_or(NodeId(next.0));
            let before = groups(&of);
            let (entry, gone) = match action {
                0 if of.remove(&node).is_some() => {
                    let gone = RemovedEntry { source: source(), key: key.to_string(), received_at_ms: 2 };
                    (Entry::Removed(gone), vec![node])
                }
                0 => continue,
                _ => {
                    of.insert(node, group);
                    (record(key), Vec::new())
                }
            };
            let after = groups(&of);
            let moved: BTreeSet<NodeId> = before.iter().filter(|g| !after.contains(g)).flatten().copied()
                .chain(after.iter().filter(|g| !before.contains(g)).flatten().copied()).collect();
            let touched: Vec<Vec<NodeId>> =
                after.iter().filter(|g| g.iter().any(|n| moved.contains(n))).cloned().collect();
            let whole = live.assign(&after).unwrap();
            let touched = live.touched(gone, touched.iter().map(|nodes| component(nodes)).collect()).unwrap();
            let some = live.assign_touched(&touched, 0.5, Position(next.0)).unwrap();
            prop_assert_eq!(&whole, &some.changes);
            prop_assert_eq!(some.profiles, after.len() as i64 - before.len() as i64);
            let some = live.assign_touched(&touched, 0.5, Position(next.0 + 1)).unwrap().changes;
            let entries: Vec<Entry> =
                std::iter::once(entry).chain(some.into_iter().map(Entry::Identity)).collect();
            let last = live.append_resolved(&entries, touched).unwrap();
            prop_assert_eq!(live.tree_position().unwrap(), last);
            for group in &after {
                for node in group {
                    prop_assert_eq!(&live.cluster(*node, 0.5).unwrap(), group);
                }
                let profiles: BTreeSet<_> = group.iter().map(|n| live.profile_of(*n).unwrap()).collect();
                prop_assert_eq!(profiles.len(), 1);
            }
        }
        prop_assert!(live.verify().unwrap().good());
        // What the log says is enough: a store made anew has the same profiles.
        let profiles: Vec<_> = live.profiles().map(Result::unwrap).collect();
        live.rebuild().unwrap();
        prop_assert_eq!(profiles, live.profiles().map(Result::unwrap).collect::<Vec<_>>());
    }
}

#[test]
fn trees_that_were_behind_stay_behind() {
    let dir = tempfile::tempdir().unwrap();
    let live = open(dir.path());
    let touched = live.touched(Vec::new(), vec![component(&[NodeId(1)])]).unwrap();
    live.append_resolved(&[record(1)], touched).unwrap();
    assert_eq!(live.tree_position().unwrap(), Position(0));
    assert_eq!(live.append_resolved(&[], Touched::default()).unwrap(), Position(1));
}
