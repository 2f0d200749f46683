//! Which tables there are, and what their columns hold.

use crate::remote::RemoteFacts;
use crate::remote::ask::{Class, RemoteColumn};
use crate::remote::cells::Kind;
use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, DriverError, Error, Result};
use std::collections::HashMap;

/// Names are compared with and without regard to case: the one finds them fast, the other exactly.
const TABLES: &str = "\
SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_ROWS FROM information_schema.TABLES t
WHERE t.TABLE_SCHEMA = DATABASE() AND CAST(t.TABLE_SCHEMA AS BINARY) = CAST(DATABASE() AS BINARY)
  AND t.TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
LIMIT 100000";

/// What the user of the connection may read, of one database: that of the URL.
const COLUMNS: &str = "\
SELECT c.TABLE_NAME, c.COLUMN_NAME, LOWER(c.DATA_TYPE), LOWER(c.COLUMN_TYPE),
  CAST(c.NUMERIC_PRECISION AS SIGNED), CAST(c.NUMERIC_SCALE AS SIGNED),
  CAST(coalesce(c.CHARACTER_OCTET_LENGTH, 0) <= @@max_allowed_packet DIV 4 AS SIGNED),
  CAST(coalesce(c.CHARACTER_OCTET_LENGTH, 0) * IF(c.CHARACTER_SET_NAME = 'utf8mb4', 1, 3) <= 1024 AS SIGNED), c.CHARACTER_SET_NAME, c.COLLATION_NAME,
  CAST(c.COLUMN_KEY = 'PRI' AS SIGNED)
FROM information_schema.COLUMNS c
WHERE c.TABLE_SCHEMA = DATABASE() AND CAST(c.TABLE_SCHEMA AS BINARY) = CAST(DATABASE() AS BINARY)
  AND FIND_IN_SET('select', LOWER(c.PRIVILEGES)) > 0
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
LIMIT 500000";

type Described =
    (String, String, String, String, Option<i64>, Option<i64>, i64, i64, Option<String>, Option<String>, i64);

/// The tables of the database.
pub(super) async fn tables(client: &mut Conn) -> Result<Vec<RemoteFacts>> {
    let tables: Vec<(String, String, Option<u64>)> = all(client, TABLES).await?;
    let described: Vec<Described> = all(client, COLUMNS).await?;
    let mut columns: HashMap<String, (Vec<RemoteColumn>, Vec<usize>)> = HashMap::new();
    for row in described {
        let (columns, key) = columns.entry(row.0.clone()).or_default();
        key.extend((row.10 == 1).then_some(columns.len()));
        columns.push(column(row));
    }
    let facts = tables.into_iter().map(|(schema, name, rows)| {
        let (columns, key) = columns.remove(&name).unwrap_or_default();
        let rows = rows.and_then(|rows| usize::try_from(rows).ok());
        RemoteFacts { place: (schema, name.clone()), name, columns, key, rows }
    });
    Ok(facts.collect())
}

/// All rows; those of another form than was asked for are an error.
async fn all<T: FromRow + Send + 'static>(client: &mut Conn, sql: &'static str) -> Result<Vec<T>> {
    let rows = client.query_iter(sql).await?.try_collect_and_drop::<T>().await?;
    let rows = rows.into_iter().map(|row| row.map_err(|e| Error::Driver(DriverError::FromRow { row: e.0 })));
    rows.collect()
}

/// By its declared type. What these servers compare by rules of their own (`ENUM`, `SET`, `TIME`, `YEAR`) is only read.
fn column(row: Described) -> RemoteColumn {
    let (_, name, word, declared, digits, scale, fits, short, charset, collation, _) = row;
    let unsigned = declared.contains("unsigned");
    let whole = |kind| (kind, Some(Class::Whole));
    let (kind, class) = match word.as_str() {
        "tinyint" => whole(Kind::Int16),
        "smallint" => whole(if unsigned { Kind::Int32 } else { Kind::Int16 }),
        "mediumint" => whole(Kind::Int32),
        "int" | "integer" => whole(if unsigned { Kind::Int64 } else { Kind::Int32 }),
        "bigint" if unsigned => (Kind::Decimal(20, 0), Some(Class::Decimal)),
        "bigint" => whole(Kind::Int64),
        // `y = 5` means 2005 there.
        "year" => (Kind::Int32, None),
        "float" => (Kind::Float32, None),
        "double" | "real" => (Kind::Float64, None),
        "decimal" | "numeric" => match decimal(digits, scale) {
            Some(kind) => (kind, Some(Class::Decimal)),
            None => (Kind::Text, None),
        },
        "bit" if declared == "bit(1)" => (Kind::Truth, Some(Class::Truth)),
        "date" => (Kind::Day, Some(Class::Day)),
        "datetime" => (Kind::Moment { utc: false }, Some(Class::Moment { utc: false })),
        "timestamp" => (Kind::Moment { utc: true }, Some(Class::Moment { utc: true })),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            // A function's result that the server's packets can not hold is NULL there.
            let known =
                matches!(charset.as_deref(), Some("utf8mb4" | "utf8mb3" | "utf8" | "latin1" | "ascii"));
            (Kind::Text, (known && fits == 1).then_some(Class::Text))
        }
        "bit" | "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "geometry"
        | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" | "vector" => (Kind::Bytes, None),
        _ => (Kind::Text, None),
    };
    let unicode = charset.as_deref() == Some("utf8mb4");
    let exact = matches!(collation.as_deref(), Some("utf8mb4_nopad_bin" | "utf8mb4_0900_bin"));
    // Servers sort and group texts by their first 1,024 bytes (`max_sort_length`).
    let sorted = kind != Kind::Text || short == 1;
    RemoteColumn { of: 0, name, kind, class, as_text: false, exact, near: unicode, ordered: true, sorted }
}

fn decimal(digits: Option<i64>, scale: Option<i64>) -> Option<Kind> {
    let digits = u8::try_from(digits?).ok().filter(|d| (1..=38).contains(d))?;
    let scale = i8::try_from(scale?).ok().filter(|s| *s >= 0 && i16::from(*s) <= i16::from(digits))?;
    Some(Kind::Decimal(digits, scale))
}
