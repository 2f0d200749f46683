//! What a view promises: columns, keys, values that are there, freshness, and checks of its own. Kept beside it, `views/NAME.toml`:
//!
//! ```toml
//! about = "One row for each customer who has bought"
//! owner = "marketing"
//! key = ["profile_id"]
//! not_null = ["email"]
//! rows_min = 1
//! fresh = { column = "updated_at", hours = 24 }
//!
//! [columns]
//! profile_id = "text"
//! spent = "number"
//!
//! [checks]
//! "nobody has spent less than nothing" = "spent >= 0"
//! ```

use super::{SCHEMA, Views, bad};
use crate::connect::quoted;
use crate::error::Result;
use crate::exec::Limits;
use crate::govern::Session;
use kith_core::govern::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// A check may look at all rows.
const TIME_MAX: Duration = Duration::from_secs(600);

/// What a view promises.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contract {
    /// What it is for.
    pub about: String,
    /// Who answers for it.
    pub owner: String,
    /// Columns that single out a row, and are there in each.
    pub key: Vec<String>,
    /// Columns that are there in each row.
    pub not_null: Vec<String>,
    /// At least so many rows.
    pub rows_min: Option<u64>,
    /// How old the newest row may be.
    pub fresh: Option<Fresh>,
    /// Columns that are there, and what they hold: text, integer, number, boolean, date, time, other.
    pub columns: BTreeMap<String, String>,
    /// Conditions that hold for each row, by what they say.
    pub checks: BTreeMap<String, String>,
}

/// How old the newest row may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    /// The column that has the time.
    pub column: String,
    /// Hours.
    pub hours: u32,
}

/// What became of one promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Kept {
    /// The promise.
    pub promise: String,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub found: String,
}

impl Views {
    /// The contract of a view; `None` = it promises nothing.
    pub fn contract(&self, name: &str) -> Result<Option<Contract>> {
        let file = self.contract_file(name);
        match std::fs::read_to_string(&file) {
            Ok(text) => match toml::from_str(&text) {
                Ok(contract) => Ok(Some(contract)),
                Err(e) => Err(bad(name, format!("its contract {} says: {}", file.display(), e.message()))),
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(bad(name, format!("its contract {} can not be read: {e}", file.display()))),
        }
    }
}

impl Contract {
    /// Holds a view against what it promises. A promise that can not be looked at does not hold. It blocks.
    pub fn kept(&self, session: &Session, name: &str) -> Result<Vec<Kept>> {
        let mut all = self.columns_kept(session, name)?;
        let view = format!("{SCHEMA}.{}", quoted(name));
        let mut count = |promise: String, query: String, holds: &dyn Fn(u64) -> bool, what: &str| {
            let limits = Limits { time_max: TIME_MAX, ..Limits::default() };
            let (holds, found) = match session.rows(&query, &limits) {
                Ok(rows) => {
                    let found =
                        rows.rows.first().and_then(|row| row.first()).and_then(Value::as_u64).unwrap_or(0);
                    (holds(found), format!("{found} {what}"))
                }
                Err(error) => (false, error.to_string()),
            };
            all.push(Kept { promise, holds, found });
        };
        if !self.key.is_empty() {
            let key: Vec<String> = self.key.iter().map(|column| quoted(column)).collect();
            let (columns, named) = (key.join(", "), self.key.join(", "));
            let twice = format!(
                "SELECT count(*) FROM (SELECT {columns} FROM {view} GROUP BY {columns} HAVING count(*) > 1) t"
            );
            count(format!("{named} singles out a row"), twice, &|n| n == 0, "values stand in several rows");
        }
        for column in self.key.iter().chain(&self.not_null) {
            let nulls = format!("SELECT count(*) FROM {view} WHERE {} IS NULL", quoted(column));
            count(format!("{column} is there in each row"), nulls, &|n| n == 0, "rows are without it");
        }
        if let Some(least) = self.rows_min {
            count(
                format!("at least {least} rows"),
                format!("SELECT count(*) FROM {view}"),
                &|n| n >= least,
                "rows",
            );
        }
        if let Some(fresh) = &self.fresh {
            let (column, hours) = (quoted(&fresh.column), fresh.hours);
            let young =
                format!("SELECT count(*) FROM {view} WHERE {column} >= now() - INTERVAL '{hours} hours'");
            count(
                format!("{} is not older than {hours} hours", fresh.column),
                young,
                &|n| n > 0,
                "rows are as young as that",
            );
        }
        for (says, condition) in &self.checks {
            let against = format!("SELECT count(*) FROM {view} WHERE ({condition}) IS NOT TRUE");
            count(says.clone(), against, &|n| n == 0, "rows are otherwise");
        }
        Ok(all)
    }

    fn columns_kept(&self, session: &Session, name: &str) -> Result<Vec<Kept>> {
        let facts = session.facts(Some(SCHEMA), Some(name), 1)?;
        let there: Vec<(String, Kind)> = facts.into_iter().flat_map(|facts| facts.columns).collect();
        let kept = self.columns.iter().map(|(column, wanted)| {
            let found = there.iter().find(|(known, _)| known == column).map(|(_, kind)| word(*kind));
            Kept {
                promise: format!("{column} holds {wanted}"),
                holds: found == Some(wanted.as_str()),
                found: found.unwrap_or("it is not there").to_string(),
            }
        });
        Ok(kept.collect())
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Whole => "integer",
        Kind::Number => "number",
        Kind::Truth => "boolean",
        Kind::Day => "date",
        Kind::Moment => "time",
        Kind::Other => "other",
    }
}
