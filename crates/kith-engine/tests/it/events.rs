//! Events over the lake: what SQL says of them is what profiles say, before and after the log has given them up.

use crate::story::run;
use kith_core::event::time;
use kith_core::event::wire::{self, Arrival, Door, Limits as WireLimits};
use kith_core::id::SourceName;
use kith_engine::events::{EventQuery, Wanted};
use kith_engine::exec::Limits;
use kith_engine::{Lookup, Project, Quiet};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const CONFIG: &str = r#"
[project]
name = "behaviour"

[collect]
keep_log = "1 MB"

[[source]]
name = "web"
kind = "events"
write_key = "test-write-key"

[[trait]]
name = "revenue"
event = "Order Completed"
aggregate = "sum"
of = "properties.total"
"#;

const USERS: u64 = 7;

/// SplitMix64: the same events on every machine.
fn dice(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (z ^ z >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

/// Event `n`: of a user, of a visitor, or of both; in no order of time.
fn event(n: u64) -> Value {
    let (who, visitor) = (dice(n) % USERS, dice(n + 1) % 9);
    let mut event = json!({
        "type": "track", "event": "Order Completed", "messageId": format!("m{n}"),
        "timestamp": format!("2026-{:02}-{:02}T10:00:00.{:03}Z", 1 + dice(n + 2) % 9, 1 + dice(n + 3) % 28, n % 1000),
        "properties": {"total": (dice(n + 4) % 10_000) as f64 / 4.0, "note": "x".repeat(300)},
    });
    // A visitor is seen with one user only, so that whom it belongs to does not depend on chance.
    match dice(n + 5) % 3 {
        0 => event["userId"] = json!(format!("u{who}")),
        1 => event["anonymousId"] = json!(format!("a{visitor}")),
        _ => {
            event["userId"] = json!(format!("u{}", visitor % USERS));
            event["anonymousId"] = json!(format!("a{visitor}"));
        }
    }
    event
}

fn send(project: &Project, events: Vec<Value>) {
    let source = SourceName::try_from("web").expect("a name");
    let arrival = Arrival { source: &source, received_at_ms: 1_795_000_000_000, ip: None };
    let body = json!({ "batch": events }).to_string();
    let found = wire::read(body.as_bytes(), Door::Batch, &arrival, &WireLimits::default()).expect("JSON");
    project.collector().expect("events").append(found).expect("kept");
}

fn open(dir: &Path) -> Project {
    Project::open(dir).expect("project")
}

/// 4,000 events in the lake, some sent twice, some refused; the log has given up the most.
fn company() -> (TempDir, Project) {
    let dir = TempDir::new().expect("dir");
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("kith.toml");
    let project = open(dir.path());
    for n in 0..20 {
        let mut events: Vec<Value> = (n * 200..n * 200 + 200).map(event).collect();
        events.push(event(n * 100));
        events.push(json!({"type": "track", "userId": "u1"}));
        send(&project, events);
        if n % 7 == 0 {
            project.keep_events(&|_| {}).expect("lake");
        }
    }
    project.follow_events().expect("resolved");
    project.keep_events(&|_| {}).expect("lake");
    let events = project.collector().expect("events").events();
    assert!(events.log_first().0 > 1_000, "the log begins at {:?}", events.log_first());
    (dir, project)
}

fn rows(project: &Project, sql: &str) -> Vec<Vec<Value>> {
    project.session(&project.owner()).expect("a session").rows(sql, &Limits::default()).expect(sql).rows
}

fn user(n: u64) -> Lookup {
    Lookup::Identifier { kind: "user_id".into(), value: format!("u{n}") }
}

/// What each profile says is what SQL says of the events of its identities.
fn agrees(project: &Project) {
    for (n, confidence) in (0..USERS).flat_map(|n| [(n, None), (n, Some(0.9999))]) {
        let profile = project.profile(&user(n), confidence).expect("profile");
        let activity = profile.activity.expect("activity");
        let of = |kind: &str| {
            let ids = activity.identities.iter().filter_map(|identity| identity.id.strip_prefix(kind));
            ids.map(|id| format!("'{id}'")).chain(["''".into()]).collect::<Vec<_>>().join(", ")
        };
        let mine = format!(
            "(user_id IN ({}) OR (user_id IS NULL AND anonymous_id IN ({})))",
            of("user_id:"),
            of("anonymous_id:")
        );
        let sql = format!(
            "SELECT count(*) AS n, sum(CAST(regexp_match(body, '\"total\":([0-9.]+)')[1] AS DOUBLE)) AS s \
             FROM event.event WHERE {mine}"
        );
        let found = rows(project, &sql).remove(0);
        assert_eq!(found[0], json!(activity.events), "{mine}");
        assert_eq!(found[1].as_f64(), activity.traits["revenue"].as_f64(), "{mine}");
        let query = EventQuery { limit: 10_000, ..EventQuery::default() };
        let page = project.profile_events(&user(n), confidence, &query).expect("timeline");
        assert_eq!(page.events.len() as u64, activity.events);
        let times: Vec<i64> =
            page.events.iter().filter_map(|event| time::instant_ms(&event.timestamp)).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
    }
}

fn verified(project: &Project) -> Vec<String> {
    let report = project.verify(&Quiet).expect("verify");
    let bad = report.checks.into_iter().filter(|check| !check.good);
    bad.map(|check| format!("{}: {}", check.name, check.detail)).collect()
}

#[test]
fn profiles_and_sql_agree_on_events_that_the_log_has_given_up() {
    let (dir, project) = company();
    assert_eq!(rows(&project, "SELECT count(*) AS n FROM event.event"), [[json!(4000)]]);
    let ledger = "SELECT kind, sum(count) AS n FROM event.ledger GROUP BY kind ORDER BY kind";
    assert_eq!(
        rows(&project, ledger),
        [[json!("duplicates"), json!(20)], [json!("refused_event"), json!(20)]]
    );
    agrees(&project);
    let refused = project.refused_events(&Wanted::default(), 100).expect("refused");
    assert_eq!(refused.len(), 20, "refused events come back from the ledger");
    run(&project);
    assert_eq!(verified(&project), Vec::<String>::new());
    drop(project);
    // Another trait folds all of it again, from the lake.
    let other = CONFIG.replace("\"sum\"", "\"max\"");
    std::fs::write(dir.path().join("kith.toml"), other).expect("kith.toml");
    drop(open(dir.path()));
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("kith.toml");
    let project = open(dir.path());
    project.follow_events().expect("resolved");
    agrees(&project);
    send(&project, vec![event(3), event(4_000)]);
    project.keep_events(&|_| {}).expect("lake");
    assert_eq!(rows(&project, "SELECT count(*) AS n FROM event.event"), [[json!(4001)]]);
    project.rebuild(&Quiet).expect("rebuilt");
    drop(project);
    let project = open(dir.path());
    project.follow_events().expect("resolved");
    agrees(&project);
}

/// The files of a table's data.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let table = dir.join(".kith/lake/default/event/event");
    let days = std::fs::read_dir(table).expect("table").flatten().filter(|d| d.path().is_dir());
    let files = days.flat_map(|day| std::fs::read_dir(day.path()).expect("day").flatten());
    files.map(|file| file.path()).filter(|file| file.extension().is_some_and(|e| e == "parquet")).collect()
}

#[test]
fn a_lake_that_lost_a_file_is_found_out_and_not_served() {
    let (dir, project) = company();
    for file in files(dir.path()) {
        std::fs::remove_file(file).expect("removed");
    }
    let found = project.verify(&Quiet);
    assert!(found.is_err() || found.is_ok_and(|report| !report.good));
    let query = EventQuery { limit: 10_000, ..EventQuery::default() };
    let error =
        project.profile_events(&user(1), None, &query).expect_err("no answer is better than a wrong one");
    assert_eq!(error.code(), "K-EVENT-PAST");
    drop(project);
    // Without the tables at all, nothing is written over the gap.
    std::fs::remove_dir_all(dir.path().join(".kith/lake")).expect("removed");
    let project = open(dir.path());
    assert_eq!(project.keep_events(&|_| {}).expect_err("a gap").code(), "K-EVENT-PAST");
}

#[test]
fn small_files_are_put_together_and_nothing_is_lost() {
    let dir = TempDir::new().expect("dir");
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("kith.toml");
    let project = open(dir.path());
    for n in 0..60 {
        send(&project, vec![event(n)]);
        project.keep_events(&|_| {}).expect("lake");
    }
    assert_eq!(rows(&project, "SELECT count(*) AS n, max(position) AS p FROM event.event"), [[60, 60]]);
    let plan = rows(&project, "SELECT count(DISTINCT message_id) AS n FROM event.event");
    assert_eq!(plan, [[60]]);
    let report = project.verify(&Quiet).expect("verify");
    let lake = report.checks.iter().find(|check| check.name == "lake: event").expect("a check");
    assert!(lake.good, "{}", lake.detail);
}

/// SQL has an event when its sender has the answer, whatever the lake has taken over by then.
#[test]
fn an_event_is_in_sql_when_it_is_acknowledged() {
    let dir = TempDir::new().expect("dir");
    std::fs::write(dir.path().join("kith.toml"), CONFIG).expect("kith.toml");
    let project = open(dir.path());
    assert_eq!(rows(&project, "SELECT count(*) FROM event.event"), [[json!(0)]]);
    let count = "SELECT count(*), count(DISTINCT message_id), sum(CAST(substr(message_id, 2) AS BIGINT)) FROM event.event";
    for n in 0..6_u64 {
        let mut events: Vec<Value> = (n * 50..n * 50 + 50).map(event).collect();
        events.push(json!({"type": "track", "userId": "u1"}));
        send(&project, events);
        let sent = (n + 1) * 50;
        let all = [[json!(sent), json!(sent), json!((0..sent).sum::<u64>())]];
        assert_eq!(rows(&project, count), all, "as they came");
        assert_eq!(
            rows(&project, "SELECT sum(count) FROM event.ledger WHERE kind = 'refused_event'"),
            [[json!(n + 1)]]
        );
        if n % 2 == 1 {
            project.keep_events(&|_| {}).expect("lake");
            assert_eq!(rows(&project, count), all, "in the lake");
        }
    }
    let day = rows(&project, "SELECT DISTINCT day FROM event.event WHERE source = 'web'");
    assert_eq!(day, [[json!("2026-11-18")]]);
}

/// Traits and activity in SQL are what each profile says, and Kith's own figures add up.
#[test]
fn traits_activity_and_figures_are_tables() {
    let (_dir, project) = company();
    for n in 0..USERS {
        let profile = project.profile(&user(n), None).expect("profile");
        let (id, activity) = (profile.profile_id.expect("an id"), profile.activity.expect("activity"));
        let sql = format!(
            "SELECT number FROM master.trait WHERE profile_id = '{id}' AND name = 'revenue' AND origin = 'computed'"
        );
        assert_eq!(rows(&project, &sql)[0][0].as_f64(), activity.traits["revenue"].as_f64(), "{sql}");
        let sql =
            format!("SELECT events, identities FROM master.activity WHERE profile_id IN ('{id}', 'nobody')");
        assert_eq!(rows(&project, &sql), [[json!(activity.events), json!(activity.identities.len())]]);
    }
    assert_eq!(
        rows(&project, "SELECT sum(a.events) FROM master.activity a"),
        rows(&project, "SELECT count(*) FROM event.event")
    );
    let sums = "SELECT sum(CASE WHEN name = 'events_received' THEN value ELSE 0 END)
                     - sum(CASE WHEN name LIKE 'events_%' AND name NOT LIKE '%received' AND source <> '' THEN value ELSE 0 END)
                FROM kith.metric";
    assert_eq!(rows(&project, sums), [[json!(0)]]);
    assert_eq!(
        rows(&project, "SELECT kind, rejected FROM kith.source WHERE source = 'web'"),
        [[json!("events"), json!(0)]]
    );
    run(&project);
    let profiles = "SELECT r.profiles = m.value FROM kith.run r, kith.metric m WHERE m.name = 'profiles' ORDER BY r.position DESC LIMIT 1";
    assert_eq!(rows(&project, profiles), [[json!(true)]]);
}
