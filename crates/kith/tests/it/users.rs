//! `kith user`, and what the wire refuses to start with.

use crate::product::{failed, kith, ok, project};

#[test]
fn other_machines_need_tls() {
    let dir = project();
    let (code, text) =
        failed(&kith(dir.path(), &["serve", "--addr", "127.0.0.1:0", "--sql-addr", "0.0.0.0:0"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("K-SERVE-EXPOSED") && text.contains("--sql-tls-certificate"), "{text}");
    std::fs::write(dir.path().join("bad.pem"), "no certificate").expect("a file");
    let tls = ["--sql-tls-certificate", "bad.pem", "--sql-tls-key", "bad.pem"];
    let (code, text) =
        failed(&kith(dir.path(), &[&["serve", "--sql-addr", "127.0.0.1:0"], &tls[..]].concat()));
    assert!(code == Some(3) && text.contains("K-SERVE-TLS") && text.contains("bad.pem"), "{code:?} {text}");
}

#[test]
fn users_are_added_and_removed() {
    let dir = project();
    let add = |name: &str| failed(&kith(dir.path(), &["user", "add", name]));
    assert_eq!(add("anna").0, Some(0));
    assert!(add("anna").1.contains("K-USER-TAKEN"));
    assert!(add("Anna B").1.contains("K-USER-NAME"));
    assert!(ok(kith(dir.path(), &["user", "list"])).contains("anna"));
    ok(kith(dir.path(), &["user", "remove", "anna"]));
    let (code, text) = failed(&kith(dir.path(), &["user", "remove", "anna"]));
    assert!(code == Some(5) && text.contains("K-USER-UNKNOWN"), "{code:?} {text}");
}
