//! What sixteen bytes tell of a text: enough to see at once that two texts are too different to be alike.
//!
//! Most pairs of candidates are strangers, and most of their values differ in nearly every letter. Which letters a text
//! has bounds both its edit distance and its Jaro-Winkler similarity to another, without looking at either text.

/// A text at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Which letters occur, and which occur twice: one bit each.
    letters: u64,
    /// The first four bytes.
    head: [u8; 4],
    /// The last two bytes.
    tail: [u8; 2],
    /// How many bytes; 255 for longer ones.
    length: u8,
    /// Whether a blank or a hyphen divides it.
    divided: bool,
}

/// Similarity looks at this many bytes.
const JARO_BYTES: u8 = 64;
/// Bounds are true numbers; what is computed may be off by a rounding.
const SLACK: f64 = 1e-9;

impl Sketch {
    /// The sketch of a text.
    pub fn of(text: &str) -> Sketch {
        let bytes = text.as_bytes();
        let mut sketch = Sketch { length: bytes.len().min(255) as u8, ..Sketch::default() };
        for byte in bytes {
            let once = 1 << place(*byte);
            let twice = again(*byte).map_or(0, |at| 1u64 << at);
            sketch.letters |= if sketch.letters & once == 0 { once } else { twice };
            sketch.divided |= matches!(byte, b' ' | b'-');
        }
        sketch.head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        sketch.tail.iter_mut().zip(bytes.iter().rev()).for_each(|(to, from)| *to = *from);
        sketch
    }

    /// Whether a blank or a hyphen divides it.
    pub fn divided(self) -> bool {
        self.divided
    }

    /// True if both are a letter or one of them is, and both begin with it.
    pub fn initial(self, other: Sketch) -> bool {
        (self.length == 1 || other.length == 1)
            && self.head[0] == other.head[0]
            && self.length.min(other.length) > 0
    }

    /// True if the texts end in the same two bytes.
    pub fn ends_like(self, other: Sketch) -> bool {
        self.tail == other.tail
    }

    /// Letters that the one has more than the other, and the reverse: at least so many.
    fn surplus(self, other: Sketch) -> (u32, u32) {
        ((self.letters & !other.letters).count_ones(), (other.letters & !self.letters).count_ones())
    }

    /// False if the texts are surely more than `limit` edits apart.
    pub fn within_edits(self, other: Sketch, limit: u8) -> bool {
        if self.length.abs_diff(other.length) > limit {
            return false;
        }
        // An edit takes away a letter, adds one, does both or neither.
        let (more, less) = self.surplus(other);
        if more > limit.into() || less > limit.into() {
            return false;
        }
        // One edit does not change both ends of a text of seven.
        limit > 1 || self.head == other.head || self.tail == other.tail || self.length.min(other.length) < 7
    }

    /// False if the Jaro-Winkler similarity is surely below `least`.
    pub fn similar(self, other: Sketch, least: f64) -> bool {
        if self.length.max(other.length) > JARO_BYTES {
            return true;
        }
        let (more, less) = self.surplus(other);
        let (p, q) = (f64::from(self.length), f64::from(other.length));
        let matches = (p - f64::from(more)).min(q - f64::from(less));
        if matches <= 0.0 {
            return false;
        }
        let jaro = (matches / p + matches / q + 1.0) / 3.0;
        let same = u32::from_le_bytes(self.head) ^ u32::from_le_bytes(other.head);
        let prefix = f64::from((same.trailing_zeros() / 8).min(4));
        let most = if jaro < 0.7 { jaro } else { jaro + prefix * 0.1 * (1.0 - jaro) };
        most + SLACK >= least
    }
}

/// The bit of a byte: letters and digits have one of their own, the rest share.
fn place(byte: u8) -> u32 {
    match byte {
        b'a'..=b'z' => u32::from(byte - b'a'),
        b'0'..=b'9' => 26 + u32::from(byte - b'0'),
        b' ' => 36,
        b'.' => 37,
        b'@' => 38,
        b'-' => 39,
        _ => 40 + u32::from(byte % 4),
    }
}

/// The bit for a second one of the same, for those that often come twice.
fn again(byte: u8) -> Option<u32> {
    const OFTEN: &[u8; 10] = b"aeionrstlm";
    match byte {
        b'0'..=b'9' => Some(44 + u32::from(byte - b'0')),
        _ => OFTEN.iter().position(|b| *b == byte).map(|at| 54 + at as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{edits, jaro_winkler};

    /// Texts of all lengths that are alike in many ways.
    fn texts() -> Vec<String> {
        let mut random = crate::block::mix(5);
        let mut next = |below: u64| {
            random = crate::block::mix(random.wrapping_add(0x9E37_79B9_7F4A_7C15));
            random % below
        };
        let alphabets = ["ab", "abcde 12", "abcdefghijklmnopqrstuvwxyz", "0123456789", "aé-x@."];
        let mut all: Vec<String> = vec![String::new(), "a".repeat(64), "a".repeat(65), "ab".repeat(140)];
        for i in 0..400 {
            let letters: Vec<char> = alphabets[i % alphabets.len()].chars().collect();
            let length = next(14);
            let text: String = (0..length).map(|_| letters[next(letters.len() as u64) as usize]).collect();
            let mut other: Vec<char> = text.chars().collect();
            if !other.is_empty() {
                let at = next(other.len() as u64) as usize;
                match next(3) {
                    0 => _ = other.remove(at),
                    1 => other.insert(at, letters[0]),
                    _ => other.swap(0, at),
                }
            }
            all.extend([text, other.into_iter().collect()]);
        }
        all
    }

    #[test]
    fn a_sketch_never_denies_what_is_so() {
        let texts = texts();
        for (i, s) in texts.iter().enumerate() {
            for t in texts.iter().skip(i) {
                let (p, q) = (Sketch::of(s), Sketch::of(t));
                let (a, b) = (s.as_bytes(), t.as_bytes());
                for limit in 0..=2 {
                    let so = edits(a, b, limit).is_some();
                    assert!(p.within_edits(q, limit as u8) || !so, "{s:?} {t:?} {limit}");
                }
                let similarity = jaro_winkler(a, b);
                for least in [0.8, 0.88, 0.9, 0.92, similarity.max(1e-3)] {
                    assert!(p.similar(q, least) || similarity < least || s == t, "{s:?} {t:?} {least}");
                }
            }
        }
    }

    #[test]
    fn most_strangers_are_told_apart() {
        let names: Vec<Sketch> =
            ["smith", "garcia", "nguyen", "lopez", "brown", "jackson", "martin"].map(Sketch::of).to_vec();
        let pairs = || names.iter().enumerate().flat_map(|(i, a)| names[..i].iter().map(move |b| (*a, *b)));
        assert!(pairs().filter(|(a, b)| a.similar(*b, 0.8)).count() * 4 < pairs().count());
        assert!(!pairs().any(|(a, b)| a.within_edits(b, 1)));
    }
}
