//! Who may see what: pure words and decisions, the same for every door.
//!
//! Reads:  a [`Subject`] (who asks), [`TableFacts`] (what a table has).
//! Decides: through [`Decide`], a [`Verdict`]: which rows, and of each column how much.
//! Writes: nothing.
//! Fails:  a row filter that can not be read or does not fit its table ([`BadFilter`]); who applies it then gives no rows.

pub mod label;
pub mod subject;
pub mod verdict;
pub mod rows;

pub use label::{Label, Labelled, UnknownLabel};
pub use rows::{BadFilter, RowFilter};
pub use subject::{Door, Subject};
pub use verdict::{ColumnVerdict, Decide, Mask, Permit, TableFacts, TableRef, Verdict};

/// What a column holds, as far as masks and row filters care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// A number with a fraction.
    Number,
    /// True or false.
    Truth,
    /// A day.
    Day,
    /// A moment.
    Moment,
    /// Lists, structures, bytes and everything else.
    Other,
}
