//! The level at which two values agree that are not equal. Sketches are asked first; texts are read where they must be.

use crate::compare::{Aspect, Cache, NONE};
use crate::feature::{Extra, Feature, LocalPart};
use crate::street::Lines;
use crate::text::{edits, jaro_winkler, within_edits};

/// True if one record's own value stands in the other's helper column, or the reverse.
pub(crate) fn crossed(features: &[Feature], own: usize, helper: usize, a: &[u32], b: &[u32]) -> bool {
    let (own_feature, helper_feature) = (&features[own], &features[helper]);
    let same = |x: u32, y: u32| {
        x != 0
            && y != 0
            && own_feature.sketch(x) == helper_feature.sketch(y)
            && own_feature.text(x) == helper_feature.text(y)
    };
    same(a[own], b[helper]) || same(b[own], a[helper])
}

/// Given and family names. Most pairs of names are plainly different; the others are remembered.
pub(crate) fn name(aspect: Aspect, feature: &Feature, x: u32, y: u32, cache: &mut Cache) -> u8 {
    let (p, q) = (feature.sketch(x), feature.sketch(y));
    let divided = p.divided() || q.divided();
    let may_be_close = p.similar(q, 0.8) || p.within_edits(q, 1);
    if aspect == Aspect::FamilyName {
        return if divided || may_be_close { cache.get(x, y, || family_name(feature, x, y)) } else { 6 };
    }
    if let Extra::Given(groups) = &feature.extra {
        let (g, h) = (groups[x as usize], groups[y as usize]);
        if g.iter().any(|k| *k != 0 && h.contains(k)) {
            return 2;
        }
    }
    match () {
        () if divided => cache.get(x, y, || given_name(feature, x, y)),
        () if p.initial(q) => 4,
        () if may_be_close => cache.get(x, y, || given_name(feature, x, y)),
        () => 8,
    }
}

fn family_name(feature: &Feature, x: u32, y: u32) -> u8 {
    let (s, t) = in_order(feature, x, y);
    let share = |long: &str, short: &str| short.len() >= 3 && long.split([' ', '-']).any(|t| t == short);
    match closeness(s, t) {
        _ if share(s, t) || share(t, s) => 2,
        level => level.unwrap_or(6),
    }
}

/// A given name that is in no nickname group of the other.
fn given_name(feature: &Feature, x: u32, y: u32) -> u8 {
    let (s, t) = in_order(feature, x, y);
    let token = |n: &str| n.split([' ', '-']).next().map(str::len).unwrap_or(0);
    let (first_s, first_t) = (&s[..token(s)], &t[..token(t)]);
    if first_s.len() > 1 && first_s == first_t {
        3
    } else if (s.len() == 1 || t.len() == 1) && s.as_bytes().first() == t.as_bytes().first() {
        4
    } else {
        closeness(s, t).map_or(8, |level| level + 2)
    }
}

/// 3 = one edit apart or very similar, 4 = similar.
fn closeness(s: &str, t: &str) -> Option<u8> {
    let (s, t) = (s.as_bytes(), t.as_bytes());
    if s.len().min(t.len()) >= 3 && within_edits(s, t, 1) {
        return Some(3);
    }
    match jaro_winkler(s, t) {
        similarity if similarity >= 0.92 => Some(3),
        similarity if similarity >= 0.8 => Some(4),
        _ => None,
    }
}

/// Similarity may depend on which side is first; so the text that sorts first always is.
fn in_order(feature: &Feature, x: u32, y: u32) -> (&str, &str) {
    let (s, t) = (feature.text(x), feature.text(y));
    if s <= t { (s, t) } else { (t, s) }
}

/// Other aspects of one column.
pub(crate) fn single(aspect: Aspect, feature: &Feature, x: u32, y: u32, cache: &mut Cache) -> u8 {
    match (aspect, &feature.extra) {
        (Aspect::MiddleName, _) => middle_name(feature, x, y),
        (Aspect::Date, Extra::Date(dates)) => {
            date(dates[x as usize], dates[y as usize], || within(feature, x, y, 1))
        }
        (Aspect::Email, Extra::Email(local)) => email(feature, local, x, y),
        (Aspect::Phone, _) => phone(feature, x, y),
        (Aspect::Street, Extra::Street(lines)) => street(feature, lines, x, y),
        (Aspect::Identifier, _) => identifier(feature, x, y),
        (Aspect::Category, Extra::Words(words)) => cache.get(x, y, || {
            let close =
                shared(&words[x as usize], &words[y as usize]) >= 0.5 || similarity(feature, x, y) >= 0.92;
            if close { 2 } else { 3 }
        }),
        (Aspect::Text, Extra::Words(words)) => {
            cache.get(x, y, || match shared(&words[x as usize], &words[y as usize]) {
                c if c >= 0.9 => 2,
                c if c >= 0.7 => 3,
                c if c >= 0.5 => 4,
                c if c >= 0.25 => 5,
                _ => 6,
            })
        }
        (Aspect::Number, Extra::Number(numbers)) => number(numbers[x as usize], numbers[y as usize]),
        _ => aspect.levels().len() as u8 - 1,
    }
}

/// True if two values are at most so many edits apart.
fn within(feature: &Feature, x: u32, y: u32, limit: u8) -> bool {
    feature.sketch(x).within_edits(feature.sketch(y), limit)
        && within_edits(feature.text(x).as_bytes(), feature.text(y).as_bytes(), limit.into())
}

fn middle_name(feature: &Feature, x: u32, y: u32) -> u8 {
    let (p, q) = (feature.sketch(x), feature.sketch(y));
    match () {
        () if p.initial(q) => 2,
        () if p.similar(q, 0.88) && similarity(feature, x, y) >= 0.88 => 3,
        () => 4,
    }
}

fn email(feature: &Feature, local: &[LocalPart], x: u32, y: u32) -> u8 {
    let (i, j) = (local[x as usize], local[y as usize]);
    if i.hash == j.hash {
        return 2;
    }
    if within(feature, x, y, 2) {
        return 3;
    }
    let alike = || {
        let (s, t) = (feature.text(x), feature.text(y));
        let (p, q) = (&s.as_bytes()[..i.length as usize], &t.as_bytes()[..j.length as usize]);
        let (p, q) = if s <= t { (p, q) } else { (q, p) };
        jaro_winkler(p, q) >= 0.88
    };
    if i.sketch.similar(j.sketch, 0.88) && alike() { 4 } else { 5 }
}

fn phone(feature: &Feature, x: u32, y: u32) -> u8 {
    if within(feature, x, y, 1) {
        return 2;
    }
    let tail = |code: u32| {
        let digits = feature.text(code).as_bytes();
        digits.len().checked_sub(7).map(|from| &digits[from..])
    };
    let same_tail = || tail(x).is_some_and(|last| tail(y) == Some(last));
    if feature.sketch(x).ends_like(feature.sketch(y)) && same_tail() { 3 } else { 4 }
}

fn identifier(feature: &Feature, x: u32, y: u32) -> u8 {
    if !feature.sketch(x).within_edits(feature.sketch(y), 2) {
        return 4;
    }
    let (s, t) = in_order(feature, x, y);
    match edits(s.as_bytes(), t.as_bytes(), 2) {
        Some(0 | 1) => 2,
        Some(2) if s.len() >= 6 => 3,
        _ => 4,
    }
}

fn number(n: f64, m: f64) -> u8 {
    match (n - m).abs() / n.abs().max(m.abs()).max(1e-12) {
        d if d <= 0.001 => 2,
        d if d <= 0.02 => 3,
        d if d <= 0.1 => 4,
        _ => 5,
    }
}

fn similarity(feature: &Feature, x: u32, y: u32) -> f64 {
    let (s, t) = in_order(feature, x, y);
    jaro_winkler(s.as_bytes(), t.as_bytes())
}

fn date(x: u32, y: u32, one_edit: impl Fn() -> bool) -> u8 {
    if x == 0 || y == 0 {
        return if one_edit() { 3 } else { 8 };
    }
    let part = |d: u32| (d / 10000, d / 100 % 100, d % 100);
    let ((y1, m1, d1), (y2, m2, d2)) = (part(x), part(y));
    if y1 == y2 && m1 == d2 && d1 == m2 {
        2
    } else if one_edit() {
        3
    } else if y1 == y2 && ((m1, d1) == (1, 1) || (m2, d2) == (1, 1)) {
        4
    } else if u8::from(y1 == y2) + u8::from(m1 == m2) + u8::from(d1 == d2) == 2 {
        5
    } else if y1 == y2 {
        6
    } else if y1.abs_diff(y2) <= 2 {
        7
    } else {
        8
    }
}

fn street(feature: &Feature, lines: &Lines, x: u32, y: u32) -> u8 {
    let (p, q) = (lines.of(x), lines.of(y));
    let (n, m) = (p.number, q.number);
    let same = p.words == q.words && p.words != 0;
    let similar = || {
        p.words == q.words
            || lines.sketch(p).similar(lines.sketch(q), 0.9) && {
                let (p, q) = if feature.text(x) <= feature.text(y) { (p, q) } else { (q, p) };
                jaro_winkler(lines.words(p).as_bytes(), lines.words(q).as_bytes()) >= 0.9
            }
    };
    match (n == m && n != 0, same) {
        (true, true) => 2,
        (true, false) if similar() => 3,
        (false, true)
            if n == 0 || m == 0 || within_edits(n.to_string().as_bytes(), m.to_string().as_bytes(), 1) =>
        {
            4
        }
        (false, true) => 5,
        (false, false) if n == m && similar() => 4,
        _ => 6,
    }
}

/// Weighted cosine of two sets of words, 0..=1.
fn shared(a: &[(u64, f32)], b: &[(u64, f32)]) -> f32 {
    let (mut i, mut j, mut both) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += a[i].1;
                i += 1;
                j += 1;
            }
        }
    }
    let norm = |words: &[(u64, f32)]| words.iter().map(|(_, weight)| weight).sum::<f32>();
    both / (norm(a) * norm(b)).sqrt().max(1e-9)
}

/// Postcode, city and region together.
pub(crate) fn locality(
    slots: [usize; 3],
    features: &[Feature],
    a: &[u32],
    b: &[u32],
    cache: &mut Cache,
) -> u8 {
    let [post, city, region] = slots.map(|s| if s == NONE { (0, 0) } else { (a[s], b[s]) });
    let known = |(x, y): (u32, u32)| x != 0 && y != 0;
    let same = |p: (u32, u32)| known(p) && p.0 == p.1;
    if !known(post) && !known(city) && !known(region) {
        return 0;
    }
    if same(post) {
        return if same(city) { 1 } else { 2 };
    }
    let near =
        if known(post) { cache.get(post.0, post.1, || near_postcode(&features[slots[0]], post)) } else { 2 };
    match (same(city), known(post)) {
        (true, true) if near == 0 => 3,
        (true, false) => 4,
        (true, true) if near == 1 => 5,
        (true, true) => 6,
        _ if near == 0 => 7,
        _ if known(city) && similar_city(&features[slots[1]], city) => 8,
        _ if same(region) => 9,
        _ => 10,
    }
}

/// 0 = one edit apart, 1 = the same area (first three, or the part before the blank), 2 = apart.
fn near_postcode(feature: &Feature, (x, y): (u32, u32)) -> u8 {
    let (s, t) = (feature.text(x), feature.text(y));
    if within_edits(s.as_bytes(), t.as_bytes(), 1) {
        return 0;
    }
    u8::from(area(s) != area(t)) + 1
}

/// The area that a postcode names: `ox16` of `ox16 3jj`, `345` of `34517`.
pub fn area(postcode: &str) -> &str {
    match postcode.split_once(' ') {
        Some((outward, _)) => outward,
        None => postcode.get(..3).unwrap_or(postcode),
    }
}

fn similar_city(feature: &Feature, (x, y): (u32, u32)) -> bool {
    x == y || feature.sketch(x).similar(feature.sketch(y), 0.9) && similarity(feature, x, y) >= 0.9
}
