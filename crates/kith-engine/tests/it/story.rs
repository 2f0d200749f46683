//! Whether the whole story holds together over several loads of a small company, and whether damage is seen.

use crate::company::{self, Person, crm_csv};
use kith_core::id::ProfileId;
use kith_engine::{InitOptions, Limits, Lookup, Project, Quiet, RunOptions, RunReport, init};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Company {
    dir: TempDir,
    people: Vec<Person>,
}

impl Company {
    pub fn new(count: usize) -> Company {
        let dir = TempDir::new().expect("dir");
        let people = company::people(count);
        company::write(dir.path(), &people);
        let specs: Vec<String> = ["crm.csv", "shop.db", "tickets.ndjson"]
            .iter()
            .map(|name| dir.path().join(name).display().to_string())
            .collect();
        let options = InitOptions { region: Some("US".into()), ..InitOptions::default() };
        let report = init(&specs, dir.path(), &options).expect("init");
        let names: Vec<&str> = report.sources.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["crm", "customers", "tickets"], "{report:#?}");
        assert_eq!(report.left_out.len(), 1, "the settings table is no source of customers");
        Company { dir, people }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn open(&self) -> Project {
        Project::open(self.path()).expect("open")
    }

    fn write_crm(&self) {
        std::fs::write(self.path().join("crm.csv"), crm_csv(&self.people)).expect("crm.csv");
    }
}

pub fn run(project: &Project) -> RunReport {
    let report = project.run(&RunOptions::default(), &Quiet).expect("run");
    assert!(report.complete(), "{:#?}", report.sources);
    for source in &report.sources {
        assert_eq!(source.read, source.landed + source.unchanged + source.rejected, "{source:?}");
    }
    report
}

fn one(project: &Project, sql: &str) -> i64 {
    let rows =
        project.session(&project.owner()).expect("a session").rows(sql, &Limits::default()).expect(sql).rows;
    rows[0][0].as_i64().expect("a number")
}

pub fn lookup(text: &str) -> Lookup {
    text.parse().expect(text)
}

fn id_of(project: &Project, asked: &str) -> ProfileId {
    project.profile(&lookup(asked), None).expect(asked).profile_id.expect("an id")
}

pub fn good(project: &Project) {
    let report = project.verify(&Quiet).expect("verify");
    let bad: Vec<_> = report.checks.iter().filter(|c| !c.good).collect();
    assert!(report.good, "{bad:#?}");
    assert!(report.checks.len() > 10);
}

#[test]
fn from_three_sources_to_one_profile_over_several_loads() {
    let mut company = Company::new(400);
    let project = company.open();

    // The first load finds the people.
    let first = run(&project);
    assert_eq!(first.records, 400 + 240 + 240);
    assert!((390..=410).contains(&first.profiles), "{} profiles of 400 people", first.profiles);
    assert_eq!(one(&project, "SELECT count(*) FROM master.customer"), first.profiles as i64);
    let joined = "SELECT count(*) FROM master.customer m JOIN identity.node n ON n.profile_id = m.profile_id
                  JOIN source.crm c ON c._node_id = n.node_id";
    assert_eq!(one(&project, joined), 400);
    assert_eq!(
        one(&project, "SELECT count(*) FROM source.tickets WHERE requester_email LIKE '%@example.org'"),
        240
    );
    good(&project);

    // Number 2 is in all three systems.
    let person = company.people[2].clone();
    let profile = project.profile(&lookup(&format!("email:{}", person.email)), None).expect("profile");
    assert_eq!(profile.records.len(), 3, "{profile:#?}");
    let golden = |name: &str| profile.golden.iter().find(|g| g.field.name() == name).expect(name);
    assert_eq!(golden("given_name").winner.value, person.given.to_lowercase());
    assert_eq!(golden("phone").winner.value, format!("+1{}", person.phone));
    assert_eq!(golden("birth_date").winner.value, person.born);
    assert!(!golden("family_name").losers.is_empty());
    assert!(profile.certainty >= 0.95, "{}", profile.certainty);
    assert!(!profile.links.is_empty() && profile.merges.len() == 2);
    let id = profile.profile_id.expect("an id");
    for asked in [format!("crm:C{:05}", 2), "customers:1002".into(), format!("profile:{id}"), id.to_string()]
    {
        assert_eq!(id_of(&project, &asked), id, "{asked}");
    }
    assert_eq!(
        id_of(
            &project,
            &format!("phone:({}) {}-{}", &person.phone[..3], &person.phone[3..6], &person.phone[6..])
        ),
        id
    );

    // A search forgives a typing error; an explanation adds up.
    let words = format!("{} {}", person.given, person.family);
    let found = project.search(&words, 20).expect("search");
    assert!(found.results.iter().any(|r| r.profile_id == id), "{words}: {found:#?}");
    let why = project.explain(&lookup("crm:C00002"), &lookup("customers:1002")).expect("explain");
    let sum = why.prior_bits + why.fields.iter().map(|f| f.weight_bits).sum::<f64>();
    assert!((sum - why.weight_bits).abs() < 0.01, "{why:#?}");
    assert!(why.probability > 0.9);

    // Nothing new: nothing is done.
    let second = run(&project);
    assert!(second.resolution.skipped, "{:?}", second.resolution);
    assert_eq!(second.tables_written, Vec::<String>::new());
    assert!(second.sources.iter().all(|s| s.landed == 0 && s.removed == 0));
    good(&project);

    // One row changes: its values do, its profile id does not.
    company.people[2].family = "Married".into();
    company.write_crm();
    let third = run(&project);
    assert_eq!((third.sources[0].landed, third.sources[0].unchanged), (1, 399));
    assert_eq!(id_of(&project, "crm:C00002"), id);
    let history =
        project.history(&lookup("crm:C00002"), kith_core::field::Field::FamilyName).expect("history");
    let crm: Vec<(&str, &str)> = history
        .values
        .iter()
        .filter(|v| v.source.as_str() == "crm")
        .map(|v| (v.event.as_str(), v.value.as_deref().unwrap_or("")))
        .collect();
    let before = person.family.to_lowercase();
    assert_eq!(crm, [("landed", before.as_str()), ("changed", "married")]);
    good(&project);

    // One row goes: it is gone everywhere, and its profile id leads to nobody new.
    let gone = company.people.pop().expect("a last person");
    company.write_crm();
    let fourth = run(&project);
    assert_eq!((fourth.sources[0].removed, fourth.records), (1, first.records - 1));
    assert_eq!(one(&project, "SELECT count(*) FROM source.crm"), 399);
    let nobody = project.profile(&lookup(&format!("crm:C{:05}", gone.number)), None).expect_err("gone");
    assert_eq!(nobody.code(), "K-LOOKUP-NOBODY");
    good(&project);

    // The change stream tells all of it, and reads on where it ended.
    let changes = project.changes(Default::default(), 10_000).expect("changes");
    assert!(changes.changes.len() as u64 >= first.profiles);
    assert!(project.changes(changes.next, 10).expect("changes").changes.is_empty());

    // The same project, opened again.
    drop(project);
    let project = company.open();
    assert_eq!(id_of(&project, "crm:C00002"), id);
    let overview = project.identity().expect("identity");
    assert_eq!((overview.records, overview.profiles), (fourth.records, fourth.profiles));
    assert_eq!(overview.by_source.iter().map(|s| s.records).sum::<u64>(), overview.records);
    assert_eq!(overview.overlap.iter().map(|o| o.profiles).sum::<u64>(), overview.profiles);
    assert!(!overview.model.is_empty());
    let sources = project.sources().expect("sources");
    assert_eq!(sources.iter().map(|s| s.records).sum::<u64>(), overview.records);
}

/// The largest data file of a lake table.
fn data_file(project: &Path, table: &str) -> PathBuf {
    let dir = project.join(".kith/lake/default").join(table);
    let files = std::fs::read_dir(dir).expect("table").flatten().map(|e| e.path());
    files
        .filter(|p| p.extension().is_some_and(|e| e == "parquet"))
        .max_by_key(|p| std::fs::metadata(p).map(|m| m.len()).unwrap_or(0))
        .expect("a data file")
}

fn answers(project: &Project) -> String {
    let mut text = String::new();
    for asked in ["crm:C00001", "crm:C00002", "crm:C00017"] {
        let mut profile = project.profile(&lookup(asked), None).expect(asked);
        profile.position = Default::default();
        text += &serde_json::to_string(&profile).expect("json");
    }
    let sql = "SELECT profile_id, given_name, family_name, email, records, confidence FROM master.customer ORDER BY profile_id";
    text + &format!(
        "{:?}",
        project
            .session(&project.owner())
            .expect("a session")
            .rows(sql, &Limits::default())
            .expect("sql")
            .rows
    )
}

#[test]
fn damage_to_the_lake_is_seen_and_a_rebuild_gives_the_same_answers() {
    let company = Company::new(120);
    let project = company.open();
    run(&project);
    good(&project);
    let before = answers(&project);
    for table in ["master/customer", "identity/node", "source/crm"] {
        let file = data_file(company.path(), table);
        let sound = std::fs::read(&file).expect("read");
        let mut broken = sound.clone();
        let middle = broken.len() / 3;
        broken[middle..middle + 8].iter_mut().for_each(|b| *b ^= 0x5a);
        std::fs::write(&file, &broken).expect("damage");
        let report = project.verify(&Quiet).expect("verify");
        let name = format!("lake: {}", table.replace('/', "."));
        let bad: Vec<&str> = report.checks.iter().filter(|c| !c.good).map(|c| c.name.as_str()).collect();
        assert_eq!(bad, [name.as_str()], "{table}");
        std::fs::write(&file, &sound).expect("mend");
    }
    std::fs::remove_file(data_file(company.path(), "master/customer")).expect("remove");
    assert!(!project.verify(&Quiet).expect("verify").good, "a lost file is seen");
    project.rebuild(&Quiet).expect("rebuild");
    good(&project);
    assert_eq!(answers(&project), before);
}

#[test]
fn damage_to_the_log_is_seen() {
    let company = Company::new(40);
    run(&company.open());
    let log = company.path().join(".kith/log/default");
    let segment = std::fs::read_dir(&log)
        .expect("log")
        .flatten()
        .map(|e| e.path())
        .max_by_key(|p| std::fs::metadata(p).map(|m| m.len()).unwrap_or(0))
        .expect("a segment");
    let mut bytes = std::fs::read(&segment).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&segment, &bytes).expect("damage");
    match Project::open(company.path()) {
        Ok(project) => assert!(!project.verify(&Quiet).expect("verify").good),
        Err(error) => assert!(error.code().starts_with("K-LOG-"), "{error}"),
    }
}

#[test]
fn a_source_that_can_not_be_read_does_not_stop_the_others() {
    let company = Company::new(60);
    std::fs::remove_file(company.path().join("tickets.ndjson")).expect("remove");
    let project = company.open();
    let report = project.run(&RunOptions::default(), &Quiet).expect("run");
    assert!(!report.complete());
    let failed = report.sources[2].error.as_ref().expect("tickets failed");
    assert_eq!(failed.code, "K-SOURCE-MISSING");
    assert!(!failed.help.is_empty());
    assert_eq!(report.sources[0].landed, 60);
    assert!(report.profiles > 0);
    good(&project);
    drop(project);
    let report = kith_engine::doctor(company.path());
    let bad: Vec<&str> = report.checks.iter().filter(|c| !c.good).map(|c| c.name.as_str()).collect();
    assert_eq!(bad, ["source tickets"]);
}
