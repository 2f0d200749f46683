//! Decisions in the store: found by the records they name, taken back, restored by a rebuild, compared by verify; and a
//! directory that an older Kith made.

use kith_core::decision::{Decision, RecordRef};
use kith_core::entry::{DecisionEntry, Entry, WithdrawnEntry};
use kith_core::field::Field;
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::{Live, Seams};
use std::path::Path;

fn record(key: &str) -> RecordRef {
    RecordRef { source: SourceName::try_from("crm").unwrap(), key: key.into() }
}

fn decision(decision: Decision) -> Entry {
    let (reason, author) = ("seen".to_string(), "ada".to_string());
    Entry::Decision(DecisionEntry { decision, reason, author, decided_at_ms: 1 })
}

fn never(a: &str, b: &str) -> Entry {
    decision(Decision::Never { a: record(a), b: record(b) })
}

fn always(a: &str, b: &str) -> Entry {
    decision(Decision::Always { a: record(a), b: record(b) })
}

fn withdrawn(of: u64) -> Entry {
    let (reason, author) = ("a slip".to_string(), "grace".to_string());
    Entry::Withdrawn(WithdrawnEntry { decision: Position(of), reason, author, withdrawn_at_ms: 2 })
}

fn open(dir: &Path) -> Live {
    Live::open(dir, &Tenant::default_tenant(), Seams::real()).unwrap()
}

fn positions(found: Vec<kith_live::Decided>) -> Vec<u64> {
    found.iter().map(|d| d.position.0).collect()
}

#[test]
fn decisions_are_found_by_their_records_taken_back_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let live = open(dir.path());
    let blocked = Decision::Blocked { field: Field::Email, value: "info@shop.example".into() };
    live.append(&[always("1", "2"), never("2", "1\0x"), decision(blocked), withdrawn(1)]).unwrap();
    // Taking back twice, or what is no decision, changes nothing.
    live.append(&[withdrawn(1), withdrawn(4), withdrawn(99)]).unwrap();
    let check = |live: &Live| {
        assert_eq!(positions(live.decisions().unwrap()), [1, 2, 3]);
        assert_eq!(positions(live.decisions_of(&record("1")).unwrap()), [1], "not that of 1\\0x");
        assert_eq!(positions(live.decisions_of(&record("2")).unwrap()), [1, 2]);
        assert_eq!(positions(live.decisions_of(&record("1\0x")).unwrap()), [2]);
        assert!(live.decisions_of(&record("3")).unwrap().is_empty());
        let first = live.decision(Position(1)).unwrap().unwrap();
        let (at, why) = first.withdrawn.unwrap();
        assert_eq!((at, why.author.as_str()), (Position(4), "grace"));
        let closure = live.decided().unwrap();
        assert_eq!(closure.decisions().len(), 2, "two are in force");
        assert_eq!(closure.blocked().collect::<Vec<_>>(), [(Field::Email, "info@shop.example")]);
        let report = live.verify().unwrap();
        assert!(report.good(), "{report:?}");
        let kind = |name| report.kinds.iter().find(|k| k.kind == name).unwrap().expected;
        assert_eq!((kind("decision"), kind("decision_of")), (3, 4));
    };
    check(&live);
    live.rebuild().unwrap();
    check(&live);
    drop(live);
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    check(&open(dir.path()));
}

#[test]
fn an_older_directory_is_read_and_marked() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let file = dir.path().join("format.json");
    std::fs::write(&file, "{\"format\":1}\n").unwrap();
    let live = open(dir.path());
    live.append(&[never("1", "2")]).unwrap();
    // An older Kith would take the decision for damage; so it is told that it is too old.
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{{\"format\":{}}}\n", kith_live::FORMAT));
}
