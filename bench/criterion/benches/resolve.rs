//! How long the steps of resolution take: the comparison kernel, blocking, training, clustering, and all of it.
//!
//! `cargo bench --manifest-path bench/criterion/Cargo.toml` (or `make bench-parts`); `RAYON_NUM_THREADS=1` for one core.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kith_criterion::{Dice, people};
use kith_resolve::candidates::score_candidates;
use kith_resolve::cluster::cluster;
use kith_resolve::compare::Cache;
use kith_resolve::score::Scorer;
use kith_resolve::text::{jaro_winkler, within_edits};
use kith_resolve::{Constraints, Linker, Model, Options, resolve, train};
use std::hint::black_box;

const RECORDS: usize = 20_000;
const PAIRS: usize = 100_000;

fn prepared() -> (Linker, Model, Options) {
    let options = Options::default();
    let linker = Linker::new(people(RECORDS), &options).expect("records");
    let model = train(&linker, &options).expect("a model");
    (linker, model, options)
}

/// The kernel: pairs that match, and pairs at random; beside it how long it takes to read both records' codes and see
/// which are equal, which no comparison can be faster than.
fn compare(c: &mut Criterion) {
    let (linker, model, options) = prepared();
    let scorer = Scorer::new(linker.features(), &model).expect("a scorer");
    let mut dice = Dice(7);
    let random: Vec<(u32, u32)> =
        (0..PAIRS).map(|_| (dice.below(RECORDS as u64) as u32, dice.below(RECORDS as u64) as u32)).collect();
    let edges = score_candidates(linker.view(), &model, &scorer, &options).0;
    let alike: Vec<(u32, u32)> = edges.iter().cycle().take(PAIRS).map(|e| (e.a, e.b)).collect();
    let mut group = c.benchmark_group("compare");
    group.throughput(Throughput::Elements(PAIRS as u64));
    for (name, pairs) in [("random pairs", &random), ("pairs that match", &alike)] {
        group.bench_function(format!("{name}, equal codes alone"), |b| {
            let equal = |(x, y): &(u32, u32)| {
                linker.row(*x).iter().zip(linker.row(*y)).filter(|(x, y)| x == y).count()
            };
            b.iter(|| pairs.iter().map(equal).sum::<usize>());
        });
        group.bench_function(name, |b| {
            let fresh = || -> Vec<Cache> { scorer.bound.iter().map(|_| Cache::new()).collect() };
            b.iter_batched_ref(
                fresh,
                |cache| {
                    pairs
                        .iter()
                        .filter_map(|(x, y)| {
                            scorer.weight(linker.features(), linker.row(*x), linker.row(*y), -10.0, cache)
                        })
                        .fold(0.0, |sum, weight| sum + weight)
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn texts(c: &mut Criterion) {
    let mut group = c.benchmark_group("texts");
    let pairs = [
        ("gabriel.thomas", "gabriel.tomas"),
        ("lovelace", "lovlace"),
        ("smith", "schmidt"),
        ("ada", "grace"),
    ];
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("jaro-winkler", |b| {
        b.iter(|| {
            pairs.iter().map(|(x, y)| jaro_winkler(black_box(x.as_bytes()), y.as_bytes())).sum::<f64>()
        });
    });
    group.bench_function("within two edits", |b| {
        b.iter(|| {
            pairs.iter().filter(|(x, y)| within_edits(black_box(x.as_bytes()), y.as_bytes(), 2)).count()
        });
    });
    group.finish();
}

fn steps(c: &mut Criterion) {
    let (linker, model, options) = prepared();
    let scorer = Scorer::new(linker.features(), &model).expect("a scorer");
    let edges = score_candidates(linker.view(), &model, &scorer, &options).0;
    let mut group = c.benchmark_group("20,000 records");
    group.sample_size(10).throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("encode", |b| {
        b.iter_batched(|| people(RECORDS), |records| Linker::new(records, &options), BatchSize::LargeInput);
    });
    group.bench_function("train", |b| b.iter(|| train(&linker, &options)));
    group.bench_function("block and score", |b| {
        b.iter(|| score_candidates(linker.view(), &model, &scorer, &options))
    });
    group.bench_function("cluster", |b| {
        b.iter(|| cluster(linker.view(), &scorer, &edges, &Constraints::default(), &options))
    });
    group.bench_function("resolve", |b| b.iter(|| resolve(&linker, &model, &options)));
    group.finish();
}

criterion_group!(benches, texts, compare, steps);
criterion_main!(benches);
