//! A table made ready: ids and sources taken out, everything else standardised.

use crate::dict::DictColumn;
use crate::error::{Error, Result};
use crate::meaning::Meaning;
use crate::standardise::standardise;
use crate::table::Table;
use kith_core::field::{Field, Target};
use kith_resolve::{Linker, Options, Records};
use std::borrow::Cow;

/// What the user says; everything has a default.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The column that names a record; `None` = recognised, else the row's number.
    pub id: Option<String>,
    /// Columns whose meaning is said and not recognised; `None` = not used.
    pub meanings: Vec<(String, Option<Target>)>,
    /// Only compare records of different sources.
    pub link_only: bool,
    /// Country for phone numbers and address words, ISO alpha-2.
    pub region: Option<String>,
}

impl Settings {
    /// How the library is to work.
    pub fn options(&self) -> Options {
        Options { link_only: self.link_only, ..Options::default() }
    }
}

/// The record ids: a column, or the number of the row.
#[derive(Clone, Debug)]
pub enum Ids {
    /// A column of the table.
    Column {
        /// Its name.
        name: String,
        /// Its texts.
        column: DictColumn,
    },
    /// The number of the row.
    RowNumber {
        /// The number of the first row.
        first: usize,
    },
}

impl Ids {
    /// The id of a record.
    pub fn get(&self, record: usize) -> Cow<'_, str> {
        match self {
            Ids::Column { column, .. } => column.get(record).unwrap_or_default().into(),
            Ids::RowNumber { first } => (record + first).to_string().into(),
        }
    }
}

impl std::fmt::Display for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ids::Column { name, .. } => write!(f, "the column {name:?}"),
            Ids::RowNumber { first } => write!(f, "the number of the row, from {first}"),
        }
    }
}

/// A table made ready to be resolved.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The records' ids.
    pub ids: Ids,
    /// The sources' names, if there are several.
    pub sources: Vec<String>,
    records: Records,
}

impl Prepared {
    /// Takes out ids and sources, and standardises the rest.
    pub fn new(mut table: Table, meanings: &[Meaning], settings: &Settings) -> Result<Prepared> {
        let ids = take_ids(&mut table, meanings);
        let (sources, source) = take_sources(&mut table, meanings, settings.link_only)?;
        let columns = standardise(&mut table, meanings, settings.region.as_deref());
        Ok(Prepared { ids, sources, records: Records { columns, source, keys: None, len: table.rows } })
    }

    /// The source of each record, if there are several.
    pub fn source(&self) -> Option<&[u16]> {
        self.records.source.as_deref()
    }

    /// Encodes the records for the library, and gives them away.
    pub fn linker(&mut self, options: &Options) -> Result<Linker> {
        if self.records.len == 0 {
            let help = "Look at the file: rows may be missing, a quote may be open, or it may not be what its name says.";
            return Err(Error::input("K-DEDUPE-NOTHING", "there is not one record to compare", help));
        }
        if self.records.columns.is_empty() {
            let help = "Name the columns so that they say what they hold: first_name, last_name, email, phone, dob …";
            return Err(Error::input(
                "K-DEDUPE-NOTHING",
                "no column was recognised that records could be compared by",
                help,
            ));
        }
        let options = Options { sources: self.sources.clone(), ..options.clone() };
        Ok(Linker::new(std::mem::take(&mut self.records), &options)?)
    }
}

fn take_ids(table: &mut Table, meanings: &[Meaning]) -> Ids {
    match meanings.iter().position(|m| m.is(Field::RecordKey)) {
        Some(at) => {
            Ids::Column { name: table.names[at].clone(), column: std::mem::take(&mut table.columns[at]) }
        }
        None => Ids::RowNumber { first: 1 },
    }
}

/// The sources' names, and the source of each record: a column, else the part if there are several.
type Sources = (Vec<String>, Option<Vec<u16>>);

fn take_sources(table: &mut Table, meanings: &[Meaning], link_only: bool) -> Result<Sources> {
    if let Some(at) = meanings.iter().position(|m| m.is(Field::Source)) {
        let column = std::mem::take(&mut table.columns[at]);
        let codes: Option<Vec<u16>> = column.codes.iter().map(|c| u16::try_from(*c).ok()).collect();
        let many = || {
            let help = "Leave the column out, or name the right one: at most 65,535 sources are told apart.";
            Error::input("K-DEDUPE-SOURCES", "the source column has too many different values", help)
        };
        let names = column.dict.iter().map(str::to_string).collect();
        return codes.map(|codes| (names, Some(codes))).ok_or_else(many);
    }
    if table.parts.len() > 1 {
        return Ok((std::mem::take(&mut table.parts), Some(std::mem::take(&mut table.part_of))));
    }
    if link_only {
        let help = "Name two or more files, or give the table a column `source`.";
        return Err(Error::input(
            "K-DEDUPE-LINK-ONLY",
            "there is only one source, so nothing can be linked",
            help,
        ));
    }
    Ok((Vec::new(), None))
}
