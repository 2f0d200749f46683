//! A query's share of the memory that all queries have together: one query can not starve the others.

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So much of a pool, and no more.
#[derive(Debug)]
pub(super) struct Share {
    pool: Arc<dyn MemoryPool>,
    used_bytes: AtomicUsize,
    max_bytes: usize,
}

impl Share {
    pub(super) fn new(pool: Arc<dyn MemoryPool>, max_bytes: usize) -> Share {
        Share { pool, used_bytes: AtomicUsize::new(0), max_bytes }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a share of {} bytes", self.max_bytes)
    }
}

impl MemoryPool for Share {
    fn name(&self) -> &str {
        "share"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.pool.grow(reservation, additional);
        self.used_bytes.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.used_bytes.fetch_sub(shrink, Ordering::Relaxed);
        self.pool.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let grown = |used: usize| used.checked_add(additional).filter(|used| *used <= self.max_bytes);
        let full = |_| {
            DataFusionError::ResourcesExhausted(format!(
                "the query would use more memory than the {} MiB that one query may",
                self.max_bytes >> 20
            ))
        };
        self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).map_err(full)?;
        self.pool.try_grow(reservation, additional).inspect_err(|_| {
            self.used_bytes.fetch_sub(additional, Ordering::Relaxed);
        })
    }

    fn reserved(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.max_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    #[test]
    fn a_query_has_its_share_and_gives_it_back() {
        let all: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100));
        let share: Arc<dyn MemoryPool> = Arc::new(Share::new(all.clone(), 60));
        let other: Arc<dyn MemoryPool> = Arc::new(Share::new(all.clone(), 60));
        let one = MemoryConsumer::new("one").register(&share);
        let two = MemoryConsumer::new("two").register(&other);
        assert!(one.try_grow(60).is_ok());
        assert!(one.try_grow(1).is_err(), "more than its share");
        assert!(two.try_grow(41).is_err(), "more than there is");
        assert_eq!(other.reserved(), 0, "what was refused is not counted");
        drop(one);
        assert_eq!((share.reserved(), all.reserved()), (0, 0));
        assert!(two.try_grow(60).is_ok());
    }
}
