//! What each column means: recognised by name and content, or as the user says.

use crate::dict::DictColumn;
use crate::error::{Error, Result};
use crate::prepare::Settings;
use crate::table::Table;
use kith_core::field::{Field, Target};
use kith_core::recognise::{self, Column as Seen};
use serde::Serialize;

/// Values of a column that recognition looks at, and dates that the order of day and month is decided by.
pub(crate) const SAMPLE: usize = 2000;

/// What a column was taken for.
#[derive(Clone, Debug, Serialize)]
pub struct Meaning {
    /// The column.
    pub column: String,
    /// The field, or piece of one (`birth_date.year`); `None` = not used.
    pub field: Option<String>,
    /// How sure that is.
    pub certainty: f64,
    /// Why.
    pub reason: String,
    #[serde(skip)]
    target: Option<Target>,
}

impl Meaning {
    /// True if the column holds whole values of a field.
    pub(crate) fn is(&self, field: Field) -> bool {
        self.target == Some(Target::from(field))
    }

    pub(crate) fn target(&self) -> Option<Target> {
        self.target
    }

    fn set(&mut self, target: Option<Target>, certainty: f64, reason: String) {
        self.target = target;
        self.field = target.map(|t| t.to_string());
        self.certainty = certainty;
        self.reason = reason;
    }
}

/// Says what all columns mean.
///
/// 1. Every column is recognised by its name and content.
/// 2. What the user says stands above that. Of a field that a person has once, the columns that were only recognised
///    then count no more.
pub fn recognise(table: &Table, settings: &Settings) -> Result<Vec<Meaning>> {
    let id = settings.id.as_deref();
    if let Some(id) = id.filter(|id| table.column(id).is_none()) {
        return Err(no_column("K-DEDUPE-ID", id, table));
    }
    if let Some((name, _)) = settings.meanings.iter().find(|(name, _)| table.column(name).is_none()) {
        return Err(no_column("K-DEDUPE-COLUMNS", name, table));
    }
    let columns = table.names.iter().zip(&table.columns);
    let seen: Vec<Seen> = columns.map(|(name, column)| sample(name, column, table.rows)).collect();
    let guesses = recognise::recognise(&seen);
    let meanings = table.names.iter().zip(guesses).map(|(name, guess)| {
        // What other columns say already would count as evidence twice. A whole name only fills what its parts lack.
        let target = guess.target().filter(|t| !guess.redundant || t.field == Field::FullName);
        let field = target.map(|t| t.to_string());
        Meaning { column: name.clone(), field, certainty: guess.certainty, reason: guess.reason, target }
    });
    let mut meanings: Vec<Meaning> = meanings.collect();
    for (name, target) in &settings.meanings {
        say(&mut meanings, name, *target, "as you said");
    }
    if let Some(id) = id {
        say(&mut meanings, id, Some(Field::RecordKey.into()), "named by --id");
    }
    Ok(meanings)
}

/// Sets one column's meaning, and takes a meaning that nobody can have twice from the others.
fn say(meanings: &mut [Meaning], name: &str, target: Option<Target>, reason: &str) {
    const SEVERAL: [Field; 5] = [Field::Category, Field::Text, Field::Number, Field::Date, Field::Company];
    let once = |t: &Target| t.part.is_none() && !t.field.many() && !SEVERAL.contains(&t.field);
    for meaning in meanings {
        if meaning.column == name {
            meaning.set(target, 1.0, reason.into());
        } else if let Some(taken) = target.filter(once)
            && meaning.target.is_some_and(|t| t.field == taken.field)
        {
            let why = if taken.field == Field::RecordKey {
                "another column was named by --id".into()
            } else {
                format!("{name:?} is the {}, as you said", taken.field.name())
            };
            meaning.set(None, meaning.certainty, why);
        }
    }
}

fn no_column(code: &'static str, name: &str, table: &Table) -> Error {
    let near = kith_core::suggest::closest(name, table.names.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("Did you mean {near:?}?"),
        None => format!("The columns are: {}.", table.names.join(", ")),
    };
    Error::input(code, format!("there is no column {name:?}"), help)
}

/// Values from rows that are spread evenly over the table: its beginning may be of one kind.
fn sample<'a>(name: &'a str, column: &'a DictColumn, rows: usize) -> Seen<'a> {
    let step = (rows / SAMPLE).max(1);
    let samples: Vec<&str> = (0..rows).step_by(step).filter_map(|row| column.get(row)).take(SAMPLE).collect();
    let mut distinct = samples.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let nulls = column.codes.iter().filter(|c| **c == 0).count() as u64;
    Seen { name, rows: rows as u64, distinct: distinct.len() as u64, nulls, samples }
}
