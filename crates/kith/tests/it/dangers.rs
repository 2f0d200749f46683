//! What would lose data or take the server down is refused, and nothing is touched.

use crate::product::{failed, kith, ok, project, write_sources};
use std::path::{Path, PathBuf};

fn file(dir: &Path, name: &str) -> Vec<u8> {
    std::fs::read(dir.join(name)).expect("the file is there")
}

#[test]
fn a_demo_does_not_write_over_a_project() {
    let dir = project();
    let before = file(dir.path(), "kith.toml");
    let (code, text) = failed(&kith(dir.path(), &["demo", "--headless", "--people", "100", "--dir", "."]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("not a demo"), "{text}");
    assert_eq!(file(dir.path(), "kith.toml"), before);
}

#[test]
fn dedupe_does_not_write_over_its_input() {
    let dir = tempfile::tempdir().expect("a folder");
    write_sources(dir.path());
    let before = file(dir.path(), "crm.csv");
    let (code, text) = failed(&kith(dir.path(), &["dedupe", "crm.csv", "--out", "./crm.csv"]));
    assert_eq!(code, Some(2), "{text}");
    assert_eq!(file(dir.path(), "crm.csv"), before);
}

#[test]
fn rebuild_keeps_the_views_when_the_log_is_damaged() {
    let dir = project();
    let log = newest(&dir.path().join(".kith/log/default"));
    let mut bytes = std::fs::read(&log).expect("a segment");
    // Inside the first records, with good entries after them.
    let at = bytes.len() / 3;
    bytes[at] ^= 0x20;
    std::fs::write(&log, &bytes).expect("written");
    let (code, text) = failed(&kith(dir.path(), &["rebuild"]));
    assert_ne!(code, Some(0), "{text}");
    assert!(text.contains("K-LOG-"), "{text}");
    // Negative control: without the damage it rebuilds.
    bytes[at] ^= 0x20;
    std::fs::write(&log, &bytes).expect("written");
    ok(kith(dir.path(), &["rebuild"]));
}

fn newest(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder).expect("the log's folder").filter_map(Result::ok).map(|f| f.path());
    let size = |path: &PathBuf| path.metadata().map(|m| m.len()).unwrap_or(0);
    files.max_by_key(size).expect("a segment")
}

#[test]
fn a_query_can_not_take_all_memory_or_the_stack() {
    let dir = project();
    for sql in
        ["SELECT repeat('x', 2000000000)", "SELECT lpad('x', 2000000000, 'y')", "SELECT range(0, 2000000000)"]
    {
        let (code, text) = failed(&kith(dir.path(), &["sql", sql]));
        assert!(code.is_some_and(|c| c != 0) && text.contains("K-SQL-"), "{sql}: {text}");
    }
    for terms in [3_000, 20_000] {
        let sql = format!("SELECT {}1", "1+".repeat(terms));
        let output = kith(dir.path(), &["sql", &sql]);
        assert!(output.status.code().is_some(), "{terms} terms: ended by a signal");
        assert_eq!(output.status.success(), terms == 3_000, "{terms} terms");
    }
}
