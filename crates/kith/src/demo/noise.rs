//! How people and their keyboards get things wrong.

use super::rng::Rng;

/// Neighbours on the keyboard.
const KEYS: &str = "q:wa w:qes e:wrd r:etf t:ryg y:tuh u:yij i:uok o:ipl p:ol a:qsz s:awdx d:sefc f:drgv g:fthb h:gyjn j:hukm k:jil \
l:ko z:asx x:zsc c:xdv v:cfb b:vgn n:bhm m:njk";

/// Letters that sound alike.
const SOUNDS: [(&str, &str); 16] = [
    ("ph", "f"),
    ("ck", "k"),
    ("k", "c"),
    ("c", "k"),
    ("ie", "y"),
    ("y", "ie"),
    ("ee", "ea"),
    ("ll", "l"),
    ("l", "ll"),
    ("nn", "n"),
    ("n", "nn"),
    ("tt", "t"),
    ("z", "s"),
    ("ei", "ie"),
    ("v", "w"),
    ("au", "o"),
];

/// One slip: a character lost, doubled by a neighbour, hit beside, swapped with the next, or heard wrong.
pub fn typo(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_string();
    }
    // The first letter is seldom wrong.
    let i = 1 + rng.below(letters.len() - 1);
    match rng.below(5) {
        0 => drop(letters.remove(i)),
        1 => letters.insert(i, beside(letters[i], rng)),
        2 => letters[i] = beside(letters[i], rng),
        3 => letters.swap(i - 1, i),
        _ => return heard(text, rng),
    }
    letters.into_iter().collect()
}

fn beside(c: char, rng: &mut Rng) -> char {
    if c.is_ascii_digit() {
        return char::from(b'0' + rng.below(10) as u8);
    }
    let lower = c.to_ascii_lowercase();
    let keys = KEYS.split(' ').find_map(|k| k.split_once(':').filter(|(key, _)| key.starts_with(lower)));
    let keys: Vec<char> = keys.map_or(vec!['e'], |(_, near)| near.chars().collect());
    let near = *rng.pick(&keys);
    if c.is_uppercase() { near.to_ascii_uppercase() } else { near }
}

fn heard(text: &str, rng: &mut Rng) -> String {
    let fits: Vec<_> = SOUNDS.iter().filter(|(from, _)| text.contains(from)).collect();
    if fits.is_empty() {
        return text.to_string();
    }
    let (from, to) = rng.pick(&fits);
    text.replacen(from, to, 1)
}

/// One digit wrong.
pub fn wrong_digit(digits: &str, rng: &mut Rng) -> String {
    let mut bytes: Vec<char> = digits.chars().collect();
    let i = rng.below(bytes.len());
    if let Some(digit) = bytes.get_mut(i) {
        *digit = char::from(b'0' + rng.below(10) as u8);
    }
    bytes.into_iter().collect()
}

/// The ways in which ten digits are written.
pub fn phone_shape(digits: &str, rng: &mut Rng) -> String {
    let (Some(a), Some(b), Some(c)) = (digits.get(..3), digits.get(3..6), digits.get(6..)) else {
        return digits.to_string();
    };
    match rng.below(8) {
        0 | 1 => format!("({a}) {b}-{c}"),
        2 | 3 => format!("{a}-{b}-{c}"),
        4 => format!("{a}.{b}.{c}"),
        5 => format!("+1 {a} {b} {c}"),
        6 => format!("1-{a}-{b}-{c}"),
        _ => digits.to_string(),
    }
}

/// As Latin-1 software and shouting cash registers print it.
pub fn capitals(text: &str) -> String {
    super::people::plain(text).to_uppercase()
}
