//! Records that are sent one by one: what they do to identity is what a whole resolution does.

use crate::fresh::tables;
use crate::story::{Company, lookup, run};
use kith_core::id::NodeId;
use kith_engine::steward::Why;
use kith_engine::steward::shape::Wish;
use kith_engine::{Project, Quiet, Received, Sending};
use kith_live::Component;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// SplitMix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((z ^ z >> 27) % below as u64) as usize
    }
}

const PUSH: &str = r#"
[[source]]
name = "app"
kind = "push"
key = ["id"]

[source.fields]
first = "given_name"
last = "family_name"
mail = "email"
tel = "phone"
born = "birth_date"
mailhash = "email_sha256"
card = "customer_id"

[[rule]]
name = "one card, one person"
fields = ["customer_id"]
verdict = "match"
confidence = 0.97
"#;

pub fn project(company: &Company, rules: &str) -> Project {
    let file = company.path().join("kith.toml");
    let mut out = std::fs::OpenOptions::new().append(true).open(file).expect("kith.toml");
    out.write_all(format!("{PUSH}{rules}").as_bytes()).expect("append");
    let project = company.open();
    run(&project);
    // The app holds fewer duplicates than the rest, says the model; it has no records yet.
    let file = company.path().join("model.toml");
    let model = std::fs::read_to_string(&file).expect("model.toml");
    std::fs::write(&file, format!("{model}\n[[sources]]\nsource = \"app\"\nduplicates = 0.3\n"))
        .expect("model.toml");
    assert!(!run(&project).resolution.skipped);
    project
}

pub fn row(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

pub fn send(project: &Project, records: Vec<Map<String, Value>>, remove: Vec<String>) -> Received {
    let sent = records.len() as u64;
    let done = project.push(Sending { source: "app".into(), records, remove }).expect("push");
    assert_eq!(done.received, sent);
    assert_eq!(done.received, done.landed + done.unchanged + done.rejected);
    done
}

/// Every component, its parts in order.
fn components(project: &Project) -> BTreeMap<NodeId, Component> {
    let mut all = BTreeMap::new();
    for node in project.live().nodes() {
        let node = node.expect("node").id;
        let mut component = project.live().component_of(node).expect("component").expect("alive");
        component.edges.sort_by_key(|e| (e.a, e.b));
        component
            .merges
            .sort_by(|x, y| y.confidence.total_cmp(&x.confidence).then((x.a, x.b).cmp(&(y.a, y.b))));
        if component.nodes.first() == Some(&node) {
            all.insert(node, component);
        }
    }
    all
}

fn profiles(project: &Project) -> Vec<(String, Vec<NodeId>)> {
    let all = project.live().profiles().map(|p| p.expect("profile"));
    all.map(|(id, nodes)| (id.to_string(), nodes)).collect()
}

/// A whole resolution of the same log gives the same trees and changes no profile, and the tables were those that it writes.
fn as_a_whole(project: &Project) {
    let (trees, before, shown) = (components(project), profiles(project), tables(project));
    let report = project.rebuild(&Quiet).expect("rebuild");
    assert!(!report.resolution.skipped);
    assert_eq!(report.resolution.changes.values().sum::<u64>(), 0, "{:?}", report.resolution.changes);
    assert_eq!(profiles(project), before);
    let whole = components(project);
    for (node, component) in &trees {
        assert_eq!(Some(component), whole.get(node));
    }
    assert_eq!(trees.len(), whole.len());
    assert_eq!(report.profiles, before.len() as u64);
    for (table, rows) in tables(project) {
        assert_eq!(shown.get(&table), Some(&rows), "{table}");
    }
}

fn history(rules: &str, seed: u64) {
    let company = Company::new(120);
    let project = project(&company, rules);
    let people: Vec<Vec<kith_core::field::FieldValue>> =
        project.live().nodes().map(|n| n.expect("node").values).collect();
    let mut dice = Dice(seed);
    let value = |values: &[kith_core::field::FieldValue], field: &str| {
        let found = values.iter().find(|v| v.field.name() == field);
        found.map_or(Value::Null, |v| json!(v.original))
    };
    let mut taken: Vec<kith_core::id::Position> = Vec::new();
    let mut written = None;
    for step in 0..60 {
        let mut records = Vec::new();
        let mut remove = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1 + dice.roll(4) {
            let id = dice.roll(30);
            if !seen.insert(id) {
                continue;
            }
            if dice.roll(4) == 0 {
                remove.push(id.to_string());
                continue;
            }
            let (one, other) = (&people[dice.roll(people.len())], &people[dice.roll(people.len())]);
            let from = |dice: &mut Dice| if dice.roll(5) == 0 { other } else { one };
            let mail = value(from(&mut dice), "email");
            let hash = mail.as_str().map_or(Value::Null, |m| json!(kith_core::standard::email_sha256(m)));
            let hashed = dice.roll(3) == 0;
            records.push(row(json!({
                "id": id.to_string(),
                "first": value(from(&mut dice), "given_name"),
                "last": value(from(&mut dice), "family_name"),
                "mail": if hashed { Value::Null } else { mail },
                "mailhash": if hashed { hash } else { Value::Null },
                "tel": value(from(&mut dice), "phone"),
                "born": value(from(&mut dice), "birth_date"),
                "card": if dice.roll(3) == 0 { json!(format!("card-{}", dice.roll(6))) } else { Value::Null },
            })));
        }
        send(&project, records, remove);
        if step % 6 == 5 {
            let why = Why { reason: "a test".into(), author: "the test".into() };
            let (a, b) = (format!("app:{}", dice.roll(30)), format!("app:{}", dice.roll(30)));
            let wish = if dice.roll(2) == 0 { Wish::Always { a, b } } else { Wish::Never { a, b } };
            match taken.pop().filter(|_| dice.roll(3) == 0) {
                Some(id) => _ = project.undo(id, &why, true).expect("undo"),
                // A record that is gone, or a contradiction, is refused.
                None => {
                    if let Ok(done) = project.decide(&[wish], &why, true) {
                        taken.push(kith_core::id::Position(done.decisions[0].id.0));
                    }
                }
            }
        }
        // Each look is a layer over the lake, or makes two of them one.
        let now = tables(&project);
        if step % 20 == 19 {
            // The control: without what was sent since they would be those of the last whole resolution.
            assert!(written.as_ref() != Some(&now));
            as_a_whole(&project);
            written = Some(now);
        }
    }
    // The tables follow with the next run.
    run(&project);
    let verified = project.verify(&Quiet).expect("verify");
    assert!(verified.good, "{verified:#?}");
}

#[test]
fn sent_records_are_resolved_as_a_whole_run_resolves_them() {
    history("", 1);
}

#[test]
fn unique_keys_hold_for_sent_records_too() {
    history("\n[[rule]]\nname = \"unique\"\nfields = [\"birth_date\"]\nverdict = \"differ\"\n", 2);
}

#[test]
fn a_sent_record_is_in_its_profile_when_the_answer_comes() {
    let company = Company::new(60);
    let project = project(&company, "");
    let crm = project.live().nodes().map(|n| n.expect("node")).find(|n| n.source.as_str() == "crm");
    let crm = crm.expect("a record");
    let text = |field: &str| {
        let value = crm.values.iter().find(|v| v.field.name() == field);
        value.map(|v| v.original.clone()).unwrap_or_default()
    };
    let sent = row(json!({
        "id": "1", "first": text("given_name"), "last": text("family_name"), "mail": text("email"),
        "born": text("birth_date"), "tel": text("phone"),
    }));
    let done = send(&project, vec![sent.clone(), row(json!({"first": "No Key"}))], Vec::new());
    assert_eq!((done.landed, done.rejected, done.rejects[0].code.as_str()), (1, 1, "K-LAND-KEY"));
    let profile = project.live().profile_of(crm.id).expect("read").expect("a profile");
    assert_eq!(done.records[0].profile, Some(profile.to_string()));
    assert_eq!(send(&project, vec![sent], Vec::new()).unchanged, 1);
    let found = project.profile(&lookup("app:1"), None).expect("profile");
    assert_eq!(found.profile_id, Some(profile));
    assert_eq!(send(&project, Vec::new(), vec!["1".into(), "2".into()]).removed, 1);
    assert!(project.profile(&lookup("app:1"), None).is_err());
    let unknown = project.push(Sending { source: "nope".into(), ..Sending::default() }).expect_err("unknown");
    assert_eq!(unknown.code(), "K-SOURCE-UNKNOWN");
    let keyless = project.push(Sending { source: "tickets".into(), ..Sending::default() });
    assert!(keyless.is_ok() || keyless.is_err_and(|e| e.code() == "K-PUSH-KEY"));
}

#[test]
fn a_hash_and_its_address_may_come_in_one_sending() {
    let company = Company::new(60);
    let project = project(&company, "");
    let hash = kith_core::standard::email_sha256("hedy@example.org");
    let vendor = |id: &str| row(json!({"id": id, "mailhash": hash}));
    let hedy = row(json!({"id": "3", "first": "Hedy", "last": "Lamarr", "mail": "hedy@example.org"}));
    send(&project, vec![vendor("1"), vendor("2"), hedy], Vec::new());
    as_a_whole(&project);
    // And go in one: what waits falls back to the hash, unless it goes as well.
    send(
        &project,
        vec![row(json!({"id": "2", "mailhash": hash, "first": "H"}))],
        vec!["3".into(), "1".into()],
    );
    as_a_whole(&project);
}

#[test]
fn many_senders_share_their_writes() {
    let company = Company::new(60);
    let project = std::sync::Arc::new(project(&company, ""));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let project = project.clone();
            std::thread::spawn(move || {
                for i in 0..25 {
                    let id = format!("{sender}-{i}");
                    let record = row(json!({"id": id, "first": "Ada", "mail": format!("{id}@example.org")}));
                    let done = send(&project, vec![record], Vec::new());
                    assert_eq!((done.landed, done.records.len()), (1, 1));
                }
            })
        })
        .collect();
    senders.into_iter().for_each(|s| s.join().expect("a sender"));
    let app = project.live().nodes().filter(|n| n.as_ref().expect("node").source.as_str() == "app");
    assert_eq!(app.count(), 200);
    as_a_whole(&project);
}
