//! `kith backup`: made while events come in, proved whole, restored.

use crate::collect::{profile, sent};
use crate::product::{Server, failed, kith, ok};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn order(i: u64) -> Value {
    json!({"event": "Order Completed", "userId": format!("u{}", i % 7), "messageId": format!("m{i}"), "properties": {"total": 1}})
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Makes a backup of a project; its folder and what it says.
fn create(project: &Path, into: &Path, more: &[&str]) -> (PathBuf, Value) {
    let made = ok(kith(project, &[&["--json", "backup", "create", text(into)], more].concat()));
    let made: Value = serde_json::from_str(&made).expect("JSON");
    (PathBuf::from(made["path"].as_str().expect("a path")), made)
}

fn orders(server: &Server) -> u64 {
    (0..7)
        .map(|user| {
            let shown = server.get(&format!("/v1/profiles/user_id:u{user}"));
            shown.json()["activity"]["traits"]["orders"].as_u64().unwrap_or(0)
        })
        .sum()
}

#[test]
fn a_backup_made_under_load_has_everything_that_was_acknowledged_before() {
    let server = Server::collecting();
    let into = tempfile::tempdir().expect("a folder");
    let (acknowledged, going) = (AtomicU64::new(0), AtomicBool::new(true));
    let (backup, made, before) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while going.load(Ordering::SeqCst) {
                sent(&server, "/v1/track", &order(acknowledged.load(Ordering::SeqCst)));
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        });
        while acknowledged.load(Ordering::SeqCst) < 200 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let before = acknowledged.load(Ordering::SeqCst);
        let (backup, made) = create(server.dir.path(), into.path(), &[]);
        going.store(false, Ordering::SeqCst);
        (backup, made, before)
    });
    assert!(made["events"]["position"].as_u64() >= Some(before), "{made}");
    assert_eq!(made["left_out"], json!(["crm.csv", "shop.ndjson"]));
    assert!(
        ok(kith(into.path(), &["backup", "verify", text(&backup)])).contains("every byte as it was made")
    );
    let mode = |path: &Path| path.metadata().expect("a path").permissions().mode() & 0o777;
    assert_eq!((mode(&backup), mode(&backup.join("project/.kith/tokens.json"))), (0o700, 0o600));
    let restored = tempfile::tempdir().expect("a folder");
    let told = ok(kith(into.path(), &["backup", "restore", text(&backup), text(restored.path())]));
    assert!(told.contains("profiles made again"), "{told}");
    ok(kith(restored.path(), &["verify"]));
    let crm = ["--json", "profile", "get", "crm:C1000"];
    let golden = |dir: &Path| {
        let shown: Value = serde_json::from_str(&ok(kith(dir, &crm))).expect("JSON");
        (shown["id"].clone(), shown["values"].clone(), shown["records"].clone())
    };
    let there = golden(restored.path());
    let server_again = Server::again(restored, server.token.clone());
    let kept = orders(&server_again);
    assert!(
        kept >= before && kept <= acknowledged.load(Ordering::SeqCst),
        "{before} were acknowledged, {kept} are there"
    );
    let again = sent(&server_again, "/v1/track", &order(0));
    profile(&server_again, "user_id:u0", again);
    assert_eq!(orders(&server_again), kept, "what was counted before the backup is counted once");
    let mut server = server;
    server.stop();
    assert_eq!(golden(server.dir.path()), there, "the same ids, the same values");
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_no_project() {
    let mut server = Server::collecting();
    sent(&server, "/v1/track", &order(1));
    server.stop();
    let into = tempfile::tempdir().expect("a folder");
    let (backup, _) = create(server.dir.path(), into.path(), &[]);
    let log = backup.join("project/.kith/log/default");
    let segment = std::fs::read_dir(log).expect("a log").flatten().map(|e| e.path());
    let segment =
        segment.filter(|path| path.extension().is_some_and(|e| e == "log")).min().expect("a segment");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&segment, bytes).expect("written");
    let (code, said) = failed(&kith(into.path(), &["backup", "verify", text(&backup)]));
    assert_eq!(code, Some(6));
    assert!(said.contains("K-BACKUP-DAMAGED"), "{said}");
    let to = into.path().join("restored");
    let (code, said) = failed(&kith(into.path(), &["backup", "restore", text(&backup), text(&to)]));
    assert_eq!(code, Some(7));
    assert!(said.contains("is not as it was") && said.contains("kith backup verify"), "{said}");
    assert!(!to.join("kith.toml").exists(), "half a restore is no project");
    let (code, said) = failed(&kith(into.path(), &["backup", "restore", text(&backup), text(&to)]));
    assert_eq!(code, Some(4));
    assert!(said.contains("K-BACKUP-TARGET"), "{said}");
}

#[test]
fn backups_are_thinned_out_and_what_is_none_is_said() {
    let dir = crate::product::project();
    let into = tempfile::tempdir().expect("a folder");
    let first = create(dir.path(), into.path(), &[]).0;
    let second = create(dir.path(), into.path(), &["--keep", "2"]).0;
    let (third, made) = create(dir.path(), into.path(), &["--keep", "2"]);
    assert_eq!(made["removed"], json!([text(&first)]));
    assert!(!first.exists() && second.exists() && third.exists());
    assert!(ok(kith(dir.path(), &["doctor"])).contains(text(&third)), "doctor knows the last one");
    let (code, said) = failed(&kith(dir.path(), &["backup", "verify", text(into.path())]));
    assert_eq!(code, Some(5));
    assert!(said.contains("K-BACKUP-NONE"), "{said}");
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::copy(dir.path().join("kith.toml"), empty.path().join("kith.toml")).expect("a copy");
    let (code, said) = failed(&kith(empty.path(), &["backup", "create", text(into.path())]));
    assert_eq!(code, Some(5));
    assert!(said.contains("K-BACKUP-NOTHING"), "{said}");
}
