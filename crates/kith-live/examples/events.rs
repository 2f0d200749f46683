//! How many events a second the kernel takes, with every answer fsynced and every event folded: no HTTP, no identity.
//!
//! `cargo run --release -p kith-live --example events -- [EVENTS] [PEOPLE] [BATCH] [THREADS] [DIR]`; with `REST_MS` in the
//! environment each thread rests after an answer.

use kith_core::event::measure::{Aggregate, Definition};
use kith_core::event::wire::Incoming;
use kith_core::event::{Call, Event};
use kith_core::id::{SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, Nothing, Settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn event(n: u64, people: u64, salt: u64) -> Event {
    // A person's events come in a random order of people: every one is another carrier.
    let person = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % people;
    let now = 1_795_334_400_000 + n as i64;
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call: Call::Track,
        message_id: format!("{salt:08x}-0000-4000-8000-{n:012x}"),
        name: ["Product Viewed", "Product Added", "Order Completed", "Page Read"][n as usize % 4].into(),
        user_id: Some(format!("user-{person}")),
        anonymous_id: Some(format!("visitor-{person}")),
        timestamp_ms: now,
        received_at_ms: now,
        body: format!(
            r#"{{"type":"track","event":"Order Completed","userId":"user-{person}","messageId":"{salt:08x}-0000-4000-8000-{n:012x}","context":{{"library":{{"name":"bench","version":"1"}},"ip":"203.0.113.7","userAgent":"Mozilla/5.0 (X11; Linux x86_64)","page":{{"path":"/a/b/c","url":"https://shop.example/a/b/c","title":"A page"}}}},"properties":{{"order_id":"o-{n}","total":{}.{:02},"currency":"EUR","products":[{{"product_id":"p{}","price":9.99,"quantity":1}}]}},"timestamp":"2026-11-22T08:00:00.000Z"}}"#,
            n % 200,
            n % 100,
            n % 1000
        ),
        geo: None,
    }
}

/// Sends all events from some threads; how long each answer took.
fn send(store: &Events, (events, people, batch, threads): (u64, u64, u64, u64)) -> Vec<Duration> {
    let rest_ms = std::env::var("REST_MS").ok().and_then(|ms| ms.parse().ok()).unwrap_or(0);
    let (salt, next) = (u64::from(std::process::id()), AtomicU64::new(0));
    let worker = || {
        let mut waits = Vec::new();
        loop {
            let first = next.fetch_add(batch, Ordering::Relaxed);
            if first >= events {
                return waits;
            }
            let some = (first..(first + batch).min(events)).map(|n| Incoming::Event(event(n, people, salt)));
            let some = some.collect();
            let asked = Instant::now();
            if let Err(error) = store.append(some) {
                eprintln!("{error}");
            }
            waits.push(asked.elapsed());
            std::thread::sleep(Duration::from_millis(rest_ms));
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (events, people, batch, threads) =
        (number(0, 1_000_000), number(1, 100_000), number(2, 100), number(3, 8));
    let kept = tempfile::tempdir()?;
    let dir = arguments.get(4).map_or(kept.path().to_path_buf(), Into::into);
    let trait_of = |name: &str, aggregate, of: &str, days: Option<i64>| Definition {
        name: name.into(),
        call: Call::Track,
        events: vec!["Order Completed".into()],
        aggregate,
        of: of.into(),
        window_ms: days.map(|days| days * 86_400_000),
        only: Vec::new(),
    };
    let definitions = vec![
        trait_of("orders", Aggregate::Count, "", None),
        trait_of("revenue", Aggregate::Sum, "properties.total", None),
        trait_of("revenue_30", Aggregate::Sum, "properties.total", Some(30)),
        trait_of("last_order", Aggregate::Last, "properties.order_id", None),
    ];
    let settings = Settings { definitions, ..Settings::default() };
    let opened = Instant::now();
    let store = Events::open(&dir, &Tenant::default_tenant(), Seams::real(), settings, Arc::new(Nothing))?;
    println!("opened at {} in {:.2} s", store.position().0, opened.elapsed().as_secs_f64());
    let begun = Instant::now();
    let mut waits = send(&store, (events, people, batch, threads));
    let acknowledged = begun.elapsed();
    store.wait(store.position(), Duration::from_secs(600));
    let applied = begun.elapsed();
    drop(store);
    waits.sort_unstable();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).copied().unwrap_or_default();
    let rate = |time: Duration| events as f64 / time.as_secs_f64();
    println!("{events} events of {people} people, batches of {batch}, {threads} threads");
    println!(
        "acknowledged {:.0}/s, applied {:.0}/s, stored after {:.1} s",
        rate(acknowledged),
        rate(applied),
        begun.elapsed().as_secs_f64()
    );
    println!(
        "answer p50 {:?} p99 {:?} max {:?}",
        at(0.5),
        at(0.99),
        waits.last().copied().unwrap_or_default()
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!("{}", peak.unwrap_or_default());
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0) / 100.0;
    println!("CPU {:.1} s user, {:.1} s system", ticks(11), ticks(12));
    Ok(())
}
