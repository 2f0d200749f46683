//! Kith's words and decisions: pure, without I/O, clock or randomness.

pub mod id;
pub mod field;
pub mod entry;
pub mod config;
pub mod standard;
pub mod recognise;
pub mod survivorship;
mod suggest;
