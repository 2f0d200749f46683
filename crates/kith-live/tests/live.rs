//! One tenant's memory as the engine uses it: loads, changes, identity, search, verification, rebuilding.

use kith_core::entry::{Entry, IdentityChange, PulledEntry, RecordEntry, RejectedEntry, RemovedEntry};
use kith_core::field::{Field, FieldValue};
use kith_core::id::{NodeId, Position, SourceName, Tenant};
use kith_live::{Component, Live, LiveError, Seams, TreeEdge, TreeMerge, row_hash};
use serde_json::json;
use std::path::Path;

#[path = "live/catalogs.rs"]
mod catalogs;

fn source(name: &str) -> SourceName {
    SourceName::try_from(name).unwrap()
}

fn record(source_name: &str, key: &str, name: &str, email: &str, phone: &str) -> Entry {
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    let value = |field, original: &str, normal: String, column: &str| FieldValue {
        field,
        normal,
        original: original.into(),
        column: column.into(),
    };
    Entry::Record(RecordEntry {
        source: source(source_name),
        key: key.into(),
        row: json!({"name": name, "email": email, "phone": phone}).as_object().unwrap().clone(),
        values: vec![
            value(Field::GivenName, given, given.to_lowercase(), "name"),
            value(Field::FamilyName, family, family.to_lowercase(), "name"),
            value(Field::Email, email, email.to_lowercase(), "email"),
            value(Field::Phone, phone, phone.to_string(), "phone"),
        ],
        updated_at_ms: Some(1_700_000_000_000),
        received_at_ms: 1_700_000_001_000,
    })
}

fn open(dir: &Path) -> Live {
    Live::open(dir, &Tenant::default_tenant(), Seams::real()).unwrap()
}

fn assign(live: &Live, clusters: &[Vec<NodeId>]) -> Vec<IdentityChange> {
    let changes = live.assign(clusters).unwrap();
    let entries: Vec<Entry> = changes.iter().cloned().map(Entry::Identity).collect();
    live.append(&entries).unwrap();
    changes
}

fn loaded(dir: &Path) -> Live {
    let live = open(dir);
    let entries = [
        record("crm", "1", "Ada Lovelace", "Ada@Example.org", "+15551234567"),
        record("crm", "2", "Grace Hopper", "grace@example.org", "+15557654321"),
        record("shop", "a-1", "Ada Lovlace", "ada@example.org", "+15551234567"),
        record("shop", "a-2", "Zoë Müller", "zoe@example.org", "+4930123456"),
    ];
    assert_eq!(live.append(&entries).unwrap(), Position(4));
    live
}

#[test]
fn a_record_can_be_asked_for_in_every_way() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    let ada = live.node_of(&source("crm"), "1").unwrap().unwrap();
    assert_eq!(ada, NodeId(1));
    let node = live.node(ada).unwrap().unwrap();
    assert_eq!((node.key.as_str(), node.alive, node.version), ("1", true, Position(1)));
    assert_eq!(live.row_hash(&source("crm"), "1").unwrap(), Some(row_hash(&node.row)));
    assert_eq!(live.nodes_by_identifier("email", "ada@example.org").unwrap(), [NodeId(1), NodeId(3)]);
    assert_eq!(live.nodes_by_identifier("shop", "a-2").unwrap(), [NodeId(4)]);
    assert_eq!(live.nodes().count(), 4);
    assert_eq!(live.sources().unwrap(), [(source("crm"), 2), (source("shop"), 2)]);
    let keys: Vec<_> = live.keys(&source("shop")).map(Result::unwrap).collect();
    assert_eq!(keys, [("a-1".to_string(), NodeId(3)), ("a-2".to_string(), NodeId(4))]);
}

#[test]
fn a_change_keeps_the_node_and_forgets_the_old_identifiers() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    live.append(&[record("crm", "1", "Ada King", "ada@king.org", "+15551234567")]).unwrap();
    assert_eq!(live.node_of(&source("crm"), "1").unwrap(), Some(NodeId(1)));
    assert_eq!(live.nodes_by_identifier("email", "ada@example.org").unwrap(), [NodeId(3)]);
    assert_eq!(live.nodes_by_identifier("email", "ada@king.org").unwrap(), [NodeId(1)]);
    let gone = RemovedEntry { source: source("crm"), key: "1".into(), received_at_ms: 5 };
    live.append(&[Entry::Removed(gone)]).unwrap();
    assert_eq!(live.row_hash(&source("crm"), "1").unwrap(), None);
    assert!(!live.node(NodeId(1)).unwrap().unwrap().alive);
    assert!(live.nodes_by_identifier("email", "ada@king.org").unwrap().is_empty());
    assert!(live.nodes_by_identifier("crm", "1").unwrap().is_empty());
    assert_eq!((live.nodes().count(), live.node_count().unwrap()), (3, 3));
    let history = live.value_history(NodeId(1), Field::Email).unwrap();
    let events: Vec<_> = history.iter().map(|v| (v.position.0, v.event)).collect();
    assert_eq!(events, [(1, "landed"), (5, "changed"), (6, "removed")]);
    // The row comes back: the same node.
    live.append(&[record("crm", "1", "Ada King", "ada@king.org", "+15551234567")]).unwrap();
    assert_eq!(live.nodes_by_identifier("crm", "1").unwrap(), [NodeId(1)]);
    assert!(live.verify().unwrap().good());
}

#[test]
fn profiles_merge_split_and_redirect_and_the_rest_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    let n = NodeId;
    assign(&live, &[vec![n(1)], vec![n(2)], vec![n(3)], vec![n(4)]]);
    let (first, third) = (live.profile_of(n(1)).unwrap().unwrap(), live.profile_of(n(3)).unwrap().unwrap());
    let changes = assign(&live, &[vec![n(3), n(1)], vec![n(2)], vec![n(4)]]);
    assert_eq!(changes, [IdentityChange::Merged { from: third, into: first, nodes: vec![n(3)] }]);
    assert!(assign(&live, &[vec![n(1), n(3)], vec![n(2)], vec![n(4)]]).is_empty());
    let state = live.profile(third).unwrap().unwrap();
    assert_eq!((state.id, state.asked, state.nodes.clone()), (first, Some(third), vec![n(1), n(3)]));
    assert_eq!(state.redirected_from, [third]);
    assign(&live, &[vec![n(1)], vec![n(3)], vec![n(2)], vec![n(4)]]);
    let split = live.profile_of(n(3)).unwrap().unwrap();
    assert!(split != third && split != first, "an id that redirects is never used again");
    assert_eq!(live.changes_since(Position(4), 100).unwrap().len(), 6);
    assert_eq!(live.changes_since(Position(8), 1).unwrap()[0].0, Position(9));
    let before: Vec<_> = live.profiles().map(Result::unwrap).collect();
    drop(live);
    let live = open(dir.path());
    assert_eq!(live.profiles().map(Result::unwrap).collect::<Vec<_>>(), before);
    live.rebuild().unwrap();
    assert_eq!(live.profiles().map(Result::unwrap).collect::<Vec<_>>(), before);
    assert!(live.verify().unwrap().good());
}

#[test]
fn search_forgives_typing_errors_and_sees_what_was_just_appended() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    let found = |q: &str| live.search(q, 10).unwrap().into_iter().map(|(n, _)| n.0).collect::<Vec<_>>();
    assert_eq!(found("ada lovlace"), [3, 1]);
    assert_eq!(found("lovel"), [1], "the beginning of the last word");
    assert_eq!(found("zoe muller"), [4], "without accents");
    assert_eq!(found("grcae"), [2], "two letters swapped");
    assert_eq!(found("GRACE@example.org"), [2]);
    assert_eq!(found("555-123-4567"), [1, 3]);
    assert_eq!(found("a-2")[0], 4, "a record key");
    assert!(found("").is_empty() && found("qqqqqq").is_empty());
    assert_eq!(live.search("ada@example.org", 10).unwrap()[0], (NodeId(1), 1.0));
    live.append(&[record("crm", "3", "Hedy Lamarr", "hedy@example.org", "+431234567")]).unwrap();
    assert_eq!(found("hedy lamar"), [5]);
    let gone = RemovedEntry { source: source("crm"), key: "3".into(), received_at_ms: 5 };
    live.append(&[Entry::Removed(gone)]).unwrap();
    assert!(found("hedy lamarr").is_empty());
    live.append(&[record("crm", "2", "Grace Murray", "grace@example.org", "+15557654321")]).unwrap();
    assert!(found("hopper").is_empty());
    assert_eq!(found("murray"), [2]);
    drop(live);
    let live = open(dir.path());
    assert_eq!(live.search("murray", 1).unwrap()[0].0, NodeId(2));
    live.rebuild().unwrap();
    assert_eq!(live.search("murray", 1).unwrap()[0].0, NodeId(2));
    assert!(live.search("hopper", 1).unwrap().is_empty());
}

#[test]
fn trees_are_cut_at_any_confidence() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    let n = NodeId;
    let merge = |a, b, confidence| TreeMerge { a: n(a), b: n(b), confidence };
    let component = Component {
        nodes: vec![n(3), n(1), n(2)],
        merges: vec![merge(1, 3, 0.99), merge(1, 2, 0.6)],
        edges: vec![TreeEdge { a: n(1), b: n(3), weight: f32::INFINITY, probability: 0.99 }],
    };
    live.set_tree(Position(4), vec![component]).unwrap();
    assert_eq!(live.cluster(n(3), 0.95).unwrap(), [n(1), n(3)]);
    assert_eq!(live.cluster(n(3), 0.99).unwrap(), [n(1), n(3)], "the very confidence of the merge");
    assert_eq!(live.cluster(n(2), 0.5).unwrap(), [n(1), n(2), n(3)]);
    assert_eq!(live.cluster(n(4), 0.5).unwrap(), [n(4)]);
    assert!(live.cluster(n(99), 0.5).unwrap().is_empty());
    live.set_tree(Position(4), Vec::new()).unwrap();
    assert_eq!(live.cluster(n(3), 0.5).unwrap(), [n(3)]);
}

#[test]
fn cursors_and_rejects_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let live = open(dir.path());
    let reject = |source_name: &str, place: &str| {
        Entry::Rejected(RejectedEntry {
            source: source(source_name),
            place: place.into(),
            code: "K-LAND-ENCODING".into(),
            reason: "not UTF-8".into(),
            original_hex: "ff".into(),
            original_bytes: 1,
            received_at_ms: 1,
        })
    };
    let pulled = PulledEntry {
        source: source("crm"),
        cursor: json!({"hash": "x"}),
        read: 2,
        landed: 0,
        unchanged: 0,
        rejected: 2,
        removed: 0,
        ended_at_ms: 9,
    };
    live.append(&[reject("crm", "line 1"), reject("shop", "line 7"), Entry::Pulled(pulled.clone())]).unwrap();
    assert_eq!(live.cursor(&source("crm")).unwrap(), Some(pulled));
    assert_eq!(live.rejects(None, 10).unwrap().len(), 2);
    let crm = live.rejects(Some(&source("crm")), 10).unwrap();
    assert_eq!((crm.len(), crm[0].0, crm[0].1.place.as_str()), (1, Position(1), "line 1"));
}

#[test]
fn a_second_owner_and_a_newer_format_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    let tenant = Tenant::default_tenant();
    assert!(matches!(Live::open(dir.path(), &tenant, Seams::real()), Err(LiveError::Busy { .. })));
    drop(live);
    std::fs::write(dir.path().join("format.json"), "{\"format\":4}").unwrap();
    let refused = Live::open(dir.path(), &tenant, Seams::real());
    assert!(matches!(refused, Err(LiveError::NewerFormat { found: 4, .. })));
}

#[test]
fn a_lost_or_foreign_store_is_filled_again_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    drop(loaded(dir.path()));
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    std::fs::remove_dir_all(dir.path().join("search")).unwrap();
    let live = open(dir.path());
    assert_eq!(live.nodes().count(), 4);
    assert!(live.verify().unwrap().good());
    drop(live);
    // Another log's store: the log was replaced under it.
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();
    let live = open(dir.path());
    assert_eq!((live.nodes().count(), live.position()), (0, Position(0)));
    assert!(live.search("ada", 5).unwrap().is_empty());
}
