//! What the caller decides.

use super::GeoDatabase;
use crate::log::SEGMENT_BYTES;
use kith_core::event::context;
use kith_core::event::measure::Definition;

/// How events are kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the message ids of a source are remembered, milliseconds.
    pub window_ms: i64,
    /// What may wait for the disk, bytes of event text; beyond it nothing more is taken.
    pub queue_bytes_max: usize,
    /// Carriers that are kept in memory, bytes.
    pub carriers_bytes_max: usize,
    /// Declared traits.
    pub definitions: Vec<Definition>,
    /// How large a file of the log becomes.
    pub segment_bytes: u64,
    /// Declared business objects.
    pub contexts: Vec<context::Definition>,
    /// A longer pause than this begins a new session, milliseconds.
    pub pause_ms: i64,
    /// Where addresses are; `None` = events get no place from their address, and no time is spent on it.
    pub geo: Option<GeoDatabase>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            window_ms: 7 * 86_400_000,
            queue_bytes_max: 32 << 20,
            carriers_bytes_max: 512 << 20,
            definitions: Vec::new(),
            segment_bytes: SEGMENT_BYTES,
            contexts: Vec::new(),
            pause_ms: kith_core::event::sessions::PAUSE_MS,
            geo: None,
        }
    }
}
