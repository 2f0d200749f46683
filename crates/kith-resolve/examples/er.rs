//! Development harness: resolves the sets under a folder and prints accuracy, reliability and time.
//!
//! `er DIR SET… [-v: the model] [-e: errors] [-b: all bins] [-l: 200 labels] [-d: no set is link-only] [-s: sources are
//! evidence] [-o: appends what is stated and what is true to reliability.csv] [-h: households]`
mod common;

use common::{cpu, kind, norm, read};
use kith_resolve::*;
use std::collections::HashMap;
use std::io::Write;

fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let detail = std::env::args().any(|a| a == "-v");
    for set in std::env::args().skip(2).filter(|a| !a.starts_with('-')) {
        let (head, rows) = read(&format!("{dir}/{set}/records.csv.gz"));
        let (truth_head, truth) = read(&format!("{dir}/{set}/truth.csv.gz"));
        let home = truth_head.iter().position(|h| h == "household_id");
        let homes: HashMap<&str, &str> = home
            .into_iter()
            .flat_map(|at| truth.iter().map(move |r| (r[0].as_str(), r[at].as_str())))
            .collect();
        let truth: HashMap<&str, &str> = truth.iter().map(|r| (r[0].as_str(), r[1].as_str())).collect();
        let mut ids: HashMap<&str, u32> = HashMap::new();
        let truth: Vec<u32> = rows
            .iter()
            .map(|r| {
                let n = ids.len() as u32;
                *ids.entry(truth[r[0].as_str()]).or_insert(n)
            })
            .collect();
        let linked = ["febrl4", "dblp_acm", "fodors_zagats", "splink_transactions"].contains(&set.as_str());
        let link_only = linked && !std::env::args().any(|a| a == "-d");
        let told = std::env::args().any(|a| a == "-s");
        let at = head.iter().position(|h| h == "source").filter(|_| link_only || told);
        let mut names: Vec<String> = Vec::new();
        let source = at.map(|at| numbered(rows.iter().map(|r| r[at].as_str()), &mut names));
        let mut columns = Vec::new();
        for (at, name) in head.iter().enumerate() {
            if let Some(k) = kind(&set, name) {
                let v: Vec<Option<String>> = rows.iter().map(|r| norm(k, &r[at])).collect();
                columns.push(Column::from_values(name.clone(), k, v.iter().map(|v| v.as_deref())));
            }
        }
        if set == "rldata500" {
            let at = |n: &str| head.iter().position(|h| h == n).unwrap();
            let v: Vec<Option<String>> = rows
                .iter()
                .map(|r| Some(format!("{}-{:0>2}-{:0>2}", r[at("by")], r[at("bm")], r[at("bd")])))
                .collect();
            columns.push(Column::from_values("dob", Kind::Date, v.iter().map(|v| v.as_deref())));
        }
        let options =
            Options { link_only, sources: if told { names } else { Vec::new() }, ..Options::default() };
        let t = cpu();
        let linker =
            Linker::new(Records { columns, source: source.clone(), keys: None, len: rows.len() }, &options)
                .unwrap();
        let t1 = cpu() - t;
        let model = train(&linker, &options).unwrap();
        let t2 = cpu() - t;
        let found = resolve(&linker, &model, &options).unwrap();
        let t3 = cpu() - t;
        if std::env::args().any(|a| a == "-h") && !homes.is_empty() {
            let home: Vec<&str> = rows.iter().map(|r| homes[r[0].as_str()]).collect();
            let clusters = found.tree.clusters(0.95);
            let t = cpu();
            let households = households(&linker, &model, &clusters).unwrap();
            print_households(&households, &home, &clusters);
            println!("{:.2} CPU s", cpu() - t);
        }
        if detail {
            println!("{}", model.to_toml());
            for r in &found.rules {
                println!("{:60} {:9} pairs {:8} edges", r.rule, r.pairs, r.edges);
            }
        }
        if std::env::args().any(|a| a == "-e") {
            print_mistakes(&found, &rows, &truth);
        }
        let bins = std::env::args().any(|a| a == "-b");
        report(&found, &truth, source.as_deref().filter(|_| link_only), bins);
        if std::env::args().any(|a| a == "-l") {
            for way in ["random", "propose"] {
                let labelled = labelled(&linker, &model, &truth, way, &options);
                println!("  -- 200 labels, {way}");
                let found = resolve(&linker, &labelled, &options).unwrap();
                report(&found, &truth, source.as_deref().filter(|_| link_only), bins);
            }
        }
        if std::env::args().any(|a| a == "-o") {
            save(&set, &found, &truth, source.as_deref().filter(|_| link_only));
        }
        let hit = found.edges.iter().filter(|e| truth[e.a as usize] == truth[e.b as usize]).count();
        let pairs: u64 = found.rules.iter().map(|r| r.pairs).sum();
        println!(
            "== {set}: {} records, encode {:.2}s train {:.2}s resolve {:.2}s; {} candidates, {} edges of which {} true; prior {:.2e} rel {:.2e}",
            rows.len(),
            t1,
            t2 - t1,
            t3 - t2,
            pairs,
            found.edges.len(),
            hit,
            model.prior_match,
            model.prior_relative
        );
    }
}

/// Some of the pairs that are put together or apart wrongly at .9.
fn print_mistakes(found: &Resolution, rows: &[Vec<String>], truth: &[u32]) {
    let clusters = found.tree.clusters(0.9);
    let show = |r: u32| rows[r as usize].iter().skip(1).map(|v| v.as_str()).collect::<Vec<_>>().join("|");
    let wrong = found.edges.iter().filter(|e| {
        clusters[e.a as usize] == clusters[e.b as usize] && truth[e.a as usize] != truth[e.b as usize]
    });
    for e in wrong.step_by(997).take(30) {
        println!("FALSE {:.1}\n  {}\n  {}", e.weight, show(e.a), show(e.b));
    }
    let missed = found.edges.iter().filter(|e| {
        clusters[e.a as usize] != clusters[e.b as usize] && truth[e.a as usize] == truth[e.b as usize]
    });
    for e in missed.step_by(97).take(40) {
        println!("MISSED {:.1}\n  {}\n  {}", e.weight, show(e.a), show(e.b));
    }
}

fn report(found: &Resolution, truth: &[u32], source: Option<&[u16]>, bins: bool) {
    let same = |e: &Edge| f64::from(truth[e.a as usize] == truth[e.b as usize]);
    let pairs: Stated = found.edges.iter().map(|e| (e.probability(), 1.0, same(e))).collect();
    reliability("pairs", &pairs, bins);
    let merges = joined(&found.tree, truth);
    reliability("merges", &merges, bins);
    if bins {
        for (low, high) in [(1.0, 1.0), (2.0, 3.0), (4.0, 8.0), (9.0, 20.0), (21.0, 1e9)] {
            let part: Stated = merges.iter().filter(|m| m.1 >= low && m.1 <= high).copied().collect();
            reliability(&format!("  {low}"), &part, false);
        }
    }
    for c in [0.2, 0.5, 0.8, 0.9, 0.95, 0.99] {
        let e = evaluate::evaluate(&found.tree.clusters(c), truth, source);
        let x = expected::at(&found.tree, c);
        println!(
            "  {c:.2}: expected P {:.4} ({:+.4}) R {:.4} | pairwise P {:.4} R {:.4} F1 {:.4} | B3 P {:.4} R {:.4} F1 {:.4} | largest {}",
            x.precision,
            e.pairwise.precision - x.precision,
            x.recall,
            e.pairwise.precision,
            e.pairwise.recall,
            e.pairwise.f1,
            e.bcubed.precision,
            e.bcubed.recall,
            e.bcubed.f1,
            e.largest_cluster
        );
    }
}

/// A model after 200 truthful answers: to edges at random, or to what is proposed in four rounds.
fn labelled(linker: &Linker, model: &Model, truth: &[u32], way: &str, options: &Options) -> Model {
    let answer = |(a, b): (u32, u32)| (a, b, truth[a as usize] == truth[b as usize]);
    let mut labels: Vec<(u32, u32, bool)> = Vec::new();
    let base = model;
    let mut model = model.clone();
    for round in 0..4 {
        let found = resolve(linker, &model, options).unwrap();
        let already: Vec<(u32, u32)> = labels.iter().map(|l| (l.0, l.1)).collect();
        let asked = match way {
            "propose" => propose(linker, &model, &found, 50, &already).unwrap(),
            _ => {
                let dice = |i: u64| block::mix(i + 1000 * round) as usize % found.edges.len();
                (0..50).map(dice).map(|at| (found.edges[at].a, found.edges[at].b)).collect()
            }
        };
        labels.extend(asked.into_iter().map(answer));
        model = recalibrate(linker, base, &labels, options).unwrap();
    }
    let yes = labels.iter().filter(|l| l.2).count();
    println!("  {} labels, {yes} yes; {:?}", labels.len(), model.calibration);
    model
}

/// Each value's number, by first sight.
fn numbered<'a>(values: impl Iterator<Item = &'a str>, names: &mut Vec<String>) -> Vec<u16> {
    let number = |value: &str| {
        names.iter().position(|x| x == value).unwrap_or_else(|| {
            names.push(value.into());
            names.len() - 1
        }) as u16
    };
    values.map(number).collect()
}

/// Appends bins of merges (`merges`), and what is expected of each cut (`cut`), to a file: set, kind, confidence stated or
/// cut at, stated, true, pairs.
fn save(set: &str, found: &Resolution, truth: &[u32], source: Option<&[u16]>) {
    let merges = joined(&found.tree, truth);
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open("reliability.csv").unwrap();
    for edges in BINS.windows(2) {
        let within = merges.iter().filter(|m| m.0 >= edges[0] && m.0 < edges[1]);
        let (n, said, good) = within.fold((0.0, 0.0, 0.0), |s, m| (s.0 + m.1, s.1 + m.0 * m.1, s.2 + m.2));
        if n > 0.0 {
            writeln!(out, "{set},merges,{},{:.5},{:.5},{n}", edges[0], said / n, good / n).unwrap();
        }
    }
    for cut in [0.5, 0.9, 0.95, 0.99] {
        let said = expected::at(&found.tree, cut);
        let is = evaluate::evaluate(&found.tree.clusters(cut), truth, source);
        let (p, r) = (is.pairwise.precision, is.pairwise.recall);
        writeln!(out, "{set},precision,{cut},{:.5},{p:.5},{}", said.precision, said.pairs).unwrap();
        writeln!(out, "{set},recall,{cut},{:.5},{r:.5},{}", said.recall, said.pairs).unwrap();
    }
}

/// Predictions beside the truth: stated probability, pairs, of them true.
type Stated = Vec<(f64, f64, f64)>;

/// The pairs that each merge joins, and how many of them are true.
fn joined(tree: &MergeTree, truth: &[u32]) -> Stated {
    let mut members: HashMap<u32, Vec<u32>> = (0..tree.len as u32).map(|r| (r, vec![r])).collect();
    let mut name: Vec<u32> = (0..tree.len as u32).collect();
    let mut out = Vec::new();
    for m in &tree.merges {
        let (a, b) = (name[m.a as usize], name[m.b as usize]);
        let (x, y) = (members.remove(&a).unwrap_or_default(), members.remove(&b).unwrap_or_default());
        let same = |i: &u32| y.iter().filter(|j| truth[*i as usize] == truth[**j as usize]).count();
        let good: usize = x.iter().map(same).sum();
        out.push((f64::from(m.confidence), (x.len() * y.len()) as f64, good as f64));
        let both = [x, y].concat();
        both.iter().for_each(|r| name[*r as usize] = a);
        members.insert(a, both);
    }
    out
}

/// Where bins begin, and the end of the last.
const BINS: [f64; 20] = [
    0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
    0.9999, 1.01,
];

/// Prints stated -> true near .5, .9 and .99, the reliability by bins, and the expected calibration error.
fn reliability(what: &str, stated: &Stated, bins: bool) {
    let share = |low: f64, high: f64| {
        let within = stated.iter().filter(|s| s.0 >= low && s.0 < high);
        within.fold((0.0, 0.0, 0.0), |sum, s| (sum.0 + s.1, sum.1 + s.0 * s.1, sum.2 + s.2))
    };
    let line = |(n, said, good): (f64, f64, f64)| match n {
        0.0 => "-".to_string(),
        _ => format!("{:.3}->{:.3} {:+.3} ({n})", said / n, good / n, good / n - said / n),
    };
    let all: f64 = stated.iter().map(|s| s.1).sum();
    let error = BINS.windows(2).map(|e| share(e[0], e[1])).map(|b| (b.1 - b.2).abs()).sum::<f64>() / all;
    let near = [(0.35, 0.65), (0.85, 0.94), (0.985, 0.994)].map(|(low, high)| line(share(low, high)));
    println!(
        "  {what:6} near .5 {:28} near .9 {:28} near .99 {:28} ECE {error:.4}",
        near[0], near[1], near[2]
    );
    if bins {
        BINS.windows(2).for_each(|e| println!("      {:6} {}", e[0], line(share(e[0], e[1]))));
    }
}

/// Ties of entities against the truth: an entity's home is that of its first record, and entities that are found apart
/// though they are one count as they are found.
fn print_households(found: &[Household], home: &[&str], clusters: &[u32]) {
    let mut entities: HashMap<&str, std::collections::BTreeSet<u32>> = HashMap::new();
    home.iter()
        .zip(clusters)
        .for_each(|(home, entity)| _ = entities.entry(home).or_default().insert(*entity));
    let pairs = |n: usize| n * n.saturating_sub(1) / 2;
    let all: usize = entities.values().map(|e| pairs(e.len())).sum();
    let made: usize = found.iter().map(|h| pairs(h.members.len())).sum();
    let same = |a: &u32, b: &u32| home[*a as usize] == home[*b as usize];
    let right: usize = found
        .iter()
        .map(|h| {
            let m = &h.members;
            (0..m.len()).map(|i| m[i + 1..].iter().filter(|b| same(&m[i], b)).count()).sum::<usize>()
        })
        .sum();
    let largest = found.iter().map(|h| h.members.len()).max().unwrap_or(0);
    let (p, r) = (right as f64 / made.max(1) as f64, right as f64 / all.max(1) as f64);
    println!(
        "households {} (largest {largest}): pairs P {p:.4} R {r:.4} F1 {:.4}",
        found.len(),
        2.0 * p * r / (p + r)
    );
    let mut bins = vec![(0.0, 0, 0); 10];
    for tie in found.iter().flat_map(|h| &h.ties) {
        let bin = &mut bins[(tie.probability * 10.0).min(9.0) as usize];
        *bin = (bin.0 + f64::from(tie.probability), bin.1 + usize::from(same(&tie.a, &tie.b)), bin.2 + 1);
    }
    for (stated, right, n) in bins.into_iter().filter(|b| b.2 > 0) {
        println!("  tie {:.3} -> {:.3} of {n}", stated / n as f64, right as f64 / n as f64);
    }
}
