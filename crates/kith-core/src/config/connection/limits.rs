//! What one scan of a connection may take.

use super::super::ConfigError;
use super::super::walk::Section;

/// The keys of `limits`: name, default, largest, meaning.
pub const LIMITS: &[(&str, u64, u64, &str)] = &[
    ("rows", 50_000_000, 1_000_000_000_000, "Rows that a scan may fetch."),
    ("cell_bytes", 16 << 20, 1 << 30, "Bytes of one value."),
    (
        "seconds",
        30,
        86_400,
        "Seconds that a scan may wait for the database, all waiting together; of programs (singer, airbyte) 600.",
    ),
    ("columns", 2_000, 10_000, "Columns of a table; one with more is not there."),
    ("scans", 8, 256, "Scans of a database at the same time."),
    ("bytes", 100 << 30, 1 << 50, "Bytes of files that a scan may read."),
];

/// What one scan may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Rows that it may fetch.
    pub rows: u64,
    /// Bytes of one value.
    pub cell_bytes: u64,
    /// Seconds that it may wait for the database.
    pub seconds: u64,
    /// Columns of a table.
    pub columns: u64,
    /// Scans of a database at the same time.
    pub scans: u64,
    /// Bytes of files that it may read.
    pub bytes: u64,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let of = |name: &str| LIMITS.iter().find(|(key, ..)| *key == name).map_or(1, |(_, usual, ..)| *usual);
        ConnectionLimits {
            rows: of("rows"),
            cell_bytes: of("cell_bytes"),
            seconds: of("seconds"),
            columns: of("columns"),
            scans: of("scans"),
            bytes: of("bytes"),
        }
    }
}

impl ConnectionLimits {
    /// The widest that may be set: for what is ours.
    pub fn widest() -> ConnectionLimits {
        let mut limits = ConnectionLimits::default();
        LIMITS.iter().for_each(|(key, _, most, _)| limits.set(key, *most));
        limits
    }

    fn set(&mut self, key: &str, value: u64) {
        match key {
            "rows" => self.rows = value,
            "cell_bytes" => self.cell_bytes = value,
            "seconds" => self.seconds = value,
            "columns" => self.columns = value,
            "bytes" => self.bytes = value,
            _ => self.scans = value,
        }
    }

    pub(super) fn entries(&self) -> [(&'static str, u64); 6] {
        [
            ("rows", self.rows),
            ("cell_bytes", self.cell_bytes),
            ("seconds", self.seconds),
            ("columns", self.columns),
            ("scans", self.scans),
            ("bytes", self.bytes),
        ]
    }
}

/// A program has to start, and to ask somebody else: it takes its time.
const PROGRAM_SECONDS: u64 = 600;

pub(super) fn limits(section: &Section, program: bool) -> Result<ConnectionLimits, ConfigError> {
    let mut limits = ConnectionLimits::default();
    if program {
        limits.seconds = PROGRAM_SECONDS;
    }
    let Some(node) = section.get("limits") else { return Ok(limits) };
    let table = section.as_section(node, "limits")?;
    table.only(&LIMITS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    for (key, _, most, _) in LIMITS {
        let Some((number, span)) = table.number(key)? else { continue };
        if number.fract() != 0.0 || number < 1.0 || number > *most as f64 {
            let message = format!("{key} = {number} is out of range");
            return Err(table.value(span, message, format!("use a whole number from 1 to {most}")));
        }
        limits.set(key, number as u64);
    }
    Ok(limits)
}
