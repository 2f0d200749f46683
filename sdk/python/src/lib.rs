//! Kith's deduplication for Python. The package `kith` (`python/kith/`) is what people use; this module, `kith._kith`, is
//! the part of it that is not Python.
//!
//! Reads: frames by the Arrow C stream interface (`__arrow_c_stream__`). Decides: nothing; `kith_dedupe` does. Writes:
//! Arrow tables by the same interface. Fails: `kith.KithError` with a code of the registry and what to do.
//!
//! 1. [`ingest`] takes the frames' columns as texts, each distinct text once.
//! 2. [`resolved`] recognises, standardises, trains and resolves, without the GIL, and keeps the result.
//! 3. [`export`] gives it out: clusters at any confidence, pairs, why a pair matches.

mod error;
mod explanation;
mod export;
mod ids;
mod ingest;
mod resolved;
mod texts;
mod wishes;

/// The module as Python sees it.
#[pyo3::pymodule]
mod _kith {
    #[pymodule_export]
    use crate::export::ArrowTable;
    #[pymodule_export]
    use crate::resolved::{Resolved, resolve};
}
