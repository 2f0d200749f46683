//! Arrow Flight SQL with arrow-flight's own client. More clients: `scripts/sql-clients.sh`.

use crate::product::{Server, kith, ok};
use arrow_flight::error::FlightError;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{
    CommandGetDbSchemas, CommandGetTables, ProstMessageExt, SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo, Ticket,
};
use futures::TryStreamExt;
use kith_engine::arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray};
use kith_engine::arrow::datatypes::Int64Type;
use prost::Message;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::transport::{Channel, Endpoint};

type Client = FlightSqlServiceClient<Channel>;

const DIGITS: &str = "WITH d(x) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

fn runs<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

fn add(server: &Server, name: &str) -> String {
    ok(kith(server.dir.path(), &["user", "add", name, "--role", "owner"])).trim().to_string()
}

async fn nobody(server: &Server) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.flight)).expect("an address");
    FlightSqlServiceClient::new(endpoint.connect().await.expect("it answers"))
}

async fn signed_in(server: &Server, user: &str, password: &str) -> Client {
    let mut client = nobody(server).await;
    client.handshake(user, password).await.expect("it comes in");
    client
}

async fn fetched(client: &mut Client, info: FlightInfo) -> Result<Vec<RecordBatch>, FlightError> {
    let ticket = info.endpoint.first().and_then(|endpoint| endpoint.ticket.clone()).expect("a ticket");
    let rows = client.do_get(ticket).await?;
    rows.try_collect().await
}

async fn asked(client: &mut Client, sql: &str) -> Result<Vec<RecordBatch>, FlightError> {
    let info = client.execute(sql.to_string(), None).await?;
    fetched(client, info).await
}

async fn refused(client: &mut Client, sql: &str) -> String {
    asked(client, sql).await.err().unwrap_or_else(|| panic!("{sql} is refused")).to_string()
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn texts(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let all = batches.iter().flat_map(|batch| {
        let column = batch.column_by_name(column).expect("the column").as_string::<i32>();
        column.iter().map(|text| text.unwrap_or_default().to_string()).collect::<Vec<_>>()
    });
    all.collect()
}

fn running(server: &Server) -> Vec<Value> {
    server.get("/v1/sql/running").json()["queries"].as_array().cloned().expect("a list")
}

async fn until(so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to be so");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn endless() -> String {
    format!("{DIGITS} SELECT a.x FROM d a, d b, d c, d e, d f, d g, d h, d i, d j, d k, d l, d m, d n")
}

#[test]
fn a_client_asks_with_and_without_values() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let client = &mut signed_in(&server, "anna", &password).await;
        let sql = "SELECT given_name, records FROM master.customer WHERE given_name = 'ada' ORDER BY 1";
        let info = client.execute(sql.into(), None).await.expect("a plan");
        let told = info.clone().try_decode_schema().expect("a schema");
        let rows = fetched(client, info).await.expect("rows");
        assert!(count(&rows) > 0 && rows[0].schema().fields().len() == 2);
        assert_eq!(told.field(0).name(), "given_name");
        let none = asked(client, "SELECT given_name FROM master.customer WHERE false").await.expect("none");
        assert_eq!(count(&none), 0);
        let many = format!("{DIGITS} SELECT a.x, 'text' t FROM d a, d b, d c, d e, d f");
        assert_eq!(count(&asked(client, &many).await.expect("rows")), 100_000);
        let sql = "SELECT $1 + 1 AS n, upper($2) AS t FROM (VALUES (1)) v(x) WHERE x = $1".to_string();
        let mut prepared = client.prepare(sql, None).await.expect("prepared");
        assert_eq!(prepared.parameter_schema().expect("parameters").fields().len(), 2);
        for (n, found) in [(1i32, 1), (2, 0)] {
            let values: Vec<(&str, ArrayRef)> = vec![
                ("$1", Arc::new(Int32Array::from(vec![n]))),
                ("$2", Arc::new(StringArray::from(vec!["grüße"]))),
            ];
            prepared.set_parameters(RecordBatch::try_from_iter(values).expect("a row")).expect("set");
            let info = prepared.execute().await.expect("a plan");
            let rows = fetched(client, info).await.expect("rows");
            assert_eq!(count(&rows), found);
            if found == 1 {
                let number = rows[0].column(0).as_primitive::<Int64Type>().value(0);
                assert_eq!((number, texts(&rows, "t")), (2, vec!["GRÜSSE".to_string()]));
            }
        }
        let few: Vec<(&str, ArrayRef)> = vec![("$1", Arc::new(Int64Array::from(vec![1, 2])))];
        prepared.set_parameters(RecordBatch::try_from_iter(few).expect("rows")).expect("set");
        assert!(prepared.execute().await.is_err(), "two rows, and too few of them");
        prepared.close().await.expect("closed");
    });
    let audit = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
    assert!(audit.contains("\"flight\"") && audit.contains("anna"), "{audit}");
}

#[test]
fn clients_learn_what_there_is() {
    let server = Server::start();
    runs(async {
        let mut client = nobody(&server).await;
        client.set_token(server.token.clone());
        let info = client.get_tables(CommandGetTables { include_schema: true, ..Default::default() });
        let info = info.await.expect("a plan");
        let tables = fetched(&mut client, info).await.expect("tables");
        assert!(texts(&tables, "table_name").contains(&"customer".to_string()));
        let schemas = tables[0].column_by_name("table_schema").expect("schemas").as_binary::<i32>();
        assert!((0..schemas.len()).all(|row| !schemas.value(row).is_empty()));
        let pattern = Some("mas%".to_string());
        let info =
            client.get_db_schemas(CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: pattern });
        let info = info.await.expect("a plan");
        let found = fetched(&mut client, info).await.expect("schemas");
        assert_eq!(texts(&found, "db_schema_name"), ["master"]);
        let info = client.get_catalogs().await.expect("a plan");
        assert_eq!(texts(&fetched(&mut client, info).await.expect("catalogs"), "catalog_name"), ["kith"]);
        let info = client.get_table_types().await.expect("a plan");
        assert_eq!(count(&fetched(&mut client, info).await.expect("types")), 2);
        let info = client.get_sql_info(vec![SqlInfo::FlightSqlServerName]).await.expect("a plan");
        assert_eq!(count(&fetched(&mut client, info).await.expect("about")), 1);
    });
}

#[test]
fn nobody_comes_in_without_a_password_or_a_token() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        for (user, word) in
            [("anna", "wrong password 12"), ("bob", password.as_str()), ("", ""), ("anna", "")]
        {
            assert!(nobody(&server).await.handshake(user, word).await.is_err(), "{user}");
        }
        for token in
            ["", "kith_", "flight_00", server.token.trim_end_matches(|c: char| c.is_ascii_hexdigit())]
        {
            let mut client = nobody(&server).await;
            client.set_token(token.to_string());
            assert!(refused(&mut client, "SELECT 1").await.contains("sign in"), "{token}");
            assert!(client.get_tables(CommandGetTables::default()).await.is_err());
            let ticket = TicketStatementQuery { statement_handle: "x SELECT 1".into() };
            let ticket = Ticket::new(ticket.as_any().encode_to_vec());
            assert!(client.do_get(ticket).await.is_err(), "a ticket lets nobody in");
            assert!(client.prepare("SELECT 1".into(), None).await.is_err());
        }
        let mut anna = signed_in(&server, "anna", &password).await;
        assert!(asked(&mut anna, "SELECT 1").await.is_ok());
        ok(kith(server.dir.path(), &["user", "remove", "anna"]));
        assert!(asked(&mut anna, "SELECT 1").await.is_err(), "who was removed is out at once");
    });
}

#[test]
fn statements_belong_to_who_made_them() {
    let server = Server::start();
    let (anna, bob) = (add(&server, "anna"), add(&server, "bob"));
    runs(async {
        let mut anna = signed_in(&server, "anna", &anna).await;
        let mut bob = signed_in(&server, "bob", &bob).await;
        let mut prepared = anna.prepare("SELECT 1 AS one".into(), None).await.expect("prepared");
        let info = prepared.execute().await.expect("a plan");
        assert!(fetched(&mut bob, info.clone()).await.is_err(), "it is anna's");
        assert_eq!(count(&fetched(&mut anna, info).await.expect("hers")), 1);
        // A statement's ticket is its text: bob may bring it, and asks as himself.
        let info = anna.execute("SELECT 1".into(), None).await.expect("a plan");
        assert_eq!(count(&fetched(&mut bob, info).await.expect("his own question")), 1);
    });
    let audit = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
    assert!(audit.contains("\"bob\""), "{audit}");
}

#[test]
fn what_fails_says_why_and_nothing_is_written() {
    let server = Server::start();
    let password = add(&server, "anna");
    runs(async {
        let client = &mut signed_in(&server, "anna", &password).await;
        for (sql, code) in [
            ("SELECT (1", "K-SQL-SYNTAX"),
            ("SELECT * FROM master.nothing", "K-SQL-PLAN"),
            ("SELECT 1 / (x - x) FROM (VALUES (1)) v(x)", "K-SQL-FAILED"),
            ("DELETE FROM source.crm", "K-SQL-READ-ONLY"),
            ("CREATE TABLE a (b int)", "K-SQL-READ-ONLY"),
            ("SELECT 1 INTO x", "K-SQL"),
            ("SELECT * FROM '/etc/passwd'", "K-SQL-PLAN"),
        ] {
            let said = refused(client, sql).await;
            assert!(said.contains(code), "{sql}: {said}");
        }
        let said = client.execute_update("DELETE FROM source.crm".into(), None).await.expect_err("refused");
        assert!(said.to_string().contains("K-SQL-READ-ONLY"), "{said}");
        assert!(asked(client, "SELECT 1").await.is_ok(), "it goes on");
    });
}

#[test]
fn a_query_ends_with_its_stream_or_when_it_is_asked_to() {
    let server = Server::start();
    let (anna, bob) = (add(&server, "anna"), add(&server, "bob"));
    runs(async {
        let mut anna = signed_in(&server, "anna", &anna).await;
        let mut bob = signed_in(&server, "bob", &bob).await;
        let info = anna.execute(endless(), None).await.expect("a plan");
        let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
        let mut rows = anna.do_get(ticket.clone()).await.expect("rows");
        assert!(rows.try_next().await.expect("a batch").is_some());
        assert_eq!(running(&server).len(), 1);
        drop(rows);
        until(|| running(&server).is_empty()).await;

        let mut rows = anna.do_get(ticket).await.expect("rows");
        assert!(rows.try_next().await.expect("a batch").is_some());
        let cancel = |info: &FlightInfo| Action {
            r#type: "CancelFlightInfo".into(),
            body: CancelFlightInfoRequest { info: Some(info.clone()) }.encode_to_vec().into(),
        };
        assert_eq!(cancelled(&mut bob, cancel(&info)).await, CancelStatus::NotCancellable, "it is anna's");
        assert_eq!(cancelled(&mut anna, cancel(&info)).await, CancelStatus::Cancelled);
        until(|| running(&server).is_empty()).await;
        let end = loop {
            match rows.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it came to its end"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(end.contains("K-SQL-CANCELLED"), "{end}");
    });
}

async fn cancelled(client: &mut Client, action: Action) -> CancelStatus {
    let token = client.token().cloned().expect("a token");
    let mut request = tonic::Request::new(action);
    let value = format!("Bearer {token}").parse().expect("a header");
    request.metadata_mut().insert("authorization", value);
    let answer = client.inner_mut().do_action(request).await.expect("an answer").into_inner();
    let answer: Vec<arrow_flight::Result> = answer.try_collect().await.expect("an answer");
    let answer = CancelFlightInfoResult::decode(&*answer[0].body).expect("a result");
    answer.status()
}
