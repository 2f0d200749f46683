//! Spread equals batch: records that are dealt out at random, block by block and component by component, have the edges
//! and merges of one batch over all, bit by bit.

use kith_resolve::model::Rule;
use kith_resolve::shard::{Component, Tie};
use kith_resolve::{
    Column, Constraints, Edge, Joined, Kernel, Kind, Linker, Merge, Model, Options, Records, resolve_with,
    train,
};
use std::collections::BTreeMap;

const COLUMNS: [(&str, Kind, &[&str]); 5] = [
    ("given", Kind::GivenName, &["ada", "adah", "grace", "alan", "bill", "william", "a"]),
    ("family", Kind::FamilyName, &["lovelace", "lovlace", "hopper", "turing", "king"]),
    ("birth", Kind::Date, &["1815-12-10", "1815-10-12", "1906-12-09", "1906-01-01"]),
    ("email", Kind::Email, &["ada@example.org", "ada@x.com", "grace@example.org", "info@example.org"]),
    ("note", Kind::Text, &["likes engines", "likes compilers and ships", "writes compilers"]),
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

fn linker(dice: &mut Dice, len: usize, options: &Options) -> Linker {
    let columns = COLUMNS.map(|(name, kind, values)| {
        let cells: Vec<Option<&str>> =
            (0..len).map(|_| Some(values[dice.roll(values.len())]).filter(|_| dice.roll(5) > 0)).collect();
        Column::from_values(name, kind, cells.into_iter())
    });
    let source = (0..len).map(|_| dice.roll(3) as u16).collect();
    let records = Records { columns: columns.into(), source: Some(source), keys: None, len };
    Linker::new(records, options).unwrap()
}

fn model(linker: &Linker, options: &Options) -> Model {
    let mut model = train(linker, options).unwrap();
    for comparison in &mut model.comparisons {
        // Noise teaches nothing; so agreement is made to say something.
        let last = comparison.levels.len() as i32 - 1;
        for (level, at) in comparison.levels.iter_mut().zip(0..) {
            (level.m, level.u) = (0.7 * 0.5f64.powi(at), 0.7 * 0.5f64.powi(last - at));
        }
    }
    (model.prior_match, model.prior_relative) = (0.01, 0.005);
    let rule = |keys: &str| -> Rule { toml::from_str(&format!("keys = [{keys}]")).unwrap() };
    model.blocking = vec![
        rule(r#"{column = "email", part = "whole"}"#),
        rule(r#"{column = "family", part = "sound"}, {column = "birth", part = "year"}"#),
        rule(r#"{column = "nobody", part = "whole"}"#),
        rule(r#"{column = "birth", part = "month_day"}"#),
    ];
    model
}

/// Some records, by their numbers, as an executor gets them.
fn shard<'k>(kernel: &'k Kernel, linker: &Linker, records: &[u32]) -> kith_resolve::Shard<'k> {
    let columns =
        kernel.columns().map(|name| linker.features().iter().position(|f| f.column.name == name).unwrap());
    let texts: Vec<Vec<Option<&str>>> = columns
        .map(|slot| {
            let text = |r: &u32| linker.features()[slot].text(linker.row(*r)[slot]);
            records.iter().map(|r| Some(text(r)).filter(|t| !t.is_empty())).collect()
        })
        .collect();
    let source = records.iter().map(|r| linker.source(*r).unwrap()).collect();
    kernel.shard(texts.into_iter(), Some(source), records.len()).unwrap()
}

/// Deals things out into runs of random length.
fn deal<T: Clone>(things: &[T], dice: &mut Dice) -> Vec<Vec<T>> {
    let mut left = things;
    let mut dealt = Vec::new();
    while !left.is_empty() {
        let (run, rest) = left.split_at((1 + dice.roll(7)).min(left.len()));
        dealt.push(run.to_vec());
        left = rest;
    }
    dealt
}

/// Who was joined, how surely, and who was parted.
type Said<'a> = (&'a [(u32, u32, f32)], &'a [(u32, u32)]);

fn spread(
    linker: &Linker,
    model: &Model,
    options: &Options,
    (said, apart): Said,
    dice: &mut Dice,
) -> (Vec<Edge>, Vec<Merge>) {
    let kernel = Kernel::new(model, linker.frequencies(), options).unwrap();
    let rules = kernel.rules();
    let all: Vec<u32> = (0..linker.len() as u32).collect();
    let mut blocks: BTreeMap<(usize, u64), Vec<u32>> = BTreeMap::new();
    for run in deal(&all, dice) {
        let keys = shard(&kernel, linker, &run).keys();
        for (record, keys) in run.iter().zip(keys.chunks(rules)) {
            for (rule, key) in keys.iter().enumerate().filter(|(_, key)| **key != 0) {
                blocks.entry((rule, *key)).or_default().push(*record);
            }
        }
    }
    blocks.retain(|_, records| (2..=options.block_size_max).contains(&records.len()));
    let mut masks = vec![0u64; linker.len()];
    for ((rule, _), records) in &blocks {
        records.iter().for_each(|r| masks[*r as usize] |= 1 << rule);
    }
    let mut edges = Vec::new();
    for run in deal(&blocks.into_iter().collect::<Vec<_>>(), dice) {
        let members: Vec<u32> = run.iter().flat_map(|(_, records)| records.clone()).collect();
        let mut first = 0;
        let places = run.iter().map(|((rule, _), records)| {
            first += records.len() as u32;
            (*rule, (first - records.len() as u32..first).collect())
        });
        let places: Vec<(usize, Vec<u32>)> = places.collect();
        let of_run: Vec<u64> = members.iter().map(|r| masks[*r as usize]).collect();
        for (_, found) in shard(&kernel, linker, &members).edges(&of_run, &places) {
            edges.extend(found.iter().map(|e| Edge {
                a: members[e.a as usize],
                b: members[e.b as usize],
                ..*e
            }));
        }
    }
    edges.sort_by_key(|e| (e.a, e.b));
    let merges = merged(&kernel, linker, &edges, (said, apart), dice);
    (edges, merges)
}

/// Component by component, as the edges and what was said connect the records.
fn merged(
    kernel: &Kernel,
    linker: &Linker,
    edges: &[Edge],
    (said, apart): Said,
    dice: &mut Dice,
) -> Vec<Merge> {
    let all: Vec<u32> = (0..linker.len() as u32).collect();
    let mut root: Vec<u32> = all.clone();
    let pairs: Vec<(u32, u32)> =
        edges.iter().map(|e| (e.a, e.b)).chain(said.iter().map(|(a, b, _)| (*a, *b))).collect();
    while pairs.iter().any(|(a, b)| root[*a as usize] != root[*b as usize]) {
        for (a, b) in &pairs {
            let least = root[*a as usize].min(root[*b as usize]);
            (root[*a as usize], root[*b as usize]) = (least, least);
        }
    }
    let mut components: BTreeMap<u32, Component> = BTreeMap::new();
    for record in all.iter().filter(|r| pairs.iter().any(|(a, b)| a == *r || b == *r)) {
        components.entry(root[*record as usize]).or_default().0.push(*record);
    }
    let ties = edges.iter().map(|e| (e.a, e.b, Tie::Edge));
    let ties = ties.chain(said.iter().map(|(a, b, c)| (*a.min(b), *a.max(b), Tie::Joined(*c))));
    for (a, b, tie) in ties.chain(apart.iter().map(|(a, b)| (*a.min(b), *a.max(b), Tie::Apart))) {
        if root[a as usize] == root[b as usize] {
            components.entry(root[a as usize]).or_default().1.push((a, b, tie));
        }
    }
    components.retain(|_, (records, _)| !records.is_empty());
    let mut merges = Vec::new();
    for run in deal(&components.into_values().collect::<Vec<_>>(), dice) {
        let members: Vec<u32> = run.iter().flat_map(|(records, _)| records.clone()).collect();
        let mut first = 0;
        let placed = run.iter().map(|(records, ties)| {
            let from = first;
            first += records.len() as u32;
            let at = |r: u32| from + records.binary_search(&r).unwrap() as u32;
            (
                (from..first).collect::<Vec<u32>>(),
                ties.iter().map(|(a, b, t)| (at(*a), at(*b), *t)).collect::<Vec<_>>(),
            )
        });
        let placed: Vec<_> = placed.collect();
        for found in shard(kernel, linker, &members).merges(&placed) {
            merges.extend(found.iter().map(|m| Merge {
                a: members[m.a as usize],
                b: members[m.b as usize],
                ..*m
            }));
        }
    }
    merges
}

#[test]
fn records_that_are_dealt_out_have_the_edges_and_merges_of_one_batch() {
    let (mut edges_seen, mut merges_seen) = (0, 0);
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let options =
            Options { link_only: seed % 3 == 0, block_size_max: 2 + dice.roll(20), ..Options::default() };
        let len = 30 + dice.roll(60);
        let linker = linker(&mut dice, len, &options);
        let model = model(&linker, &options);
        let mut pair = || {
            let (a, b) = (dice.roll(linker.len()) as u32, dice.roll(linker.len()) as u32);
            if a == b { (a, (a + 1) % linker.len() as u32) } else { (a, b) }
        };
        let said: Vec<(u32, u32, f32)> =
            (0..3).map(|i| (pair(), [0.6, 0.99, 1.0][i])).map(|((a, b), c)| (a, b, c)).collect();
        let apart: Vec<(u32, u32)> = (0..3).map(|_| pair()).collect();
        let outside = |r: u32| linker.outside(r);
        let constraints = Constraints {
            joined: said
                .iter()
                .map(|(a, b, c)| Joined { a: outside(*a), b: outside(*b), confidence: *c })
                .collect(),
            apart: apart.iter().map(|(a, b)| (outside(*a), outside(*b))).collect(),
        };
        let whole = resolve_with(&linker, &model, &constraints, &options).unwrap();
        let (edges, merges) = spread(&linker, &model, &options, (&said, &apart), &mut dice);
        let named = |a: u32, b: u32| (outside(a).min(outside(b)), outside(a).max(outside(b)));
        let bits = |a: u32, b: u32, w: f32| (a, b, w.to_bits());
        let mut found: Vec<_> =
            edges.iter().map(|e| (named(e.a, e.b), e.weight)).map(|((a, b), w)| bits(a, b, w)).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            whole.edges.iter().map(|e| bits(e.a, e.b, e.weight)).collect::<Vec<_>>(),
            "seed {seed}"
        );
        let found: Vec<_> =
            merges.iter().map(|m| (named(m.a, m.b), m.confidence)).map(|((a, b), c)| bits(a, b, c)).collect();
        assert_eq!(
            found,
            whole.tree.merges.iter().map(|m| bits(m.a, m.b, m.confidence)).collect::<Vec<_>>(),
            "seed {seed}"
        );
        (edges_seen, merges_seen) = (edges_seen + edges.len(), merges_seen + merges.len());
    }
    assert!(edges_seen > 10_000 && merges_seen > 3_000, "{edges_seen} edges, {merges_seen} merges");
}
