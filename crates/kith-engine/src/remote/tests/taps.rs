//! Programs as tables: real Singer taps, a real source of Airbyte, which `scripts/setup.sh taps` installs, and scripts that are none.

use super::super::tap::Tap;
use super::rest::App;
use super::{House, one, told};
use crate::connect::TestServer;
use crate::remote::connections::Connected;
use kith_core::config::{Secret, parse};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A program that `scripts/setup.sh taps` has installed.
fn installed(package: &str, program: &str) -> String {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let found = cache.expect("a cache").join("kith-python/taps").join(package).join("bin").join(program);
    assert!(found.exists(), "{} is missing: scripts/setup.sh taps", found.display());
    found.to_string_lossy().into_owned()
}

fn tap(base: &Path, kind: &str, lines: &str) -> Tap {
    let text =
        format!("[project]\nname = \"t\"\n[[connection]]\nname = \"crm\"\nkind = \"{kind}\"\n{lines}\n");
    let config = parse(&text, "kith.toml").unwrap_or_else(|e| panic!("{}: {text}", e.message));
    Tap::new(&config.connections[0], base)
}

fn house(base: &Path, kind: &str, lines: &str) -> House {
    House::new().with_schema("crm", Arc::new(tap(base, kind, lines)).schema())
}

/// A program that is the text of a shell script.
fn script(base: &Path, text: &str) -> String {
    let path = base.join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    "command = [\"./program\"]".into()
}

const CATALOG: &str = r#"{"streams": [{"tap_stream_id": "users", "stream": "users", "key_properties": ["id"], "schema":
 {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": ["null", "string"]}, "vip": {"type": "boolean"},
 "score": {"type": ["number", "integer"]}, "more": {"type": "object"}}}, "metadata": []}, {"tap_stream_id": "other", "stream": "other",
 "schema": {"properties": {"x": {"type": "string"}}}}]}"#;

/// A tap that describes itself, and then does as it is told.
fn singer(base: &Path, then: &str) -> String {
    std::fs::write(base.join("catalog.json"), CATALOG).expect("written");
    script(base, &format!("case \"$*\" in *--discover*) cat catalog.json;; *) {then};; esac"))
}

#[test]
fn a_folder_and_lines_are_read_by_taps() {
    let base = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(base.path().join("csv")).expect("made");
    std::fs::write(base.path().join("csv/people.csv"), "id,name\n1,Ann\n2,Zoë\n").expect("written");
    let command = installed("tap-csv-folder", "tap-csv-folder");
    let path = base.path().join("csv");
    let config =
        format!("config = {{ path = {path:?}, read_mode = \"one_stream_per_file\" }}\ncatalog = false");
    let csv = house(base.path(), "singer", &format!("command = [{command:?}]\n{config}"));
    let session = csv.session();
    assert_eq!(
        one(&session, "SELECT id, name FROM crm.people ORDER BY id"),
        "[String(\"1\"), String(\"Ann\")]\n[String(\"2\"), String(\"Zoë\")]"
    );
    let plan = one(&session, "EXPLAIN SELECT name FROM crm.people WHERE id = '2' LIMIT 1");
    assert!(plan.contains("ProgramScan: crm.people"), "{plan}");

    let line =
        |id: u32| format!("{{\"id\": {id}, \"vip\": {}, \"o\": {{\"a\": [{id}]}}}}\n", id.is_multiple_of(2));
    std::fs::write(base.path().join("u.jsonl"), (1..=20_000).map(line).collect::<String>()).expect("written");
    let command = installed("tap-jsonl", "tap-jsonl");
    let path = base.path().join("u.jsonl");
    let lines = format!(
        "command = [{command:?}]\nconfig = {{ path = {path:?}, stream_name = \"u\", primary_keys = [\"id\"] }}"
    );
    let jsonl = house(base.path(), "singer", &lines);
    let session = jsonl.session();
    let sql = "SELECT count(*), sum(id), count(*) FILTER (WHERE vip), max(o) FROM crm.u WHERE id > 10";
    assert_eq!(
        one(&session, sql),
        "[Number(19990), Number(200009945), Number(9995), String(\"{\\\"a\\\":[99]}\")]"
    );
    assert_eq!(one(&session, "SELECT count(*) FROM (SELECT id FROM crm.u LIMIT 3)"), "[Number(3)]");
    let columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'crm' AND column_name IN ('id', 'vip', 'o')";
    assert!(one(&session, columns).contains("Int64"), "{}", one(&session, columns));
}

#[test]
fn an_application_and_a_database_are_read_by_taps() {
    let app = App::new(|_, stream| {
        super::rest::ok(stream, r#"{"data": [{"id": 1, "name": "Ann"}, {"id": 2, "name": null}]}"#)
    });
    let base = tempfile::tempdir().expect("a folder");
    let command = installed("tap-rest-api-msdk", "tap-rest-api-msdk");
    let config = format!(
        "config = {{ api_url = {:?}, streams = [{{ name = \"people\", path = \"/people\", primary_keys = [\"id\"], records_path = \"$.data[*]\", \
         num_inference_records = 2 }}] }}",
        app.url
    );
    let rest = house(base.path(), "singer", &format!("command = [{command:?}]\n{config}"));
    assert_eq!(
        one(&rest.session(), "SELECT id, name FROM crm.people WHERE name IS NOT NULL"),
        "[Number(1), String(\"Ann\")]"
    );

    let server = TestServer::start();
    server.sql("CREATE TABLE person (id INT PRIMARY KEY, name TEXT, at TIMESTAMPTZ); INSERT INTO person VALUES (1, 'Ann', now()), (2, NULL, now())");
    std::fs::write(
        base.path().join("url"),
        server.url_with_password().replace("postgres://", "postgresql://"),
    )
    .expect("written");
    let command = installed("meltanolabs-tap-postgres", "tap-postgres");
    let config = "config = { sqlalchemy_url = \"file:url\", filter_schemas = [\"public\"] }";
    let postgres = house(base.path(), "singer", &format!("command = [{command:?}]\n{config}"));
    let session = postgres.session();
    assert_eq!(
        one(&session, "SELECT id, name FROM crm.\"public-person\""),
        "[Number(1), String(\"Ann\")]\n[Number(2), Null]"
    );
}

#[test]
fn a_source_of_airbyte_is_read() {
    let base = tempfile::tempdir().expect("a folder");
    let command = installed("airbyte-source-faker", "source-faker");
    let lines = format!("command = [{command:?}]\nconfig = {{ seed = 7, count = 30 }}");
    let faker = house(base.path(), "airbyte", &lines);
    let session = faker.session();
    assert_eq!(
        one(&session, "SELECT count(*), min(id), max(id) FROM crm.users"),
        "[Number(30), Number(1), Number(30)]"
    );
    let joined = "SELECT count(*) > 0 FROM crm.purchases p JOIN crm.users u ON u.id = p.user_id";
    assert_eq!(one(&session, joined), "[Bool(true)]");
    let wrong = format!("command = [{command:?}]\nconfig = {{ seed = \"x\", count = 30 }}");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let check = |lines: &str| runtime.block_on(tap(base.path(), "airbyte", lines).check());
    assert_eq!(check(&lines).expect("checked"), 3);
    let error = check(&wrong).expect_err("a seed is a number").to_string();
    assert!(error.contains("It said") && error.contains("not of type"), "{error}");
}

/// What is no tap, or a bad one, is named; what it says is told to nobody who only asks a query.
#[test]
fn a_program_that_lies_or_fails_is_named_and_harms_only_its_query() {
    let row =
        |row: &str| format!("echo '{{\"type\": \"RECORD\", \"stream\": \"users\", \"record\": {row}}}'");
    let cases = [
        ("exit 3".to_string(), "K-SCAN-DOWN"),
        (format!("{}; echo 4711 >&2; exit 1", row("{\"id\": 1}")), "K-SCAN-DOWN"),
        (format!("{}; kill -9 $$", row("{\"id\": 1}")), "K-SCAN-DOWN"),
        ("echo hello 4711".into(), "K-SCAN-ANSWER"),
        ("printf '\\377\\376\\n'".into(), "K-SCAN-ANSWER"),
        (row("[4711]"), "K-SCAN-ANSWER"),
        ("echo '{\"type\": \"RECORD\"}'".into(), "K-SCAN-ANSWER"),
        ("echo '{\"type\": \"BATCH\", \"stream\": \"users\"}'".into(), "K-SCAN-ANSWER"),
        (row("{\"id\": \"4711\"}"), "K-SCAN-TYPE"),
        (row("{\"id\": 99999999999999999999}"), "K-SCAN-TYPE"),
        ("yes '{\"type\": \"STATE\", \"value\": {}}'".into(), "K-SCAN-LIMIT"),
        (format!("while :; do {}; done", row("{\"id\": 1}")), "K-SCAN-LIMIT"),
        ("head -c 100000 /dev/zero".into(), "K-SCAN-LIMIT"),
        ("sleep 3600".into(), "K-SCAN-SLOW"),
    ];
    for (then, code) in cases {
        let base = tempfile::tempdir().expect("a folder");
        let lines = singer(base.path(), &then);
        let limits = "limits = { cell_bytes = 10000, rows = 500, bytes = 1000000, seconds = 3 }";
        let house = house(base.path(), "singer", &format!("{lines}\n{limits}"));
        let error = told(&house.session(), "SELECT id, name FROM crm.users").expect_err(&then);
        assert!(error.starts_with(code) && !error.contains("4711"), "{then}: {error}");
        assert_eq!(one(&house.session(), "SELECT 1"), "[Number(1)]");
    }
    let base = tempfile::tempdir().expect("a folder");
    for (lines, code) in [
        ("command = [\"./is-not-there\"]".to_string(), "K-SCAN-DOWN"),
        ("command = [\"true\"]".into(), "K-SCAN-ANSWER"),
        ("command = [\"cat\"]\nconfig = { password = \"env:KITH_IS_NOT_SET\" }".into(), "K-SCAN-REFUSED"),
    ] {
        let house = house(base.path(), "singer", &lines);
        let error = told(&house.session(), "SELECT id FROM crm.users").expect_err(&lines);
        assert!(error.starts_with(code), "{lines}: {error}");
    }
}

/// It sees of our environment what is harmless, of secrets those that are its own, and of what it is told nothing lies about.
#[test]
fn a_program_has_its_own_secrets_and_none_of_ours() {
    let base = tempfile::tempdir().expect("a folder");
    std::fs::write(base.path().join("secret"), "s3cret\n").expect("written");
    let then = "env | sort > env.txt; cp \"$2\" told.json; stat -c %a \"$(dirname \"$2\")\" > mode.txt; echo '{\"type\": \"STATE\", \"value\": 1}'";
    let lines = singer(base.path(), then);
    let more = "config = { deep = { token = \"file:secret\" }, list = [1, 2.5, true], at = \"file:///x\" }\nenvironment = { MINE = \"file:secret\" }";
    let house = house(base.path(), "singer", &format!("{lines}\n{more}"));
    assert_eq!(one(&house.session(), "SELECT count(*) FROM crm.users"), "[Number(0)]");
    let read = |name: &str| std::fs::read_to_string(base.path().join(name)).expect("written");
    let names: Vec<String> =
        read("env.txt").lines().filter_map(|line| Some(line.split_once('=')?.0.to_string())).collect();
    assert!(names.contains(&"PATH".to_string()) && names.contains(&"MINE".to_string()), "{names:?}");
    // Cargo has set dozens in ours.
    assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
    let told: serde_json::Value = serde_json::from_str(&read("told.json")).expect("JSON");
    assert_eq!(
        told,
        serde_json::json!({"deep": {"token": "s3cret"}, "list": [1, 2.5, true], "at": "file:///x"})
    );
    assert_eq!(read("mode.txt").trim(), "700");
    assert!(matches!(Secret::from_text("file:secret"), Secret::File(_)));
}

/// When a query ends, so does the program, with what it has begun.
#[test]
fn nothing_runs_on_when_nobody_wants_more() {
    let base = tempfile::tempdir().expect("a folder");
    let row = "echo '{\"type\": \"RECORD\", \"stream\": \"users\", \"record\": {\"id\": 1}}'";
    let lines =
        singer(base.path(), &format!("echo $$ > pid.txt; sleep 3600 & echo $! > child.txt; {row}; wait"));
    let house = house(base.path(), "singer", &lines);
    let begun = Instant::now();
    assert_eq!(one(&house.session(), "SELECT id FROM crm.users LIMIT 1"), "[Number(1)]");
    assert!(begun.elapsed() < Duration::from_secs(20), "it was waited for");
    let running = |name: &str| {
        let id = std::fs::read_to_string(base.path().join(name)).expect("an id");
        let state = std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    let until = Instant::now() + Duration::from_secs(20);
    while (running("pid.txt") || running("child.txt")) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!running("pid.txt") && !running("child.txt"), "something runs on");
}
