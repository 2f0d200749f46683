//! Lower case without accents, in words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, accents folded, Latin letters that are no accented ones spelt out, everything that is neither letter
/// nor digit collapsed to one blank, apostrophes dropped: `O'Brien-Müller ` becomes `obrien muller`. Other scripts are
/// kept as they are.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        text.chars().for_each(|c| push(&mut out, c.to_ascii_lowercase()));
    } else {
        let mut kept = String::with_capacity(text.len());
        unaccent(text).chars().for_each(|c| push(&mut kept, c));
        // Marks that a dropped character kept apart stand together now, and have an order of their own.
        out.extend(kept.nfc());
    }
    out.truncate(out.trim_end().len());
    out
}

fn push(out: &mut String, c: char) {
    if c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c)) {
        out.push(c);
    } else if !matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' | '\u{2bc}')
        && !out.is_empty()
        && !out.ends_with(' ')
    {
        out.push(' ');
    }
}

/// Lower case without Latin, Greek and Cyrillic accents; punctuation stays.
pub(super) fn unaccent(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    // U+0300 to U+036F are the accents; marks of other scripts (vowels, voicing) change the word and stay.
    let bare = text.nfkd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).flat_map(char::to_lowercase);
    for c in bare {
        match c {
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            'ħ' => out.push('h'),
            'ŋ' => out.push('n'),
            'ŧ' => out.push('t'),
            // A lower-cased İ leaves its dot behind.
            '\u{307}' => {}
            c => out.push(c),
        }
    }
    if out.is_ascii() { out } else { out.nfc().collect() }
}
