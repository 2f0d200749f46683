//! Sources that hold no entity twice are evidence; sources like any other are none.

use kith_resolve::{
    Column, Kind, Linker, Model, Options, Records, evaluate, expected, explain, resolve, train,
};

const WORDS: [&str; 24] = [
    "query", "stream", "index", "graph", "schema", "cache", "join", "cost", "lock", "log", "view", "cube",
    "text", "rule", "time", "key", "tree", "hash", "node", "page", "plan", "sort", "scan", "web",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        kith_resolve::block::mix(self.0) as usize % below
    }
}

/// Papers with few authors and venues, so that many are alike; each is in either source, and most in both. A source
/// that repeats itself holds some of its papers twice.
fn papers(count: usize, seed: u64, repeats: bool) -> (Linker, Vec<u32>, Options) {
    let mut dice = Dice(seed << 32);
    let (mut rows, mut truth, mut source) = (Vec::new(), Vec::new(), Vec::new());
    for paper in 0..count {
        let title: Vec<&str> = (0..3).map(|_| WORDS[dice.roll(9)]).collect();
        let author = format!("{} {}", WORDS[dice.roll(24)], WORDS[dice.roll(2)]);
        let year = format!("{}", 1995 + dice.roll(4));
        let place = format!("venue {}", dice.roll(5));
        for side in 0..2u16 {
            let copies = usize::from(dice.roll(5) > 0) + usize::from(repeats && dice.roll(2) == 0);
            for _ in 0..copies {
                let mut title = title.clone();
                if dice.roll(3) == 0 {
                    title.swap_remove(dice.roll(3));
                }
                rows.push([title.join(" "), author.clone(), place.clone(), year.clone()]);
                truth.push(paper as u32);
                source.push(side);
            }
        }
    }
    let kinds =
        [("title", Kind::Text), ("author", Kind::Text), ("venue", Kind::Category), ("year", Kind::Number)];
    let columns = kinds.iter().enumerate().map(|(at, (name, kind))| {
        Column::from_values(*name, *kind, rows.iter().map(|row| Some(row[at].as_str())))
    });
    let options = Options { sources: vec!["left".into(), "right".into()], ..Options::default() };
    let records = Records { columns: columns.collect(), source: Some(source), keys: None, len: rows.len() };
    (Linker::new(records, &options).expect("records are well formed"), truth, options)
}

#[test]
fn clean_sources_are_found_and_keep_look_alikes_apart() {
    let (linker, truth, options) = papers(1200, 5, false);
    let model = train(&linker, &options).expect("there is something to compare");
    let names: Vec<&str> = model.sources.iter().map(|s| s.source.as_str()).collect();
    assert_eq!(names, ["left", "right"]);
    assert!(model.sources.iter().all(|s| s.duplicates < 0.05), "{:?}", model.sources);
    assert_eq!(Model::from_toml(&model.to_toml()).expect("it is its own file"), model);
    let f1 = |model: &Model| {
        let tree = resolve(&linker, model, &options).expect("the model fits").tree;
        evaluate::evaluate(&tree.clusters(0.5), &truth, None).pairwise.f1
    };
    let without = train(&linker, &Options::default()).expect("there is something to compare");
    let deaf = Model { sources: Vec::new(), ..without };
    assert!(f1(&model) > f1(&deaf) + 0.01, "{} with sources, {} without", f1(&model), f1(&deaf));
    let one =
        (0..linker.len() as u32).find(|r| linker.source(0) == linker.source(*r) && *r != 0).expect("many");
    let why = explain(&linker, &model, linker.outside(0), linker.outside(one)).expect("both are there");
    let said = why.fields.last().expect("fields");
    assert!(said.columns == ["source"] && said.weight_bits < -4.0, "{said:?}");
    let sum = why.prior_bits + why.fields.iter().map(|f| f.weight_bits).sum::<f64>() + why.household_bits;
    assert!((sum + why.calibration_bits - why.weight_bits).abs() < 1e-3, "{why:?}");
}

#[test]
fn sources_that_repeat_themselves_say_nothing() {
    let (linker, truth, options) = papers(1200, 6, true);
    let model = train(&linker, &options).expect("there is something to compare");
    assert_eq!(model.sources, []);
    let found = resolve(&linker, &model, &options).expect("the model fits");
    let true_precision = evaluate::evaluate(&found.tree.clusters(0.5), &truth, None).pairwise.precision;
    let said = expected::at(&found.tree, 0.5).precision;
    assert!((said - true_precision).abs() < 0.1, "{said} expected, {true_precision} true");
}
