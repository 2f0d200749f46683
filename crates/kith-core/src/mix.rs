//! Well-mixed 64-bit hashes that are the same on every machine and in every release: profile ids and row hashes are
//! stored, so a library's "may change" hasher will not do.

/// The last step of splitmix64: every input bit changes every output bit with probability one half.
pub fn finish(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Hashes bytes after a seed, eight at a time.
pub fn bytes(seed: u64, data: &[u8]) -> u64 {
    let mut h = finish(seed ^ (data.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let word = chunk.iter().rev().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
        h = finish(h ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    let rest = chunks.remainder().iter().rev().fold(1, |word: u64, byte| word << 8 | u64::from(*byte));
    finish(h ^ rest.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
