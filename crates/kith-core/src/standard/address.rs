//! A whole address in one text, split from its end: the end is more regular than the beginning.

use super::{country, region};

/// The pieces of an address as the text wrote them, not yet in normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressParts {
    /// Number, street and unit.
    pub street: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// Country.
    pub country: Option<String>,
}

const STREET_ENDS: &[&str] = &[
    "st",
    "street",
    "ave",
    "avenue",
    "rd",
    "road",
    "dr",
    "drive",
    "ln",
    "lane",
    "ct",
    "court",
    "pl",
    "place",
    "blvd",
    "boulevard",
    "pkwy",
    "parkway",
    "hwy",
    "highway",
    "cir",
    "circle",
    "ter",
    "terrace",
    "way",
    "trl",
    "trail",
    "sq",
    "square",
    "close",
    "crescent",
    "cres",
    "grove",
    "gardens",
    "row",
    "walk",
    "loop",
    "pike",
    "alley",
];

/// Splits an address, best effort.
///
/// 1. Lines and commas separate pieces.
/// 2. From the end: a country, a postcode, a state are taken off as long as they are recognised.
/// 3. The last piece left is the city, what stands before it the street.
/// 4. Without commas the city begins after the last street word.
pub fn split_full_address(raw: &str, home: Option<&str>) -> AddressParts {
    let mut parts = AddressParts::default();
    let mut pieces: Vec<String> = raw
        .split([',', '\n', '\r', ';', '|'])
        .map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|p| !p.is_empty())
        .collect();
    if pieces.len() > 1 {
        // CA and DE at the end are California and Delaware.
        parts.country = pieces.pop_if(|p| country::alpha2(p).is_some() && !region::anywhere(p));
    }
    let home = parts.country.as_deref().and_then(country::alpha2).or(home);
    tail(&mut pieces, &mut parts, home);
    leading_postcode(&mut pieces, &mut parts);
    if pieces.len() > 1 {
        parts.city = pieces.pop();
    } else if let Some((street, city)) = pieces.first().and_then(|only| at_street_word(only)) {
        parts.city = Some(city);
        pieces = vec![street];
    }
    parts.street = (!pieces.is_empty()).then(|| pieces.join(", "));
    parts
}

/// Takes postcode and state off the end, in either order, each once.
fn tail(pieces: &mut Vec<String>, parts: &mut AddressParts, home: Option<&str>) {
    for _ in 0..3 {
        let last_of_many = pieces.len() > 1;
        let Some(last) = pieces.last_mut() else { return };
        let words: Vec<&str> = last.split(' ').collect();
        let all = words.len();
        let ending = |n: usize| words.get(all.saturating_sub(n)..).unwrap_or_default().join(" ");
        let allowed = |n: usize| all > n || all == n && last_of_many;
        let taken = [2, 1].into_iter().filter(|n| allowed(*n)).find(|n| {
            let text = ending(*n);
            if parts.postcode.is_none() && postcode(&text, *n) {
                parts.postcode = Some(text);
            } else if parts.region.is_none() && state(&text, home) {
                parts.region = Some(text);
            } else {
                return false;
            }
            true
        });
        let Some(n) = taken else { return };
        *last = words.get(..all - n).unwrap_or_default().join(" ");
        if last.is_empty() {
            pieces.pop();
        }
    }
}

/// A code in capitals, or a name with letters around; "la" in "Costa la" is no Louisiana.
fn state(text: &str, home: Option<&str>) -> bool {
    let code_like = text.len() > 3 || text.chars().all(|c| c.is_ascii_uppercase());
    code_like && region::known(text, home).is_some()
}

/// One word of digits (4 to 6, or ZIP+4), or letters and digits as in the United Kingdom, Canada, the Netherlands.
fn postcode(text: &str, words: usize) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    if words == 1 && letters == 0 {
        return (4..=6).contains(&text.len()) && digits == text.len()
            || text.len() == 10 && digits == 9 && text.as_bytes().get(5) == Some(&b'-');
    }
    let length = digits + letters;
    let shape = text.split(' ').all(|w| w.len() <= 4 && w.bytes().any(|b| b.is_ascii_digit()));
    letters >= 2 && digits >= 2 && (5..=7).contains(&length) && (words == 1 || shape)
}

/// `10115 Berlin`: the postcode stands before the city.
fn leading_postcode(pieces: &mut [String], parts: &mut AddressParts) {
    let many = pieces.len() > 1;
    let Some(last) = pieces.last_mut().filter(|_| many && parts.postcode.is_none()) else { return };
    if let Some((code, city)) = last.split_once(' ').filter(|(code, _)| postcode(code, 1)) {
        parts.postcode = Some(code.to_string());
        *last = city.to_string();
    }
}

/// `158 Walnut Ln Clayton` after its last street word.
fn at_street_word(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split(' ').collect();
    let word = |w: &&str| STREET_ENDS.contains(&w.trim_end_matches('.').to_lowercase().as_str());
    let mut end = words.iter().rposition(word).filter(|i| *i > 0)? + 1;
    // A unit belongs to the street.
    let unit = |w: &&str| {
        w.starts_with('#') || matches!(w.to_lowercase().as_str(), "apt" | "unit" | "suite" | "ste" | "flat")
    };
    if let Some(next) = words.get(end).filter(|w| unit(w)) {
        end += if next.len() > 1 && next.starts_with('#') { 1 } else { 2 };
    }
    let city = words.get(end..).filter(|rest| !rest.is_empty())?.join(" ");
    Some((words.get(..end)?.join(" "), city))
}
