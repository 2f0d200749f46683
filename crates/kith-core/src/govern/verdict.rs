//! What a subject may see of a table. A column that a verdict does not name is not there: forgetting is refusing.

#[cfg(test)]
mod tests;

use super::{Kind, RowFilter, Subject};
use std::fmt::Debug;

/// A table, as SQL names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableRef {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
}

/// What a decision may be based on.
#[derive(Clone, Debug)]
pub struct TableFacts {
    /// Its name.
    pub name: TableRef,
    /// Its columns, in order.
    pub columns: Vec<(String, Kind)>,
}

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mask {
    /// All of it.
    None,
    /// The year of a date.
    Year,
    /// Year and month of a date.
    Month,
    /// The domain of an e-mail address.
    Domain,
    /// The last four characters of a text that is long enough to have others.
    Last4,
    /// A number, down to a multiple of this.
    Bucket(u32),
    /// The same text for every value, NULL too.
    Fixed,
    /// NULL.
    Null,
    /// The column is not there.
    Hidden,
}

impl Mask {
    /// True where the value is shown as it is.
    pub fn shows_all(self) -> bool {
        self == Mask::None
    }

    /// True where the result needs the value at all.
    pub fn reads_value(self) -> bool {
        !matches!(self, Mask::Fixed | Mask::Null | Mask::Hidden)
    }

    /// This mask on a column that holds such values: what a mask can not shorten, it takes away.
    pub fn on(self, kind: Kind) -> Mask {
        let fits = match self {
            Mask::None | Mask::Null | Mask::Hidden => true,
            Mask::Domain | Mask::Last4 | Mask::Fixed => kind == Kind::Text,
            Mask::Year | Mask::Month => matches!(kind, Kind::Text | Kind::Day | Kind::Moment),
            Mask::Bucket(width) => width > 0 && matches!(kind, Kind::Whole | Kind::Number),
        };
        if fits { self } else { Mask::Null }
    }

    /// What is left when both apply: never more than either shows. Two that shorten in different ways leave nothing.
    pub fn stricter(self, other: Mask) -> Mask {
        match (self, other) {
            (a, b) if a == b => a,
            (Mask::None, b) => b,
            (a, Mask::None) => a,
            (Mask::Hidden, _) | (_, Mask::Hidden) => Mask::Hidden,
            (Mask::Year, Mask::Month) | (Mask::Month, Mask::Year) => Mask::Year,
            (Mask::Fixed, b) | (b, Mask::Fixed) if b != Mask::Null => Mask::Fixed,
            (Mask::Bucket(a), Mask::Bucket(b)) if a % b.max(1) == 0 => Mask::Bucket(a),
            (Mask::Bucket(a), Mask::Bucket(b)) if b % a.max(1) == 0 => Mask::Bucket(b),
            _ => Mask::Null,
        }
    }

    /// The mask that a policy names: `year`, `last4`, `bucket:10` …
    pub fn parse(text: &str) -> Option<Mask> {
        if let Some(width) = text.strip_prefix("bucket:") {
            return width.parse().ok().filter(|width| *width > 0).map(Mask::Bucket);
        }
        const NAMED: [Mask; 8] = [
            Mask::None,
            Mask::Year,
            Mask::Month,
            Mask::Domain,
            Mask::Last4,
            Mask::Fixed,
            Mask::Null,
            Mask::Hidden,
        ];
        NAMED.into_iter().find(|mask| mask.as_str() == text)
    }

    /// Its name in plans and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Mask::None => "none",
            Mask::Year => "year",
            Mask::Month => "month",
            Mask::Domain => "domain",
            Mask::Last4 => "last4",
            Mask::Bucket(_) => "bucket",
            Mask::Fixed => "fixed",
            Mask::Null => "null",
            Mask::Hidden => "hidden",
        }
    }
}

/// What is shown of a column, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnVerdict {
    /// The column.
    pub column: String,
    /// How much of it.
    pub mask: Mask,
    /// The rule that says so.
    pub why: String,
}

/// What a subject may see of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// False: there is no such table.
    pub read: bool,
    /// Which rows; `None` = all.
    pub rows: Option<RowFilter>,
    /// The columns that are there.
    pub columns: Vec<ColumnVerdict>,
    /// Which rules were in force.
    pub version: u64,
}

impl Verdict {
    /// Everything, by this rule.
    pub fn everything(facts: &TableFacts, why: &str) -> Verdict {
        let shown = |(column, _): &(String, Kind)| ColumnVerdict {
            column: column.clone(),
            mask: Mask::None,
            why: why.to_string(),
        };
        Verdict { read: true, rows: None, columns: facts.columns.iter().map(shown).collect(), version: 0 }
    }

    /// Nothing.
    pub fn nothing() -> Verdict {
        Verdict { read: false, rows: None, columns: Vec::new(), version: 0 }
    }

    /// What is shown of a column. One that stands there twice shows the stricter.
    pub fn mask(&self, column: &str, kind: Kind) -> Mask {
        let said = self.columns.iter().filter(|c| c.column == column).map(|c| c.mask.on(kind));
        said.reduce(Mask::stricter).unwrap_or(Mask::Hidden)
    }

    /// True where nothing of the table is kept back.
    pub fn shows_all(&self, facts: &TableFacts) -> bool {
        self.read
            && self.rows.is_none()
            && facts.columns.iter().all(|(name, kind)| self.mask(name, *kind).shows_all())
    }
}

/// Decides. Without I/O: what it goes by was loaded before.
pub trait Decide: Debug + Send + Sync {
    /// True if the table may be known to be there.
    fn reads(&self, subject: &Subject, table: &TableRef) -> bool;

    /// What is shown of it.
    fn verdict(&self, subject: &Subject, facts: &TableFacts) -> Verdict;

    /// True if the subject may use a part of the API: `profiles`, `sql`, … `change` = to change something by it. Owners may.
    fn calls(&self, subject: &Subject, route: &str, change: bool) -> bool {
        let _ = (route, change);
        subject.owns()
    }
}

/// What is in force as long as a project has no policy: owners see everything, and nobody else anything.
#[derive(Clone, Copy, Debug)]
pub struct Permit;

impl Decide for Permit {
    fn reads(&self, subject: &Subject, _: &TableRef) -> bool {
        subject.owns()
    }

    fn verdict(&self, subject: &Subject, facts: &TableFacts) -> Verdict {
        if subject.owns() { Verdict::everything(facts, "owner") } else { Verdict::nothing() }
    }
}
