//! Nobody gets an answer without a token that counts: every path of the OpenAPI document, every kind of wrong token.

use crate::http::{Request, send};
use crate::product::{Server, kith, ok};
use serde_json::Value;
use std::time::{Duration, Instant};

/// These two say nothing of the data.
const OPEN: &[&str] = &["/v1/health", "/v1/openapi.json"];

fn operations(server: &Server) -> Vec<(String, String)> {
    let document = server.get("/v1/openapi.json").json();
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in item.as_object().expect("an item").keys() {
            let path = path.replace("{profile}", "email:ada.lovelace0@example.org");
            all.push((method.to_ascii_uppercase(), path));
        }
    }
    assert!(all.len() >= 10, "the document names all routes: {all:?}");
    all
}

#[test]
fn every_path_of_the_document_needs_a_token_that_counts() {
    let server = Server::start();
    let revoked = ok(kith(server.dir.path(), &["token", "create", "old"])).trim().to_string();
    ok(kith(server.dir.path(), &["token", "revoke", "old"]));
    let truncated = server.token[..server.token.len() - 1].to_string();
    let longer = format!("{}0", server.token);
    let wrong: Vec<Option<String>> = vec![
        None,
        Some(String::new()),
        Some("Bearer".into()),
        Some("Bearer ".into()),
        Some("Bearer kith_".into()),
        Some(format!("Bearer kith_{}", "0".repeat(64))),
        Some(format!("Bearer {revoked}")),
        Some(format!("Bearer {truncated}")),
        Some(format!("Bearer {longer}")),
        Some(format!("Bearer {}", server.token.to_uppercase())),
        Some(format!("Basic {}", server.token)),
        Some(server.token.clone()),
    ];
    for (method, path) in operations(&server) {
        for value in &wrong {
            let headers = value.iter().map(|v| ("authorization", v.clone())).collect();
            let answer = send(server.addr, &Request { method: &method, target: &path, headers, body: b"" });
            if OPEN.contains(&path.as_str()) {
                assert_eq!(answer.status, 200, "{method} {path} {value:?}");
                continue;
            }
            assert_eq!(answer.status, 401, "{method} {path} {value:?}");
            assert_eq!(answer.error_code(), "K-API-TOKEN");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"kith\""));
        }
        // A stream goes on for ever once it has begun; an address that it can not follow is answered at once.
        let path = if path == "/v1/stream" { "/v1/stream?profile=nobody".into() } else { path };
        let answer = server.ask(&method, &path, &[], b"");
        assert_ne!(answer.status, 401, "{method} {path} with the token");
    }
}

#[test]
fn a_revoked_token_is_refused_within_a_second() {
    let server = Server::start();
    assert_eq!(server.get("/v1/sources").status, 200);
    ok(kith(server.dir.path(), &["token", "revoke", "test"]));
    let revoked = Instant::now();
    while server.get("/v1/sources").status != 401 {
        assert!(revoked.elapsed() < Duration::from_secs(1), "still let in");
    }
}

#[test]
fn damaged_tokens_let_nobody_in() {
    let server = Server::start();
    std::fs::write(server.dir.path().join(".kith/tokens.json"), "{").expect("written");
    let answer = server.get("/v1/sources");
    assert_eq!(answer.status, 500);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!text.contains("tokens.json"), "the caller learns nothing of our files: {text}");
}

#[test]
fn paths_that_are_nearly_routes_need_a_token_or_are_no_routes() {
    let server = Server::start();
    for target in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1//profiles",
        "//v1/sources",
        "/v1/sources/",
        "/V1/sources",
        "/%761/sources",
    ] {
        let request = Request { method: "GET", target, headers: vec![], body: b"" };
        let answer = send(server.addr, &request);
        let page = answer.header("content-type").is_some_and(|t| t.starts_with("text/html"));
        assert!(answer.status == 401 || answer.status == 404 || page, "{target}: {}", answer.status);
        let body: Result<Value, _> = serde_json::from_slice(&answer.body);
        assert!(body.is_err() || answer.status >= 400, "{target} answered data");
    }
}
