//! Who lives together, from the sources to the tables and the answer about one customer; and former names.

use crate::company::{self, crm_csv};
use crate::story::{good, lookup, run};
use kith_engine::{InitOptions, Limits, Project, Quiet, RunOptions, init};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tempfile::TempDir;

/// Of 400 people the first 240 live in pairs: one family name, one address, one phone; the second of every other pair
/// is 30 years younger. All are in the CRM, and two thirds in the web shop, which knows e-mail address and name.
fn families(dir: &TempDir) -> Project {
    let mut people = company::people(400);
    for pair in 0..120 {
        let first = people[2 * pair].clone();
        let second = &mut people[2 * pair + 1];
        (second.family, second.phone) = (first.family, first.phone);
        (second.street, second.city) = (first.street, first.city);
        let born: usize = first.born[..4].parse().expect("a year");
        second.born = format!("{}{}", born + if pair % 2 == 0 { 30 } else { 2 }, &second.born[4..]);
        second.email =
            format!("{}.{}{pair}b@example.net", second.given.to_lowercase(), second.family.to_lowercase());
        // No two of a house have one given name.
        if second.given == first.given {
            second.given = "Wilhelmina".into();
        }
    }
    std::fs::write(dir.path().join("crm.csv"), crm_csv(&people)).expect("crm.csv");
    let mut web = String::from("id,first_name,last_name,email,date_of_birth\n");
    for p in people.iter().filter(|p| p.number % 3 > 0) {
        let _ = writeln!(web, "W{},{},{},{},{}", p.number, p.given, p.family, p.email, p.born);
    }
    std::fs::write(dir.path().join("web.csv"), web).expect("web.csv");
    let files = ["crm.csv", "web.csv"].map(|name| dir.path().join(name).display().to_string());
    let options = InitOptions { region: Some("US".into()), ..InitOptions::default() };
    init(&files, dir.path(), &options).expect("init");
    Project::open(dir.path()).expect("open")
}

fn rows(project: &Project, sql: &str) -> Vec<Vec<Value>> {
    project.session(&project.owner()).expect("a session").rows(sql, &Limits::default()).expect(sql).rows
}

#[test]
fn those_who_live_together_are_found_and_nobody_else() {
    let dir = TempDir::new().expect("dir");
    let project = families(&dir);
    let report = run(&project);
    good(&project);
    let text = |value: &Value| value.as_str().expect("text").to_string();
    let members = rows(
        &project,
        "SELECT m.household_id, c.key, m.role, m.shared FROM master.household_member m
         JOIN identity.node n ON n.profile_id = m.profile_id JOIN identity.node c ON c.node_id = n.node_id
         WHERE c.source = 'crm'",
    );
    let mut homes: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for row in &members {
        let number: usize = text(&row[1])[1..].parse().expect("a number");
        homes.entry(text(&row[0])).or_default().insert(number);
        let expected = match (number / 2 % 2, number % 2) {
            (1, _) => "adult",
            (_, 0) => "parent",
            _ => "child",
        };
        assert_eq!(text(&row[2]), expected, "{row:?}");
        assert!(text(&row[3]).contains("street"), "{row:?}");
    }
    let true_homes: BTreeSet<BTreeSet<usize>> =
        (0..120).map(|p| BTreeSet::from([2 * p, 2 * p + 1])).collect();
    let found: BTreeSet<BTreeSet<usize>> = homes.into_values().collect();
    assert!(found.is_subset(&true_homes), "{:?}", found.difference(&true_homes));
    assert!(found.len() >= 110, "{} of 120", found.len());
    assert_eq!(report.resolution.households as usize, found.len());
    let summed = rows(&project, "SELECT count(*), sum(members), min(probability) FROM master.household");
    assert_eq!(summed[0][1].as_i64(), Some(2 * found.len() as i64));
    assert!(summed[0][2].as_f64().expect("a probability") >= 0.5);

    // The answer about one of them names the other; one who lives alone has none.
    let profile = project.profile(&lookup("crm:C00000"), None).expect("profile");
    let household = profile.household.expect("a household");
    let other = project.profile(&lookup("crm:C00001"), None).expect("profile").profile_id.expect("id");
    let roles: BTreeMap<_, _> = household.members.iter().map(|m| (m.profile_id, m.role.as_str())).collect();
    assert_eq!(roles, BTreeMap::from([(profile.profile_id.expect("id"), "parent"), (other, "child")]));
    assert!(household.address.is_some() && household.first_seen <= household.last_seen);
    assert!(project.profile(&lookup("crm:C00399"), None).expect("profile").household.is_none());

    // A new address takes somebody out of the house, and a run that finds nothing new keeps the rest.
    let crm = std::fs::read_to_string(dir.path().join("crm.csv")).expect("crm.csv");
    let moved: Vec<String> = crm
        .lines()
        .map(|line| match line.starts_with("C00001,") {
            true => "C00001,Ann,Newname,ann@example.net,6175550000,1999-01-01,1 Far Rd,Boston,MA,02108,2024-03-02T10:00:00Z".into(),
            false => line.into(),
        })
        .collect();
    std::fs::write(dir.path().join("crm.csv"), moved.join("\n")).expect("crm.csv");
    let second = run(&project);
    assert_eq!(second.resolution.households, report.resolution.households - 1);
    assert!(project.profile(&lookup("crm:C00000"), None).expect("profile").household.is_none());
    assert!(run(&project).resolution.skipped);
    assert!(project.profile(&lookup("crm:C00002"), None).expect("profile").household.is_some());
    good(&project);
}

#[test]
fn a_rebuild_finds_the_same_households() {
    let dir = TempDir::new().expect("dir");
    let project = families(&dir);
    run(&project);
    let all = "SELECT * FROM master.household_member ORDER BY 1, 2";
    let before = rows(&project, all);
    project.rebuild(&Quiet).expect("rebuild");
    assert!(before.len() > 200);
    assert_eq!(before, rows(&project, all));
}

/// Ada Quill of the shop is Ada Larkwell, née Quill, of the CRM; nothing else joins the two records but her phone.
#[test]
fn a_former_name_in_one_source_speaks_for_a_record_under_it_in_another() {
    let weight = |former: &str| {
        let dir = TempDir::new().expect("dir");
        let thirty = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/thirty");
        for file in std::fs::read_dir(thirty).expect("fixtures") {
            let file = file.expect("file").path();
            let to = dir.path().join(file.file_name().expect("name"));
            let text = std::fs::read_to_string(&file).expect("text").replace("Ada,Larkwell,,Quill", former);
            std::fs::write(to, text).expect("write");
        }
        let project = Project::open(dir.path()).expect("open");
        project.run(&RunOptions::default(), &Quiet).expect("run");
        let why = project.explain(&lookup("crm:C01"), &lookup("shop:501")).expect("explain");
        let name = why.fields.into_iter().find(|f| f.field.contains("family_name")).expect("a name");
        (name.level, name.weight_bits)
    };
    let (known, unknown) = (weight("Ada,Larkwell,,Quill"), weight("Ada,Larkwell,,Stone"));
    assert_eq!((known.0.as_str(), unknown.0.as_str()), ("shared token", "different"));
    assert!(known.1 > unknown.1 + 2.0, "{known:?} {unknown:?}");
}
