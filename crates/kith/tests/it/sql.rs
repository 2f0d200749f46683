//! `POST /v1/sql`: the forms of an answer, and queries that end before their last row.

use crate::http::{Answer, Request, encoded, send};
use crate::product::Server;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const DIGITS: &str = "WITH d(x) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

fn ask(server: &Server, accept: &str, query: &str) -> Answer {
    let body = json!({ "query": query }).to_string();
    let headers = [("content-type", "application/json"), ("accept", accept)];
    server.ask("POST", "/v1/sql", &headers, body.as_bytes())
}

/// More rows than could ever be read. What is asked of them must not follow from how many they are.
fn endless(select: &str) -> String {
    format!("{DIGITS} SELECT {select} FROM d a, d b, d c, d e, d f, d g, d h, d i, d j, d k, d l, d m, d n")
}

fn running(server: &Server) -> Vec<Value> {
    server.get("/v1/sql/running").json()["queries"].as_array().cloned().expect("a list")
}

/// Waits until it is so, longer than anything here takes on a busy machine.
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to be so");
    }
}

#[test]
fn rows_come_in_the_form_that_is_asked_for() {
    let server = Server::start();
    let query = "SELECT * FROM (VALUES (1, '=a,b', NULL), (2, 'c\"d', 1.5)) v(n, text, x) ORDER BY n";
    let whole = ask(&server, "application/json", query);
    assert_eq!(whole.json()["rows"], json!([[1, "=a,b", null], [2, "c\"d", 1.5]]));
    assert_eq!(whole.json()["truncated"], json!(false));
    let lines = ask(&server, "application/x-ndjson", query);
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        String::from_utf8_lossy(&lines.body),
        "{\"n\":1,\"text\":\"=a,b\",\"x\":null}\n{\"n\":2,\"text\":\"c\\\"d\",\"x\":1.5}\n"
    );
    let csv = ask(&server, "text/csv", query);
    assert_eq!(String::from_utf8_lossy(&csv.body), "n,text,x\n1,\"=a,b\",\n2,\"c\"\"d\",1.5\n");
    let body = json!({ "query": query }).to_string();
    let headers = [("content-type", "application/json"), ("accept", "text/csv")];
    let safe = server.ask("POST", "/v1/sql?safe=true", &headers, body.as_bytes());
    assert!(String::from_utf8_lossy(&safe.body).contains("1,\"'=a,b\","), "no spreadsheet runs it");
    let arrow = ask(&server, "application/vnd.apache.arrow.stream", query);
    let (begins, ends) = (&arrow.body[..4], &arrow.body[arrow.body.len() - 8..]);
    assert_eq!(
        (begins, ends),
        (&[255; 4][..], &[255, 255, 255, 255, 0, 0, 0, 0][..]),
        "an Arrow stream, whole"
    );
    let ids: Vec<_> =
        [&whole, &lines, &csv, &arrow].map(|a| a.header("kith-query-id").map(str::to_string)).to_vec();
    assert!(ids.iter().all(Option::is_some) && ids[0] != ids[1], "{ids:?}");
    let none = ask(&server, "text/csv", "SELECT 1 AS a WHERE false");
    assert_eq!(String::from_utf8_lossy(&none.body), "a\n");
    assert_eq!(running(&server), Vec::<Value>::new());
}

#[test]
fn only_a_document_is_cut() {
    let server = Server::start();
    let query = format!("{DIGITS} SELECT a.x FROM d a, d b, d c, d e, d f");
    let whole = ask(&server, "*/*", &query).json();
    assert_eq!((whole["rows"].as_array().map(Vec::len), &whole["truncated"]), (Some(10_000), &json!(true)));
    let lines = ask(&server, "application/x-ndjson", &query);
    assert_eq!(lines.body.iter().filter(|b| **b == b'\n').count(), 100_000);
}

#[test]
fn an_error_has_its_status_or_breaks_the_answer() {
    let server = Server::start();
    for accept in
        ["application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream"]
    {
        for query in
            ["SELECT nothing", "DELETE FROM master.customer", "SELECT 1 / (x - x) FROM (VALUES (1)) v(x)"]
        {
            let answer = ask(&server, accept, query);
            assert_eq!(answer.status, 400, "{accept} {query}");
            assert!(answer.error_code().starts_with("K-SQL-"), "{accept} {query}");
        }
    }
    // The last of many rows divides by zero, when the first are on their way.
    let late = format!(
        "{DIGITS} SELECT 1 / (99999 - n) AS q FROM (SELECT a.x * 10000 + b.x * 1000 + c.x * 100 + e.x * 10 + f.x AS n \
         FROM d a, d b, d c, d e, d f) ORDER BY n"
    );
    let lines = ask(&server, "application/x-ndjson", &late);
    let text = String::from_utf8_lossy(&lines.body).into_owned();
    let last =
        text.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok()).expect("a last line");
    match lines.status {
        200 => assert_eq!(last["error"]["code"], "K-SQL-FAILED", "{last}"),
        status => assert_eq!((status, &last["error"]["code"]), (400, &json!("K-SQL-FAILED"))),
    }
}

#[test]
fn a_query_ends_by_its_name() {
    let server = Server::start();
    let targets = [
        ("application/json", "sum(a.x + n.x)"),
        ("text/csv", "sum(a.x * b.x)"),
        ("application/x-ndjson", "a.x"),
    ];
    // A nested loop compares for minutes before it has a first row.
    let loops = format!(
        "{DIGITS}, m AS (SELECT a.x * 100000 + b.x * 10000 + c.x * 1000 + e.x * 100 + f.x * 10 + g.x AS n \
         FROM d a, d b, d c, d e, d f, d g) SELECT count(*) FROM m a JOIN m b ON a.n + b.n < 0"
    );
    let endless = targets.map(|(accept, select)| (accept, endless(select)));
    for (accept, query) in endless.into_iter().chain([("text/csv", loops)]) {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| ask(&server, accept, &query));
            let id = until(|| running(&server).first().map(|q| q["id"].as_str().expect("an id").to_string()));
            let ended = server.ask("DELETE", &format!("/v1/sql/{}", encoded(&id)), &[], b"");
            assert_eq!((ended.status, ended.json()), (200, json!({ "ended": id })));
            let answer = asked.join().expect("an answer");
            let text = String::from_utf8_lossy(&answer.body);
            assert!(
                text.contains("K-SQL-CANCELLED"),
                "{accept}: {}",
                &text[text.len().saturating_sub(300)..]
            );
        });
        until(|| running(&server).is_empty().then_some(()));
    }
    let gone = server.ask("DELETE", "/v1/sql/nothing", &[], b"");
    assert_eq!((gone.status, gone.error_code().as_str()), (404, "K-SQL-NO-QUERY"));
}

#[test]
fn a_query_ends_when_its_client_leaves() {
    let server = Server::start();
    for (accept, select) in [("application/json", "sum(a.x + n.x)"), ("application/x-ndjson", "a.x")] {
        let body = json!({ "query": endless(select) }).to_string();
        let mut client = TcpStream::connect(server.addr).expect("the server listens");
        let head = format!(
            "POST /v1/sql HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\naccept: {accept}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            server.addr,
            server.token,
            body.len()
        );
        client.write_all(head.as_bytes()).expect("sent");
        until(|| running(&server).first().cloned());
        drop(client);
        until(|| running(&server).is_empty().then_some(()));
    }
    let request = Request { method: "GET", target: "/v1/sql/running", headers: Vec::new(), body: b"" };
    assert_eq!(send(server.addr, &request).status, 401, "the list is for holders of tokens");
}
