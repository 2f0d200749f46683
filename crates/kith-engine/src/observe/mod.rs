//! **observe**: what stands where, whether it agrees, and whether the surroundings are fit.
//!
//! Reads:  everything. Decides: nothing. Writes: nothing.

mod doctor;
mod events;
mod fresh;
mod status;
mod verify;

pub use doctor::{DoctorCheck, DoctorReport, doctor};
pub(crate) use fresh::freshness;
pub use fresh::{Freshness, View};
pub use verify::{VerifyCheck, VerifyReport};

pub(crate) use status::{rejects, sources};
pub(crate) use verify::{verify, writer_hash};
