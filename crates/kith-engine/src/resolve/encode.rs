//! From nodes to the columns that the matching library compares.
//!
//! 1. Every field that helps matching gets one column with the node's first value of it; fields that describe an
//!    entity (category, text, number, date) get one column per *source column name*, since an occupation must not be
//!    compared with a membership level.
//! 2. A second e-mail address or phone number is left out: the library compares column with column, and a second
//!    column would be empty nearly everywhere.
//! 3. A vendor's record that has only the hash of an e-mail address gets the address, if any node has an address with
//!    that hash; else the hash itself stands in, so that two such records still find each other.

use kith_core::field::{Field, FieldValue};
use kith_core::standard::email_sha256;
use kith_dedupe::slot::{opaque, slot};
use kith_resolve::{Column, Kind, Records};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// The e-mail addresses that are known, by their hash.
#[derive(Default)]
pub(crate) struct EmailHashes(FxHashMap<String, String>);

impl EmailHashes {
    /// Takes in the addresses of a record, in normal form and as written: vendors hash what they were given.
    pub(crate) fn learn(&mut self, values: &[FieldValue]) {
        for value in values.iter().filter(|v| v.field == Field::Email) {
            self.0.entry(email_sha256(&value.normal)).or_insert_with(|| value.normal.clone());
            self.0.entry(email_sha256(&value.original)).or_insert_with(|| value.normal.clone());
        }
    }

    /// The address behind a hash, or the hash itself.
    fn resolve<'a>(&'a self, hash: &'a str) -> Cow<'a, str> {
        match self.0.get(&hash.to_ascii_lowercase()) {
            Some(address) => Cow::Borrowed(address),
            None => Cow::Owned(opaque(hash)),
        }
    }
}

/// Collects nodes and gives the library's columns.
#[derive(Default)]
pub(crate) struct Encoder {
    columns: Vec<Growing>,
    by_name: FxHashMap<String, usize>,
    sources: Vec<String>,
    source_codes: Vec<u16>,
    len: usize,
}

struct Growing {
    name: String,
    kind: Kind,
    index: FxHashMap<String, u32>,
    codes: Vec<u32>,
}

impl Encoder {
    /// Adds one record.
    pub(crate) fn push(&mut self, source: &str, values: &[FieldValue], hashes: &EmailHashes) {
        let row = self.len;
        self.len += 1;
        let source = self.source_code(source);
        self.source_codes.push(source);
        for value in values {
            if value.normal.is_empty() {
                continue;
            }
            if let Some((name, kind)) = slot(value.field, &value.column) {
                self.set(&name, kind, row, &value.normal);
            }
        }
        if let Some(hash) = values.iter().find(|v| v.field == Field::EmailSha256) {
            let address = hashes.resolve(&hash.normal);
            self.set(Field::Email.name(), Kind::Email, row, &address);
        }
    }

    /// Sets a cell; the first value of a record stays.
    fn set(&mut self, name: &str, kind: Kind, row: usize, value: &str) {
        let at = match self.by_name.get(name) {
            Some(at) => *at,
            None => {
                self.by_name.insert(name.to_string(), self.columns.len());
                let (index, codes) = (FxHashMap::default(), Vec::new());
                self.columns.push(Growing { name: name.to_string(), kind, index, codes });
                self.columns.len() - 1
            }
        };
        let column = &mut self.columns[at];
        if column.codes.len() > row {
            return;
        }
        column.codes.resize(row, 0);
        let next = column.index.len() as u32 + 1;
        let code = match column.index.get(value) {
            Some(code) => *code,
            None => {
                column.index.insert(value.to_string(), next);
                next
            }
        };
        column.codes.push(code);
    }

    fn source_code(&mut self, source: &str) -> u16 {
        let found = self.sources.iter().position(|s| s == source);
        let at = found.unwrap_or_else(|| {
            self.sources.push(source.to_string());
            self.sources.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// The columns, in order of name, so that the order of arrival does not show.
    pub(crate) fn finish(self) -> Records {
        let len = self.len;
        let mut columns: Vec<Column> = self.columns.into_iter().map(|c| c.finish(len)).collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        Records { columns, source: Some(self.source_codes), keys: None, len }
    }
}

impl Growing {
    fn finish(mut self, len: usize) -> Column {
        self.codes.resize(len, 0);
        let mut dict = vec![String::new(); self.index.len()];
        for (value, code) in self.index {
            if let Some(place) = dict.get_mut(code as usize - 1) {
                *place = value;
            }
        }
        Column { name: self.name, kind: self.kind, dict, codes: self.codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: Field, normal: &str) -> FieldValue {
        FieldValue { field, normal: normal.into(), original: normal.into(), column: field.name().into() }
    }

    #[test]
    fn a_hashed_address_stands_in_the_same_column_as_the_address() {
        let ada = vec![value(Field::Email, "ada@example.org")];
        let vendor = vec![value(Field::EmailSha256, &email_sha256(" Ada@Example.org"))];
        let stranger = vec![value(Field::EmailSha256, &email_sha256("x@example.org"))];
        let mut hashes = EmailHashes::default();
        hashes.learn(&ada);
        let mut encoder = Encoder::default();
        for values in [&ada, &vendor, &stranger, &stranger] {
            encoder.push("s", values, &hashes);
        }
        let records = encoder.finish();
        assert_eq!(records.columns.len(), 1);
        assert_eq!(records.columns[0].codes, [1, 1, 2, 2]);
    }

    #[test]
    fn the_first_value_counts_and_gaps_are_missing() {
        let mut encoder = Encoder::default();
        let hashes = EmailHashes::default();
        encoder.push("a", &[], &hashes);
        encoder.push("b", &[value(Field::Phone, "+1"), value(Field::Phone, "+2")], &hashes);
        encoder.push("a", &[], &hashes);
        let records = encoder.finish();
        assert_eq!(records.columns[0].codes, [0, 1, 0]);
        assert_eq!(records.columns[0].dict, ["+1"]);
        assert_eq!(records.source, Some(vec![0, 1, 0]));
    }
}
