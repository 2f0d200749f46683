//! What is said of tables, columns, connections and plans: for the API and its document.

use crate::error::Error;
use crate::govern::TableUse;
use crate::profile::shape::SqlColumn;
use serde::Serialize;
use utoipa::ToSchema;

/// Why something can not be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Fault {
    /// The code of the error.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl Fault {
    pub(super) fn of(error: &Error) -> Fault {
        Fault { code: error.code(), message: error.to_string(), help: error.help().to_string() }
    }
}

/// How much of a column is kept back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MaskView {
    /// `year`, `month`, `domain`, `last4`, `bucket`, `fixed`, `null`.
    pub mask: &'static str,
    /// The rule that says so.
    pub why: String,
}

impl MaskView {
    pub(super) fn of((mask, why): (&'static str, String)) -> MaskView {
        MaskView { mask, why }
    }
}

/// A table that the caller can name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TableView {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// `own`: of Kith; `connection`: of a database that is read where it is.
    pub kind: &'static str,
    /// The kind of that database.
    pub connection_kind: Option<&'static str>,
    /// What it is for, where that is known.
    pub description: Option<String>,
    /// What one row is, where that is known.
    pub grain: Option<String>,
    /// Rows, where the source has a number. Never where the policy takes rows out.
    pub rows: Option<u64>,
    /// True where that number is not a guess.
    pub rows_exact: bool,
    /// True where the policy takes rows out.
    pub rows_filtered: bool,
    /// What its database is asked to do itself.
    pub pushed_down: Vec<&'static str>,
    /// Its columns, in order.
    pub columns: Vec<ColumnView>,
    /// Why the columns can not be told, if so.
    pub fault: Option<Fault>,
}

/// A column that the caller can name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says, where that is known.
    pub description: Option<String>,
    /// What a missing value means, where that is known.
    pub null_means: Option<String>,
    /// What the policy keeps back.
    pub masked: Option<MaskView>,
    /// Of a database: true where conditions on it are asked of the database, false where Kith looks at them.
    pub compared_there: Option<bool>,
}

/// What the columns of a table hold, as the caller sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TableProfile {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// Rows in all, as far as the caller sees them.
    pub rows: Option<u64>,
    /// True where that number is not a guess of the source.
    pub rows_exact: bool,
    /// Rows that were read for this.
    pub rows_read: u64,
    /// `all`: every row; `random`: a random part of them; `first`: those that the source gave first, which may be alike.
    pub sample: &'static str,
    /// How long it took.
    pub took_ms: u64,
    /// Its columns, in order.
    pub columns: Vec<ColumnProfile>,
}

/// What a column holds, in the rows that were read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the policy keeps back: all numbers here are of what is left.
    pub masked: Option<MaskView>,
    /// Rows without a value.
    pub missing: u64,
    /// Rows whose value is a text without any letter.
    pub blank: u64,
    /// Different values.
    pub distinct: u64,
    /// The least value: of numbers and times.
    pub least: Option<String>,
    /// The greatest one.
    pub greatest: Option<String>,
    /// Of numbers.
    pub average: Option<f64>,
    /// The values that come most often; empty where none comes twice.
    pub top: Vec<TopValue>,
    /// How numbers and times are spread.
    pub histogram: Vec<Bin>,
    /// What the ends of bins are: `number`, or `ms` since 1970.
    pub histogram_unit: Option<&'static str>,
}

/// A value, and how often it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopValue {
    /// Its text, cut where it is long.
    pub value: String,
    /// Rows that have it.
    pub rows: u64,
}

/// Numbers between two ends, the lower one with them; of the last bin the upper one too. Both are the same for one number.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Bin {
    /// The lower end.
    pub from: f64,
    /// The upper end.
    pub to: f64,
    /// Rows between them.
    pub rows: u64,
}

/// A database whose tables SQL reads where they are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Its name: the schema of its tables.
    pub name: String,
    /// `postgres`, `sqlite` …
    pub kind: &'static str,
    /// Where it is: an address, a file, or where the address is kept. Never a password.
    pub place: Option<String>,
    /// The tables that may be read; empty = all that are there.
    pub wanted: Vec<String>,
    /// `untried`, `good` or `failed`: what was last found, not what is true now.
    pub state: &'static str,
    /// How long ago that was.
    pub looked_ms_ago: Option<u64>,
    /// Tables that were found.
    pub tables: Option<u64>,
    /// Why it can not be read.
    pub fault: Option<Fault>,
    /// What it is asked to do itself.
    pub pushed_down: Vec<&'static str>,
    /// What one scan may take.
    pub limits: LimitsView,
}

/// What one scan of a connection may take.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LimitsView {
    /// Rows that it may fetch.
    pub rows: u64,
    /// Bytes of one value.
    pub cell_bytes: u64,
    /// Seconds that it may wait for the database.
    pub seconds: u64,
    /// Columns of a table.
    pub columns: u64,
    /// Scans at the same time.
    pub scans: u64,
}

/// What a try of a connection found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// Its name.
    pub name: String,
    /// True if it can be read.
    pub good: bool,
    /// How long it took.
    pub took_ms: u64,
    /// Tables that can be read.
    pub tables: Option<u64>,
    /// Why it can not be read.
    pub fault: Option<Fault>,
}

/// What a query does, and what it asks of others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Explained {
    /// The columns of its answer.
    pub columns: Vec<SqlColumn>,
    /// The tables that it reads, and what the policy does to them.
    pub tables: Vec<TableRuled>,
    /// The scans of databases, in the order of the plan. One of a table of which the policy keeps something back is not told.
    pub scans: Vec<RemoteAsk>,
    /// What is to be computed.
    pub logical: String,
    /// How; where it was run, with what each step took.
    pub physical: String,
    /// How long it ran, if it did.
    pub ran_ms: Option<u64>,
}

/// A table of a query, and what the policy does to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableRuled {
    /// `schema.table`.
    pub table: String,
    /// True where the policy takes rows out.
    pub rows_filtered: bool,
    /// Masked columns.
    pub masked: Vec<ColumnMasked>,
}

/// A column of which the policy keeps something back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ColumnMasked {
    /// Its name.
    pub column: String,
    /// The mask, and the rule that says so.
    #[serde(flatten)]
    pub mask: MaskView,
}

impl TableRuled {
    pub(super) fn of(used: TableUse) -> TableRuled {
        let masked = |(column, mask, why)| ColumnMasked { column, mask: MaskView { mask, why } };
        TableRuled {
            table: used.table,
            rows_filtered: used.rows_filtered,
            masked: used.masked.into_iter().map(masked).collect(),
        }
    }
}

/// What a database is asked, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemoteAsk {
    /// `schema.table`.
    pub table: String,
    /// The question, in the words of the database; values are `$1` or `?1`, and stand beside it.
    pub asked: String,
    /// Conditions that are left to Kith.
    pub here: Option<String>,
    /// True where a join will tell the database its keys.
    pub keys_of_a_join: bool,
    /// Rows that came back, if it was run.
    pub rows: Option<String>,
    /// Bytes that came back, if it was run.
    pub bytes: Option<String>,
}
