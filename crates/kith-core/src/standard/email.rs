//! E-mail addresses.

use super::Outcome;
use crate::hex;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// Lower case, without what surrounds the address; the first where a cell holds several.
pub(super) fn normalise(text: &str) -> Outcome {
    let lower = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkc().collect::<String>().to_lowercase()
    };
    let address = bare(&lower);
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Outcome::invalid("not an e-mail address: there is no @");
    };
    if let Some(fault) = fault(local, domain) {
        return Outcome::invalid(format!("not an e-mail address: {fault}"));
    }
    // One mailbox under two names since 2010.
    let domain = if domain == "googlemail.com" { "gmail.com" } else { domain };
    Outcome::Value(format!("{local}@{domain}"))
}

/// `Ada <ada@x.org>`, `mailto:ada@x.org`, `ada@x.org; ada@y.org`, `ada@x.org.`
fn bare(text: &str) -> &str {
    let text = match (text.find('<'), text.rfind('>')) {
        (Some(open), Some(close)) if open < close => text.get(open + 1..close).unwrap_or(text),
        _ => text,
    };
    let text = text.trim().strip_prefix("mailto:").unwrap_or(text.trim());
    let first = text.split([';', ',', '|']).map(str::trim).find(|t| t.contains('@')).unwrap_or(text);
    let first =
        first.split_whitespace().find(|t| t.contains('@')).filter(|t| !t.starts_with('@')).unwrap_or(first);
    first.trim_matches(|c: char| matches!(c, '.' | '"' | '\'' | '<' | '>' | '(' | ')' | ','))
}

fn fault(local: &str, domain: &str) -> Option<&'static str> {
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | '(' | ')' | '[' | ']');
    let label = |l: &str| {
        !l.is_empty() && !l.starts_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    if local.is_empty() || local.len() > 64 {
        Some("nothing, or too much, before the @")
    } else if local.contains(odd) || local.contains("..") {
        Some("a character that can not be in it")
    } else if domain.len() > 253 || !domain.split('.').all(label) {
        Some("the part after the @ is not a domain")
    } else if !domain
        .rsplit_once('.')
        .is_some_and(|(_, top)| top.chars().count() >= 2 && !top.starts_with(|c: char| c.is_ascii_digit()))
    {
        Some("the domain has no ending such as .com")
    } else {
        None
    }
}

/// The form in which vendors send addresses: SHA-256 in lower-case hexadecimal of the trimmed, lower-case address.
/// Give it the original: what they hashed is `…@googlemail.com`, if so it was written.
pub fn sha256(original: &str) -> String {
    hex(Sha256::digest(original.trim().to_lowercase().as_bytes()))
}

/// Of an empty text and of a few common fillers: hashes that many rows share.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(super) fn normalise_sha256(text: &str) -> Outcome {
    let text = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Outcome::invalid("not a SHA-256: expected 64 hexadecimal digits");
    }
    if text == EMPTY { Outcome::Junk(text) } else { Outcome::Value(text) }
}
