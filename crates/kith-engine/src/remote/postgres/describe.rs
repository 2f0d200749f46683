//! Which tables there are, and what their columns hold.

use crate::remote::RemoteFacts;
use crate::remote::ask::{Class, RemoteColumn};
use crate::remote::cells::Kind;
use tokio_postgres::{Error, Row};

/// What the user of the connection may read: schema, table, column, type (of a domain the one beneath), its modifier, whether `=`
/// compares bytes, whether the database's texts are UTF-8, a guess of the number of rows, whether it is of the primary key.
pub(super) const QUERY: &str = "\
SELECT n.nspname::text, c.relname::text, a.attname::text,
  CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END,
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
  coalesce(o.collisdeterministic, true), pg_catalog.getdatabaseencoding() = 'UTF8', c.reltuples::float8,
  coalesce(a.attnum = ANY (k.indkey::int2[]), false)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index k ON k.indrelid = c.oid AND k.indisprimary
LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum
LIMIT 500000";

/// The tables out of its answer.
pub(super) fn tables(rows: &[Row]) -> Result<Vec<RemoteFacts>, Error> {
    let mut tables: Vec<RemoteFacts> = Vec::new();
    for row in rows {
        let place: (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if tables.last().is_none_or(|table| table.place != place) {
            let name = match place.0.as_str() {
                "public" => place.1.clone(),
                schema => format!("{schema}.{}", place.1),
            };
            // A table that was never looked at, and a view, say -1.
            let guess: f64 = row.try_get(7)?;
            let rows = (guess >= 0.0 && guess.is_finite()).then_some(guess as usize);
            tables.push(RemoteFacts { name, place, columns: Vec::new(), key: Vec::new(), rows });
        }
        let column =
            column(row.try_get(2)?, row.try_get(3)?, row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
        let in_key: bool = row.try_get(8)?;
        if let Some(table) = tables.last_mut() {
            table.key.extend(in_key.then_some(table.columns.len()));
            table.columns.push(column);
        }
    }
    Ok(tables)
}

/// By the number of its type.
fn column(name: String, of: u32, modifier: i32, exact: bool, utf8: bool) -> RemoteColumn {
    let plain = |kind, class| (kind, class, false);
    let (kind, class, as_text) = match of {
        16 => plain(Kind::Truth, Some(Class::Truth)),
        21 => plain(Kind::Int16, Some(Class::Whole)),
        23 => plain(Kind::Int32, Some(Class::Whole)),
        20 => plain(Kind::Int64, Some(Class::Whole)),
        700 => plain(Kind::Float32, None),
        701 => plain(Kind::Float64, None),
        25 | 1043 => plain(Kind::Text, Some(Class::Text)),
        17 => plain(Kind::Bytes, None),
        1082 => plain(Kind::Day, Some(Class::Day)),
        1114 => plain(Kind::Moment { utc: false }, Some(Class::Moment { utc: false })),
        1184 => plain(Kind::Moment { utc: true }, Some(Class::Moment { utc: true })),
        1700 => match numeric(modifier) {
            Some(kind) => plain(kind, Some(Class::Decimal)),
            None => (Kind::Text, Some(Class::Text), true),
        },
        // Everything else by its text: identifiers, JSON, lists, enumerations, what extensions bring.
        _ => (Kind::Text, Some(Class::Text), true),
    };
    RemoteColumn {
        of: 0,
        name,
        kind,
        class,
        as_text,
        exact: exact && !as_text,
        near: false,
        ordered: utf8,
        sorted: utf8,
    }
}

/// `numeric(12, 2)`; without places 10 of them; `None` where it has more digits than a decimal here.
fn numeric(modifier: i32) -> Option<Kind> {
    let Some(modifier) = modifier.checked_sub(4).filter(|m| *m >= 0) else {
        return Some(Kind::Decimal(38, 10));
    };
    let digits = (modifier >> 16) & 0xffff;
    // Eleven bits with a sign.
    let scale = ((modifier & 0x7ff) ^ 1024) - 1024;
    let digits = u8::try_from(digits).ok().filter(|d| (1..=38).contains(d))?;
    let scale = i8::try_from(scale).ok().filter(|s| *s >= 0 && i16::from(*s) <= i16::from(digits))?;
    Some(Kind::Decimal(digits, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modifier_says_how_many_digits() {
        let modifier = |digits: i32, scale: i32| ((digits << 16) | (scale & 0x7ff)) + 4;
        assert_eq!(numeric(-1), Some(Kind::Decimal(38, 10)));
        assert_eq!(numeric(modifier(12, 2)), Some(Kind::Decimal(12, 2)));
        assert_eq!(numeric(modifier(38, 0)), Some(Kind::Decimal(38, 0)));
        assert_eq!(numeric(modifier(39, 2)), None);
        assert_eq!(numeric(modifier(5, -2)), None);
        assert_eq!(numeric(modifier(2, 5)), None);
    }
}
