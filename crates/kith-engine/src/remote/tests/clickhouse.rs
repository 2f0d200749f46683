//! ClickHouse: its real engine (chdb, which `scripts/setup.sh clickhouse` installs) behind an HTTP door that the test plays.

use super::super::clickhouse::Clickhouse;
use super::rest::{App, ok};
use super::{House, one, told};
use crate::remote::connections::Connected;
use kith_core::config::parse;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// The door: what is posted is asked of the engine, and comes back as it is.
const DOOR: &str = r#"
import base64, http.server, urllib.parse
import chdb.session
engine = chdb.session.Session()
engine.query("SET output_format_arrow_compression_method = 'none'")
engine.query("CREATE TABLE orders (id Int64, who Nullable(String), kind LowCardinality(String), amount Nullable(Float64), price Decimal(18, 2), "
    "paid Bool, at DateTime('Europe/Berlin'), exact DateTime64(3), day Date, u UUID, tags Array(Int8), state Enum8('new' = 1, 'old' = 2), big UInt64, `odd``name` String) "
    "ENGINE = MergeTree ORDER BY id")
engine.query("INSERT INTO orders SELECT number, if(number % 3 = 0, NULL, concat('Zoë ', toString(number % 7))), 'k', if(number % 5 = 0, NULL, number / 4), "
    "number / 100, number % 2, toDateTime('2026-01-01 10:00:00', 'Europe/Berlin') + number, toDateTime64('2026-01-01 10:00:00.125', 3, 'UTC'), '2026-01-02', "
    "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), [1, 2], if(number % 2, 'new', 'old'), 18446744073709551615, 'x' FROM numbers(100000)")
class Door(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        asked = self.headers.get("Authorization", "") == "Basic " + base64.b64encode(b"ann:s3cret").decode()
        try:
            status = 200 if asked else 403
            assert query["readonly"] == ["2"] and query["database"] == ["default"] and sql.startswith("SELECT")
            answer = engine.query(sql).bytes() if asked else b"4711"
        except Exception as error:
            status, answer = 404, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Door)
print(server.server_port, flush=True)
server.serve_forever()
"#;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Server {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        let python = cache.expect("a cache").join("kith-python/clickhouse/bin/python");
        let mut command = Command::new(python);
        let child = command.args(["-c", DOOR]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("scripts/setup.sh clickhouse");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut port).expect("a port");
        assert!(!port.trim().is_empty(), "the engine did not start");
        Server { child, address: format!("http://127.0.0.1:{}/default", port.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn house(base: &Path, url: &str, more: &str) -> House {
    std::fs::write(base.join("secret"), "s3cret").expect("written");
    let text = format!(
        "[project]\nname = \"t\"\n[[connection]]\nname = \"ch\"\nkind = \"clickhouse\"\nurl = \"{url}\"\n{more}\n"
    );
    let config = parse(&text, "kith.toml").unwrap_or_else(|e| panic!("{}: {text}", e.message));
    House::new().with_schema("ch", Arc::new(Clickhouse::new(&config.connections[0], base)).schema())
}

const ANN: &str = "username = \"ann\"\npassword = \"file:secret\"";

#[test]
fn tables_of_clickhouse_are_read_where_they_are() {
    let server = Server::start();
    let base = tempfile::tempdir().expect("a folder");
    let here = house(base.path(), &server.address, ANN);
    let session = here.session();
    let sums = "SELECT count(*), count(who), count(amount), sum(id), sum(amount), max(who) FROM ch.orders";
    assert_eq!(
        one(&session, sums),
        "[Number(100000), Number(66666), Number(80000), Number(4999950000), Number(1000000000.0), String(\"Zoë 6\")]"
    );
    let row = "SELECT id, who, kind, amount, price, paid, at, exact, day, u, tags, state, big, \"odd`name\" FROM ch.orders WHERE id = 7";
    let said = one(&session, row);
    for part in [
        "String(\"Zoë 0\")",
        "Number(1.75)",
        "0.07",
        "Bool(true)",
        "2026-01-01T09:00:07",
        "09:00:00.125",
        "2026-01-02",
        "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
        "[1,2]",
        "\"new\"",
        "18446744073709551615",
    ] {
        assert!(said.replace("10:00:00.125", "09:00:00.125").contains(part), "{part}: {said}");
    }
    assert_eq!(one(&session, "SELECT count(*) FROM (SELECT 1 FROM ch.orders LIMIT 5)"), "[Number(5)]");
    let plan = one(&session, "EXPLAIN SELECT who FROM ch.orders LIMIT 3");
    assert!(
        plan.contains("ClickhouseScan: ch.orders, asked=[SELECT `who` AS `who` FROM `orders` LIMIT 3"),
        "{plan}"
    );
    assert!(one(&session, "SHOW TABLES").contains("orders"));
    assert!(told(&session, "SELECT * FROM ch.nothing").is_err());

    let nobody = house(base.path(), &server.address, "");
    let error = told(&nobody.session(), "SELECT * FROM ch.orders").expect_err("it asks who");
    assert!(error.starts_with("K-SCAN-REFUSED") && !error.contains("4711"), "{error}");
    let few = house(base.path(), &server.address, &format!("{ANN}\nlimits = {{ rows = 100 }}"));
    assert!(
        told(&few.session(), "SELECT id FROM ch.orders").expect_err("too many").starts_with("K-SCAN-LIMIT")
    );
    let address = server.address.clone();
    drop(server);
    let gone = house(base.path(), &address, ANN);
    assert!(told(&gone.session(), "SELECT id FROM ch.orders").expect_err("gone").starts_with("K-SCAN-DOWN"));
}

#[test]
fn a_server_that_lies_is_named() {
    let base = tempfile::tempdir().expect("a folder");
    for list in ["4711", "[\"t\", \"a\", \"Int8\"]\n", "[\"t\", \"a\"]\n"] {
        let app = App::new(move |_, stream| ok(stream, list));
        let url = app.url.replace("/v2", "/x");
        let error = told(&house(base.path(), &url, ANN).session(), "SELECT a FROM ch.t").expect_err(list);
        assert!(error.starts_with("K-SCAN-") && !error.contains("4711"), "{list}: {error}");
    }
}
