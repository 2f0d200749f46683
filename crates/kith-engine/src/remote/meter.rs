//! What one scan may take: time that it waits for the database, and rows. Time in which nobody fetches does not count.

use super::fault;
use crate::error::Result;
use kith_core::config::ConnectionLimits;
use std::time::{Duration, Instant};

/// What is left to one scan.
#[derive(Debug)]
pub(super) struct Allowance {
    connection: String,
    limits: ConnectionLimits,
    time: Duration,
    rows: u64,
}

impl Allowance {
    pub fn new(connection: &str, limits: ConnectionLimits) -> Allowance {
        let time = Duration::from_secs(limits.seconds);
        Allowance { connection: connection.into(), limits, time, rows: limits.rows }
    }

    /// Waits, as long as there is time left.
    pub async fn wait<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        let begun = Instant::now();
        let done = tokio::time::timeout(self.time, work).await;
        self.time = self.time.saturating_sub(begun.elapsed());
        done.map_err(|_| fault::slow(&self.connection, Duration::from_secs(self.limits.seconds)))
    }

    /// Counts rows that came.
    pub fn rows(&mut self, rows: usize) -> Result<()> {
        let left = self.rows.checked_sub(rows as u64);
        self.rows = left.ok_or_else(|| fault::too_many_rows(&self.connection, &self.limits))?;
        Ok(())
    }
}
