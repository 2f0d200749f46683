//! From nodes to the columns that the matching library compares.
//!
//! 1. Every field that helps matching gets one column with the node's first value of it; fields that describe an
//!    entity (category, text, number, date) get one column per *source column name*, since an occupation must not be
//!    compared with a membership level.
//! 2. A second e-mail address or phone number is left out: the library compares column with column, and a second
//!    column would be empty nearly everywhere.
//! 3. A value that a steward has blocked is left out, as if the record did not have it.
//! 4. A vendor's record that has only the hash of an e-mail address gets the address, if any node has an address with
//!    that hash; else the hash itself stands in, so that two such records still find each other.

use super::ground::Blocked;
use kith_core::field::{Field, FieldValue};
use kith_core::standard::email_sha256;
use kith_dedupe::slot::{opaque, slot};
use kith_resolve::frequency::text_hash;
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

/// What decides between records that are equal in every value: their name, which stays the same whenever they come.
pub(crate) fn tie(source: &str, key: &str) -> u64 {
    text_hash(key).rotate_left(1) ^ text_hash(source)
}

/// The cells of a record: column, kind, value; of several values of a column the first counts. `address` gives the
/// e-mail address behind a hash, or what stands in for it.
pub(crate) fn cells<'a>(
    values: &'a [FieldValue],
    blocked: &'a Blocked,
    address: impl Fn(&str) -> String + 'a,
) -> impl Iterator<Item = (Cow<'static, str>, Kind, Cow<'a, str>)> + 'a {
    let open = |v: &&FieldValue| !v.normal.is_empty() && !blocked.holds(v.field, &v.normal);
    let plain = values.iter().filter(open).filter_map(|value| {
        let (name, kind) = slot(value.field, &value.column)?;
        Some((name, kind, Cow::Borrowed(value.normal.as_str())))
    });
    let hashed = values.iter().filter(|v| v.field == Field::EmailSha256);
    let hashed = hashed.filter(|v| !blocked.holds(Field::EmailSha256, &v.normal)).filter_map(move |hash| {
        let address = Some(address(&hash.normal)).filter(|a| !blocked.holds(Field::Email, a))?;
        Some((Field::Email.name().into(), Kind::Email, Cow::Owned(address)))
    });
    plain.chain(hashed)
}

/// A source's number among the names; one that was not there before gets a new one.
pub(crate) fn source_number(sources: &mut Vec<String>, name: &str) -> u16 {
    let at = sources.iter().position(|source| source == name).unwrap_or_else(|| {
        sources.push(name.to_string());
        sources.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// Collects nodes and gives the library's columns.
#[derive(Default)]
pub(crate) struct Encoder {
    columns: Vec<Growing>,
    by_name: FxHashMap<String, usize>,
    sources: Vec<String>,
    source_codes: Vec<u16>,
    keys: Vec<u64>,
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
    pub(crate) fn push(
        &mut self,
        (source, key): (&str, &str),
        values: &[FieldValue],
        hashes: &EmailHashes,
        blocked: &Blocked,
    ) {
        let row = self.len;
        self.len += 1;
        self.source_codes.push(source_number(&mut self.sources, source));
        self.keys.push(tie(source, key));
        let address = |hash: &str| hashes.resolve(hash).into_owned();
        for (name, kind, value) in cells(values, blocked, address) {
            self.set(&name, kind, row, &value);
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

    /// The columns, in order of name, so that the order of arrival does not show; and the names of the sources that the
    /// records' numbers stand for.
    pub(crate) fn finish(self) -> (Records, Vec<String>) {
        let len = self.len;
        let mut columns: Vec<Column> = self.columns.into_iter().map(|c| c.finish(len)).collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        let records = Records { columns, source: Some(self.source_codes), keys: Some(self.keys), len };
        (records, self.sources)
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
            encoder.push(("s", "1"), values, &hashes, &Blocked::default());
        }
        let (records, _) = encoder.finish();
        assert_eq!(records.columns.len(), 1);
        assert_eq!(records.columns[0].codes, [1, 1, 2, 2]);
    }

    #[test]
    fn the_first_value_counts_and_gaps_are_missing() {
        let mut encoder = Encoder::default();
        let hashes = EmailHashes::default();
        encoder.push(("a", "1"), &[], &hashes, &Blocked::default());
        encoder.push(
            ("b", "1"),
            &[value(Field::Phone, "+1"), value(Field::Phone, "+2")],
            &hashes,
            &Blocked::default(),
        );
        encoder.push(("a", "1"), &[], &hashes, &Blocked::default());
        let (records, sources) = encoder.finish();
        assert_eq!(records.columns[0].codes, [0, 1, 0]);
        assert_eq!(records.columns[0].dict, ["+1"]);
        assert_eq!((records.source, sources), (Some(vec![0, 1, 0]), vec!["a".to_string(), "b".to_string()]));
    }
}
