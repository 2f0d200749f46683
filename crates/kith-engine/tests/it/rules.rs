//! Whether rules of `kith.toml` hold beside the model, and decisions above the rules.

use crate::company;
use crate::steward::{always, decide, id, never};
use crate::story::{Company, good, run};
use kith_engine::Project;
use kith_engine::RunReport;

/// Everybody of the CRM whose number is in the list gets the telephone of the first of them.
fn share_phone(company: &Company, people: &[usize]) {
    let mut all = company::people(60);
    let shared = all[people[0]].phone.clone();
    people.iter().for_each(|n| all[*n].phone = shared.clone());
    std::fs::write(company.path().join("crm.csv"), company::crm_csv(&all)).expect("crm.csv");
}

fn with_rule(company: &Company, rule: &str) -> (Project, RunReport) {
    let file = company.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let kept = text.split("\n[[rule]]").next().unwrap_or_default();
    std::fs::write(&file, format!("{kept}\n[[rule]]\n{rule}\n")).expect("kith.toml");
    let project = company.open();
    let report = run(&project);
    assert!(!report.resolution.skipped, "a rule has changed");
    good(&project);
    (project, report)
}

#[test]
fn equal_keys_are_one_person_unless_too_many_share_them_or_a_person_says_no() {
    let company = Company::new(60);
    share_phone(&company, &[10, 11, 14]);
    run(&company.open());
    let (a, b, c) = ("crm:C00010", "crm:C00011", "crm:C00014");
    let rule = "name = \"one phone\"\nfields = [\"phone\"]\nverdict = \"match\"\nconfidence = 0.97";
    {
        let project = company.open();
        assert_ne!(id(&project, a), id(&project, b), "without the rule");
    }
    let (project, report) = with_rule(&company, rule);
    assert!(id(&project, a) == id(&project, b) && id(&project, b) == id(&project, c));
    let outcome = &report.resolution.rules[0];
    assert_eq!((outcome.name.as_str(), outcome.too_large), ("one phone", 0));
    assert!(outcome.keys > 30 && outcome.links > outcome.keys, "{outcome:?}");
    let strict = project.profile(&crate::story::lookup(a), Some(0.98)).expect("profile");
    assert!(strict.records.iter().all(|r| r.key != "C00011"), "not surer than the rule");
    decide(&project, &[never(a, b)]);
    assert_ne!(id(&project, a), id(&project, b), "a person is stronger than a rule");
    drop(project);
    let (project, report) = with_rule(&company, &format!("{rule}\ngroup_max = 3"));
    let outcome = &report.resolution.rules[0];
    assert_eq!(outcome.too_large, 1, "their tickets and orders have the telephone too: {outcome:?}");
    assert!(outcome.example.as_deref().is_some_and(|e| e.contains(':')));
    assert_ne!(id(&project, b), id(&project, c));
}

#[test]
fn different_keys_are_never_one_person_unless_a_person_says_so() {
    let company = Company::new(60);
    let mut people = company::people(60);
    people[2].born = "1901-02-03".into();
    std::fs::write(company.path().join("crm.csv"), company::crm_csv(&people)).expect("crm.csv");
    let (crm, shop, tickets) = ("crm:C00002", "customers:1002", "tickets:T2");
    {
        let project = company.open();
        run(&project);
        assert_eq!(id(&project, crm), id(&project, shop), "one slip does not part them");
    }
    let rule = "name = \"born once\"\nfields = [\"birth_date\"]\nverdict = \"differ\"";
    let (project, report) = with_rule(&company, rule);
    assert_ne!(id(&project, crm), id(&project, shop));
    assert!([id(&project, crm), id(&project, shop)].contains(&id(&project, tickets)), "it has no birth date");
    assert_eq!(report.resolution.rules[0].keys, 1, "{:?}", report.resolution.rules);
    let mut dates_of = std::collections::BTreeMap::new();
    for node in project.live().nodes() {
        let node = node.expect("node");
        let profile = project.live().profile_of(node.id).expect("store").expect("a profile");
        let dates: &mut std::collections::BTreeSet<String> = dates_of.entry(profile).or_default();
        let born = node.values.iter().filter(|v| v.field.name() == "birth_date").map(|v| v.normal.clone());
        dates.extend(born);
    }
    assert!(dates_of.values().all(|dates| dates.len() < 2), "in no profile are two birth dates");
    decide(&project, &[always(crm, shop)]);
    assert_eq!(id(&project, crm), id(&project, shop), "a person is stronger than a rule");
    good(&project);
}
