//! `kith user`, and what the wire refuses to start with.

use crate::product::{Server, failed, kith, ok, project};

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

#[test]
fn whose_profile_was_shown_to_whom_is_written_down() {
    let server = Server::start();
    let found = server.get("/v1/profiles?q=ada&limit=3").json();
    let ids: Vec<&str> =
        found["results"].as_array().into_iter().flatten().filter_map(|r| r["profile_id"].as_str()).collect();
    assert!(!ids.is_empty(), "{found}");
    let target = format!("/v1/profiles/profile:{}", ids[0]);
    let headers = [("kith-purpose", "support")];
    assert_eq!(server.ask("GET", &target, &headers, b"").status, 200);
    assert_eq!(server.get("/v1/profiles/profile:p0000000000000").status, 404);
    assert_eq!(server.get("/v1/health").status, 200);
    let mut noted = Vec::new();
    // It is written soon, not before the answer.
    for _ in 0..500 {
        let text = ok(kith(server.dir.path(), &["--json", "audit", "list"]));
        let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        noted = all.into_iter().filter(|entry| entry["did"] == "showed").collect();
        if noted.len() >= 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(noted.len(), 2, "{noted:#?}");
    assert_eq!(noted[0]["profiles"].as_array().map(Vec::len), Some(ids.len()));
    assert_eq!((&noted[1]["profiles"][0], &noted[1]["purpose"]), (&ids[0].into(), &"support".into()));
    assert_eq!(noted[1]["route"], "/v1/profiles/{profile}");
    assert!(ok(kith(server.dir.path(), &["audit", "usage"])).contains("/v1/profiles/{profile}"));
}
