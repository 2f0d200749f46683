//! Whether plans over files give what one process gives, and whether the comparison would notice if they did not.

use super::{Spread, on};
use crate::exec::{EngineChoice, InProcess};
use kith_resolve::block::{Key, Part};
use kith_resolve::model::Rule;
use kith_resolve::{
    Column, Constraints, Joined, Kind, Linker, Model, Options, Records, Resolution, resolve_with, train,
};
use std::path::Path;

/// Two thousand records of a thousand people.
fn linker(options: &Options) -> Linker {
    let mut state = 11u64;
    let mut roll = move |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let given = ["ada", "grace", "edith", "mary", "hedy", "joan", "karen", "radia", "alan", "konrad"];
    let family = ["lovelace", "hopper", "clarke", "lamarr", "perlman", "liskov", "turing", "zuse", "codd"];
    let mut rows: Vec<[Option<String>; 4]> = Vec::new();
    for person in 0..1_000 {
        let (g, f) = (given[roll(given.len())].to_string(), family[roll(family.len())].to_string());
        let born = format!("{}-{:02}-{:02}", 1940 + roll(40), 1 + roll(12), 1 + roll(28));
        let email = format!("{g}{person}@example.org");
        rows.push([Some(g.clone()), Some(f.clone()), Some(born.clone()), Some(email.clone())]);
        let slip = (roll(3) > 0).then_some(g);
        rows.push([slip, Some(f), Some(born).filter(|_| roll(5) > 0), Some(email).filter(|_| roll(2) > 0)]);
    }
    let kinds = [Kind::GivenName, Kind::FamilyName, Kind::Date, Kind::Email];
    let names = ["given", "family", "born", "it's an e-mail"];
    let column = |at: usize| Column::from_values(names[at], kinds[at], rows.iter().map(|r| r[at].as_deref()));
    let source = Some((0..rows.len()).map(|r| (r % 3) as u16).collect());
    let records = Records { columns: (0..4).map(column).collect(), source, keys: None, len: rows.len() };
    Linker::new(records, options).expect("encoded")
}

/// So few records would be compared pair by pair: rules are what is to be tested. One has a column that is not there.
fn model(linker: &Linker, options: &Options) -> Model {
    let mut model = train(linker, options).expect("a model");
    let key = |(column, part): &(&str, Part)| Key { column: (*column).into(), part: *part };
    let rule = |keys: &[(&str, Part)]| Rule { keys: keys.iter().map(key).collect() };
    model.blocking = vec![
        rule(&[("it's an e-mail", Part::LocalPart)]),
        rule(&[("family", Part::Sound), ("born", Part::Year)]),
        rule(&[("given", Part::Nickname), ("nobody", Part::Whole)]),
        rule(&[("born", Part::Whole)]),
        rule(&[("family", Part::Whole), ("given", Part::Whole)]),
    ];
    model
}

/// Edges, merges and rules, every number as its bits.
fn bits(found: &Resolution) -> (Vec<[u32; 3]>, Vec<[u32; 3]>, String) {
    let edges = found.edges.iter().map(|e| [e.a, e.b, e.weight.to_bits()]).collect();
    let merges = found.tree.merges.iter().map(|m| [m.a, m.b, m.confidence.to_bits()]).collect();
    (edges, merges, format!("{:?}", found.rules))
}

fn spread(dir: &Path, linker: &Linker, model: &Model, options: &Options, said: &Constraints) -> Resolution {
    let choice =
        EngineChoice { url: "datafusion".into(), shared_dir: dir.to_path_buf(), partitions: Some(5) };
    on(&choice, linker, model, options, said).expect("spread")
}

#[test]
fn plans_over_files_give_what_one_process_gives() {
    let dir = tempfile::tempdir().expect("a folder");
    for options in [Options::default(), Options { link_only: true, block_size_max: 12, ..Options::default() }]
    {
        let linker = linker(&options);
        let model = model(&linker, &options);
        let joined = |a, b, confidence| Joined { a, b, confidence };
        let said = Constraints {
            joined: vec![joined(5, 900, 1.0), joined(1201, 40, 0.8), joined(40, 41, 0.9)],
            apart: vec![(0, 1), (20, 21), (5, 1999)],
        };
        for said in [Constraints::default(), said] {
            let whole = resolve_with(&linker, &model, &said, &options).expect("resolved");
            assert!(whole.edges.len() > 500 && whole.tree.merges.len() > 300);
            let found = spread(dir.path(), &linker, &model, &options, &said);
            assert_eq!(bits(&found), bits(&whole));
        }
        // Another limit of blocks, or other frequencies, and it is noticed.
        let whole =
            bits(&resolve_with(&linker, &model, &Constraints::default(), &options).expect("resolved"));
        let other = Options { block_size_max: 3, ..options.clone() };
        assert_ne!(bits(&spread(dir.path(), &linker, &model, &other, &Constraints::default())).0, whole.0);
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0, "steps are cleared away");
}

#[test]
fn a_few_records_are_compared_pair_by_pair() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options::default();
    let linker = linker(&options);
    let model = train(&linker, &options).expect("a model");
    assert!(model.blocking.iter().all(|rule| rule.keys.is_empty()));
    let said = Constraints::default();
    let whole = resolve_with(&linker, &model, &said, &options).expect("resolved");
    assert_eq!(bits(&spread(dir.path(), &linker, &model, &options, &said)), bits(&whole));
}

#[test]
fn without_any_pair_nobody_is_merged() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options::default();
    let linker = linker(&options);
    let model = model(&linker, &options);
    let none = Options { block_size_max: 1, ..options };
    let engine = InProcess::new(3).expect("an engine");
    let folder = dir.path().join("steps");
    let spread = Spread::new(&engine, &folder, &linker, &model, &none).expect("spread");
    let found = spread.resolve(&Constraints::default()).expect("resolved");
    assert_eq!((found.edges.len(), found.tree.merges.len(), found.tree.len), (0, 0, linker.len()));
}
