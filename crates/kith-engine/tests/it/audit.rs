//! The audit log: a question is in it before its answer, and no change of it stays unseen.

use crate::story::{Company, run};
use kith_engine::audit::{self, Deed, Entry};
use kith_engine::{Limits, Project};
use std::path::{Path, PathBuf};

fn asked() -> (Company, Project) {
    let company = Company::new(20);
    let project = company.open();
    run(&project);
    (company, project)
}

fn ask(project: &Project, sql: &str) -> Result<usize, &'static str> {
    let session = project.session(&project.owner()).expect("a session");
    session.rows(sql, &Limits::default()).map(|rows| rows.rows.len()).map_err(|e| e.code())
}

fn entries(project: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    let all = audit::entries(project, &mut |entry| {
        found.push(entry);
        true
    });
    all.expect("entries");
    found
}

fn file(project: &Path) -> PathBuf {
    project.join(".kith/audit/00000000000000000001.log")
}

/// A log of forty questions, closed.
fn forty() -> (Company, Vec<u8>) {
    let (company, project) = asked();
    for _ in 0..40 {
        ask(&project, "SELECT count(*) FROM master.customer").expect("an answer");
    }
    drop(project);
    let text = std::fs::read(file(company.path())).expect("the log");
    (company, text)
}

#[test]
fn a_question_is_written_down_with_what_it_reads_and_without_its_text() {
    let (company, project) = asked();
    let secret = "SELECT profile_id FROM master.customer WHERE email = 'ada@example.org'";
    ask(&project, secret).expect("an answer");
    assert!(ask(&project, "SELECT nothing FROM master.customer").is_err());
    let written = std::fs::read_to_string(file(company.path())).expect("the log");
    assert!(!written.contains("ada@example.org") && !written.contains("SELECT"));
    drop(project);
    let found = entries(company.path());
    let is_read = |deed: &Deed| matches!(deed, Deed::Asked { tables, who, .. } if tables[0].table == "master.customer" && who.user == "owner");
    assert!(is_read(&found[0].deed), "{found:?}");
    assert!(
        found
            .iter()
            .any(|entry| matches!(&entry.deed, Deed::Refused { code, .. } if code.starts_with("K-SQL")))
    );
    assert!(found.iter().any(|entry| matches!(entry.deed, Deed::Ended { .. })));
    let usage = audit::usage(company.path(), "").expect("usage");
    assert_eq!((usage.len(), usage[0].queries, usage[0].table.as_str()), (1, 1, "master.customer"));
    assert!(audit::verify(company.path(), None).expect("verify").good);
}

#[test]
fn what_can_not_be_written_down_is_not_answered() {
    let (company, project) = asked();
    std::fs::write(company.path().join(".kith/audit"), "in the way").expect("a file");
    assert_eq!(ask(&project, "SELECT count(*) FROM master.customer"), Err("K-AUDIT-WRITE"));
    std::fs::remove_file(company.path().join(".kith/audit")).expect("away");
    assert_eq!(ask(&project, "SELECT count(*) FROM master.customer"), Ok(1));
}

#[test]
fn every_change_of_the_log_is_found() {
    let (company, text) = forty();
    let verify = |changed: &[u8]| {
        std::fs::write(file(company.path()), changed).expect("the log");
        audit::verify(company.path(), None).expect("verify").good
    };
    assert!(verify(&text), "as it was written");
    let mut state = 20_261_122u64;
    let mut roll = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for _ in 0..1_000 {
        let mut changed = text.clone();
        changed[roll(text.len())] ^= 1 << roll(8);
        assert!(!verify(&changed), "a bit");
    }
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        assert!(!verify(&without.concat()), "without line {at}");
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        assert!(!verify(&twice.concat()), "line {at} twice");
        assert!(!verify(&lines[..at].concat()), "cut before line {at}");
        if at > 0 {
            let mut swapped = lines.clone();
            swapped.swap(at - 1, at);
            assert!(!verify(&swapped.concat()), "lines {at} and the one before");
        }
    }
    std::fs::remove_file(file(company.path())).expect("away");
    assert!(!audit::verify(company.path(), None).expect("verify").good, "without the file");
}

#[test]
fn a_head_that_was_kept_elsewhere_finds_an_end_that_is_missing_with_its_head() {
    let (company, text) = forty();
    let kept = audit::head(company.path()).expect("a head");
    let half = text.split_inclusive(|b| *b == b'\n').take(20).collect::<Vec<_>>().concat();
    std::fs::write(file(company.path()), half).expect("the log");
    std::fs::remove_file(company.path().join(".kith/audit/head.json")).expect("away");
    assert!(audit::verify(company.path(), None).expect("verify").good, "nothing here tells of the rest");
    assert!(!audit::verify(company.path(), Some(&kept)).expect("verify").good);
    assert_eq!(kept.to_string().parse(), Ok(kept));
}

#[test]
fn half_a_line_is_cut_off_and_said() {
    let (company, text) = forty();
    let half = [text.as_slice(), &text[..100]].concat();
    std::fs::write(file(company.path()), half).expect("the log");
    let project = company.open();
    ask(&project, "SELECT count(*) FROM master.customer").expect("an answer");
    drop(project);
    assert!(audit::verify(company.path(), None).expect("verify").good);
    assert!(entries(company.path()).iter().any(|entry| entry.deed == Deed::Torn { bytes: 100 }));
}
