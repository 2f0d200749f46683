//! PostgreSQL's wire: a real client, and bytes that no client would send. More clients: `scripts/sql-clients.sh`.

use crate::product::{Server, kith, ok};
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};

const DIGITS: &str = "WITH d(x) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

fn runs<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

fn add(server: &Server, name: &str) -> String {
    ok(kith(server.dir.path(), &["user", "add", name, "--role", "owner"])).trim().to_string()
}

async fn connect(server: &Server, user: &str, password: &str) -> Result<Client, Error> {
    Ok(connect_and_hold(server, user, password).await?.0)
}

/// With what keeps the line open: a client that is dropped waits for its answers first.
async fn connect_and_hold(
    server: &Server,
    user: &str,
    password: &str,
) -> Result<(Client, tokio::task::AbortHandle), Error> {
    let mut config = Config::new();
    config.host("127.0.0.1").port(server.sql.port()).user(user).password(password).dbname("kith");
    let (client, connection) = config.connect(NoTls).await?;
    Ok((client, tokio::spawn(connection).abort_handle()))
}

#[track_caller]
fn state(result: Result<impl Sized, Error>) -> (SqlState, String) {
    let error = result.err().expect("it is refused");
    let error = error.as_db_error().unwrap_or_else(|| panic!("not by the server: {error}"));
    (error.code().clone(), format!("{} {:?} {:?}", error.message(), error.hint(), error.position()))
}

fn running(server: &Server) -> Vec<Value> {
    server.get("/v1/sql/running").json()["queries"].as_array().cloned().expect("a list")
}

/// Waits until it is so, longer than anything here takes on a busy machine.
async fn until(so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to be so");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// More rows than could ever be counted.
fn endless(select: &str) -> String {
    format!("{DIGITS} SELECT {select} FROM d a, d b, d c, d e, d f, d g, d h, d i, d j, d k, d l, d m, d n")
}

#[test]
fn a_client_asks_with_values_and_in_portals() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let mut client = connect(&server, "anna", &password).await.expect("she comes in");
        let rows = client
            .query(
                "SELECT family_name, records FROM master.customer WHERE given_name = $1 ORDER BY 1 LIMIT $2",
                &[&"ada", &3i64],
            )
            .await
            .expect("rows");
        assert_eq!(rows.len(), 3);
        let named: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(named.is_sorted(), "{named:?}");
        let row = client
            .query_one(
                "SELECT $1::int + 1, CAST($2 AS double), $3, NULL::bigint, make_array(1, 2), NULL",
                &[&41i32, &2.5f64, &"ü"],
            )
            .await
            .expect("a row");
        // A whole number that is written in the query has 64 bits here.
        assert_eq!((row.get::<_, i64>(0), row.get::<_, f64>(1), row.get::<_, &str>(2)), (42, 2.5, "ü"));
        assert_eq!((row.get::<_, Option<i64>>(3), row.get::<_, Value>(4)), (None, json!([1, 2])));
        assert_eq!(row.get::<_, Option<String>>(5), None, "NULL without a type");
        let many = format!("{DIGITS} SELECT a.x FROM d a, d b, d c, d e");
        let transaction = client.transaction().await.expect("BEGIN");
        let portal = transaction.bind(&many, &[]).await.expect("a portal");
        let mut counted = 0;
        loop {
            let rows = transaction.query_portal(&portal, 999).await.expect("rows");
            counted += rows.len();
            if rows.len() < 999 {
                break;
            }
        }
        assert_eq!(counted, 10_000);
        transaction.commit().await.expect("COMMIT");
        let said = client.simple_query("SELECT 1; SHOW search_path; ; SELECT 2").await.expect("answers");
        let values: Vec<_> = said
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_string),
                _ => None,
            })
            .collect();
        assert_eq!(values, ["1", "master", "2"]);
    });
}

#[test]
fn what_fails_says_why_and_where_and_nothing_is_written() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let client = connect(&server, "anna", &password).await.expect("she comes in");
        let (code, text) = state(client.simple_query("SELECT 1;\nSELECT (1").await);
        assert!(code == SqlState::SYNTAX_ERROR && text.contains("K-SQL-SYNTAX"), "{text}");
        let (code, text) = state(client.query("SELECT * FROM master.nothing", &[]).await);
        assert_eq!(code, SqlState::UNDEFINED_TABLE);
        assert!(text.contains("K-SQL-PLAN"), "{text}");
        for write in [
            "INSERT INTO source.crm VALUES (1)",
            "UPDATE source.crm SET email = ''",
            "DELETE FROM source.crm",
            "DROP TABLE source.crm",
            "CREATE TABLE a (b int)",
            "SELECT 1 INTO x",
            "TRUNCATE source.crm",
            "GRANT ALL ON source.crm TO anna",
        ] {
            let (code, text) = state(client.simple_query(write).await);
            assert_eq!(code, SqlState::READ_ONLY_SQL_TRANSACTION, "{write}: {text}");
        }
        for missing in ["COPY source.crm TO STDOUT", "DECLARE a CURSOR FOR SELECT 1", "LISTEN a"] {
            assert_eq!(
                state(client.simple_query(missing).await).0,
                SqlState::FEATURE_NOT_SUPPORTED,
                "{missing}"
            );
        }
        for setting in ["SET client_encoding = 'LATIN1'", "SET TimeZone = 'Europe/Berlin'"] {
            assert_eq!(
                state(client.simple_query(setting).await).0,
                SqlState::FEATURE_NOT_SUPPORTED,
                "{setting}"
            );
        }
        client.batch_execute("BEGIN").await.expect("BEGIN");
        state(client.batch_execute("SELECT nothing").await);
        assert_eq!(state(client.batch_execute("SELECT 1").await).0, SqlState::IN_FAILED_SQL_TRANSACTION);
        client.batch_execute("ROLLBACK; SELECT 1").await.expect("it goes on");
        client.batch_execute("SET statement_timeout = 300").await.expect("a limit");
        let (code, text) = state(client.simple_query(&endless("sum(a.x + n.x)")).await);
        assert_eq!(code, SqlState::QUERY_CANCELED, "{text}");
        let count = client.query_one("SELECT count(*) FROM source.crm", &[]).await.expect("a count");
        assert_eq!(count.get::<_, i64>(0), 240, "all is there");
    });
}

#[test]
fn nobody_comes_in_without_the_password() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let mut said = Vec::new();
        for i in 0..100 {
            let (user, word) =
                if i % 2 == 0 { ("anna", format!("{password}{i}")) } else { ("nobody", password.clone()) };
            let (code, text) = state(connect(&server, user, &word).await);
            assert_eq!(code, SqlState::INVALID_PASSWORD, "{user}");
            said.push(text.replace(user, "USER"));
        }
        assert!(said.iter().all(|text| *text == said[0]), "it does not say who exists: {said:?}");
        connect(&server, "anna", &password).await.expect("the right one comes in");
        let mut elsewhere = Config::new();
        elsewhere.host("127.0.0.1").port(server.sql.port()).user("anna").password(&password).dbname("other");
        assert_eq!(state(elsewhere.connect(NoTls).await).0, SqlState::INVALID_CATALOG_NAME);
        ok(kith(server.dir.path(), &["user", "remove", "anna"]));
        assert_eq!(state(connect(&server, "anna", &password).await).0, SqlState::INVALID_PASSWORD);
    });
    let log = std::fs::read_to_string(&server.log).expect("a log");
    assert!(!log.contains(&password) && !log.contains("nobody"), "{log}");
}

#[test]
fn a_query_ends_when_it_is_told_to_or_its_client_leaves() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let client = Arc::new(connect(&server, "anna", &password).await.expect("she comes in"));
        for (select, by_name) in [("sum(a.x + n.x)", false), ("a.x", false), ("sum(a.x + n.x)", true)] {
            let (text, asking) = (endless(select), client.clone());
            let query = tokio::spawn(async move {
                let rows = Box::pin(asking.query_raw(&text, Vec::<i32>::new()).await?);
                rows.try_for_each(|_| async { Ok(()) }).await
            });
            let ending = async {
                until(|| !running(&server).is_empty()).await;
                let listed = &running(&server)[0];
                assert_eq!((&listed["user"], &listed["door"]), (&json!("anna"), &json!("wire")), "{listed}");
                assert!(listed.get("query").is_none() && !listed.to_string().contains("SELECT"), "{listed}");
                let begun = Instant::now();
                match by_name {
                    true => drop(server.ask(
                        "DELETE",
                        &format!("/v1/sql/{}", listed["id"].as_str().unwrap_or_default()),
                        &[],
                        b"",
                    )),
                    false => client.cancel_token().cancel_query(NoTls).await.expect("it is asked"),
                }
                begun
            };
            let (answer, begun) = tokio::join!(query, ending);
            assert_eq!(state(answer.expect("no panic")).0, SqlState::QUERY_CANCELED, "{select}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{select}: {:?}", begun.elapsed());
            client.simple_query("SELECT 1").await.expect("the connection goes on");
        }
        until(|| running(&server).is_empty()).await;
        let (leaving, line) = connect_and_hold(&server, "anna", &password).await.expect("she comes in");
        let text = endless("sum(a.x + n.x)");
        let gone = tokio::time::timeout(Duration::from_millis(300), leaving.simple_query(&text)).await;
        assert!(gone.is_err(), "it runs");
        assert_eq!(running(&server).len(), 1);
        line.abort();
        until(|| running(&server).is_empty()).await;
    });
}

#[test]
fn a_wrong_key_ends_nothing() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let client = connect(&server, "anna", &password).await.expect("she comes in");
        for seed in 0..50u32 {
            let mut bytes = vec![0, 0, 0, 16, 4, 210, 22, 46];
            bytes.extend((seed * 77).to_be_bytes());
            bytes.extend((seed * 99).to_be_bytes());
            TcpStream::connect(server.sql).expect("a port").write_all(&bytes).expect("bytes");
        }
        client.simple_query("SELECT 1").await.expect("nothing has happened");
    });
}

/// Rubbish before and after the start, cut messages, lengths that lie.
#[test]
fn rubbish_harms_nobody_else() {
    let server = Server::start();
    let password = add(&server, "anna");
    let seed = std::env::var("KITH_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_122u64);
    println!("KITH_SEED={seed}");
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let start = b"\0\0\0\x17\0\x03\0\0user\0anna\0x\0y\0\0";
    runs(async {
        let client = connect(&server, "anna", &password).await.expect("she comes in");
        for round in 0..300 {
            let mut bytes: Vec<u8> = match round % 4 {
                0 => Vec::new(),
                1 => start.to_vec(),
                2 => vec![0, 0, 0, 8, 4, 210, 22, 47],
                _ => [&start[..], b"p\0\0\0\x2bSCRAM-SHA-256\0\0\0\0\x15n,,n=,r=abcdefghijklm"].concat(),
            };
            let length = next() % 200;
            bytes.extend((0..length).map(|_| if next() % 4 == 0 { 0 } else { next() as u8 }));
            let mut socket = TcpStream::connect(server.sql).expect("a port");
            let _ = socket.write_all(&bytes);
            let _ = socket.shutdown(Shutdown::Write);
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer);
            assert!(!answer.windows(5).any(|w| w == [b'Z', 0, 0, 0, 5]), "round {round}: rubbish came in");
            if round % 50 == 0 {
                client.simple_query("SELECT 1").await.expect("the others go on");
            }
        }
        client.simple_query("SELECT count(*) FROM master.customer").await.expect("the others go on");
    });
    let log = std::fs::read_to_string(&server.log).expect("a log");
    assert!(!log.contains("panic"), "{log}");
}
