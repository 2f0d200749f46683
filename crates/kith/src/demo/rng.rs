//! The demo's own source of chance: xoshiro256**, seeded by SplitMix64 (Blackman and Vigna, public domain).
//!
//! It is written here, in integers, so that a seed means the same company on every machine and with every version of
//! every library.

/// A repeatable stream of chances.
pub struct Rng([u64; 4]);

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Rng {
        let mut state = seed;
        Rng([(); 4].map(|()| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }

    fn draw(&mut self) -> u64 {
        let s = &mut self.0;
        let drawn = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        drawn
    }

    /// A number from 0 to `n - 1`; 0 when `n` is 0. (The high half of a product: no division, and a bias below 2⁻⁴⁰
    /// for the small `n` used here.)
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.draw()) * n as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.draw() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    /// One of these, each as likely.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The place of one of these weights.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum::<u32>() as usize) as u32;
        for (i, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return i;
            }
            rest -= weight;
        }
        0
    }

    /// Puts these in a random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, of: &mut [T]) {
        for i in (1..of.len()).rev() {
            of.swap(i, self.below(i + 1));
        }
    }
}

/// A list whose first entries are common and whose last are rare: entry `i` weighs 1 / (i + `flatness`), as names do.
pub struct Popular<T> {
    of: Vec<T>,
    cumulative: Vec<u64>,
}

impl<T> Popular<T> {
    /// The smaller `flatness` is, the more common are the first.
    pub fn new(of: Vec<T>, flatness: u64) -> Popular<T> {
        let mut sum = 0;
        let weigh = |i| {
            sum += 1_000_000_000 / (i as u64 + flatness.max(1));
            sum
        };
        let cumulative = (0..of.len()).map(weigh).collect();
        Popular { of, cumulative }
    }

    /// One of them.
    pub fn pick(&self, rng: &mut Rng) -> &T {
        let total = self.cumulative.last().copied().unwrap_or(0);
        let drawn = rng.below(total as usize) as u64;
        let place = self.cumulative.partition_point(|c| *c <= drawn);
        &self.of[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_stream() {
        let (mut a, mut b, mut c) = (Rng::new(7), Rng::new(7), Rng::new(8));
        let draws = |r: &mut Rng| (0..5).map(|_| r.draw()).collect::<Vec<_>>();
        let first = draws(&mut a);
        assert_eq!(first, draws(&mut b));
        assert_ne!(first, draws(&mut c));
    }

    #[test]
    fn chances_come_out_as_often_as_asked() {
        let mut rng = Rng::new(1);
        let hits = (0..100_000).filter(|_| rng.chance(0.03)).count();
        assert!((2_800..3_200).contains(&hits), "{hits} of 100000 at 3 %");
        let popular = Popular::new((0..1000).collect(), 20);
        let firsts = (0..100_000).filter(|_| *popular.pick(&mut rng) == 0).count();
        // 1/20 over the sum of 1/(20..1020), which is ln(1020/20) + 0.025 = 3.96: 1.26 %.
        assert!((1_100..1_430).contains(&firsts), "{firsts}");
    }
}
