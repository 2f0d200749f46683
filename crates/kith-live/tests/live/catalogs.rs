//! Catalogues: what was appended is there after a start, a rebuild and a verification.

use super::*;
use kith_core::entry::{ItemRow, ItemsEntry};
use kith_live::ColumnKind;
use serde_json::Value;

fn items(changed: &[(&str, Value)], gone: &[&str], at: i64) -> Entry {
    let item =
        |(id, row): &(&str, Value)| ItemRow { id: id.to_string(), row: row.as_object().unwrap().clone() };
    Entry::Items(ItemsEntry {
        catalog: source("products"),
        items: changed.iter().map(item).collect(),
        gone: gone.iter().map(|id| id.to_string()).collect(),
        received_at_ms: at,
    })
}

fn check(live: &Live) {
    let products = source("products");
    let whole = live.catalog(&products).unwrap().unwrap();
    assert_eq!((whole.items, whole.gone, whole.changed_at_ms), (2, 1, 30));
    let kinds: Vec<_> = whole.columns.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    assert_eq!(kinds, [("category", ColumnKind::Text), ("price", ColumnKind::Number)]);
    let all: Vec<_> = live.items(&products).map(|item| item.unwrap()).collect();
    let shown: Vec<_> = all.iter().map(|item| (item.id.as_str(), item.gone, &item.row["category"])).collect();
    assert_eq!(
        shown,
        [("a", false, &json!("tea")), ("b", true, &json!("cups")), ("c\0d", false, &json!(["x"]))]
    );
    assert_eq!(live.item(&products, "b").unwrap().as_ref(), Some(&all[1]));
    assert_eq!(live.item(&products, "c").unwrap(), None, "an id with a zero byte is not a shorter one");
    assert_eq!(live.item(&source("films"), "a").unwrap(), None);
}

#[test]
fn items_are_as_the_log_says_after_everything() {
    let dir = tempfile::tempdir().unwrap();
    let live = loaded(dir.path());
    live.append(&[
        items(&[("a", json!({"category": "tea", "price": 1})), ("b", json!({"category": "cups"}))], &[], 10),
        items(&[("c\0d", json!({"category": ["x"], "price": 2.5}))], &["a", "b", "never"], 20),
    ])
    .unwrap();
    // One of two that were gone is back.
    live.append(&[items(&[("a", json!({"category": "tea"}))], &["b"], 30)]).unwrap();
    check(&live);
    let report = live.verify().unwrap();
    assert!(
        report.good() && report.kinds.iter().any(|kind| kind.kind == "item" && kind.stored == 3),
        "{report:?}"
    );
    drop(live);
    let live = open(dir.path());
    check(&live);
    live.rebuild().unwrap();
    check(&live);
    assert_eq!(live.sources().unwrap().len(), 2, "a catalogue is no source of records");
    drop(live);
    // Without the store, the log gives all of it.
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    check(&open(dir.path()));
}
