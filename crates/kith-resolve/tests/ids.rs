//! A model that compares nothing joins only what it is told to join.

use kith_resolve::frequency::{ColumnFrequencies, Tally};
use kith_resolve::{Constraints, Frequencies, Joined, Kind, Linker, Model, Options, Records};

#[test]
fn without_comparisons_only_constraints_join() {
    let model = Model {
        format: kith_resolve::model::FORMAT,
        prior_match: 1e-6,
        prior_relative: 0.0,
        trained_on: 0,
        estimated: None,
        frequencies: None,
        calibration: None,
        sources: Vec::new(),
        blocking: Vec::new(),
        comparisons: Vec::new(),
    };
    let records = Records { len: 4, ..Records::default() };
    let options = Options::default();
    let empty = ColumnFrequencies { kind: Kind::Email, values: Tally::default(), pieces: Tally::default() };
    let frequencies = Frequencies { columns: vec![("email".into(), empty.into())] };
    let linker = Linker::with_frequencies(records, &frequencies, &options).expect("a linker");
    let constraints =
        Constraints { joined: vec![Joined { a: 1, b: 3, confidence: 0.999 }], apart: Vec::new() };
    let found = kith_resolve::resolve_with(&linker, &model, &constraints, &options).expect("a resolution");
    assert_eq!(found.tree.clusters(0.99), [0, 1, 2, 1]);
    assert_eq!(found.tree.clusters(0.9995), [0, 1, 2, 3]);
}
