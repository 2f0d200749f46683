//! Against a real PostgreSQL, started for the test on a loopback port and stopped at its end.

use crate::Error;
use crate::connect::{Connector, Pulled, open, open_with, preview};
use crate::tabular::Limits;
use kith_core::config::{Secret, Source, SourceKind};
use kith_core::id::SourceName;
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const PASSWORD: &str = "correct-horse";

/// A server of its own; gone when dropped.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        // A free port, taken a moment later by the server.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Server { folder, programs: programs(), port };
        let path = |name: &str| server.folder.path().join(name).display().to_string();
        std::fs::write(path("password"), PASSWORD).unwrap();
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            run(Command::new("chown").args(["-R", "postgres", &server.folder.path().display().to_string()]));
        }
        let (data, pwfile) = (path("data"), format!("--pwfile={}", path("password")));
        server.program("initdb", &["-D", &data, "-U", "kith", "-E", "UTF8", "--auth=scram-sha-256", &pwfile]);
        let settings =
            format!("-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off");
        server.program("pg_ctl", &["-D", &data, "-w", "-l", &path("log"), "-o", &settings, "start"]);
        server
    }

    /// Runs one of the server's programs; as user postgres where the test is root, which the server refuses.
    fn program(&self, name: &str, arguments: &[&str]) {
        let program = self.programs.join(name);
        let owner = std::fs::metadata(self.folder.path().join("password")).unwrap();
        let me = std::fs::metadata("/proc/self").unwrap();
        if owner.uid() == me.uid() {
            run(Command::new(program).args(arguments));
        } else {
            run(Command::new("runuser").args(["-u", "postgres", "--"]).arg(program).args(arguments));
        }
    }

    fn url(&self) -> String {
        format!("postgres://kith@127.0.0.1:{}/postgres", self.port)
    }

    /// Its own folder, gone with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url_with_password(&self) -> String {
        format!("postgres://kith:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn sql(&self, sql: &str) {
        let url = self.url_with_password();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        });
    }

    /// True if a query gives a row.
    pub(crate) fn finds(&self, sql: &str) -> bool {
        let url = self.url_with_password();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            !client.query(sql, &[]).await.unwrap().is_empty()
        })
    }

    /// A source whose password lies in a file.
    fn source(&self, table: &str) -> Source {
        let mut source = Source::new(SourceName::try_from("shop").unwrap(), SourceKind::Postgres, 1);
        source.url = Some(Secret::Plain(self.url()));
        source.password = Some(Secret::File("secret".into()));
        source.table = Some(table.into());
        source
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data").display().to_string();
        self.program("pg_ctl", &["-D", &data, "-m", "immediate", "-s", "stop"]);
    }
}

fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .chain(std::env::var_os("PATH").iter().flat_map(std::env::split_paths))
        .filter(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
        .collect();
    found.sort();
    found.pop().expect("this test needs PostgreSQL's server programs; `make test` installs them, or: apt-get install postgresql")
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").stdin(std::process::Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

fn pull(connector: &mut dyn Connector, cursor: Option<&Value>) -> Result<(Vec<Pulled>, Value), Error> {
    let mut all = Vec::new();
    let end = connector.pull(cursor, &mut |pulled| {
        all.push(pulled);
        Ok(ControlFlow::Continue(()))
    })?;
    assert!(end.whole);
    Ok((all, end.cursor))
}

fn rows(pulled: &[Pulled]) -> Vec<Map<String, Value>> {
    let row = |p: &Pulled| match p {
        Pulled::Row { row, .. } => Some(row.clone()),
        _ => None,
    };
    pulled.iter().filter_map(row).collect()
}

#[test]
fn a_real_postgres_is_read_faithfully_and_its_faults_are_told_apart() {
    let server = Server::start();
    let base = tempfile::tempdir().unwrap();
    std::fs::write(base.path().join("secret"), format!("{PASSWORD}\n")).unwrap();
    every_type_keeps_its_value(&server, base.path());
    only_new_rows_are_read(&server, base.path());
    large_cells_are_refused(&server, base.path());
    faults_have_names(&server, base.path());
}

fn every_type_keeps_its_value(server: &Server, base: &Path) {
    server.sql(
        "CREATE SCHEMA sales;
         CREATE TYPE sales.colour AS ENUM ('red', 'blue');
         CREATE TABLE sales.\"Customer\" (tenant int, \"No\" bigint, name text, exact numeric(30, 10), whole numeric,
           rough float8, odd float8, yes bool, born date, seen timestamptz, local timestamp, at time, id uuid,
           doc jsonb, tags text[], nums int[], raw bytea, ink sales.colour, span interval, nothing text,
           PRIMARY KEY (\"No\", tenant));
         INSERT INTO sales.\"Customer\" VALUES (1, 9007199254740993, 'Zoë \"Z\"', 12345678901234567890.0123456789,
           1e20, 0.1, 'NaN', true, '1975-02-03', '2024-05-06 07:08:09.123456+02', '2024-05-06 07:08:09',
           '07:08', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '{\"mail\": {\"home\": \"a@b.org\"}, \"n\": [1, 2]}',
           '{a,\"b,c\",NULL}', '{{1,2},{3,4}}', '\\x00ff', 'blue', '1 day 2 hours', NULL);",
    );
    let mut connector = open(&server.source("sales.Customer"), base).unwrap();
    assert_eq!(connector.key().unwrap(), ["No", "tenant"]);
    let (pulled, _) = pull(connector.as_mut(), None).unwrap();
    let wanted = json!({
        "tenant": 1, "No": 9_007_199_254_740_993_i64, "name": "Zoë \"Z\"",
        "exact": "12345678901234567890.0123456789", "whole": "100000000000000000000", "rough": 0.1, "odd": "NaN",
        "yes": true, "born": "1975-02-03", "seen": "2024-05-06T05:08:09.123456+00:00",
        "local": "2024-05-06T07:08:09", "at": "07:08:00", "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "doc.mail.home": "a@b.org", "doc.n": [1, 2], "tags": ["a", "b,c", null], "nums": [[1, 2], [3, 4]],
        "raw": "\\x00ff", "ink": "blue", "span": "P1DT2H", "nothing": null,
    });
    assert_eq!(Value::Object(rows(&pulled).remove(0)), wanted);
}

fn only_new_rows_are_read(server: &Server, base: &Path) {
    server.sql(
        "CREATE TABLE till (no int PRIMARY KEY, mail text, changed timestamptz);
         INSERT INTO till SELECT n, n || '@example.org', '2026-01-01'::timestamptz + n * interval '1 second'
           FROM generate_series(1, 2500) n;",
    );
    let mut source = server.source("till");
    source.updated_at = Some("changed".into());
    let mut connector = open(&source, base).unwrap();
    let (pulled, cursor) = pull(connector.as_mut(), None).unwrap();
    assert_eq!(rows(&pulled).len(), 2500);
    server.sql(
        "UPDATE till SET mail = 'new@example.org', changed = '2026-02-01' WHERE no = 7; DELETE FROM till WHERE no = 8;
         INSERT INTO till VALUES (2501, NULL, NULL);",
    );
    let (pulled, _) = pull(connector.as_mut(), Some(&cursor)).unwrap();
    let numbers: Vec<Value> = rows(&pulled).iter().map(|row| row["no"].clone()).collect();
    assert_eq!(numbers.len(), 3, "the last one of before, the changed and the timeless: {numbers:?}");
    let present = pulled.iter().filter(|p| matches!(p, Pulled::Present(key) if key.len() == 1)).count();
    assert_eq!(present, 2497, "2,500 and one new, less one deleted and three read");
    let mut seen = 0;
    let stopped = connector.pull(None, &mut |_| {
        seen += 1;
        Ok(if seen < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    });
    assert_eq!((stopped.unwrap().whole, seen), (false, 3));
}

fn large_cells_are_refused(server: &Server, base: &Path) {
    server.sql("CREATE TABLE big (no int PRIMARY KEY, note text); INSERT INTO big VALUES (1, 'a'), (2, repeat('x', 5000)), (3, 'c')");
    let mut connector = open_with(&server.source("big"), base, Limits { row_bytes: 4096 }).unwrap();
    let (pulled, _) = pull(connector.as_mut(), None).unwrap();
    assert_eq!(rows(&pulled).len(), 2);
    let Pulled::Reject { reject, row } = &pulled[1] else { panic!("{:?}", pulled[1]) };
    assert_eq!((reject.code, reject.original_bytes), ("K-LAND-TOO-LARGE", 5000));
    assert_eq!((reject.place.as_str(), row["no"].clone()), ("row 2", json!(2)));
}

fn faults_have_names(server: &Server, base: &Path) {
    let fault = |source: &Source| match open(source, base).and_then(|mut c| c.columns()) {
        Ok(_) => panic!("no fault"),
        Err(error) => {
            assert!(!format!("{error} {}", error.help()).contains("horse"), "a password in a message");
            (error.code(), format!("{error} {}", error.help()))
        }
    };
    let mut source = server.source("tills");
    let (code, text) = fault(&source);
    assert!(code == "K-SOURCE-TABLE" && text.contains("till"), "{code} {text}");
    std::fs::write(base.join("wrong"), "wrong-horse").unwrap();
    source.password = Some(Secret::File("wrong".into()));
    assert_eq!(fault(&source).0, "K-SOURCE-PASSWORD");
    source.password = None;
    assert_eq!(fault(&source).0, "K-SOURCE-PASSWORD");
    source.password = Some(Secret::Env("KITH_TEST_NOT_SET".into()));
    assert_eq!(fault(&source).0, "K-SOURCE-SECRET");
    source.password = None;
    source.url = Some(Secret::Plain("postgres://kith:horse@127.0.0.1/postgres".into()));
    assert_eq!(fault(&source).0, "K-SOURCE-SECRET");
    source.password = Some(Secret::File("secret".into()));
    source.url = Some(Secret::Plain(server.url().replace("/postgres", "/nothing")));
    assert_eq!(fault(&source).0, "K-SOURCE-DATABASE");
    // Nothing listens on port 1.
    source.url = Some(Secret::Plain("postgres://kith@127.0.0.1:1/postgres".into()));
    let (code, text) = fault(&source);
    assert!(code == "K-SOURCE-UNREACHABLE" && text.contains("127.0.0.1:1"), "{code} {text}");
    assert!(preview("postgres://kith@127.0.0.1:1/postgres", 1).is_err());
}
