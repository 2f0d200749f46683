//! Whether one file without any configuration gives the right people.

use crate::company;
use kith_engine::Quiet;
use kith_engine::dedupe::{DedupeOptions, dedupe};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use tempfile::TempDir;

/// Every person once as they are and, of two thirds, once more with a slip; birth date in three columns, house
/// number apart from the street.
fn write(dir: &Path, count: usize) {
    let mut rows =
        String::from("id,given name,surname,birth year,birth month,birth day,house no,street,city,e-mail\n");
    let mut truth = String::from("record_id,entity_id\n");
    for p in company::people(count) {
        let (house, street) = p.street.split_once(' ').expect("a house number");
        let born: Vec<&str> = p.born.split('-').collect();
        let mut add = |id: String, given: &str, email: &str| {
            let (y, m, d) = (born[0], born[1], born[2]);
            let _ =
                writeln!(rows, "{id},{given},{},{y},{m},{d},{house},{street},{},{email}", p.family, p.city.0);
            let _ = writeln!(truth, "{id},{}", p.number);
        };
        add(format!("a{}", p.number), &p.given, &p.email);
        if p.number % 3 > 0 {
            let initial = &p.given[..1];
            add(format!("b{}", p.number), if p.number % 3 == 1 { &p.given } else { initial }, "n/a");
        }
    }
    std::fs::write(dir.join("people.csv"), rows).expect("people.csv");
    std::fs::write(dir.join("truth.csv"), truth).expect("truth.csv");
}

#[test]
fn pieces_are_joined_and_people_are_found() {
    let dir = TempDir::new().expect("dir");
    write(dir.path(), 600);
    let options = DedupeOptions {
        files: vec![dir.path().join("people.csv")],
        out: Some(dir.path().join("clusters.csv")),
        pairs: Some(dir.path().join("pairs.parquet")),
        model: Some(dir.path().join("model.toml")),
        truth: Some(dir.path().join("truth.csv")),
        ..DedupeOptions::default()
    };
    let first = dedupe(&options, &Quiet).expect("dedupe");
    let fields: BTreeMap<&str, &str> =
        first.columns.iter().map(|c| (c.column.as_str(), c.field.as_deref().unwrap_or(""))).collect();
    assert_eq!(fields["id"], "record_key", "{:#?}", first.columns);
    assert_eq!(fields["birth year"], "birth_date.year");
    assert_eq!(fields["house no"], "street.house_number");
    assert_eq!((first.rows, first.records, first.rejected), (1000, 1000, 0));
    assert_eq!(first.records, first.clusters + first.duplicates);
    let found = first.evaluation.as_ref().expect("evaluation");
    assert!(found.pairwise.f1 > 0.95, "{found:?}");
    assert!(found.bcubed.f1 > 0.97, "{found:?}");
    let clusters = std::fs::read_to_string(dir.path().join("clusters.csv")).expect("clusters");
    assert_eq!(clusters.lines().next(), Some("record_id,cluster_id,confidence"));
    assert_eq!(clusters.lines().count(), 1001);
    let pairs = kith_engine::tabular::read_columns(&[dir.path().join("pairs.parquet")]).expect("pairs");
    assert_eq!(pairs.names, ["id_l", "id_r", "match_weight", "match_probability"]);
    assert_eq!(pairs.rows as u64, first.pairs);

    // The model is there now, and is used; the answers are the same.
    assert_eq!(first.model, "trained");
    let second = dedupe(&options, &Quiet).expect("again");
    assert!(second.model.starts_with("read from"), "{}", second.model);
    assert_eq!(std::fs::read_to_string(dir.path().join("clusters.csv")).expect("clusters"), clusters);
}

#[test]
fn what_can_not_be_done_is_said() {
    let dir = TempDir::new().expect("dir");
    write(dir.path(), 10);
    let file = dir.path().join("people.csv");
    let code = |options: DedupeOptions| dedupe(&options, &Quiet).expect_err("refused").code();
    let base = DedupeOptions { files: vec![file.clone()], ..DedupeOptions::default() };
    assert_eq!(code(DedupeOptions::default()), "K-DEDUPE-FILES");
    assert_eq!(code(DedupeOptions { link_only: true, ..base.clone() }), "K-DEDUPE-LINK-ONLY");
    assert_eq!(code(DedupeOptions { id: Some("nr".into()), ..base.clone() }), "K-DEDUPE-ID");
    assert_eq!(code(DedupeOptions { confidence: 1.0, ..base.clone() }), "K-DEDUPE-CONFIDENCE");
    let missing = DedupeOptions { files: vec![dir.path().join("no.csv")], ..base };
    assert_eq!(code(missing), "K-SOURCE-MISSING");
}
