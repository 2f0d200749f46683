//! The engine: it moves data from the sources to one profile per customer. Modules stand in travelling order; each
//! sentence is true after its stage has run.

pub mod connect;
pub mod land;
pub mod tabular;
mod error;

pub use error::{Cause, Error, Result};
/// The engine's Arrow and Parquet, so that nobody names another version of them.
pub use datafusion::{arrow, parquet};
