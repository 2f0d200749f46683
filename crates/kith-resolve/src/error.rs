//! What can go wrong, and whose it is: all of these are the caller's to mend.

/// An error of this library.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A column has another number of codes than there are records.
    #[error("column {column:?} has {found} values, but there are {expected} records")]
    Length {
        /// The column.
        column: String,
        /// How many codes it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A code points outside its column's dictionary.
    #[error("column {column:?} holds the code {code}, which its dictionary does not have")]
    Code {
        /// The column.
        column: String,
        /// The code.
        code: u32,
    },
    /// More records than 32-bit row ids can name.
    #[error("{records} records are more than one run can take (4,294,967,294): cut them by a blocking key")]
    TooMany {
        /// How many were given.
        records: usize,
    },
    /// No column that can tell entities apart.
    #[error(
        "no column can be compared: give at least one name, date, address, contact, identifier or text column"
    )]
    NothingToCompare,
    /// The model names a column that the records do not have.
    #[error(
        "the model compares column {column:?}, which the records do not have: train again, or rename the column"
    )]
    MissingColumn {
        /// The column.
        column: String,
    },
    /// A record number that does not exist.
    #[error("there is no record {record}: the records are numbered 0 to {records} - 1")]
    NoRecord {
        /// The number asked for.
        record: u32,
        /// How many there are.
        records: usize,
    },
    /// The model file is not valid.
    #[error("the model file is not valid: {message}")]
    Model {
        /// What is wrong and where.
        message: String,
    },
}
