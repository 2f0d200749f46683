//! Files in a folder or in object storage, whose tables SQL reads where they are.
//!
//! Reads:  the files of a `[[connection]]` of kind `files`, when a query names their table; nothing else on the machine.
//! Decides: which files make a table (`found`), and what its columns hold (`facts`): by what a file says of itself, or by all of its
//!         lines, never by some of them.
//! Writes: nothing.
//! Fails:  `K-SCAN-…`, for the query that reads the file.
//!
//! 1. [`place`] is the schema of a connection; it is listed for each query (`found`).
//! 2. [`local`] gives out no file that lies outside of the folder, and [`bucket`] speaks S3.
//! 3. [`table`] makes a scan of DataFusion's own, with the partitions that count; of a Delta table [`delta`] does.
//! 4. [`scan`] runs it in an environment in which nothing but these files can be named, within the connection's limits ([`metered`]).

mod broken;
mod bucket;
mod csv;
mod delta;
mod facts;
mod fault;
mod found;
mod lines;
mod local;
mod metered;
mod ndjson;
mod place;
mod scan;
mod table;
mod text;

pub(crate) use broken::Broken;
pub(crate) use place::Place;
