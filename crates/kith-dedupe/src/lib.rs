//! From a table of texts to the people in it, without a project, a file or a disk: what `kith dedupe` does between
//! reading and writing, and what the Python package does with a data frame.
//!
//! Reads: a [`Table`]: columns of texts, each distinct text once. Decides: what the columns mean
//! (`kith_core::recognise`), unless it is told; the rest is `kith_resolve`'s. Writes: [`Clusters`]. Fails: [`Error`], with
//! a stable code and what to do.
//!
//! 1. [`recognise`] says what each column means and why.
//! 2. [`Prepared::new`] takes out the record ids and the sources, and standardises every distinct text once.
//! 3. [`Prepared::linker`] hands the columns to `kith_resolve`, which trains, compares and clusters.
//! 4. [`Clusters::cut`] cuts the merge tree at a confidence; [`truth::measure`] says how right that is.
//!
//! ```
//! use kith_dedupe::{Clusters, Prepared, Settings, TableBuilder, recognise};
//!
//! let mut table = TableBuilder::new(["nr", "first_name", "last_name", "dob"]);
//! for row in [
//!     ["1", "Ada", "Lovelace", "1815-12-10"],
//!     ["2", "ADA", "Lovlace", "10.12.1815"],
//!     ["3", "Grace", "Hopper", "1906-12-09"],
//! ] {
//!     table.push(row.map(Some));
//! }
//! let table = table.finish();
//! let settings = Settings { id: Some("nr".into()), ..Settings::default() };
//! let meanings = recognise(&table, &settings)?;
//! let mut prepared = Prepared::new(table, &meanings, &settings)?;
//! let options = settings.options();
//! let linker = prepared.linker(&options)?;
//! let model = kith_resolve::train(&linker, &options)?;
//! let found = kith_resolve::resolve(&linker, &model, &options)?;
//! assert_eq!(Clusters::cut(&found.tree, 0.5).numbers, [1, 1, 2]);
//! # Ok::<(), kith_dedupe::Error>(())
//! ```
//!
//! Memory: for a million records of 12 columns the codes take 12 × 4 MB = 48 MB and the distinct texts some 200 MB.
//! So a column's texts are dropped as soon as its normal forms are made, and no cell is ever a string of its own.

pub mod slot;
pub mod truth;
mod dict;
mod table;
mod meaning;
mod standardise;
mod slots;
mod prepare;
mod clusters;
mod error;
#[cfg(test)]
mod tests;

pub use clusters::Clusters;
pub use dict::{Dict, DictColumn, Interner};
pub use error::{Error, Result};
pub use kith_resolve::evaluate::{Evaluation, Prf as Scores};
pub use meaning::{Meaning, recognise};
pub use prepare::{Ids, Prepared, Settings};
pub use table::{Table, TableBuilder, float_text};
