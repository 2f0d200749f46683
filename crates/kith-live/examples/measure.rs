//! What the log, the store and the search cost on this machine, on invented records of about 400 bytes.
//!
//! `cargo run --release -p kith-live --example measure -- [records] [records per append]`

use kith_core::entry::{Entry, RecordEntry};
use kith_core::field::{Field, FieldValue};
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::log::Log;
use kith_live::seams::sim::SimRandom;
use kith_live::seams::{Clock, Disk, DiskFile, RealClock, RealDisk, RealRandom, Seams};
use kith_live::{Live, row_hash};
use std::sync::Arc;
use std::time::Instant;

const SYLLABLES: [&str; 16] =
    ["an", "be", "cor", "da", "el", "fi", "gra", "ho", "is", "jo", "ka", "lo", "mi", "na", "or", "pe"];

fn word(random: &SimRandom, syllables: u64) -> String {
    (0..syllables).map(|_| SYLLABLES[random.below(16) as usize]).collect()
}

fn record(n: u64, random: &SimRandom) -> Entry {
    let (given, family) = (word(random, 2), word(random, 3));
    let cells = [
        (Field::GivenName, "first_name", given.clone()),
        (Field::FamilyName, "last_name", family.clone()),
        (Field::Email, "email", format!("{given}.{family}{}@example.org", random.below(100))),
        (Field::Phone, "phone", format!("+1555{:07}", random.below(10_000_000))),
        (Field::Street, "street", format!("{} {} Street", random.below(999), word(random, 3))),
        (Field::City, "city", word(random, 2)),
        (Field::Postcode, "zip", format!("{:05}", random.below(99_999))),
        (Field::BirthDate, "dob", format!("19{:02}-{:02}-{:02}", random.below(99), 1 + n % 12, 1 + n % 28)),
    ];
    let value = |(field, column, original): &(Field, &str, String)| FieldValue {
        field: *field,
        normal: original.to_lowercase(),
        original: original.clone(),
        column: column.to_string(),
    };
    let mut row = serde_json::Map::new();
    row.insert("id".into(), n.into());
    row.insert("note".into(), "a remark of some length that nobody reads, as real tables have them".into());
    for (_, column, original) in &cells {
        row.insert(column.to_string(), original.as_str().into());
    }
    let values = cells.iter().map(value).collect();
    let source = SourceName::try_from("crm").expect("a good name");
    Entry::Record(RecordEntry {
        source,
        key: n.to_string(),
        row,
        values,
        updated_at_ms: None,
        received_at_ms: 1,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let records: u64 = args.next().map_or(Ok(60_000), |a| a.parse())?;
    let batch: usize = args.next().map_or(Ok(5_000), |a| a.parse())?;
    let dir = std::env::temp_dir().join(format!("kith-measure-{}", RealClock.now_ms()));
    let random = SimRandom::new(1);
    let entries: Vec<Entry> = (1..=records).map(|n| record(n, &random)).collect();
    let rate = |what: &str, since: Instant, count: u64| {
        let seconds = since.elapsed().as_secs_f64();
        println!("{what:<42} {seconds:>8.3} s {:>12.0} /s", count as f64 / seconds);
    };
    log_alone(&dir.join("log-alone"), &entries, batch, &rate)?;

    let t = Instant::now();
    let live = Live::open(&dir.join("kith"), &Tenant::default_tenant(), Seams::real())?;
    rate("open an empty directory", t, 1);
    let t = Instant::now();
    for chunk in entries.chunks(batch) {
        live.append(chunk)?;
    }
    rate("append, log and store", t, records);
    let t = Instant::now();
    let hashes = entries.iter().filter(|e| matches!(e, Entry::Record(r) if row_hash(&r.row) != 0)).count();
    rate("row hash", t, hashes as u64);
    let t = Instant::now();
    rate("nodes(), all of them", t, live.nodes().count() as u64);
    let t = Instant::now();
    let clusters: Vec<_> = (1..=records).map(|n| vec![kith_core::id::NodeId(n)]).collect();
    let changes: Vec<Entry> = live.assign(&clusters)?.into_iter().map(Entry::Identity).collect();
    rate("assign a profile to each", t, records);
    let t = Instant::now();
    live.append(&changes)?;
    rate("append the changes", t, changes.len() as u64);
    let t = Instant::now();
    live.index()?;
    rate("index for search", t, records);
    searches(&live, &entries, &rate)?;
    let t = Instant::now();
    let good = live.verify()?.good();
    rate(if good { "verify: good" } else { "verify: NOT GOOD" }, t, records);
    println!("log {} MB", live.log_bytes() >> 20);
    drop(live);
    let t = Instant::now();
    let live = Live::open(&dir.join("kith"), &Tenant::default_tenant(), Seams::real())?;
    rate("open it again", t, records);
    let t = Instant::now();
    live.rebuild()?;
    rate("rebuild", t, records);
    drop(live);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn log_alone(
    dir: &std::path::Path,
    entries: &[Entry],
    batch: usize,
    rate: &dyn Fn(&str, Instant, u64),
) -> Result<(), Box<dyn std::error::Error>> {
    RealDisk.create_dir_all(dir)?;
    let mut file: Box<dyn DiskFile> = RealDisk.create(&dir.join("probe"))?;
    let t = Instant::now();
    for _ in 0..50 {
        file.append(&[0; 4096])?;
        file.sync()?;
    }
    rate("fsync of 4 KiB, this disk", t, 50);
    let log = Log::open(&dir.join("log"), Arc::new(RealDisk), &RealRandom, (0, Position(0)))?;
    let t = Instant::now();
    for chunk in entries.chunks(batch) {
        log.append(chunk)?;
    }
    rate("append to the log alone, with fsync", t, entries.len() as u64);
    let t = Instant::now();
    rate("read the log back", t, log.read(Position(1)).filter(Result::is_ok).count() as u64);
    drop(log);
    let t = Instant::now();
    Log::open(&dir.join("log"), Arc::new(RealDisk), &RealRandom, (0, Position(0)))?;
    rate("recover the log (all checksums)", t, entries.len() as u64);
    Ok(())
}

fn searches(
    live: &Live,
    entries: &[Entry],
    rate: &dyn Fn(&str, Instant, u64),
) -> Result<(), Box<dyn std::error::Error>> {
    let asked = entries.iter().step_by((entries.len() / 200).max(1)).filter_map(|entry| match entry {
        Entry::Record(r) => Some(format!("{} {}", r.values.first()?.normal, r.values.get(1)?.normal)),
        _ => None,
    });
    let asked: Vec<String> = asked.collect();
    let t = Instant::now();
    let mut found = 0;
    for question in &asked {
        found += usize::from(!live.search(question, 20)?.is_empty());
    }
    rate("search by name", t, asked.len() as u64);
    let (mut slowest, t) = (0.0f64, Instant::now());
    for question in &asked {
        let typo: String = question.chars().enumerate().filter(|(i, _)| *i != 6).map(|(_, c)| c).collect();
        let one = Instant::now();
        live.search(&typo, 20)?;
        slowest = slowest.max(one.elapsed().as_secs_f64() * 1_000.0);
    }
    rate("search with a letter missing", t, asked.len() as u64);
    println!("{found} of {} names found; slowest search {slowest:.1} ms", asked.len());
    Ok(())
}
