//! One way to SQL: a [`Session`] of a [`Subject`](kith_core::govern::Subject), whose catalogue holds governed tables only.
//!
//! Reads:  the tenant's tables, through [`governed::GovernedTable`].
//! Decides: nothing; it does what a [`Verdict`](kith_core::govern::Verdict) says.
//! Writes: nothing.
//! Fails:  `K-SQL-…`, `K-POLICY-…`.
//!
//! 1. The session's catalogue (`catalog`) asks the decider for each table: is it there, which rows, how much of each column.
//! 2. A table of which something is kept back is read by a [`sealed::SealedScan`]: the source's own scan, the policy's row
//!    filter over it, the masks over that. It is a leaf: what stands inside is planned on its own, and no optimiser, no EXPLAIN
//!    and no statistics of the caller's query reach it.
//! 3. Of what the caller's query could push into a scan only that passes which can not tell anything (`leakproof`).

mod catalog;
mod functions;
mod governed;
mod leakproof;
mod mask;
mod offer;
mod rows;
mod sealed;
mod session;
#[cfg(test)]
mod tests;

pub(crate) use governed::{OpenScan, open_scan};
pub use session::{ColumnSeen, Described, Plan, Session, TableSeen, TableUse};
