//! The registry of lake tables: name, grain, key, and of each column type, unit, meaning of null and privacy.
//!
//! From it come the reference page, the mask and what the interface explains. Source tables have the columns of their
//! source beside those named here.

mod lake;

pub use lake::tables;

use crate::field::Privacy;
use std::fmt::Write;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    Text,
    /// 64-bit whole number.
    Integer,
    /// 64-bit floating point number.
    Float,
    /// True or false.
    Boolean,
    /// An instant, UTC, microseconds.
    Time,
}

/// A column of a lake table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// What it says.
    pub text: &'static str,
    /// `bits`, `probability`, `bytes`; empty = none.
    pub unit: &'static str,
    /// What a null means; empty = never null.
    pub null: &'static str,
    /// How sensitive it is.
    pub privacy: Privacy,
}

/// A lake table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// `master.customer`; `source.<name>` stands for one table per source.
    pub name: &'static str,
    /// What it is for.
    pub text: &'static str,
    /// What one row is.
    pub grain: &'static str,
    /// The columns that single out a row.
    pub key: &'static [&'static str],
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// The table of that name; any `source.x` gives `source.<name>`.
pub fn find(name: &str) -> Option<Table> {
    let name = if name.starts_with("source.") { "source.<name>" } else { name };
    tables().into_iter().find(|t| t.name == name)
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(
        "# Tables\n\nGenerated from `kith_core::table`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.\n\n\
         Delta tables under `.kith/lake/<tenant>/`, computed from the log, and tables that are read from the store; `kith sql` and the page SQL read them. Times\n\
         are UTC. Privacy: *Public* says nothing of one person, *Personal* is about one, *Identifying* names, reaches or\n\
         singles one out.\n",
    );
    for table in tables() {
        // Writing to a String can not fail.
        let _ = write!(
            out,
            "\n## {}\n\n{} One row: {}. Key: `{}`.\n\n",
            table.name,
            table.text,
            table.grain,
            table.key.join("`, `")
        );
        out.push_str("| Column | Type | What it says | Unit | Null means | Privacy |\n|-|-|-|-|-|-|\n");
        for c in table.columns {
            let null = if c.null.is_empty() { "never null" } else { c.null };
            let _ = writeln!(
                out,
                "| `{}` | {:?} | {} | {} | {null} | {:?} |",
                c.name, c.kind, c.text, c.unit, c.privacy
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::is_current;

    #[test]
    fn the_reference_page_is_current() {
        is_current("tables.md", &render_reference());
    }

    #[test]
    fn keys_are_columns_and_never_null() {
        for table in tables() {
            for key in table.key {
                let column = table.columns.iter().find(|c| c.name == *key);
                assert!(column.is_some_and(|c| c.null.is_empty()), "{key} of {}", table.name);
            }
        }
        assert_eq!(find("source.crm").map(|t| t.grain), Some("a record that its source has now"));
    }
}
