//! What clients of PostgreSQL expect beside SQL: `pg_catalog`, functions that describe it, and some of its syntax.
//!
//! Reads:  nothing but the catalogue of the session that asks, which is governed: what a subject may not see is in none of the lists.
//! Decides: nothing.
//! Writes: nothing.
//!
//! 1. `rewrite` turns what only PostgreSQL writes (`'x'::regclass`, `OPERATOR(pg_catalog.~)`, `COLLATE`) into what the engine reads.
//! 2. `catalog` has the tables of `pg_catalog`, made from the session's own catalogue when a query names one of them.
//! 3. `functions` answers `format_type`, `pg_get_userbyid` and such. What they could show more is NULL.

mod catalog;
mod empty;
mod functions;
mod names;
mod rewrite;
mod rows;
mod tables;
mod types;

pub(crate) use catalog::WithPgCatalog;
pub(crate) use functions::functions;
pub use names::shown;
pub(crate) use rewrite::rewrite;
pub use types::*;

/// The one database.
pub const DATABASE: &str = "kith";

/// The number of a name: always the same, above those that PostgreSQL keeps for itself, within 31 bits.
pub(crate) fn oid_of(name: &str) -> i64 {
    // FNV-1a.
    let hash =
        name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    i64::try_from(hash % 0x7fff_0000).unwrap_or(0) + 16_384
}
