//! SQL shows what was acknowledged, without a run.

use crate::story::{Company, run};
use crate::stream::{project, row, send};
use kith_core::govern::{Door, Subject};
use kith_core::id::Tenant;
use kith_engine::shape::SqlRows;
use kith_engine::{Limits, Project};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What SQL says of records and profiles: the rows of each table, in an order.
pub fn tables(project: &Project) -> BTreeMap<String, Vec<String>> {
    let session =
        project.session(&Subject::owner("owner", Tenant::default_tenant(), Door::Cli)).expect("a session");
    let all = [
        "identity.node",
        "identity.cluster",
        "identity.link",
        "master.customer",
        "master.customer_value",
        "source.app",
        "source.crm",
    ];
    let rows = |table: &str| {
        let limits = Limits { rows_max: 1_000_000, ..Limits::default() };
        let answer = session.query(&format!("SELECT * FROM {table}"), &limits).expect(table);
        let shape = SqlRows::of(&answer);
        // A source's columns stand in the order in which they were seen; one that no row has any more goes with the next run.
        let named = |row: &Vec<Value>| -> BTreeMap<String, Value> {
            let cells = shape.columns.iter().map(|column| column.name.clone()).zip(row.iter().cloned());
            cells.filter(|(_, value)| !value.is_null()).collect()
        };
        let mut rows: Vec<String> = shape.rows.iter().map(|row| format!("{:?}", named(row))).collect();
        rows.sort_unstable();
        rows
    };
    all.iter().map(|table| (table.to_string(), rows(table))).collect()
}

/// New columns, values of another kind, and a row that is gone: a query shows them without a run.
#[test]
fn what_is_sent_is_in_the_tables_when_the_answer_comes() {
    let company = Company::new(40);
    let project = project(&company, "");
    let ask = |sql: &str| {
        let session = project.session(&Subject::owner("owner", Tenant::default_tenant(), Door::Cli));
        session.expect("a session").rows(sql, &Limits::default()).expect(sql).rows
    };
    send(&project, vec![row(json!({"id": "1", "mail": "one@example.org", "points": 5}))], Vec::new());
    run(&project);
    assert_eq!(ask("SELECT points + 1 FROM source.app"), [[json!(6)]]);
    send(
        &project,
        vec![row(json!({"id": "2", "mail": "two@example.org", "points": "many", "colour": "red"}))],
        Vec::new(),
    );
    assert_eq!(
        ask("SELECT id, points, colour FROM source.app WHERE mail LIKE '%example.org' ORDER BY id"),
        [[json!("1"), json!("5"), Value::Null], [json!("2"), json!("many"), json!("red")]]
    );
    assert_eq!(ask("SELECT count(*) FROM source.app WHERE points = '5'"), [[json!(1)]]);
    let people = "SELECT count(*) FROM master.customer WHERE email LIKE '%@example.org' AND email < 'p'";
    let before = ask(people);
    send(&project, Vec::new(), vec!["1".into()]);
    assert_eq!(ask("SELECT id FROM source.app"), [[json!("2")]]);
    assert_ne!(ask(people), before);
    let joined = "SELECT s.colour FROM source.app s JOIN identity.node n ON n.node_id = s._node_id
                  JOIN master.customer c ON c.profile_id = n.profile_id WHERE c.email = 'two@example.org'";
    assert_eq!(ask(joined), [[json!("red")]]);
    run(&project);
    assert_eq!(ask(joined), [[json!("red")]]);
}
