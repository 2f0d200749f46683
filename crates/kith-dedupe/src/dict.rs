//! A dictionary of the distinct texts of one column.
//!
//! Texts lie end to end in one arena and are found again through an open-addressing table of (hash, code), so that
//! a distinct text costs its bytes + 16, not a `String` (24 bytes + an allocation) and a map entry.

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// The distinct texts of a column. Code 0 means "missing"; code k is the k-th text, in order of appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dict {
    text: String,
    ends: Vec<usize>,
}

impl Dict {
    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without any text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of a code; `None` for 0 (missing) and for a code that was never issued.
    pub fn get(&self, code: u32) -> Option<&str> {
        let index = (code as usize).checked_sub(1)?;
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.text.get(start..end)
    }

    /// The texts in the order of their codes, beginning with code 1.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (1..=self.len() as u32).filter_map(|code| self.get(code))
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

/// Gives every distinct text its code.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    dict: Dict,
    /// (hash, code); code 0 = free. The length is a power of two.
    slots: Vec<(u32, u32)>,
}

impl Interner {
    /// The code of a text: an old one if it was seen before, else the next. Blank text is missing: 0.
    pub fn intern(&mut self, text: &str) -> u32 {
        if text.trim_ascii().is_empty() {
            return 0;
        }
        // Two thirds full is where linear probing begins to search for long.
        if self.dict.len() * 3 >= self.slots.len() * 2 {
            self.grow();
        }
        let hash = hash(text);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (seen, code) = self.slots[at];
            if code == 0 {
                break;
            }
            if seen == hash && self.dict.get(code) == Some(text) {
                return code;
            }
            at = (at + 1) & mask;
        }
        self.dict.text.push_str(text);
        self.dict.ends.push(self.dict.text.len());
        let code = self.dict.ends.len() as u32;
        self.slots[at] = (hash, code);
        code
    }

    /// The dictionary, without the table that found its texts.
    pub fn finish(mut self) -> Dict {
        self.dict.text.shrink_to_fit();
        self.dict.ends.shrink_to_fit();
        self.dict
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
        for (hash, code) in old.into_iter().filter(|slot| slot.1 != 0) {
            let mut at = hash as usize & (size - 1);
            while self.slots[at].1 != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = (hash, code);
        }
    }
}

/// FxHash leaves its entropy in the high bits; one multiplication brings it where the table looks.
fn hash(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    (hasher.finish().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// A column: its distinct texts and one code a row (0 = missing, k = the k-th text).
#[derive(Clone, Debug, Default)]
pub struct DictColumn {
    /// The distinct texts.
    pub dict: Dict,
    /// A code for every row.
    pub codes: Vec<u32>,
}

impl DictColumn {
    /// The text of a row; `None` = missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.dict.get(*self.codes.get(row)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_code_and_blank_is_missing() {
        let mut interner = Interner::default();
        let texts: Vec<String> = (0..10_000).map(|i| format!("name {i}")).collect();
        let codes: Vec<u32> = texts.iter().map(|t| interner.intern(t)).collect();
        assert_eq!(codes, (1..=10_000).collect::<Vec<u32>>());
        assert!(texts.iter().zip(&codes).all(|(t, c)| interner.intern(t) == *c));
        assert_eq!(interner.intern("  "), 0);
        let dict = interner.finish();
        assert_eq!((dict.len(), dict.get(0), dict.get(2)), (10_000, None, Some("name 1")));
        assert!(dict.iter().eq(texts.iter().map(String::as_str)));
    }
}
