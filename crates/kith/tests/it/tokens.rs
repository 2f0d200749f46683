//! `kith token`: what is printed once is kept nowhere.

use crate::product::{failed, kith, ok, project};
use serde_json::Value;

#[test]
fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let dir = project();
    let token = ok(kith(dir.path(), &["token", "create", "laptop"])).trim().to_string();
    assert!(token.starts_with("kith_") && token.len() == 69, "{token}");
    let file = dir.path().join(".kith/tokens.json");
    let text = std::fs::read_to_string(&file).expect("the tokens");
    assert!(!text.contains(&token) && !text.contains(&token[5..]), "the secret is in the file");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let list: Value =
        serde_json::from_str(&ok(kith(dir.path(), &["token", "list", "--json"]))).expect("JSON");
    assert_eq!(list[0]["name"], "laptop");
    assert!(list[0].get("sha256").is_none());
}

#[test]
fn names_are_unique_and_plain() {
    let dir = project();
    ok(kith(dir.path(), &["token", "create", "laptop"]));
    let (code, text) = failed(&kith(dir.path(), &["token", "create", "laptop"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("K-TOKEN-TAKEN"), "{text}");
    let (code, _) = failed(&kith(dir.path(), &["token", "create", "../x"]));
    assert_eq!(code, Some(2));
    let (code, text) = failed(&kith(dir.path(), &["token", "revoke", "phone"]));
    assert_eq!(code, Some(5));
    assert!(text.contains("K-TOKEN-UNKNOWN"), "{text}");
}

#[test]
fn a_folder_without_a_project_gets_no_tokens() {
    let dir = tempfile::tempdir().expect("a folder");
    let (code, text) = failed(&kith(dir.path(), &["token", "create", "laptop"]));
    assert_eq!(code, Some(3));
    assert!(text.contains("kith init"), "{text}");
    assert!(!dir.path().join(".kith").exists());
}

#[test]
fn a_hundred_tokens_made_at_once_are_all_kept() {
    let dir = project();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let dir = dir.path();
            scope.spawn(move || {
                for i in 0..25 {
                    ok(kith(dir, &["token", "create", &format!("t{worker}-{i}")]));
                }
            });
        }
    });
    let list: Value =
        serde_json::from_str(&ok(kith(dir.path(), &["token", "list", "--json"]))).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(100));
}
