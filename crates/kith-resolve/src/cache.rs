//! Agreement levels that were worked out before.

/// Levels of expensive comparisons, remembered per pair of codes. Direct-mapped: a collision costs a second look.
pub struct Cache {
    keys: Vec<u64>,
    levels: Vec<u8>,
    misses: usize,
    /// What the comparison came to for the pair at hand.
    pub(crate) last: Last,
}

/// One comparison of the pair at hand.
#[derive(Clone, Copy, Default)]
pub(crate) struct Last {
    /// The level.
    pub level: u8,
    /// The most bits that it could give before the level was known.
    pub most: f32,
}

/// 256 pairs: enough for a handful of records.
const CACHE_BITS_MIN: u32 = 8;
/// 16,384 pairs (144 KiB): it stays in the second-level cache of one core.
const CACHE_BITS_MAX: u32 = 14;

impl Cache {
    /// An empty cache, which grows with what it is asked.
    pub fn new() -> Cache {
        Cache { keys: Vec::new(), levels: Vec::new(), misses: 0, last: Last::default() }
    }

    pub(crate) fn get(&mut self, a: u32, b: u32, work: impl FnOnce() -> u8) -> u8 {
        if self.misses >= self.keys.len() {
            self.grow();
        }
        let key = u64::from(a.min(b)) << 32 | u64::from(a.max(b));
        let slot = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - self.keys.len().ilog2())) as usize;
        if self.keys[slot] != key {
            self.keys[slot] = key;
            self.levels[slot] = work();
            self.misses += 1;
        }
        self.levels[slot]
    }

    /// Doubles until it is as large as it gets; what it knew is looked up again.
    #[cold]
    fn grow(&mut self) {
        let size = (self.keys.len() * 2).clamp(1 << CACHE_BITS_MIN, 1 << CACHE_BITS_MAX);
        self.misses = if size == self.keys.len() { 0 } else { self.misses };
        if size != self.keys.len() {
            (self.keys, self.levels) = (vec![0; size], vec![0; size]);
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Cache::new()
    }
}
