//! The command line: what it prints, and the exit code and message for what goes wrong.

use crate::product::{failed, kith, ok, project, write_sources};
use serde_json::Value;
use std::path::Path;

fn json(dir: &Path, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&ok(kith(dir, &args))).expect("one JSON document")
}

/// Changes kith.toml.
fn edit(dir: &Path, from: &str, to: &str) {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    assert!(text.contains(from), "{from:?} is not in {text}");
    std::fs::write(&file, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn help_has_examples_and_exit_codes() {
    let dir = tempfile::tempdir().expect("a folder");
    let help = ok(kith(dir.path(), &["--help"]));
    assert!(help.contains("kith dedupe") && help.contains("Exit codes"), "{help}");
    let commands = [
        "init", "run", "explain", "sql", "sources", "rejects", "changes", "dedupe", "serve", "token", "demo",
    ];
    for command in commands {
        let help = ok(kith(dir.path(), &[command, "--help"]));
        assert!(help.contains("Examples:") && help.contains("--json"), "{command}: {help}");
    }
}

#[test]
fn init_recognises_what_the_columns_mean() {
    let dir = tempfile::tempdir().expect("a folder");
    write_sources(dir.path());
    ok(kith(dir.path(), &["init", "crm.csv", "shop.ndjson"]));
    let text = std::fs::read_to_string(dir.path().join("kith.toml")).expect("kith.toml");
    let text = text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for line in ["first_name = \"given_name\"", "\"contact.email\" = \"email\"", "birthday = \"birth_date\""]
    {
        assert!(text.contains(line), "no {line} in {text}");
    }
    let (code, text) = failed(&kith(dir.path(), &["init", "crm.csv"]));
    assert_ne!(code, Some(0), "a kith.toml that people may have corrected is not overwritten: {text}");
}

#[test]
fn a_second_run_reads_nothing_again() {
    let dir = project();
    let report = json(dir.path(), &["run"]);
    for source in report["sources"].as_array().expect("sources") {
        assert_eq!(source["landed"], 0, "{source}");
    }
    assert_eq!(report["resolution"]["skipped"], true, "{report}");
}

#[test]
fn the_answers_of_the_command_line_are_those_of_the_api() {
    let dir = project();
    let profile = json(dir.path(), &["profile", "get", "crm:C1100"]);
    assert_eq!(profile["records"].as_array().map(Vec::len), Some(2));
    let drawn = ok(kith(dir.path(), &["explain", "crm:C1100", "shop:S100"]));
    assert!(drawn.contains('█') && drawn.contains("Prior") && drawn.contains("bits"), "{drawn}");
    let shown = ok(kith(dir.path(), &["profile", "get", "crm:C1100"]));
    assert!(shown.contains("crm:C1100") && shown.contains("shop:S100"), "{shown}");
    let found = ok(kith(dir.path(), &["profile", "search", "ada lovlace"]));
    assert!(found.contains("lovelace"), "{found}");
    let rows = ok(kith(dir.path(), &["sql", "--csv", "SELECT count(*) AS n FROM source.crm"]));
    assert_eq!(rows, "n\n240\n");
    let table = ok(kith(dir.path(), &["sql", "SELECT count(*) AS n FROM source.crm"]));
    assert!(table.contains("240") && table.contains("1 row"), "{table}");
    assert!(ok(kith(dir.path(), &["rejects"])).contains("broken"));
    assert!(ok(kith(dir.path(), &["sources"])).contains("shop"));
    assert!(ok(kith(dir.path(), &["changes", "--limit", "3"])).contains("created"));
}

#[test]
fn the_views_agree_with_the_log_and_can_be_made_again() {
    let dir = project();
    ok(kith(dir.path(), &["verify"]));
    let before = json(dir.path(), &["profile", "get", "crm:C1100"]);
    ok(kith(dir.path(), &["rebuild", "--quiet"]));
    ok(kith(dir.path(), &["verify"]));
    let after = json(dir.path(), &["profile", "get", "crm:C1100"]);
    assert_eq!(before["profile_id"], after["profile_id"]);
    assert_eq!(before["golden"], after["golden"]);
    ok(kith(dir.path(), &["doctor"]));
}

#[test]
fn wrong_command_lines_exit_with_2() {
    let dir = project();
    for args in [
        &["nothing"][..],
        &["run", "--retrian"],
        &["profile", "get", "email:x@example.org", "--confidence", "2"],
        &["profile", "get", "nobody"],
        &["rejects", "--source", "../x"],
        &["serve", "--addr", "nowhere"],
        &[],
    ] {
        let (code, text) = failed(&kith(dir.path(), args));
        assert_eq!(code, Some(2), "{args:?}: {text}");
    }
}

#[test]
fn a_wrong_configuration_is_shown_with_its_line_and_column() {
    let dir = project();
    edit(dir.path(), "kind = \"csv\"", "knid = \"csv\"");
    let (code, text) = failed(&kith(dir.path(), &["run"]));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("K-CONFIG") && text.contains("knid") && text.contains("kind"), "{text}");
    let line = std::fs::read_to_string(dir.path().join("kith.toml")).expect("kith.toml");
    let line = 1 + line.lines().position(|l| l.contains("knid")).expect("the line");
    assert!(text.contains(&format!("kith.toml:{line}:")), "line {line}: {text}");
    let (code, text) = failed(&kith(dir.path(), &["run", "--json"]));
    let error: Value = serde_json::from_str(text.trim()).expect("JSON");
    assert_eq!(code, Some(3));
    assert!(error["error"]["code"].as_str().is_some_and(|c| c.starts_with("K-CONFIG")), "{error}");
}

#[test]
fn a_source_that_is_wrong_is_named() {
    let dir = project();
    edit(dir.path(), "crm.csv", "gone.csv");
    let (code, text) = failed(&kith(dir.path(), &["run"]));
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("gone.csv"), "{text}");
}

#[test]
fn a_column_that_vanished_is_named() {
    let dir = project();
    edit(dir.path(), "first_name = \"given_name\"", "forename = \"given_name\"");
    let (code, text) = failed(&kith(dir.path(), &["run"]));
    assert!(code == Some(3) || code == Some(4), "{code:?}: {text}");
    assert!(text.contains("forename"), "{text}");
}

#[test]
fn a_missing_project_file_or_person_has_its_exit_code() {
    let empty = tempfile::tempdir().expect("a folder");
    let (code, text) = failed(&kith(empty.path(), &["run"]));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("kith init"), "{text}");
    let (code, text) = failed(&kith(empty.path(), &["init", "nothing.csv"]));
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("nothing.csv"), "{text}");
    let (code, text) = failed(&kith(empty.path(), &["dedupe", "nothing.csv", "--out", "out.csv"]));
    assert_eq!(code, Some(4), "{text}");
    let dir = project();
    let (code, text) = failed(&kith(dir.path(), &["profile", "get", "email:grace.missing@example.org"]));
    assert_eq!(code, Some(5), "{text}");
    let (code, text) = failed(&kith(dir.path(), &["sql", "SELECT nothing FROM source.crm"]));
    assert_eq!(code, Some(4), "{text}");
}

#[test]
fn one_file_is_deduplicated_without_a_project() {
    let dir = tempfile::tempdir().expect("a folder");
    write_sources(dir.path());
    let crm = std::fs::read_to_string(dir.path().join("crm.csv")).expect("crm.csv");
    let again: String = crm.lines().skip(1).take(40).map(|l| format!("D{}\n", &l[1..])).collect();
    std::fs::write(dir.path().join("twice.csv"), format!("{crm}{again}")).expect("written");
    let report = json(dir.path(), &["dedupe", "twice.csv", "--out", "clusters.csv", "--threads", "1"]);
    assert_eq!(report["records"], 280, "{report}");
    let clusters = std::fs::read_to_string(dir.path().join("clusters.csv")).expect("clusters.csv");
    assert!(clusters.starts_with("record_id,cluster_id,confidence\n"), "{clusters}");
    assert_eq!(clusters.lines().count(), 281);
    let ids: std::collections::BTreeSet<&str> =
        clusters.lines().skip(1).filter_map(|l| l.split(',').nth(1)).collect();
    assert!((235..=245).contains(&ids.len()), "240 people, found {}", ids.len());
}

#[test]
fn completions_are_printed() {
    let dir = tempfile::tempdir().expect("a folder");
    assert!(ok(kith(dir.path(), &["completions", "bash"])).contains("_kith"));
}

#[test]
fn a_limit_of_zero_is_a_mistake_and_not_an_empty_answer() {
    let dir = project();
    for command in ["changes", "rejects"] {
        let (code, text) = failed(&kith(dir.path(), &[command, "--limit", "0"]));
        assert_eq!(code, Some(2), "{command}: {text}");
    }
}
