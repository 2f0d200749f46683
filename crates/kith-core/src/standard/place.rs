//! Cities, postcodes, companies.

use super::{Outcome, fold};

/// Folded; `Saint` and `Mount` in short form.
pub(super) fn city(text: &str) -> Outcome {
    if !text.chars().any(char::is_alphabetic) {
        return Outcome::invalid("a city has letters");
    }
    let folded = fold(text);
    let words = folded.split(' ').map(|word| match word {
        "saint" | "sankt" | "sainte" => "st",
        "mount" => "mt",
        "fort" => "ft",
        word => word,
    });
    Outcome::Value(words.collect::<Vec<_>>().join(" "))
}

/// Upper case; the blank where the country puts it; five digits in the United States and Germany, with the leading
/// zero that spreadsheets lose; the four more of a ZIP+4 are left out.
pub(super) fn postcode(text: &str, region: Option<&str>) -> Outcome {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let compact: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let digits = !compact.is_empty() && compact.bytes().all(|b| b.is_ascii_digit());
    if compact.is_empty() || compact.len() > 12 {
        return Outcome::invalid("not a postcode");
    }
    let american = matches!(region, Some("US") | None);
    let value = match compact.len() {
        9 if digits && american => compact.chars().take(5).collect(),
        8 if digits && region == Some("US") && text.contains('-') => {
            format!("0{}", compact.get(..4).unwrap_or_default())
        }
        4 if digits && matches!(region, Some("US" | "DE" | "FR" | "ES" | "IT")) => format!("0{compact}"),
        5..=7 if british_or_canadian(&compact) => {
            let (outward, inward) = compact.split_at(compact.len() - 3);
            format!("{outward} {inward}")
        }
        6 if dutch(&compact) => {
            format!("{} {}", compact.get(..4).unwrap_or_default(), compact.get(4..).unwrap_or_default())
        }
        _ => compact,
    };
    Outcome::Value(value)
}

/// `OX163JJ`, `K1A0B1`: letters first; the last three begin with a digit and hold a letter.
fn british_or_canadian(compact: &str) -> bool {
    let b = compact.as_bytes();
    let [first, .., x, y, z] = b else { return false };
    let letter = u8::is_ascii_alphabetic;
    letter(first)
        && x.is_ascii_digit()
        && (letter(y) && letter(z) || letter(y) && z.is_ascii_digit() && b.len() == 6)
}

fn dutch(compact: &str) -> bool {
    let (head, tail) = compact.split_at(4);
    head.bytes().all(|b| b.is_ascii_digit()) && tail.bytes().all(|b| b.is_ascii_alphabetic())
}

const LEGAL_FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "llc",
    "llp",
    "lp",
    "ltd",
    "limited",
    "gmbh",
    "ag",
    "corp",
    "corporation",
    "co",
    "company",
    "plc",
    "sa",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "pty",
    "kg",
    "ohg",
    "se",
    "oy",
    "ab",
    "as",
    "aps",
    "sas",
    "ug",
    "ev",
    "mbh",
    "kgaa",
    "pvt",
    "pte",
    "pc",
    "pllc",
    "l l c",
    "sl",
];

/// Folded, without legal form and leading article: `The Acme Co., Ltd.` as `acme`.
pub(super) fn company(text: &str) -> Outcome {
    let folded = fold(&text.replace('&', " and ").replace("L.L.C", "LLC").replace("S.A.", "SA"));
    let mut words: Vec<&str> = folded.split(' ').collect();
    while words.len() > 1 && words.last().is_some_and(|w| LEGAL_FORMS.contains(w) || *w == "and") {
        words.pop();
    }
    if words.len() > 1 && words.first() == Some(&"the") {
        words.remove(0);
    }
    Outcome::Value(words.join(" "))
}
