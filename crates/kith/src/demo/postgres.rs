//! The CRM as a PostgreSQL table. It has a name of its own, so that the demo never touches a table that it did not make.

use super::Error;
use tokio_postgres::{Client, Config, NoTls};

/// The table.
pub const TABLE: &str = "kith_demo_crm";

/// Rows in one statement; the arrays of 2,000 rows are about half a megabyte.
const BATCH_ROWS: usize = 2_000;

/// Makes the table anew and fills it. Empty texts become NULL.
pub fn load<const N: usize>(url: &str, columns: &[&str; N], rows: &[[String; N]]) -> Result<(), Error> {
    // The caller may or may not be inside a runtime; a thread with its own is right in both cases.
    let job = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| Error::Postgres { cause: cause.to_string() })?;
        runtime.block_on(fill(url, columns, rows)).map_err(|cause| Error::Postgres { cause: said(&cause) })
    };
    std::thread::scope(|scope| scope.spawn(job).join())
        .unwrap_or_else(|_| Err(Error::Postgres { cause: "the loading thread ended early".into() }))
}

/// The variable that PostgreSQL's own programs take the password from.
pub const PASSWORD_VARIABLE: &str = "PGPASSWORD";

/// The password that the environment gives, if any.
pub fn password() -> Option<String> {
    std::env::var(PASSWORD_VARIABLE).ok().filter(|p| !p.is_empty())
}

/// A URL that is safe to write down: without its password.
pub fn without_password(url: &str) -> Option<String> {
    let config: Config = url.parse().ok()?;
    if config.get_password().is_none() {
        return Some(url.to_string());
    }
    None
}

async fn fill<const N: usize>(
    url: &str,
    columns: &[&str; N],
    rows: &[[String; N]],
) -> Result<(), tokio_postgres::Error> {
    let mut config: Config = url.parse()?;
    if let (None, Some(password)) = (config.get_password(), password()) {
        config.password(password);
    }
    let (mut client, connection) = config.connect(NoTls).await?;
    let talk = tokio::spawn(connection);
    create(&client, columns).await?;
    // All or nothing: a demo that was stopped leaves an empty table, not half a CRM.
    let all = client.transaction().await?;
    let names = columns.join(", ");
    let arrays = (1..=N).map(|i| format!("${i}::text[]")).collect::<Vec<_>>().join(", ");
    let cells = columns.iter().map(|c| cast(c)).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {TABLE} ({names}) SELECT {cells} FROM unnest({arrays}) AS row ({names})");
    let insert = all.prepare(&sql).await?;
    for batch in rows.chunks(BATCH_ROWS) {
        let column = |i: usize| batch.iter().map(|r| Some(r[i].as_str()).filter(|t| !t.is_empty())).collect();
        let values: Vec<Vec<Option<&str>>> = (0..N).map(column).collect();
        let values =
            values.iter().map(|v| v as &(dyn tokio_postgres::types::ToSql + Sync)).collect::<Vec<_>>();
        all.execute(&insert, &values).await?;
    }
    all.commit().await?;
    drop(client);
    let _closed = talk.await;
    Ok(())
}

async fn create<const N: usize>(client: &Client, columns: &[&str; N]) -> Result<(), tokio_postgres::Error> {
    let declare = |column: &&str| match *column {
        "customer_id" => "customer_id text PRIMARY KEY".to_string(),
        "created" => "created date NOT NULL".to_string(),
        "modified" => "modified timestamptz NOT NULL".to_string(),
        other => format!("{other} text"),
    };
    let columns = columns.iter().map(declare).collect::<Vec<_>>().join(", ");
    client.batch_execute(&format!("DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} ({columns});")).await
}

fn cast(column: &str) -> String {
    match column {
        "created" => "created::date".into(),
        "modified" => "(modified || ' UTC')::timestamptz".into(),
        other => other.into(),
    }
}

/// The driver's word and the server's reason.
fn said(cause: &tokio_postgres::Error) -> String {
    match std::error::Error::source(cause) {
        Some(reason) => format!("{cause}: {reason}"),
        None => cause.to_string(),
    }
}
