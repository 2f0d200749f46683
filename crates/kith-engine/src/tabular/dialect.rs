//! Recognises how a delimited file is written: delimiter, quote, header or none. Pure.
//!
//! 1. Delimiter: of `,` `;` tab and `|` the one under which most of the first rows have the same number (> 1)
//!    of fields; ties go to more fields.
//! 2. Quote: `'` only where most rows have it on both sides of a delimiter, else `"`.
//! 3. Header: there is none if a field of the first row is a number, date or e-mail address like those below
//!    it, and no field is a word above such values.

use csv_core::{ReadRecordResult, ReaderBuilder};

/// How a delimited file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    pub header: bool,
    /// Fields of the first row.
    pub fields: usize,
}

/// Enough rows to decide by.
const SAMPLE_ROWS: usize = 200;

/// Recognises the dialect of a sample; `delimiter` is known where the configuration states it.
pub(crate) fn recognise(sample: &str, delimiter: Option<u8>) -> Dialect {
    let candidates = delimiter.map_or(vec![b',', b';', b'\t', b'|'], |d| vec![d]);
    let mut best =
        (0, Dialect { delimiter: candidates[0], quote: b'"', header: true, fields: 0 }, Vec::new());
    for delimiter in candidates {
        let quote = quote(sample, delimiter);
        let rows = rows(sample, delimiter, quote);
        let fields = rows.first().map_or(0, Vec::len);
        let score = if fields > 1 { agreement(&rows) } else { 0 };
        if (score, fields) > (best.0, best.1.fields) {
            best = (score, Dialect { delimiter, quote, header: true, fields }, rows);
        }
    }
    let (_, dialect, rows) = best;
    Dialect { header: header(&rows), ..dialect }
}

/// Thousandths of the rows that have the most common number of fields, if that number is > 1.
fn agreement(rows: &[Vec<String>]) -> u64 {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(row.len()).or_insert(0u64) += 1;
    }
    let (fields, most) = counts.iter().max_by_key(|(fields, count)| (**count, **fields)).unwrap_or((&0, &0));
    if *fields < 2 { 0 } else { most * 1000 / rows.len() as u64 }
}

fn quote(sample: &str, delimiter: u8) -> u8 {
    let (mut single, mut lines) = (0, 0);
    let pair = ['\'', delimiter as char, '\''].iter().collect::<String>();
    for line in sample.lines().take(SAMPLE_ROWS) {
        lines += 1;
        single += usize::from(line.contains(&pair));
    }
    if single * 2 > lines && !sample.contains(&pair.replace('\'', "\"")) { b'\'' } else { b'"' }
}

fn rows(sample: &str, delimiter: u8, quote: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).quote(quote).build();
    let (mut input, mut rows) = (sample.as_bytes(), Vec::new());
    let mut out = vec![0; sample.len() + 1];
    let mut ends = vec![0; sample.len() + 1];
    while rows.len() < SAMPLE_ROWS {
        let (result, read, _, fields) = reader.read_record(input, &mut out, &mut ends);
        input = &input[read..];
        // A row that the sample cuts off says nothing of its number of fields.
        if result != ReadRecordResult::Record {
            if rows.is_empty() && fields > 0 {
                rows.push(vec![String::new(); fields + 1]);
            }
            break;
        }
        let mut start = 0;
        rows.push(
            ends[..fields]
                .iter()
                .map(|end| {
                    String::from_utf8_lossy(&out[std::mem::replace(&mut start, *end)..*end]).into_owned()
                })
                .collect(),
        );
    }
    rows
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Empty,
    Word,
    Number,
    Date,
    Email,
}

fn looks(field: &str) -> Looks {
    let field = field.trim();
    let digits = field.bytes().filter(u8::is_ascii_digit).count();
    if field.is_empty() {
        Looks::Empty
    } else if field.contains('@') {
        Looks::Email
    } else if digits > 0 && field.bytes().all(|b| b.is_ascii_digit() || b"+-.,eE ()".contains(&b)) {
        if field.bytes().filter(|b| *b == b'-').count() == 2 { Looks::Date } else { Looks::Number }
    } else if digits >= 4 && field.bytes().all(|b| b.is_ascii_digit() || b"-/.: TZ+".contains(&b)) {
        Looks::Date
    } else {
        Looks::Word
    }
}

fn header(rows: &[Vec<String>]) -> bool {
    let Some((first, below)) = rows.split_first() else { return true };
    if below.is_empty() {
        return first.iter().all(|field| matches!(looks(field), Looks::Word | Looks::Empty));
    }
    let mut against = false;
    for (column, field) in first.iter().enumerate() {
        let top = looks(field);
        let others: Vec<Looks> = below
            .iter()
            .filter_map(|r| r.get(column))
            .map(|f| looks(f))
            .filter(|l| *l != Looks::Empty)
            .collect();
        let values = others.iter().filter(|l| **l != Looks::Word).count();
        if top == Looks::Word && !others.is_empty() && values * 5 >= others.len() * 4 {
            return true;
        }
        let same = others.iter().filter(|l| **l == top).count();
        against |= matches!(top, Looks::Number | Looks::Date | Looks::Email) && same * 2 > others.len();
    }
    !against
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiter_quote_and_header_are_recognised() {
        let d = recognise("id;name;note\n1;Ada;a, b, c\n2;Bob;d, e, f\n", None);
        assert_eq!((d.delimiter, d.quote, d.header, d.fields), (b';', b'"', true, 3));
        let d = recognise("'id','name'\n'1','O''Hara, Scarlett'\n", None);
        assert_eq!((d.delimiter, d.quote, d.header), (b',', b'\'', true));
        let d = recognise("1,ada@example.org,1815-12-10\n2,bob@example.org,1990-01-01\n", None);
        assert_eq!((d.delimiter, d.header, d.fields), (b',', false, 3));
        let d = recognise("name\nAda, Countess\nBob\n", None);
        assert_eq!((d.header, d.fields), (true, 1));
        let d = recognise("region,2019,2020\nnorth,1,2\nsouth,3,4\n", None);
        assert!(!d.header || d.fields == 3);
    }
}
