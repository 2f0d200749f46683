//! Measures resident records: `cargo run --release -p kith-resolve --example live -- DIR SET [CHANGES]`. One record
//! at a time is changed, added or taken out, and its component settled.

mod common;

use common::{cpu, kind, norm, read};
use kith_resolve::*;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (head, rows) = read(&format!("{}/{}/records.csv.gz", args[0], args[1]));
    let changes = args.get(2).and_then(|n| n.parse::<u32>().ok()).unwrap_or(20_000);
    let kinds: Vec<(usize, Kind)> =
        head.iter().enumerate().filter_map(|(at, name)| Some((at, kind(&args[1], name)?))).collect();
    let cell = |record: usize, (at, kind): (usize, Kind)| norm(kind, &rows[record][at]);
    let columns = kinds.iter().map(|(at, kind)| {
        let values: Vec<Option<String>> = (0..rows.len()).map(|r| cell(r, (*at, *kind))).collect();
        Column::from_values(head[*at].clone(), *kind, values.iter().map(|v| v.as_deref()))
    });
    let ids: Vec<u64> = (0..rows.len() as u64).collect();
    let records =
        Records { columns: columns.collect(), source: None, keys: Some(ids.clone()), len: rows.len() };
    let options = Options::default();
    let linker = Linker::new(records.clone(), &options).unwrap();
    let model = train(&linker, &options).unwrap();
    let frequencies = linker.frequencies();
    drop(linker);
    let begin = cpu();
    let linker = Linker::with_frequencies(records, &frequencies, &options).unwrap();
    let found = resolve(&linker, &model, &options).unwrap();
    let batch = cpu();
    let mut resident = Resident::new(linker, &model, (&ids, &ids), &found.edges, &options).unwrap();
    println!(
        "{} records: batch {:.1} CPU s, loading {:.1} CPU s, {} rules, {} edges, {} MiB resident",
        rows.len(),
        batch - begin,
        cpu() - batch,
        model.blocking.len(),
        found.edges.len(),
        memory_mib()
    );
    let slots: Vec<usize> =
        kinds.iter().map(|(at, _)| resident.column(&head[*at]).unwrap_or(usize::MAX)).collect();
    let (mut times, mut sizes, mut dice) = (Vec::new(), Vec::new(), 7u64);
    let mut roll = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % below
    };
    let (cpu_before, begin) = (cpu(), Instant::now());
    for _ in 0..changes {
        let (record, other) = (roll(rows.len()), roll(rows.len()));
        let action = roll(4);
        let id = if action == 0 { (rows.len() + record) as u64 } else { record as u64 };
        // A changed record has one value of another record's.
        let swap = roll(kinds.len());
        let values: Vec<(usize, String)> = kinds
            .iter()
            .zip(&slots)
            .enumerate()
            .filter_map(|(i, (k, slot))| Some((*slot, cell(if i == swap { other } else { record }, *k)?)))
            .collect();
        let start = Instant::now();
        match action {
            3 => _ = resident.remove(id),
            _ => resident.upsert((id, id), 0, values.iter().map(|(slot, v)| (*slot, v.as_str()))),
        }
        sizes.push(resident.settle().iter().map(|s| s.records.len()).max().unwrap_or(0));
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    report(changes, begin.elapsed().as_secs_f64(), cpu() - cpu_before, times, sizes);
}

fn report(changes: u32, seconds: f64, cpu: f64, mut times: Vec<f64>, mut sizes: Vec<usize>) {
    times.sort_by(f64::total_cmp);
    sizes.sort_unstable();
    let at = |q: f64| times[(times.len() as f64 * q) as usize];
    let size = |q: f64| sizes[(sizes.len() as f64 * q) as usize];
    println!(
        "{changes} changes: {:.0} a second, {:.1} CPU s; p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms, max {:.3} ms; \
         records of a touched component: p50 {}, p99 {}, max {}; {} MiB resident",
        f64::from(changes) / seconds,
        cpu,
        at(0.5),
        at(0.99),
        at(0.999),
        times[times.len() - 1],
        size(0.5),
        size(0.99),
        sizes[sizes.len() - 1],
        memory_mib()
    );
}

fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
