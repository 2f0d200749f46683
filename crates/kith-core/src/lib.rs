//! Kith's words and decisions: pure, without I/O, clock or randomness.

pub mod id;
mod hex;
pub mod mix;
pub mod field;
pub mod decision;
pub mod entry;
pub mod config;
pub mod error;
pub mod standard;
pub mod recognise;
pub mod survivorship;
pub mod household;
pub mod event;
pub mod table;
pub mod govern;
pub mod sides;
pub mod suggest;
#[cfg(test)]
mod reference;

pub use hex::hex;
