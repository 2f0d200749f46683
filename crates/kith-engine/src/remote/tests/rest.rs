//! Applications as tables: every way of paging gives the same rows, what is asked of one changes no answer, and a hostile one harms
//! who reads it and nobody else.

mod hostile;

use super::{House, North, one, postgres, told};
use crate::connect::TestServer;
use crate::remote::connections::Connected;
use crate::remote::files::Place;
use crate::remote::rest::Api;
use kith_core::config::{ConnectionLimits, parse};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What an application is asked: the path with its parameters, and the headers in small letters.
pub(super) type Asked<'a> = (&'a str, &'a str);

/// An application on this machine, which answers as it is told to; all that it was asked.
pub(super) struct App {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl App {
    pub(super) fn new(answer: impl Fn(Asked<'_>, &mut TcpStream) + Send + Sync + 'static) -> App {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/v2", listener.local_addr().expect("an address"));
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        App { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("a list"))
    }

    fn house(&self, lines: &str) -> House {
        self.with(House::new(), Path::new("."), lines)
    }

    fn with(&self, house: House, base: &Path, lines: &str) -> House {
        let text = format!(
            "[project]\nname = \"t\"\n[[connection]]\nname = \"crm\"\nkind = \"rest\"\nurl = \"{}\"\n{lines}\n",
            self.url
        );
        let config = parse(&text, "kith.toml").unwrap_or_else(|e| panic!("{}: {text}", e.message));
        let api = Api::new(&config.connections[0], base);
        house.with_schema("crm", Arc::new(api).schema())
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &dyn Fn(Asked<'_>, &mut TcpStream)) {
    let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let headers: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .map(|line| line.to_lowercase())
        .collect();
    let path = first.split(' ').nth(1).unwrap_or_default().to_string();
    log.lock().expect("a list").push(path.clone());
    answer((&path, &headers.join("\n")), &mut stream);
}

/// Sends an answer; whoever asked may be gone.
fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

pub(super) fn ok(stream: &mut TcpStream, body: &str) {
    send(stream, "200 OK", "", body.as_bytes());
}

/// The value of a parameter.
fn param<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let query = path.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name).map(|(_, value)| value))
}

fn row(id: u64) -> String {
    let (name, extra) =
        (["Ada", "Zoë", "O'Neil \\\"x\\\""][id as usize % 3], r#""tags": ["a", {"b": null}]"#);
    match id % 4 {
        0 => format!(r#"{{"id": {id}, "name": null, "vip": true, {extra}}}"#),
        _ => format!(r#"{{"id": {id}, "name": "{name}", "vip": false, "score": {id}.5, {extra}}}"#),
    }
}

fn list(ids: impl Iterator<Item = u64>) -> String {
    ids.map(row).collect::<Vec<_>>().join(",")
}

/// 25 contacts, ten a page, in every way of paging.
fn contacts((path, _): Asked<'_>, stream: &mut TcpStream) {
    let number = |name: &str, usual: u64| param(path, name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let page = |from: u64| list((from.min(25)..25).take(10));
    match path.split('?').next().unwrap_or_default() {
        "/v2/all" => ok(stream, &format!("[{}]", list(0..25))),
        "/v2/page" => ok(stream, &format!("[{}]", page((number("page", 1) - 1) * 10))),
        "/v2/offset" => ok(stream, &format!(r#"{{"data": [{}]}}"#, page(number("offset", 0)))),
        "/v2/cursor" => {
            let from = number("after", 0);
            let next = if from + 10 < 25 { format!("\"{}\"", from + 10) } else { "null".into() };
            ok(stream, &format!(r#"{{"a/b": {{"items": [{}]}}, "meta": {{"next": {next}}}}}"#, page(from)));
        }
        "/v2/link" => {
            let from = number("from", 0);
            let next = if from + 10 < 25 {
                format!("Link: </v2/link?from={}>; rel=\"next\"\r\n", from + 10)
            } else {
                String::new()
            };
            send(stream, "200 OK", &next, format!("[{}]", page(from)).as_bytes());
        }
        "/v2/asked" => {
            let ids = (0..25).filter(|id| param(path, "id").is_none_or(|wanted| wanted == id.to_string()));
            ok(stream, &format!("[{}]", list(ids.filter(|id| *id >= number("from", 0)))));
        }
        _ => send(stream, "404 Not Found", "", b"no"),
    }
}

fn resource(table: &str, more: &str) -> String {
    format!(
        "[[connection.resource]]\ntable = \"{table}\"\npath = \"{table}\"\n\
         columns = {{ id = \"whole\", name = \"text\", vip = \"truth\", score = \"number\", tags = \"text\" }}\n{more}\n"
    )
}

fn every_way() -> String {
    [
        resource("all", ""),
        resource("page", "paging = \"page\"\nsize = 10"),
        resource("offset", "paging = \"offset\"\nrows = \"/data\""),
        resource(
            "cursor",
            "paging = \"cursor\"\nparam = \"after\"\nnext = \"/meta/next\"\nrows = \"/a~1b/items\"",
        ),
        resource("link", "paging = \"link\""),
        resource("asked", "filters = { id = \"id\", \"id >=\" = \"from\", name = \"ignored\" }"),
    ]
    .concat()
}

#[test]
fn every_way_of_paging_gives_the_same_rows() {
    let app = App::new(contacts);
    let house = app.house(&every_way());
    let session = house.session();
    for question in [
        "SELECT * FROM T",
        "SELECT count(*), count(name), sum(id), max(score) FROM T",
        "SELECT id, tags FROM T WHERE name = 'Zoë' AND NOT vip",
        "SELECT vip, count(*) FROM T GROUP BY vip",
        "SELECT id FROM T ORDER BY id DESC LIMIT 3",
        "SELECT id FROM T WHERE id = 7",
        "SELECT id FROM T WHERE id > 20",
        "SELECT id FROM T WHERE 20 <= id AND id < 23",
        "SELECT id FROM T WHERE name = 'Ada' LIMIT 100",
        "SELECT id FROM T WHERE id = 3 AND id = 4",
    ] {
        let over = |table: &str| question.replace(" T", &format!(" crm.{table}"));
        let wanted = told(&session, &over("all")).expect(question);
        for table in ["page", "offset", "cursor", "link", "asked"] {
            assert_eq!(told(&session, &over(table)).as_ref(), Ok(&wanted), "{question}: {table}");
        }
    }
    assert_eq!(
        one(&session, "SELECT count(*), count(name), sum(id) FROM crm.cursor"),
        "[Number(25), Number(18), Number(300)]"
    );
}

#[test]
fn it_is_asked_what_it_can_be_asked_and_no_more_pages_than_are_wanted() {
    let app = App::new(contacts);
    let house = app.house(&every_way());
    let session = house.session();
    assert_eq!(one(&session, "SELECT id FROM crm.asked WHERE id = 7"), "[Number(7)]");
    assert_eq!(app.asked(), ["/v2/asked?id=7"]);
    assert_eq!(told(&session, "SELECT id FROM crm.asked WHERE id > 22").expect("rows").len(), 2);
    assert_eq!(app.asked(), ["/v2/asked?from=22"]);
    assert_eq!(told(&session, "SELECT id FROM crm.link LIMIT 4").expect("rows").len(), 4);
    assert_eq!(app.asked(), ["/v2/link"]);
    assert_eq!(told(&session, "SELECT id FROM crm.link LIMIT 14").expect("rows").len(), 14);
    assert_eq!(app.asked().len(), 2);
    told(&session, "SELECT count(*) FROM crm.link WHERE id = 3").expect("rows");
    assert_eq!(app.asked().len(), 3, "a condition that it can not be asked is not asked");
    let plan = one(&session, "EXPLAIN SELECT id FROM crm.asked WHERE id = 7 AND id >= 2");
    assert!(
        plan.contains("RestScan: crm.asked, asked=[GET asked?id=$1&from=$2]") && plan.contains("FilterExec"),
        "{plan}"
    );
    assert_eq!(
        told(&session, "SHOW TABLES").expect("tables").iter().filter(|t| t.contains("crm")).count(),
        6
    );
    assert!(app.asked().is_empty(), "plans and lists ask nobody");
}

#[test]
fn the_policy_holds_for_applications() {
    let app = App::new(|_, stream| {
        ok(
            stream,
            r#"[{"id": 1, "region": "north", "salary": 4242, "mail": "ann@x.example", "ssn": "S1"},
                       {"id": 2, "region": "south", "salary": 17, "mail": "eve@y.example", "ssn": "S2"}]"#,
        );
    });
    let columns = "columns = { id = \"whole\", region = \"text\", salary = \"whole\", mail = \"text\", ssn = \"text\" }\n\
                   filters = { region = \"region\", ssn = \"ssn\", salary = \"salary\" }\n";
    let table =
        |name: &str| format!("[[connection.resource]]\ntable = \"{name}\"\npath = \"{name}\"\n{columns}");
    let house = app.house(&[table("p"), table("payroll")].concat());
    let analyst = house.under(Arc::new(North));
    let seen = one(&analyst, "SELECT * FROM crm.p");
    assert!(seen.contains("x.example") && seen.lines().count() == 1, "{seen}");
    for hidden in ["4242", "ann@", "eve", "S1", "S2"] {
        assert!(!seen.contains(hidden), "{hidden}: {seen}");
    }
    app.asked();
    let _ = told(&analyst, "SELECT id FROM crm.p WHERE ssn = 'S2' OR salary = 17");
    let _ = told(&analyst, "SELECT id FROM crm.p WHERE ssn = 'S2'");
    assert!(app.asked().iter().all(|asked| !asked.contains("ssn=")), "what is masked is not asked about");
    let plan = one(&analyst, "EXPLAIN ANALYZE SELECT id FROM crm.p");
    assert!(plan.contains("GovernedScan: crm.p") && !plan.contains("RestScan"), "{plan}");
    assert!(told(&analyst, "SELECT * FROM crm.payroll").is_err());
    assert!(one(&house.session(), "SELECT * FROM crm.p").contains("S2"), "who may see everything sees it");
}

#[test]
fn one_question_joins_a_database_files_and_an_application() {
    let server = TestServer::start();
    server.sql("CREATE TABLE orders (contact bigint, total bigint); INSERT INTO orders VALUES (7, 100), (7, 20), (9, 5), (99, 1)");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("segments.ndjson"),
        "{\"id\":7,\"segment\":\"gold\"}\n{\"id\":9,\"segment\":\"iron\"}\n",
    )
    .expect("written");
    let text = "[project]\nname = \"t\"\n[[connection]]\nname = \"f\"\nkind = \"files\"\npath = \".\"\n";
    let config = parse(text, "kith.toml").expect("a configuration");
    let files = Arc::new(Place::new(&config.connections[0], folder.path())).schema();
    let app = App::new(contacts);
    let house = House::new().with(&postgres(&server, "shop", None, ConnectionLimits::default()));
    let house = app.with(house.with_schema("f", files), folder.path(), &every_way());
    let session = house.session();
    let sql = "SELECT c.id, s.segment, sum(o.total) FROM crm.asked c JOIN shop.orders o ON o.contact = c.id \
               JOIN f.segments s ON s.id = c.id WHERE c.id >= 5 AND o.total > 10 GROUP BY c.id, s.segment";
    assert_eq!(one(&session, sql), "[Number(7), String(\"gold\"), Number(120)]");
    assert_eq!(app.asked(), ["/v2/asked?from=5"]);
    let plan = one(&session, &format!("EXPLAIN {sql}"));
    for asked in [
        "RemoteScan: shop.orders, asked=[SELECT",
        "FileScan: f.segments",
        "RestScan: crm.asked, asked=[GET asked?from=$1]",
    ] {
        assert!(plan.contains(asked), "{asked}: {plan}");
    }
}
