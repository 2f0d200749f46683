//! Connections over TLS, to real servers with a certificate of an authority of their own; and servers without any.

use super::mariadb::{MariaDb, run};
use super::{House, dialect, one, opened, told};
use crate::connect::TestServer;
use crate::exec::Limits;
use crate::remote::Remote;
use crate::remote::ask::Family;
use crate::remote::postgres::Postgres;
use crate::remote::tls::Guard;
use kith_core::config::{ConnectionLimits, Secret, SslMode, TlsChoice};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// An authority (`ca.pem`), another (`other.pem`), and a server's certificate for 127.0.0.1 that the first has signed.
fn certificates(folder: &Path) {
    let file = |name: &str| folder.join(name).display().to_string();
    let openssl = |arguments: &str, more: &[String]| {
        run(Command::new("openssl").args(arguments.split(' ')).args(more));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3";
    for (name, subject) in [("ca", "/CN=Test authority"), ("other", "/CN=Another authority")] {
        let out =
            ["-keyout".into(), file(&format!("{name}.key")), "-out".into(), file(&format!("{name}.pem"))];
        let subject = ["-subj".to_string(), subject.to_string()];
        openssl(&format!("req -x509 {key}"), &[&out[..], &subject[..]].concat());
    }
    let out = ["-keyout".into(), file("server.key"), "-out".into(), file("server.csr")];
    openssl(&format!("req {key} -subj /CN=database"), &out);
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").expect("written");
    let signed = [
        "-in",
        &file("server.csr"),
        "-CA",
        &file("ca.pem"),
        "-CAkey",
        &file("ca.key"),
        "-extfile",
        &file("names"),
        "-out",
        &file("server.pem"),
    ];
    openssl("x509 -req -days 3 -CAcreateserial", &signed.map(String::from));
}

fn guard(folder: &Path, mode: SslMode, ca: Option<&str>) -> Guard {
    Guard { choice: TlsChoice { mode: Some(mode), ca: ca.map(Into::into) }, base: folder.into() }
}

/// What each way of asking comes to, by the name of its connection.
const WAYS: &[(&str, SslMode, Option<&str>)] = &[
    ("plain", SslMode::Disable, None),
    ("any", SslMode::Require, None),
    ("sure", SslMode::VerifyFull, Some("ca.pem")),
    ("foreign", SslMode::VerifyFull, Some("other.pem")),
    ("system", SslMode::VerifyFull, None),
    ("nobody", SslMode::VerifyFull, Some("names")),
];

fn house<R: Remote + 'static>(make: impl Fn(&str, Guard) -> R, folder: &Path) -> House {
    WAYS.iter().fold(House::new(), |house, (name, mode, ca)| {
        let remote = make(name, guard(folder, *mode, *ca));
        house.with(&opened(name, ConnectionLimits::default(), remote))
    })
}

fn over_tls(house: &House, encrypted: &str) {
    let session = house.session();
    for (name, well) in
        [("plain", true), ("any", true), ("sure", true), ("foreign", false), ("nobody", false)]
    {
        match told(&session, &format!("SELECT count(*) FROM {name}.t")) {
            Ok(_) => assert!(well, "{name} is taken for the server"),
            Err(error) => assert!(!well && error.starts_with("K-SCAN-TLS"), "{name}: {error}"),
        }
    }
    // Which authorities a system trusts is not ours to say; this one is not among them.
    let error = told(&session, "SELECT count(*) FROM system.t").expect_err("not of the system's");
    assert!(error.starts_with("K-SCAN-TLS"), "{error}");
    for (name, is) in [("plain", false), ("any", true), ("sure", true)] {
        let said = one(&session, &format!("SELECT s FROM {name}.{encrypted}"));
        assert_eq!(said.contains("TLSv1."), is, "{name}: {said}");
    }
}

fn without_tls(house: &House) {
    let session = house.session();
    assert_eq!(one(&session, "SELECT count(*) FROM plain.t"), "[Number(0)]");
    for name in ["any", "sure"] {
        let error = told(&session, &format!("SELECT count(*) FROM {name}.t")).expect_err(name);
        assert!(error.starts_with("K-SCAN-TLS") && error.contains("offers no encryption"), "{error}");
    }
}

#[test]
fn postgres_over_tls_is_who_it_says_or_is_not_spoken_to() {
    let server = TestServer::start();
    let folder = server.folder().to_path_buf();
    certificates(&folder);
    std::fs::write(folder.join("url"), server.url_with_password()).expect("written");
    let make = |name: &str, guard: Guard| Postgres {
        name: name.into(),
        url: Secret::File("url".into()),
        password: None,
        base: folder.clone(),
        limits: ConnectionLimits::default(),
        dialect: dialect(Family::Postgres, None),
        guard,
        idle: Default::default(),
    };
    server.sql(
        "CREATE TABLE t (id int); CREATE VIEW sleeps AS SELECT pg_sleep(600)::text AS s;
         CREATE VIEW how AS SELECT version AS s FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    without_tls(&house(make, &folder));
    for file in ["server.pem", "server.key"] {
        let owner = format!("--reference={}", folder.join("data").display());
        run(Command::new("chown").arg(owner).arg(folder.join(file)));
    }
    for setting in ["ssl_cert_file", "ssl_key_file"] {
        let file = folder.join(if setting == "ssl_key_file" { "server.key" } else { "server.pem" });
        server.sql(&format!("ALTER SYSTEM SET {setting} = '{}'", file.display()));
    }
    server.sql("ALTER SYSTEM SET ssl = on");
    server.sql("SELECT pg_reload_conf()");
    super::faults::until(|| server.finds("SELECT 1 WHERE current_setting('ssl') = 'on'"));
    let house = house(make, &folder);
    over_tls(&house, "how");
    // What ends here ends there, over TLS too.
    let runs = || {
        server.finds("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%sleeps%'")
    };
    let limits = Limits { time_max: Duration::from_secs(600), ..Limits::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let rows = runtime.block_on(house.session().stream("SELECT s FROM sure.sleeps", &limits)).expect("begun");
    super::faults::until(runs);
    drop(rows);
    super::faults::until(|| !runs());
}

#[test]
fn mariadb_over_tls_is_who_it_says_or_is_not_spoken_to() {
    let view = "CREATE TABLE t (id INT);\nCREATE VIEW how AS SELECT VARIABLE_VALUE AS s FROM information_schema.SESSION_STATUS \
                WHERE VARIABLE_NAME = 'Ssl_version'";
    let files = ["--ssl-cert=FOLDER/server.pem", "--ssl-key=FOLDER/server.key", "--ssl-ca=FOLDER/ca.pem"];
    for tls in [false, true] {
        let server = MariaDb::start_with(if tls { &files } else { &["--skip-ssl"] }, certificates);
        server.sql(view);
        let make = |name: &str, guard: Guard| {
            let remote = server.remote(name, None, ConnectionLimits::default());
            crate::remote::mysql::Mysql { guard, ..remote }
        };
        let house = house(make, server.folder());
        if tls { over_tls(&house, "how") } else { without_tls(&house) }
    }
}
