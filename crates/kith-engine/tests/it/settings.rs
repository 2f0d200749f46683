//! Whether a project says what is wrong with its configuration, and shows what has changed in it.

use crate::story::{Company, good, lookup, run};
use kith_engine::{Project, Quiet};
use tempfile::TempDir;

#[test]
fn one_process_at_a_time() {
    let company = Company::new(20);
    let first = company.open();
    let error = Project::open(company.path()).err().expect("busy");
    assert_eq!(error.code(), "K-DATA-BUSY");
    drop(first);
    company.open();
}

#[test]
fn a_wrong_configuration_points_at_its_place() {
    let dir = TempDir::new().expect("dir");
    let missing = Project::open(dir.path()).err().expect("no kith.toml");
    assert_eq!(missing.code(), "K-CONFIG-MISSING");
    std::fs::write(dir.path().join("kith.toml"), "[project]\nname = \"x\"\nregon = \"US\"\n").expect("write");
    match Project::open(dir.path()).err().expect("wrong") {
        kith_engine::Error::Config { line, column, help, .. } => {
            assert_eq!((line, column), (Some(3), Some(1)));
            assert!(help.contains("region"), "{help}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_of_the_configuration_shows_after_the_next_run() {
    let company = Company::new(80);
    let file = company.path().join("kith.toml");
    let edit = |from: &str, to: &str| {
        let text = std::fs::read_to_string(&file).expect("kith.toml");
        assert!(text.contains(from), "{text}");
        std::fs::write(&file, text.replacen(from, to, 1)).expect("kith.toml");
    };
    run(&company.open());

    edit("confidence = 0.95", "confidence = 0.8");
    let project = company.open();
    let report = run(&project);
    assert!(!report.resolution.skipped, "ids are issued at another confidence");
    good(&project);
    drop(project);

    edit("rank = 1 ", "rank = 9 ");
    let project = company.open();
    assert!(!project.verify(&Quiet).expect("verify").good, "the lake still shows the old ranks");
    let report = run(&project);
    assert!(report.resolution.skipped, "who is who does not depend on ranks");
    assert!(report.tables_written.contains(&"master.customer".to_string()));
    let profile = project.profile(&lookup("crm:C00002"), None).expect("profile");
    let name = profile.golden.iter().find(|g| g.field.name() == "family_name").expect("a family name");
    assert_ne!(name.winner.source.as_str(), "crm");
    good(&project);
}
