//! What is asked for, and what it means in the library's words.

use crate::error::Fault;
use kith_core::field::{Field, Target};
use kith_dedupe::Settings;
use pyo3::prelude::*;

/// What was asked for besides the frames.
#[derive(Clone, Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct Wishes {
    /// The column that names a record.
    pub id: Option<String>,
    /// A column that names the records if no other does: pandas' index.
    pub index: Option<String>,
    /// What columns mean where it is not to be recognised; `None` = not used.
    pub meanings: Vec<(String, Option<String>)>,
    /// A column that holds the truth.
    pub truth: Option<String>,
    /// Compare only records of different sources.
    pub link_only: bool,
    /// The country for phone numbers and address words.
    pub region: Option<String>,
    /// A model as TOML.
    pub model: Option<String>,
    /// How many threads.
    pub threads: Option<usize>,
}

/// What was asked for, in the library's words. What is not to be compared has no meaning.
pub fn settings<'a>(wishes: &'a Wishes, unread: impl Iterator<Item = &'a String>) -> Result<Settings, Fault> {
    let mut meanings = Vec::new();
    for (column, field) in &wishes.meanings {
        let target =
            field.as_deref().map(|field| field.parse::<Target>().map_err(|_| no_field(column, field)));
        meanings.push((column.clone(), target.transpose()?));
    }
    meanings.extend(wishes.index.iter().chain(&wishes.truth).chain(unread).map(|name| (name.clone(), None)));
    let (id, region) = (wishes.id.clone(), wishes.region.clone());
    Ok(Settings { id, meanings, link_only: wishes.link_only, region })
}

fn no_field(column: &str, field: &str) -> Fault {
    let names = || Field::ALL.iter().map(|field| field.name());
    let help = match kith_core::suggest::closest(field, names()) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => format!("The fields are: {}.", names().collect::<Vec<_>>().join(", ")),
    };
    let message =
        format!("{field:?}, which column {column:?} is said to hold, is not a field that Kith knows");
    Fault::new("K-DEDUPE-COLUMNS", message, help)
}
