//! What people say makes the model better, is learned the same in any order, and moves little when little is said.

use kith_resolve::{Column, Kind, Linker, Options, Records, evaluate, propose, recalibrate, resolve, train};

const GIVEN: [&str; 8] = ["ada", "grace", "alan", "edsger", "barbara", "donald", "john", "leslie"];
const FAMILY: [&str; 9] =
    ["lovelace", "hopper", "turing", "dijkstra", "liskov", "knuth", "backus", "lamport", "hoare"];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        kith_resolve::block::mix(self.0) as usize % below
    }
}

/// Few names, birth years only, and now and then an e-mail address: hard to tell apart.
fn people(count: usize, seed: u64) -> (Vec<[Option<String>; 4]>, Vec<u32>) {
    let mut dice = Dice(seed << 32);
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    for person in 0..count {
        let (given, family) = (GIVEN[dice.roll(8)], FAMILY[dice.roll(9)]);
        let birth = format!("19{:02}-{:02}-{:02}", 40 + dice.roll(60), 1 + dice.roll(12), 1 + dice.roll(28));
        let email = format!("{}{}@example.org", &given[..1], dice.roll(9000));
        for _ in 0..1 + dice.roll(3) {
            let mut row = [given, family, &birth, &email].map(|v| Some(v.to_string()));
            for (at, share) in [(0, 8), (1, 8), (2, 3), (3, 2)] {
                match dice.roll(share) {
                    0 => row[at] = None,
                    1 if dice.roll(3) == 0 => row[at].iter_mut().for_each(|v| _ = v.remove(1)),
                    _ => {}
                }
            }
            rows.push(row);
            truth.push(person as u32);
        }
    }
    (rows, truth)
}

/// Keys tell records apart that are equal in every value.
fn linker(rows: &[[Option<String>; 4]], keys: impl Iterator<Item = u64>) -> Linker {
    let kinds = [Kind::GivenName, Kind::FamilyName, Kind::Date, Kind::Email];
    let column = |(at, kind): (usize, Kind)| {
        Column::from_values(format!("{kind:?}"), kind, rows.iter().map(|r| r[at].as_deref()))
    };
    let columns = kinds.into_iter().enumerate().map(column).collect();
    let records = Records { columns, len: rows.len(), keys: Some(keys.collect()), ..Records::default() };
    Linker::new(records, &Options::default()).expect("records are well formed")
}

#[test]
fn answers_make_the_model_better() {
    let options = Options::default();
    let (mut before, mut after) = (0.0, 0.0);
    for seed in 1..5 {
        let (rows, truth) = people(900, seed);
        let linker = linker(&rows, 0..rows.len() as u64);
        let model = train(&linker, &options).expect("there is something to compare");
        let found = resolve(&linker, &model, &options).expect("the model fits");
        let asked = propose(&linker, &model, &found, 200, &[]).expect("the model fits");
        assert!(asked.len() > 150 && asked.len() <= 200, "{}", asked.len());
        let answer = |(a, b): &(u32, u32)| (*a, *b, truth[*a as usize] == truth[*b as usize]);
        let labels: Vec<(u32, u32, bool)> = asked.iter().map(answer).collect();
        let yes = labels.iter().filter(|l| l.2).count();
        assert!((30..170).contains(&yes), "questions are open: {yes} of 200 are yes");
        let better = recalibrate(&linker, &model, &labels, &options).expect("the records exist");
        assert_eq!(better.calibration.as_ref().map(|c| c.labels), Some(labels.len() as u64));
        let f1 = |model| {
            let tree = resolve(&linker, model, &options).expect("the model fits").tree;
            evaluate::evaluate(&tree.clusters(0.5), &truth, None).pairwise.f1
        };
        before += f1(&model);
        after += f1(&better);
    }
    assert!(after > before, "{after} after, {before} before");
}

#[test]
fn the_order_of_records_and_labels_does_not_matter_and_none_changes_nothing() {
    let options = Options::default();
    let (rows, truth) = people(500, 9);
    let turned: Vec<_> = rows.iter().rev().cloned().collect();
    let last = rows.len() as u32 - 1;
    let keys = 0..rows.len() as u64;
    let (one, other) = (linker(&rows, keys.clone()), linker(&turned, keys.rev()));
    let model = train(&one, &options).expect("there is something to compare");
    assert_eq!(recalibrate(&one, &model, &[], &options).expect("no record is named"), model);
    let found = resolve(&one, &model, &options).expect("the model fits");
    let asked = propose(&one, &model, &found, 60, &[]).expect("the model fits");
    let more = propose(&one, &model, &found, 60, &asked).expect("the model fits");
    assert!(more.iter().all(|pair| !asked.contains(pair)), "nothing is asked twice");
    let labels: Vec<(u32, u32, bool)> =
        asked.iter().map(|(a, b)| (*a, *b, truth[*a as usize] == truth[*b as usize])).collect();
    let turned_labels: Vec<(u32, u32, bool)> =
        labels.iter().rev().map(|(a, b, same)| (last - b, last - a, *same)).collect();
    let learned = recalibrate(&one, &model, &labels, &options).expect("the records exist");
    let learned_turned = recalibrate(&other, &model, &turned_labels, &options).expect("the records exist");
    assert_eq!(learned, learned_turned);
    assert!(recalibrate(&one, &model, &[(0, last + 1, true)], &options).is_err());
}
