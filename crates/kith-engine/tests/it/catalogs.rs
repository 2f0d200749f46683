//! Affinity through a catalogue: what profiles say is what a join says, before and after the catalogue has changed.

use kith_core::event::wire::{self, Arrival, Door, Limits as WireLimits};
use kith_core::id::SourceName;
use kith_engine::exec::Limits;
use kith_engine::{Lookup, Project, Quiet, RunOptions};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use tempfile::TempDir;

const CONFIG: &str = r#"
[project]
name = "shop"

[[source]]
name = "web"
kind = "events"
write_key = "test-write-key"

[[catalog]]
name = "books"
kind = "csv"
path = "books.csv"

[[trait]]
name = "author"
aggregate = "top"
of = "properties.book"
through = "books.author"

[[trait]]
name = "authors"
aggregate = "set"
of = "properties.book"
through = "books.author"

[[trait]]
name = "how_many"
aggregate = "distinct"
of = "properties.book"
through = "books.author"

[[trait]]
name = "books"
aggregate = "distinct"
of = "properties.book"
"#;

const USERS: u64 = 9;
const BOOKS: u64 = 40;

/// SplitMix64: the same events on every machine.
fn dice(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (z ^ z >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

/// The books of an edition: some are not there, and the authors are other ones in each.
fn write_books(dir: &Path, edition: u64) {
    let mut books = "id,title,author\n".to_string();
    for book in (0..BOOKS).filter(|book| !dice(book * 7 + edition).is_multiple_of(5)) {
        let author = dice(book + edition * 1_000) % 6;
        let author = if author == 0 { String::new() } else { format!("Author {author}") };
        writeln!(books, "b{book},Book {book},{author}").expect("a line");
    }
    std::fs::write(dir.join("books.csv"), books).expect("books.csv");
}

fn send(project: &Project, numbers: std::ops::Range<u64>) {
    let source = SourceName::try_from("web").expect("a name");
    let arrival = Arrival { source: &source, received_at_ms: 1_795_000_000_000, ip: None };
    let events = numbers.map(|n| {
        json!({"type": "track", "event": "Read", "messageId": format!("m{n}"), "userId": format!("u{}", dice(n) % USERS),
            "properties": {"book": format!("b{}", dice(n + 7) % (BOOKS + 3))}})
    });
    let body = json!({ "batch": events.collect::<Vec<_>>() }).to_string();
    let found = wire::read(body.as_bytes(), Door::Batch, &arrival, &WireLimits::default()).expect("JSON");
    let position = project.collector().expect("events").append(found).expect("kept").position;
    project.wait_for_events(position.0).expect("followed");
    project.keep_events(&|_| {}).expect("lake");
}

fn rows(project: &Project, sql: &str) -> Vec<Vec<Value>> {
    project.session(&project.owner()).expect("a session").rows(sql, &Limits::default()).expect(sql).rows
}

/// The authors that somebody read, the most frequent first, by a join.
fn joined(project: &Project, user: u64) -> Vec<String> {
    let sql = format!(
        "SELECT b.author, count(*) AS n FROM event.event e \
         JOIN catalog.books b ON b._key = regexp_match(e.body, '\"book\":\"([^\"]+)\"')[1] \
         WHERE e.user_id = 'u{user}' AND b.author IS NOT NULL GROUP BY b.author ORDER BY n DESC, b.author"
    );
    rows(project, &sql).iter().map(|row| row[0].as_str().expect("an author").to_string()).collect()
}

fn agrees(project: &Project) -> Vec<Value> {
    let mut favourites = Vec::new();
    for user in 0..USERS {
        let lookup = Lookup::Identifier { kind: "user_id".into(), value: format!("u{user}") };
        let traits = project.profile(&lookup, None).expect("profile").activity.expect("activity").traits;
        let mut authors = joined(project, user);
        assert_eq!(traits["author"].as_str(), authors.first().map(String::as_str), "u{user}");
        assert_eq!(traits["how_many"], authors.len(), "u{user}");
        authors.sort();
        assert_eq!(traits["authors"], json!(authors), "u{user}");
        favourites.push(traits["author"].clone());
    }
    favourites
}

fn run(project: &Project) {
    let report = project.run(&RunOptions::default(), &Quiet).expect("run");
    assert!(report.complete(), "{:?}", report.sources);
}

#[test]
fn profiles_agree_with_a_join_before_and_after_the_catalogue_has_changed() {
    let dir = TempDir::new().expect("dir");
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("kith.toml");
    write_books(dir.path(), 1);
    let project = Project::open(dir.path()).expect("project");
    run(&project);
    send(&project, 0..600);
    let first = agrees(&project);
    let applied = project.collector().expect("events").events().applied();
    write_books(dir.path(), 2);
    run(&project);
    let second = agrees(&project);
    assert_ne!(first, second, "another edition has other authors");
    assert_eq!(project.collector().expect("events").events().applied(), applied, "nothing was folded again");
    // Items that are gone count as what they last were, as the join has them.
    let gone = rows(&project, "SELECT count(*) AS n FROM catalog.books WHERE _gone");
    assert!(gone[0][0].as_u64().is_some_and(|n| n > 0), "{gone:?}");
    // A sending changes one book; an event that comes later counts too.
    let item = json!({"id": "b1", "title": "Book 1", "author": "Nobody else"});
    let item = item.as_object().expect("an object").clone();
    let taken = project.push_items("books", vec![item], vec!["b2".into()]).expect("taken");
    assert_eq!(taken.landed, 1);
    send(&project, 600..900);
    let third = agrees(&project);
    let report = project.verify(&Quiet).expect("verify");
    assert!(report.good, "{:?}", report.checks.iter().filter(|check| !check.good).collect::<Vec<_>>());
    drop(project);
    let project = Project::open(dir.path()).expect("project");
    assert_eq!(agrees(&project), third);
}

#[test]
fn records_and_items_that_are_sent_in_turn_do_not_hinder_each_other() {
    let dir = TempDir::new().expect("dir");
    let push =
        "\n[[source]]\nname = \"crm\"\nkind = \"push\"\nkey = \"id\"\n[source.fields]\nmail = \"email\"\n";
    std::fs::write(dir.path().join("kith.toml"), format!("{CONFIG}{push}")).expect("kith.toml");
    write_books(dir.path(), 1);
    let project = Project::open(dir.path()).expect("project");
    run(&project);
    send(&project, 0..3);
    for n in 0..5 {
        let record = json!({"id": n, "mail": "one@example.org"}).as_object().expect("an object").clone();
        let sending =
            kith_engine::Sending { source: "crm".into(), records: vec![record], remove: Vec::new() };
        let received = project.push(sending).expect("landed");
        assert_eq!((received.landed, received.records.len()), (1, 1));
        let item =
            json!({"id": format!("b{n}"), "author": format!("A{n}")}).as_object().expect("an object").clone();
        project.push_items("books", vec![item], Vec::new()).expect("taken");
    }
    let report = project.verify(&Quiet).expect("verify");
    let bad: Vec<_> =
        report.checks.iter().filter(|check| !check.good && !check.name.starts_with("lake")).collect();
    assert!(bad.is_empty(), "{bad:?}");
    run(&project);
    assert!(project.verify(&Quiet).expect("verify").good);
}
