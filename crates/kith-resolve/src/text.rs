//! Similarity of short texts. Inputs are normalised, mostly ASCII, and compared as bytes: an accent that survived
//! normalisation counts as two bytes, which errs on the side of "different".

/// Jaro-Winkler similarity, 0..=1 (Winkler 1990; prefix scale 0.1, at most 4 bytes).
///
/// Texts over 64 bytes are compared by their first 64: names are shorter, and the mask then fits a register.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let jaro = jaro(a, b);
    if jaro < 0.7 {
        return jaro;
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

/// Jaro similarity, 0..=1.
pub fn jaro(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (&a[..a.len().min(64)], &b[..b.len().min(64)]);
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut matched_a, mut matched_b) = (0u64, 0u64);
    for (i, x) in a.iter().enumerate() {
        let low = i.saturating_sub(window);
        let high = (i + window + 1).min(b.len());
        for (j, y) in b.iter().enumerate().take(high).skip(low) {
            if x == y && matched_b >> j & 1 == 0 {
                matched_a |= 1 << i;
                matched_b |= 1 << j;
                break;
            }
        }
    }
    let matches = matched_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let mut rest = matched_b;
    let mut out_of_order = 0;
    for (i, x) in a.iter().enumerate() {
        if matched_a >> i & 1 == 1 {
            out_of_order += u32::from(b[rest.trailing_zeros() as usize] != *x);
            rest &= rest - 1;
        }
    }
    let m = f64::from(matches);
    (m / a.len() as f64 + m / b.len() as f64 + (m - f64::from(out_of_order / 2)) / m) / 3.0
}

/// True if the optimal string alignment distance (insert, delete, replace, swap of neighbours) is at most `limit`.
pub fn within_edits(a: &[u8], b: &[u8], limit: usize) -> bool {
    edits(a, b, limit).is_some()
}

/// The optimal string alignment distance, or `None` if it is over `limit`.
pub fn edits(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    if a.len().abs_diff(b.len()) > limit || b.len() > 255 {
        return None;
    }
    if a.is_empty() || b.is_empty() {
        return Some(a.len().max(b.len()));
    }
    let mut rows = [[0u8; 256]; 3];
    let [before, last, here] = &mut rows;
    let (mut before, mut last, mut here) = (before, last, here);
    for (j, cell) in last.iter_mut().enumerate().take(b.len() + 1) {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        here[0] = i.min(255) as u8;
        let mut best = here[0];
        for j in 1..=b.len() {
            let replace = last[j - 1].saturating_add(u8::from(a[i - 1] != b[j - 1]));
            let mut cell = last[j].min(here[j - 1]).saturating_add(1).min(replace);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(before[j - 2].saturating_add(1));
            }
            here[j] = cell;
            best = best.min(cell);
        }
        if usize::from(best) > limit {
            return None;
        }
        (before, last, here) = (last, here, before);
    }
    Some(usize::from(last[b.len()])).filter(|d| *d <= limit)
}

/// A rough sound of a name for blocking, not for scoring: vowels and doubled letters go, letters that are often
/// mistaken for each other fall together. At most 8 bytes, packed.
pub fn sound(name: &[u8]) -> u64 {
    let mut packed = 0u64;
    let mut last = 0u8;
    let mut kept = 0;
    let mut i = 0;
    while i < name.len() && kept < 6 {
        let next = name.get(i + 1).copied().unwrap_or(0);
        let (class, step) = match (name[i], next) {
            (b'p', b'h') => (b'f', 2),
            (b's', b'c') if name.get(i + 2) == Some(&b'h') => (b's', 3),
            (b's' | b'c', b'h') => (b's', 2),
            (b'c', b'k') => (b'k', 2),
            (b'g', b'h') => (0, 2),
            (b'c' | b'q' | b'g' | b'k' | b'x', _) => (b'k', 1),
            (b'z' | b's', _) => (b's', 1),
            (b'b' | b'p', _) => (b'p', 1),
            (b'd' | b't', _) => (b't', 1),
            (b'v' | b'f' | b'w', _) => (b'f', 1),
            (b'm' | b'n', _) => (b'n', 1),
            (b'j', _) => (b'j', 1),
            (b'l', _) => (b'l', 1),
            (b'r', _) => (b'r', 1),
            (b'0'..=b'9', _) => (name[i], 1),
            _ => (0, 1),
        };
        if i == 0 && class == 0 {
            packed = u64::from(b'a');
            kept = 1;
        } else if class != 0 && class != last {
            packed = packed << 8 | u64::from(class);
            kept += 1;
        }
        last = class;
        i += step;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jaro_winkler_gives_the_published_values() {
        // Winkler's own examples.
        for (a, b, expected) in
            [("martha", "marhta", 0.9611), ("dixon", "dicksonx", 0.8133), ("dwayne", "duane", 0.84)]
        {
            let found = jaro_winkler(a.as_bytes(), b.as_bytes());
            assert!((found - expected).abs() < 1e-4, "{a} {b}: {found}");
        }
    }

    #[test]
    fn edits_count_a_swap_of_neighbours_once() {
        assert_eq!(edits(b"smith", b"simth", 2), Some(1));
        assert_eq!(edits(b"1836-07-01", b"1836-01-07", 3), Some(2));
        assert_eq!(edits(b"ca", b"abc", 3), Some(3), "optimal string alignment, not full Damerau");
        assert_eq!(edits(b"kitten", b"sitting", 2), None);
        assert_eq!(edits(b"", b"ab", 2), Some(2));
        assert_eq!(edits(b"ab", b"", 1), None);
    }

    #[test]
    fn names_that_sound_alike_share_a_sound() {
        for (a, b) in
            [("phillips", "filips"), ("schmidt", "shmit"), ("catherine", "katherin"), ("eva", "iva")]
        {
            assert_eq!(sound(a.as_bytes()), sound(b.as_bytes()), "{a} {b}");
        }
        assert_ne!(sound(b"smith"), sound(b"jones"));
    }
}
