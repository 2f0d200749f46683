//! Applications that are busy, lie, never end, break off, lead elsewhere or are not there.

use super::super::{one, told};
use super::{App, contacts, every_way, ok, param, resource, send};
use crate::exec::Limits;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn paged(table: &str) -> String {
    resource(table, "paging = \"page\"")
}

#[test]
fn what_lies_or_breaks_off_is_named_and_harms_only_its_query() {
    let app = App::new(|(path, headers), stream| match path.split('?').next().unwrap_or_default() {
        "/v2/rubbish" => ok(stream, "<html>Secret 4711</html>"),
        "/v2/half" => ok(stream, "[{\"id\": 1"),
        "/v2/object" => ok(stream, "{\"id\": 4711}"),
        "/v2/numbers" => ok(stream, "[4711]"),
        "/v2/liar" => ok(stream, "[{\"id\": \"4711\"}]"),
        "/v2/wide" => ok(stream, "[{\"id\": 99999999999999999999}]"),
        "/v2/deep" => {
            ok(stream, &format!("[{{\"id\": 1, \"name\": {}1{}}}]", "[".repeat(20), "]".repeat(20)))
        }
        "/v2/bytes" => send(stream, "200 OK", "", b"[{\"id\": 1, \"name\": \"\xff\xfe\"}]"),
        "/v2/long" => ok(stream, &format!("[{{\"id\": 1, \"name\": \"{}\"}}]", "x".repeat(3_000))),
        "/v2/denied" => send(stream, "401 Unauthorized", "", b"4711"),
        "/v2/broken" => send(stream, "500 Internal Server Error", "", b"4711"),
        "/v2/moved" => send(stream, "302 Found", "Location: http://127.0.0.1:1/4711\r\n", b""),
        "/v2/away" => send(stream, "200 OK", "Link: <http://127.0.0.1:1/4711>; rel=next\r\n", b"[]"),
        "/v2/circle" => ok(stream, "{\"items\": [], \"next\": \"x\"}"),
        "/v2/rest" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"id\": 1}");
        }
        _ => contacts((path, headers), stream),
    });
    let plain = [
        "rubbish", "half", "object", "numbers", "liar", "wide", "deep", "bytes", "long", "denied", "broken",
        "moved", "rest",
    ];
    let tables: String = plain.iter().map(|table| resource(table, "")).collect();
    let more = [
        resource("away", "paging = \"link\""),
        resource("circle", "rows = \"/items\"\npaging = \"cursor\"\nnext = \"/next\""),
        every_way(),
    ];
    let house =
        app.house(&format!("limits = {{ cell_bytes = 1000, seconds = 20 }}\n{tables}{}", more.concat()));
    let session = house.session();
    for (table, code) in [
        ("rubbish", "K-SCAN-ANSWER"),
        ("half", "K-SCAN-ANSWER"),
        ("object", "K-SCAN-ANSWER"),
        ("numbers", "K-SCAN-ANSWER"),
        ("liar", "K-SCAN-TYPE"),
        ("wide", "K-SCAN-TYPE"),
        ("bytes", "K-SCAN-ANSWER"),
        ("long", "K-SCAN-LIMIT"),
        ("denied", "K-SCAN-REFUSED"),
        ("broken", "K-SCAN-DOWN"),
        ("moved", "K-SCAN-REFUSED"),
        ("away", "K-SCAN-REFUSED"),
        ("circle", "K-SCAN-ANSWER"),
        ("rest", "K-SCAN-DOWN"),
    ] {
        let error = told(&session, &format!("SELECT * FROM crm.{table}")).expect_err(table);
        assert!(error.starts_with(code), "{table}: {error}");
        assert!(!error.contains("4711"), "a value is told: {error}");
        assert_eq!(one(&session, "SELECT count(*) FROM crm.all"), "[Number(25)]", "after {table}");
    }
    assert!(one(&session, "SELECT name FROM crm.deep").contains("[[[["), "what is deep is a text");
}

#[test]
fn what_never_ends_meets_a_limit() {
    let app = App::new(|(path, _), stream| match path.split('?').next().unwrap_or_default() {
        "/v2/rows" => ok(stream, "[{\"id\": 1}, {\"id\": 2}]"),
        "/v2/slow" => std::thread::sleep(Duration::from_secs(600)),
        "/v2/busy" => send(stream, "429 Too Many Requests", "Retry-After: 3000\r\n", b""),
        _ => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[{\"name\": \"");
            while stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
        }
    });
    let tables = [paged("rows"), paged("slow"), paged("busy"), paged("cell")].concat();
    let house = app.house(&format!("limits = {{ seconds = 2 }}\n{tables}"));
    for (table, codes) in [
        ("slow", ["K-SCAN-SLOW", ""]),
        ("busy", ["K-SCAN-SLOW", ""]),
        // On a slow machine its time may end before the bytes of a page do.
        ("cell", ["K-SCAN-LIMIT", "K-SCAN-SLOW"]),
    ] {
        let error = told(&house.session(), &format!("SELECT count(name) FROM crm.{table}")).expect_err(table);
        assert!(codes.iter().any(|code| !code.is_empty() && error.starts_with(code)), "{table}: {error}");
    }
    for (limit, word) in [("rows = 100", "rows"), ("bytes = 200", "bytes")] {
        let house = app.house(&format!("limits = {{ {limit} }}\n{tables}"));
        let error = told(&house.session(), "SELECT count(name) FROM crm.rows").expect_err(limit);
        assert!(error.starts_with("K-SCAN-LIMIT") && error.contains(word), "{error}");
    }
}

#[test]
fn one_that_is_busy_is_asked_again() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let app = App::new(move |asked, stream| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => send(stream, "429 Too Many Requests", "Retry-After: 0\r\n", b""),
        1 => send(stream, "503 Service Unavailable", "Retry-After: 1\r\n", b""),
        _ => contacts(asked, stream),
    });
    let house = app.house(&every_way());
    assert_eq!(one(&house.session(), "SELECT count(*) FROM crm.all"), "[Number(25)]");
    assert_eq!(tries.load(Ordering::SeqCst), 3);
}

#[test]
fn who_asks_is_told_by_reference() {
    let app = App::new(|(path, headers), stream| {
        let good = ["authorization: bearer tok-1", "authorization: basic yw5uonb3", "x-key: k-9"];
        match good.iter().any(|header| headers.contains(header)) && param(path, "key").is_none() {
            true => ok(stream, "[{\"id\": 1}]"),
            false => send(stream, "403 Forbidden", "", b""),
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [("tok", "tok-1\n"), ("pw", "pw"), ("key", "k-9"), ("wrong", "no")] {
        std::fs::write(folder.path().join(file), text).expect("written");
    }
    for (lines, good) in [
        ("bearer = \"file:tok\"\n", true),
        ("username = \"ann\"\npassword = \"file:pw\"\n", true),
        ("header = \"X-Key\"\nkey = \"file:key\"\n", true),
        ("bearer = \"file:wrong\"\n", false),
        ("bearer = \"file:nothing\"\n", false),
        ("", false),
    ] {
        let house =
            app.with(super::House::new(), Path::new(folder.path()), &format!("{lines}{}", resource("t", "")));
        let answer = told(&house.session(), "SELECT id FROM crm.t");
        assert_eq!(answer.is_ok(), good, "{lines}: {answer:?}");
        assert!(good || answer.is_err_and(|e| e.starts_with("K-SCAN-REFUSED")), "{lines}");
    }
}

/// A query that is left ends its request: the application sees that nobody listens.
#[test]
fn a_query_that_ends_ends_the_request() {
    let (hung_up, told_so) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (seen, begun) = (hung_up.clone(), told_so.clone());
    let app = App::new(move |_, stream| {
        begun.store(true, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[");
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.store(true, Ordering::SeqCst);
    });
    let house = app.house(&resource("t", ""));
    let limits = Limits { time_max: Duration::from_millis(500), ..Limits::default() };
    // On a slow machine a query may be over before it has asked.
    while !told_so.load(Ordering::SeqCst) {
        assert!(house.session().query("SELECT count(id) FROM crm.t", &limits).is_err());
    }
    // As long as it takes: without the end of the request, for ever.
    while !hung_up.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(10));
    }
}
