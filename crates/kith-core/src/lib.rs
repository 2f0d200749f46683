//! Kith's words and decisions: pure, without I/O, clock or randomness.

pub mod id;
pub mod field;
pub mod entry;
