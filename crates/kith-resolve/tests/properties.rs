//! What holds for any data: the result does not depend on order or threads, a stricter cluster lies in a looser one,
//! a waterfall adds up, and the guard of linked sources is kept. Data are made here, so the truth is known.

use kith_resolve::{
    Column, Constraints, Joined, Kind, Linker, Model, Options, Records, evaluate, explain, resolve,
    resolve_with, train,
};

const GIVEN: [&str; 12] = [
    "ada", "grace", "alan", "edsger", "barbara", "donald", "john", "leslie", "tony", "niklaus", "robin",
    "frances",
];
const FAMILY: [&str; 14] = [
    "lovelace", "hopper", "turing", "dijkstra", "liskov", "knuth", "backus", "lamport", "hoare", "wirth",
    "milner", "allen", "ritchie", "thompson",
];

/// SplitMix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((z ^ z >> 27) % below as u64) as usize
    }
}

type Row = [Option<String>; 5];

/// People with one to three records each; later records lose a letter or a field now and then.
fn people(count: usize, seed: u64) -> (Vec<Row>, Vec<u32>, Vec<u16>) {
    let mut dice = Dice(seed);
    let (mut rows, mut truth, mut source) = (Vec::new(), Vec::new(), Vec::new());
    for person in 0..count {
        let (given, family) = (GIVEN[dice.roll(12)], FAMILY[dice.roll(14)]);
        let birth = format!("19{:02}-{:02}-{:02}", 30 + dice.roll(70), 1 + dice.roll(12), 1 + dice.roll(28));
        let email = format!("{given}.{family}{}@example.org", dice.roll(500));
        let city = ["ulm", "york", "nice", "turin"][dice.roll(4)];
        for copy in 0..1 + dice.roll(3) {
            let mut row: Row = [given, family, &birth, &email, city].map(|v| Some(v.to_string()));
            if copy > 0 {
                let field = dice.roll(5);
                if dice.roll(2) == 0 {
                    row[field] = None;
                } else if let Some(text) = &mut row[field] {
                    text.remove(dice.roll(text.len().min(4)));
                }
            }
            rows.push(row);
            truth.push(person as u32);
            source.push(copy as u16);
        }
    }
    (rows, truth, source)
}

fn records(rows: &[Row], source: Option<Vec<u16>>) -> Records {
    let kinds = [
        ("given", Kind::GivenName),
        ("family", Kind::FamilyName),
        ("birth", Kind::Date),
        ("email", Kind::Email),
        ("city", Kind::City),
    ];
    let column = |(at, (name, kind)): (usize, (&str, Kind))| {
        Column::from_values(name, kind, rows.iter().map(|r| r[at].as_deref()))
    };
    Records {
        columns: kinds.into_iter().enumerate().map(column).collect(),
        source,
        len: rows.len(),
        keys: None,
    }
}

fn run(rows: &[Row], source: Option<Vec<u16>>, link_only: bool) -> (Model, kith_resolve::Resolution) {
    let options = Options { link_only, ..Options::default() };
    let linker = Linker::new(records(rows, source), &options).expect("records are well formed");
    let model = train(&linker, &options).expect("there is something to compare");
    let found = resolve(&linker, &model, &options).expect("the model fits");
    (model, found)
}

#[test]
fn people_are_found_without_labels() {
    let (rows, truth, _) = people(1500, 1);
    let (_, found) = run(&rows, None, false);
    let scores = evaluate::evaluate(&found.tree.clusters(0.5), &truth, None);
    assert!(scores.pairwise.f1 > 0.97, "{scores:?}");
    let strict = evaluate::evaluate(&found.tree.clusters(0.99), &truth, None);
    assert!(strict.pairwise.precision > 0.99, "{strict:?}");
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let (rows, _, _) = people(1200, 2);
    let (model, found) = run(&rows, None, false);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut dice = Dice(99);
    for i in (1..order.len()).rev() {
        order.swap(i, dice.roll(i + 1));
    }
    let shuffled: Vec<Row> = order.iter().map(|i| rows[*i].clone()).collect();
    let (other_model, other) = run(&shuffled, None, false);
    assert_eq!(model, other_model);
    for confidence in [0.3, 0.5, 0.9, 0.99] {
        // Labels differ, so compare the partition: the set of contents in each cluster.
        assert_eq!(
            partition(&rows, &found.tree.clusters(confidence)),
            partition(&shuffled, &other.tree.clusters(confidence)),
            "at {confidence}"
        );
    }
}

fn partition(rows: &[Row], clusters: &[u32]) -> Vec<Vec<String>> {
    let mut sets: std::collections::BTreeMap<u32, Vec<String>> = Default::default();
    for (row, cluster) in rows.iter().zip(clusters) {
        sets.entry(*cluster).or_default().push(format!("{row:?}"));
    }
    let mut out: Vec<Vec<String>> = sets.into_values().collect();
    out.iter_mut().for_each(|set| set.sort());
    out.sort();
    out
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let (rows, _, _) = people(1500, 3);
    let with = |threads: usize| {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| run(&rows, None, false))
    };
    let ((model, found), (other_model, other)) = (with(1), with(3));
    assert_eq!(model, other_model);
    assert_eq!(found.edges, other.edges);
    assert_eq!(found.tree, other.tree);
}

#[test]
fn a_stricter_cluster_lies_within_a_looser_one() {
    let (rows, _, _) = people(1200, 4);
    let (_, found) = run(&rows, None, false);
    let levels = [0.2, 0.5, 0.8, 0.9, 0.99];
    for pair in levels.windows(2) {
        let (loose, strict) = (found.tree.clusters(pair[0]), found.tree.clusters(pair[1]));
        let mut parent = std::collections::HashMap::new();
        for (l, s) in loose.iter().zip(&strict) {
            assert_eq!(parent.entry(s).or_insert(l), &l, "a cluster at {} is cut at {}", pair[1], pair[0]);
        }
    }
}

#[test]
fn a_waterfall_adds_up_to_the_weight_of_its_edge() {
    let (rows, _, _) = people(400, 5);
    let options = Options::default();
    let linker = Linker::new(records(&rows, None), &options).expect("records are well formed");
    let model = train(&linker, &options).expect("there is something to compare");
    let found = resolve(&linker, &model, &options).expect("the model fits");
    assert!(found.edges.len() > 100);
    for edge in found.edges.iter().step_by(7) {
        let why = explain(&linker, &model, edge.a, edge.b).expect("both exist");
        let sum = why.prior_bits
            + why.household_bits
            + why.calibration_bits
            + why.fields.iter().map(|f| f.weight_bits).sum::<f64>();
        assert!((sum - f64::from(edge.weight)).abs() < 1e-3, "{sum} is not {}", edge.weight);
        assert!(why.household_bits <= 1e-6);
        assert_eq!(why.fields[0].left[0], rows[edge.a as usize][0], "the caller's numbers are used");
    }
    assert!(explain(&linker, &model, 0, rows.len() as u32).is_err());
}

#[test]
fn linked_sources_never_put_two_of_their_records_together() {
    let (rows, truth, source) = people(1200, 6);
    let (_, found) = run(&rows, Some(source.clone()), true);
    let clusters = found.tree.clusters(0.0);
    let mut seen = std::collections::HashSet::new();
    assert!(
        clusters.iter().zip(&source).all(|key| seen.insert(key)),
        "two records of one source in one cluster"
    );
    // Negative control: without the guard it does happen, so the data can show it.
    let (_, free) = run(&rows, Some(source.clone()), false);
    let mut seen = std::collections::HashSet::new();
    assert!(!free.tree.clusters(0.0).iter().zip(&source).all(|key| seen.insert(key)));
    assert!(evaluate::evaluate(&clusters, &truth, Some(&source)).pairwise.recall > 0.5);
}

#[test]
fn a_model_survives_its_file_and_a_wrong_one_is_refused() {
    let (rows, _, _) = people(300, 7);
    let (model, _) = run(&rows, None, false);
    let text = model.to_toml();
    assert_eq!(Model::from_toml(&text).expect("what was written can be read"), model);
    for (from, to) in
        [("format = 1", "format = 9"), ("level = \"exact\"", "level = \"exakt\""), ("prior_match", "x")]
    {
        let error = Model::from_toml(&text.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(error.contains("not valid"), "{error}");
    }
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let column =
        Column { name: "given".into(), kind: Kind::GivenName, dict: vec!["ada".into()], codes: vec![1, 2] };
    let refused = |records: Records| {
        Linker::new(records, &Options::default()).map(|_| ()).expect_err("refused").to_string()
    };
    let text = refused(Records { columns: vec![column.clone()], source: None, keys: None, len: 2 });
    assert!(text.contains("holds the code 2"), "{text}");
    let text = refused(Records { columns: vec![column], source: None, keys: None, len: 3 });
    assert!(text.contains("2 values, but there are 3 records"), "{text}");
    let text = refused(Records::default());
    assert!(text.contains("no column can be compared"), "{text}");
}

#[test]
fn a_word_joins_what_hangs_on_its_records() {
    let (rows, truth, _) = people(200, 5);
    let options = Options::default();
    let linker = Linker::new(records(&rows, None), &options).unwrap();
    let model = train(&linker, &options).unwrap();
    let before = resolve(&linker, &model, &options).unwrap().tree.clusters(0.5);
    let members = |clusters: &[u32], of: u32| -> Vec<u32> {
        (0..rows.len() as u32).filter(|r| clusters[*r as usize] == clusters[of as usize]).collect()
    };
    // Two people of two or more records each, who have nothing to do with each other.
    let mut firsts =
        (0..rows.len() as u32).filter(|r| before[*r as usize] == *r && members(&before, *r).len() > 1);
    for _ in 0..20 {
        let (Some(a), Some(b)) = (firsts.next(), firsts.next()) else { break };
        assert_ne!(truth[a as usize], truth[b as usize]);
        let constraints = Constraints { joined: vec![Joined { a, b, confidence: 1.0 }], apart: Vec::new() };
        let after = resolve_with(&linker, &model, &constraints, &options).unwrap().tree.clusters(0.5);
        for record in [members(&before, a), members(&before, b)].concat() {
            assert_eq!(after[record as usize], after[a as usize], "{a} and {b}: {record}");
        }
    }
}
