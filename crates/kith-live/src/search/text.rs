//! From values and questions to words: lower case, without accents, split where letters and digits end.

use kith_core::field::{Field, FieldValue};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Digits of a phone number that are worth finding it by; fewer are a house number or a year.
const PHONE_DIGITS_MIN: usize = 6;
/// Longer words are cut: nobody types them, and an index of them is large.
const WORD_CHARS_MAX: usize = 40;

/// The words of a record, in two groups: names, and everything else.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub names: BTreeSet<String>,
    pub others: BTreeSet<String>,
}

/// The words by which a record is found.
pub(crate) fn words_of(key: &str, values: &[FieldValue]) -> Words {
    let mut words = Words::default();
    words.others.extend(split(key));
    for value in values {
        match value.field {
            Field::GivenName
            | Field::MiddleName
            | Field::FamilyName
            | Field::FormerName
            | Field::FullName
            | Field::Company => {
                words.names.extend(split(&value.normal));
                words.names.extend(split(&value.original));
            }
            Field::Email => {
                words.others.insert(fold(&value.normal).chars().take(2 * WORD_CHARS_MAX).collect());
                words.others.extend(split(&value.normal));
            }
            Field::Phone => words.others.extend(phone_words(&value.normal)),
            Field::Street
            | Field::City
            | Field::Region
            | Field::Postcode
            | Field::FullAddress
            | Field::CustomerId
            | Field::UserId
            | Field::AnonymousId
            | Field::FacebookId
            | Field::SocialId
            | Field::RecordKey => words.others.extend(split(&value.normal)),
            _ => {}
        }
    }
    words
}

/// The words of a question, in order; a phone number written with blanks and signs is one word.
pub(crate) fn words_of_question(question: &str) -> Vec<String> {
    let digits: String = question.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= PHONE_DIGITS_MIN && !question.chars().any(char::is_alphabetic) {
        return vec![digits];
    }
    let mut words: Vec<String> = Vec::new();
    for part in question.split_whitespace() {
        if part.contains('@') {
            words.push(fold(part));
        } else {
            words.extend(split(part));
        }
    }
    words.truncate(16);
    words
}

/// The number and its endings without country and area, as people remember them.
fn phone_words(normal: &str) -> Vec<String> {
    let digits: String = normal.chars().filter(char::is_ascii_digit).collect();
    let ending =
        |n: usize| digits.len().checked_sub(n).and_then(|from| digits.get(from..)).map(str::to_string);
    let mut words: Vec<String> = [10, 9, 8, 7].into_iter().filter_map(ending).collect();
    words.push(digits);
    words
}

fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn split(text: &str) -> Vec<String> {
    let cut = |word: &str| word.chars().take(WORD_CHARS_MAX).collect();
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_accents_and_no_case() {
        assert_eq!(words_of_question("Zoë  O'Brien-Łuk"), ["zoe", "o", "brien", "łuk"]);
        assert_eq!(words_of_question("+1 (555) 123-4567"), ["15551234567"]);
        assert_eq!(words_of_question("Ada@Example.org lovelace"), ["ada@example.org", "lovelace"]);
    }
}
