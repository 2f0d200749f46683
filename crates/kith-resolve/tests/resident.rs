//! Incremental equals batch: after any history of inserts, changes, removals and decisions, cut into any batches, the
//! resident records have the edges, merges and components of one batch over what is left.
//!
//! `KITH_HISTORIES=200000 cargo test --release -p kith-resolve --test resident` looks further than the usual 10,000.

use kith_resolve::calibrate::Calibration;
use kith_resolve::model::Rule;
use kith_resolve::resident::Said;
use kith_resolve::sources::Source;
use kith_resolve::worth::Worth;
use kith_resolve::{
    Column, Constraints, Frequencies, Joined, Kind, Linker, Model, Options, Records, Resident, Settled,
    resolve_with, train,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const COLUMNS: [(&str, Kind); 6] = [
    ("given", Kind::GivenName),
    ("family", Kind::FamilyName),
    ("birth", Kind::Date),
    ("email", Kind::Email),
    ("street", Kind::Street),
    ("note", Kind::Text),
];
const VALUES: [&[&str]; 6] = [
    &["ada", "adah", "grace", "alan", "bill", "william", "a"],
    &["lovelace", "lovlace", "hopper", "turing", "king", "ada"],
    &["1815-12-10", "1815-10-12", "1906-12-09", "1906-01-01", "1912-06-23"],
    &["ada@example.org", "ada@x.com", "grace@example.org", "info@example.org", "alan@x.com"],
    &["12 main st", "14 main st", "12 maine st", "7 oak lane"],
    &["likes engines", "likes compilers and ships", "writes compilers", "ships"],
];

type Row = [Option<&'static str>; 6];

/// SplitMix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((z ^ z >> 27) % below as u64) as usize
    }

    fn row(&mut self) -> Row {
        let mut row = [None; 6];
        for (cell, values) in row.iter_mut().zip(VALUES) {
            // The first values are frequent, so that blocks grow over their limit and shrink again.
            let most = if self.roll(2) == 0 { 2 } else { values.len() };
            *cell = Some(values[self.roll(most)]).filter(|_| self.roll(6) > 0);
        }
        row
    }
}

#[derive(Default)]
struct World {
    rows: BTreeMap<u64, (Row, u16)>,
    said: BTreeMap<(u64, u64), Option<f32>>,
}

struct Lab {
    model: Model,
    frequencies: Frequencies,
    options: Options,
}

/// What is compared: every number as its bits.
#[derive(Debug, Default, PartialEq)]
struct Result {
    edges: BTreeSet<(u64, u64, u32)>,
    merges: BTreeSet<(u64, u64, u32)>,
}

fn records(rows: &[(u64, Row, u16)]) -> Records {
    let column = |(at, (name, kind)): (usize, &(&str, Kind))| {
        Column::from_values(*name, *kind, rows.iter().map(|(_, row, _)| row[at]))
    };
    Records {
        columns: COLUMNS.iter().enumerate().map(column).collect(),
        source: Some(rows.iter().map(|(_, _, source)| *source).collect()),
        keys: Some(rows.iter().map(|(id, _, _)| tie(*id)).collect()),
        len: rows.len(),
    }
}

/// Any function of the id will do.
fn tie(id: u64) -> u64 {
    id.wrapping_mul(0x9E37_79B9) % 1009
}

impl Lab {
    fn new(seed: u64, link_only: bool) -> Lab {
        let mut dice = Dice(seed);
        let rows: Vec<(u64, Row, u16)> = (0..400).map(|id| (id, dice.row(), (id % 3) as u16)).collect();
        let sources = ["crm", "shop", "till"].map(String::from).to_vec();
        let options = Options { link_only, block_size_max: 4, sources, ..Options::default() };
        let linker = Linker::new(records(&rows), &options).unwrap();
        let mut model = train(&linker, &options).unwrap();
        let rule = |keys: &str| -> Rule { toml::from_str(&format!("keys = [{keys}]")).unwrap() };
        // Noise teaches nothing; so agreement is made to say something.
        for comparison in &mut model.comparisons {
            let last = comparison.levels.len() as i32 - 1;
            for (level, at) in comparison.levels.iter_mut().zip(0..) {
                (level.m, level.u) = (0.7 * 0.5f64.powi(at), 0.7 * 0.5f64.powi(last - at));
            }
        }
        (model.prior_match, model.prior_relative) = (0.01, 0.005);
        let worth = Worth { entities: vec![20.0, 9.0, 4.0, 2.0, 1.0, 0.5], ..Worth::default() };
        model.calibration = Some(Calibration { worth: Some(worth), ..Calibration::unlabelled() });
        let told = |source: &str, duplicates| Source { source: source.into(), duplicates };
        model.sources = vec![told("crm", 0.01), told("till", 3.0)];
        // Four hundred records would be compared pair by pair: rules are what is to be tested.
        model.blocking = vec![
            rule(r#"{column = "email", part = "whole"}"#),
            rule(r#"{column = "family", part = "sound"}, {column = "birth", part = "year"}"#),
            rule(r#"{column = "given", part = "nickname"}, {column = "street", part = "house_and_street"}"#),
            rule(r#"{column = "birth", part = "month_day"}"#),
            rule(r#"{column = "email", part = "local_part"}, {column = "given", part = "start"}"#),
        ];
        Lab { model, frequencies: linker.frequencies(), options }
    }

    fn resident(&self) -> Resident {
        let none = Linker::with_frequencies(records(&[]), &self.frequencies, &self.options).unwrap();
        Resident::new(none, &self.model, (&[], &[]), &[], &self.options).unwrap()
    }

    /// One batch over the world, under frequencies and options of its own.
    fn batch(&self, world: &World, frozen: bool, options: &Options) -> Result {
        let rows: Vec<(u64, Row, u16)> = world.rows.iter().map(|(id, (row, s))| (*id, *row, *s)).collect();
        let linker = match frozen {
            true => Linker::with_frequencies(records(&rows), &self.frequencies, options),
            false => Linker::new(records(&rows), options),
        };
        let Ok(linker) = linker else { return Result::default() };
        let place = |id: u64| rows.binary_search_by_key(&id, |row| row.0).ok().map(|at| at as u32);
        let mut constraints = Constraints::default();
        for ((a, b), confidence) in &world.said {
            let (Some(a), Some(b)) = (place(*a), place(*b)) else { continue };
            match confidence {
                Some(confidence) => constraints.joined.push(Joined { a, b, confidence: *confidence }),
                None => constraints.apart.push((a, b)),
            }
        }
        let found = resolve_with(&linker, &self.model, &constraints, options).unwrap();
        let id = |record: u32| rows[record as usize].0;
        let merges = found.tree.merges.iter().map(|m| pair(id(m.a), id(m.b), m.confidence));
        Result {
            edges: found.edges.iter().map(|e| pair(id(e.a), id(e.b), e.weight)).collect(),
            merges: merges.collect(),
        }
    }
}

fn pair(a: u64, b: u64, number: f32) -> (u64, u64, u32) {
    (a.min(b), a.max(b), number.to_bits())
}

/// Keeps the latest component of every record, as a store would.
#[derive(Default)]
struct Store(BTreeMap<u64, Rc<Settled>>);

impl Store {
    fn take(&mut self, settled: Vec<Settled>, world: &World) {
        self.0.retain(|id, _| world.rows.contains_key(id));
        for component in settled {
            let component = Rc::new(component);
            for id in &component.records {
                self.0.insert(*id, component.clone());
            }
        }
    }

    fn result(&self, world: &World) -> Result {
        assert!(self.0.keys().eq(world.rows.keys()), "every record has a component");
        let mut result = Result::default();
        for component in self.0.values() {
            let current = component.records.iter().all(|id| Rc::ptr_eq(&self.0[id], component));
            assert!(current, "a component that has lost a record was not settled again");
            result.edges.extend(component.edges.iter().map(|(a, b, w)| pair(*a, *b, *w)));
            result.merges.extend(component.merges.iter().map(|(a, b, c)| pair(*a, *b, *c)));
        }
        result
    }
}

/// Plays a history; calls `check` at its cuts.
fn play(lab: &Lab, seed: u64, mut check: impl FnMut(&Result, &World)) {
    let mut dice = Dice(seed);
    let (mut world, mut resident, mut store) = (World::default(), lab.resident(), Store::default());
    let columns: Vec<usize> = COLUMNS.iter().filter_map(|(name, _)| resident.column(name)).collect();
    let people = 4 + dice.roll(12) as u64;
    let steps = 6 + dice.roll(24);
    for step in 0..steps {
        let id = dice.roll(people as usize) as u64;
        match dice.roll(10) {
            0..=5 => {
                let (row, source) = (dice.row(), dice.roll(3) as u16);
                let values = columns.iter().copied().zip(row).filter_map(|(at, v)| Some((at, v?)));
                resident.upsert((id, tie(id)), source, values);
                world.rows.insert(id, (row, source));
            }
            6..=7 => assert_eq!(resident.remove(id), world.rows.remove(&id).is_some()),
            _ => {
                let other = (id + 1 + dice.roll(people as usize - 1) as u64) % people;
                let pair = (id.min(other), id.max(other));
                match dice.roll(3) {
                    0 => _ = world.said.remove(&pair),
                    1 => _ = world.said.insert(pair, None),
                    _ => _ = world.said.insert(pair, Some([1.0, 0.97][dice.roll(2)])),
                }
                // Either side may say it, always the same one for a pair.
                let owner = |(a, b): (u64, u64)| if (a + b) % 2 == 0 { (a, b) } else { (b, a) };
                let teller = owner(pair).0;
                let own =
                    world.said.iter().map(|(pair, c)| (owner(*pair), *c)).filter(|(p, _)| p.0 == teller);
                let said = own.map(|((_, other), confidence)| Said { other, confidence }).collect();
                resident.say(teller, said);
            }
        }
        if dice.roll(3) == 0 || step + 1 == steps {
            store.take(resident.settle(), &world);
            check(&store.result(&world), &world);
        }
    }
}

fn histories() -> u64 {
    std::env::var("KITH_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

#[test]
fn incremental_equals_batch() {
    let labs = [Lab::new(1, false), Lab::new(2, true), Lab::new(3, false)];
    let (mut edges, mut merges) = (0, 0);
    for seed in 0..histories() {
        let lab = &labs[(seed % 3) as usize];
        play(lab, seed, |found, world| {
            assert_eq!(*found, lab.batch(world, true, &lab.options), "history {seed}");
            edges += found.edges.len();
            merges += found.merges.len();
        });
    }
    assert!(edges > 50_000 && merges > 50_000, "the histories say something: {edges} edges, {merges} merges");
}

/// Negative controls: what must be noticed if frequencies were not frozen, or blocks had another limit.
#[test]
fn the_comparison_notices_what_is_wrong() {
    let lab = Lab::new(1, false);
    let wider = Options { block_size_max: 5, ..lab.options.clone() };
    let (mut unfrozen, mut other_limit) = (0, 0);
    for seed in 0..300 {
        play(&lab, seed, |found, world| {
            unfrozen += u32::from(*found != lab.batch(world, false, &lab.options));
            other_limit += u32::from(*found != lab.batch(world, true, &wider));
        });
    }
    assert!(unfrozen > 100 && other_limit > 10, "{unfrozen} {other_limit}");
}

#[test]
fn a_loaded_set_goes_on_like_a_grown_one() {
    let lab = Lab::new(1, false);
    let mut dice = Dice(77);
    let rows: Vec<(u64, Row, u16)> = (0..60).map(|id| (id, dice.row(), 0)).collect();
    let linker = Linker::with_frequencies(records(&rows), &lab.frequencies, &lab.options).unwrap();
    let found = resolve_with(&linker, &lab.model, &Constraints::default(), &lab.options).unwrap();
    let (ids, keys): (Vec<u64>, Vec<u64>) = rows.iter().map(|(id, _, _)| (*id, tie(*id))).unzip();
    let mut loaded = Resident::new(linker, &lab.model, (&ids, &keys), &found.edges, &lab.options).unwrap();
    let mut grown = lab.resident();
    let upsert = |to: &mut Resident, id: u64, row: &Row| {
        let values = row.iter().enumerate().filter_map(|(at, v)| Some((COLUMNS[at].0, (*v)?)));
        let values: Vec<(usize, &str)> = values.filter_map(|(c, v)| Some((to.column(c)?, v))).collect();
        to.upsert((id, tie(id)), 0, values.into_iter());
    };
    rows.iter().for_each(|(id, row, _)| upsert(&mut grown, *id, row));
    grown.settle();
    assert!(loaded.settle().is_empty());
    for (id, _, _) in rows.iter().step_by(3) {
        let row = dice.row();
        upsert(&mut loaded, *id, &row);
        upsert(&mut grown, *id, &row);
        assert_eq!(loaded.remove(id + 1), grown.remove(id + 1));
        let sorted = |mut all: Vec<Settled>| {
            all.iter_mut().for_each(|s| s.edges.sort_by_key(|e| (e.0, e.1)));
            all
        };
        assert_eq!(sorted(loaded.settle()), sorted(grown.settle()));
    }
}
