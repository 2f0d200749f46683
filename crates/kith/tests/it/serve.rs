//! The server as its operator and a hostile page meet it.

use crate::http::{Request, raw, send};
use crate::product::{Server, command, failed, kith, project};
use std::process::Stdio;

fn plain(server: &Server, target: &str, host: &str) -> crate::http::Answer {
    let headers = vec![("host", host.to_string())];
    send(server.addr, &Request { method: "GET", target, headers, body: b"" })
}

#[test]
fn every_response_carries_the_security_headers() {
    let server = Server::start();
    let no_token = plain(&server, "/v1/sources", "localhost");
    for answer in [server.get("/"), server.get("/v1/sources"), server.get("/v1/nothing"), no_token] {
        let csp = answer.header("content-security-policy").expect("a policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{csp}");
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(server.get("/v1/sources").header("cache-control"), Some("no-store"));
}

#[test]
fn a_foreign_host_name_is_refused() {
    let server = Server::start();
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:7777", ""] {
        assert_eq!(plain(&server, "/v1/health", host).status, 421, "{host:?}");
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]:7777"] {
        assert_eq!(plain(&server, "/v1/health", host).status, 200, "{host:?}");
    }
    let none = raw(server.addr, b"GET /v1/health HTTP/1.1\r\nconnection: close\r\n\r\n");
    assert!(none.status == 400 || none.status == 421, "{}", none.status);
}

#[test]
fn pages_come_with_the_binary() {
    let server = Server::start();
    for target in ["/", "/profiles/anything"] {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{target}");
    }
    for target in ["/assets/none.js", "/favicon.none", "/../kith.toml", "/..%2f..%2fkith.toml"] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn a_network_address_needs_a_word_of_consent() {
    let dir = project();
    let (code, text) = failed(&kith(dir.path(), &["serve", "--addr", "0.0.0.0:0"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("--expose-without-tls"), "{text}");
}

#[test]
fn a_second_process_is_told_that_the_data_are_in_use() {
    let server = Server::start();
    let (code, text) = failed(&kith(server.dir.path(), &["sources"]));
    assert_eq!(code, Some(7), "{text}");
}

#[test]
fn it_stops_when_asked_and_logs_no_personal_data() {
    let mut server = Server::start();
    server.get("/v1/profiles?q=lovelace");
    server.get("/v1/profiles/email:ada.lovelace0@example.org");
    server.get("/v1/profiles/email:nobody.unknown@example.org");
    assert_eq!(server.stop(), Some(0));
    let log = std::fs::read_to_string(&server.log).expect("a log");
    assert!(log.contains("/v1/profiles/{profile}"), "{log}");
    for secret in ["lovelace", "nobody.unknown", &server.token] {
        assert!(!log.contains(secret), "{secret:?} is in the log: {log}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let dir = project();
    let mut child = command(dir.path(), &["sql", "--csv", "SELECT * FROM source.crm"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kith starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
