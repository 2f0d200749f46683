//! What comes in: columns of normalised text, dictionary-encoded once.
//!
//! A distinct value is stored once; a record holds its 32-bit code. So each distinct value is examined once and
//! each distinct pair of values is compared once, however many records share it.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// What a column is about, which decides how two of its values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A given (first) name.
    GivenName,
    /// A middle name or initial.
    MiddleName,
    /// A family (last) name.
    FamilyName,
    /// A whole name in one text.
    FullName,
    /// Jr, Sr, III.
    NameSuffix,
    /// A date as `YYYY-MM-DD`.
    Date,
    /// A code out of very few.
    Gender,
    /// An e-mail address.
    Email,
    /// A phone number, digits with an optional leading `+`.
    Phone,
    /// Street, house number and unit.
    Street,
    /// City or town.
    City,
    /// State, province or county.
    Region,
    /// Postal code.
    Postcode,
    /// A company's name.
    Company,
    /// A code that ought to be unique to one entity.
    Identifier,
    /// A value out of a list.
    Category,
    /// Free text, compared by its words.
    Text,
    /// A number.
    Number,
    /// A family name used before. It is compared with family names, not by itself.
    FormerName,
}

impl Kind {
    /// All kinds, in the order in which files number them: new ones go to the end.
    pub const ALL: [Kind; 19] = [
        Kind::GivenName,
        Kind::MiddleName,
        Kind::FamilyName,
        Kind::FullName,
        Kind::NameSuffix,
        Kind::Date,
        Kind::Gender,
        Kind::Email,
        Kind::Phone,
        Kind::Street,
        Kind::City,
        Kind::Region,
        Kind::Postcode,
        Kind::Company,
        Kind::Identifier,
        Kind::Category,
        Kind::Text,
        Kind::Number,
        Kind::FormerName,
    ];
}

/// One dictionary-encoded column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The column's name; the model refers to it.
    pub name: String,
    /// What it is about.
    pub kind: Kind,
    /// The distinct values, normalised (lower case, accents folded, trimmed).
    pub dict: Vec<String>,
    /// One code per record: 0 = missing, `k` = `dict[k - 1]`.
    pub codes: Vec<u32>,
}

impl Column {
    /// Encodes one value per record; blank is missing.
    pub fn from_values<'a>(
        name: impl Into<String>,
        kind: Kind,
        values: impl Iterator<Item = Option<&'a str>>,
    ) -> Column {
        let mut seen: FxHashMap<&'a str, u32> = FxHashMap::default();
        let mut dict = Vec::new();
        let codes = values
            .map(|value| match value {
                None | Some("") => 0,
                Some(text) => *seen.entry(text).or_insert_with(|| {
                    dict.push(text.to_string());
                    dict.len() as u32
                }),
            })
            .collect();
        Column { name: name.into(), kind, dict, codes }
    }

    /// The value of a record.
    pub fn value(&self, record: usize) -> Option<&str> {
        self.dict.get((*self.codes.get(record)? as usize).checked_sub(1)?).map(String::as_str)
    }
}

/// The records to resolve. All columns have [`Records::len`] codes.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The columns; several may be of one kind.
    pub columns: Vec<Column>,
    /// The source of each record, where several are linked.
    pub source: Option<Vec<u16>>,
    /// A number of its own for each record that stays the same from run to run: it decides between records that are
    /// equal in every value. Without it their order does.
    pub keys: Option<Vec<u64>>,
    /// How many records there are.
    pub len: usize,
}

impl Records {
    /// Says what is wrong with the columns, if anything: a length or a code that does not fit.
    pub fn check(&self) -> Result<(), crate::Error> {
        for column in &self.columns {
            if column.codes.len() != self.len {
                return Err(crate::Error::Length {
                    column: column.name.clone(),
                    found: column.codes.len(),
                    expected: self.len,
                });
            }
            if let Some(code) = column.codes.iter().find(|c| **c as usize > column.dict.len()) {
                return Err(crate::Error::Code { column: column.name.clone(), code: *code });
            }
        }
        let wrong = |column: &str, found: usize| {
            Err(crate::Error::Length { column: column.into(), found, expected: self.len })
        };
        match (&self.source, &self.keys) {
            (Some(source), _) if source.len() != self.len => wrong("source", source.len()),
            (_, Some(keys)) if keys.len() != self.len => wrong("key", keys.len()),
            _ if self.len >= u32::MAX as usize => Err(crate::Error::TooMany { records: self.len }),
            _ => Ok(()),
        }
    }
}
