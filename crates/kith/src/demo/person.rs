//! One invented person: who they are, before any source gets them wrong. Facts that change are lists with the day from
//! which each holds, so that a record tells what was true on its day.

use super::places::Address;
use jiff::civil::{Date, date};

/// The day on which the demo's company exports its data. Fixed: a seed must mean the same bytes next year.
pub const TODAY: Date = date(2026, 10, 31);

/// A fact and the first day on which it holds.
#[derive(Clone, Debug)]
pub struct Since<T> {
    pub day: Date,
    pub fact: T,
}

/// What held on a day; the first fact also held before it was noted.
pub fn on<T>(facts: &[Since<T>], day: Date) -> Option<&T> {
    facts.iter().rev().find(|f| f.day <= day).or(facts.first()).map(|f| &f.fact)
}

/// One invented person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The truth: whose record a record is.
    pub id: u32,
    /// Who lives, or lived, together.
    pub household: u32,
    /// Grammar only: titles and gender columns.
    pub woman: bool,
    pub given: &'static str,
    pub middle: &'static str,
    /// What friends say instead of the given name.
    pub nickname: Option<&'static str>,
    /// Surnames, the present one last; two where one was taken at a wedding.
    pub families: Vec<Since<String>>,
    /// `Jr`, `Sr` or nothing.
    pub suffix: &'static str,
    pub born: Date,
    pub homes: Vec<Since<Address>>,
    pub mobiles: Vec<Since<String>>,
    pub landline: Option<String>,
    /// Own mailboxes, the usual one first.
    pub emails: Vec<String>,
    /// A mailbox that the household shares.
    pub family_email: Option<String>,
}

/// A text without accents, as mailboxes, cash registers and hurried people write it.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'á' | 'à' | 'ä' | 'ã' | 'å' => plain.push('a'),
            'é' | 'è' | 'ë' | 'ê' => plain.push('e'),
            'í' | 'ï' => plain.push('i'),
            'ó' | 'ö' | 'ø' => plain.push('o'),
            'ú' | 'ü' => plain.push('u'),
            'ñ' => plain.push('n'),
            'ç' => plain.push('c'),
            'É' => plain.push('E'),
            'ß' => plain.push_str("ss"),
            other => plain.push(other),
        }
    }
    plain
}
