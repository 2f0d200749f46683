//! From a file's columns to the library's: what each column means, and the normal form of each distinct text.
//!
//! 1. `kith_core::recognise` says what the columns mean, by name and content.
//! 2. Pieces of one field (birth year, month and day; house number and street) become one column, by joining each
//!    distinct combination once.
//! 3. Each distinct text of a column is standardised once, in parallel. What follows from it (a family name out of a
//!    whole name) fills gaps: a field that a record has by itself is not derived.
//! 4. Columns of one field (`phone`, `mobile`) fill each other's gaps in the order of the file.

use crate::error::{Error, Result};
use crate::resolve::encode::{opaque, slot};
use crate::tabular::{Dict, DictColumn, Frame, Interner};
use kith_core::field::{Field, FieldValue, Part, Target};
use kith_core::recognise::{self, Column as Seen};
use kith_core::standard::{Context, Outcome, comparable, day_first, email_sha256, expand, join, normalise};
use kith_resolve::{Column, Kind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

/// Values of a column that recognition looks at, and dates that the order of day and month is decided by.
const SAMPLE: usize = 2000;

/// Texts that are standardised before they are interned: some 10 MB of short strings.
const CHUNK: usize = 65_536;

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
    pub(super) fn is(&self, field: Field) -> bool {
        self.target == Some(Target::from(field))
    }
}

/// Recognises all columns; `id` is the column that the user named as the key.
pub(super) fn recognise(frame: &Frame, id: Option<&str>) -> Result<Vec<Meaning>> {
    if let Some(id) = id.filter(|id| frame.column(id).is_none()) {
        let near = kith_core::suggest::closest(id, frame.names.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("Did you mean {near:?}?"),
            None => format!("The columns are: {}.", frame.names.join(", ")),
        };
        return Err(Error::input("K-DEDUPE-ID", format!("there is no column {id:?}"), help));
    }
    let seen: Vec<Seen> = frame
        .names
        .iter()
        .zip(&frame.columns)
        .map(|(name, column)| sample(name, column, frame.rows))
        .collect();
    let guesses = recognise::recognise(&seen);
    let meanings = frame.names.iter().zip(guesses).map(|(name, guess)| {
        // What other columns say already would count as evidence twice. A whole name only fills what its parts lack.
        let target = guess.target().filter(|t| !guess.redundant || t.field == Field::FullName);
        let (certainty, reason) = (guess.certainty, guess.reason);
        let mut meaning = Meaning { column: name.clone(), field: None, certainty, reason, target };
        match id {
            Some(id) if id == name => {
                meaning.target = Some(Field::RecordKey.into());
                (meaning.certainty, meaning.reason) = (1.0, "named by --id".into());
            }
            Some(_) if meaning.is(Field::RecordKey) => {
                meaning.target = None;
                meaning.reason = "another column was named by --id".into();
            }
            _ => {}
        }
        meaning.field = meaning.target.map(|t| t.to_string());
        meaning
    });
    Ok(meanings.collect())
}

/// Values from rows that are spread evenly over the file: its beginning may be of one kind.
fn sample<'a>(name: &'a str, column: &'a DictColumn, rows: usize) -> Seen<'a> {
    let step = (rows / SAMPLE).max(1);
    let samples: Vec<&str> = (0..rows).step_by(step).filter_map(|row| column.get(row)).take(SAMPLE).collect();
    let mut distinct = samples.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let nulls = column.codes.iter().filter(|c| **c == 0).count() as u64;
    Seen { name, rows: rows as u64, distinct: distinct.len() as u64, nulls, samples }
}

/// Turns the columns that have a meaning into the library's columns; the frame's texts are dropped on the way.
pub(super) fn standardise(
    frame: &mut Frame,
    meanings: &[Meaning],
    region: Option<&str>,
) -> Result<Vec<Column>> {
    let mut work = take_columns(frame, meanings);
    // What a record has by itself comes before what follows from something else; hashes come after the addresses.
    work.sort_by_key(|(field, _, _)| match field {
        Field::FullAddress | Field::EmailSha256 => 3,
        Field::FullName => 2,
        Field::GivenName | Field::FamilyName => 1,
        _ => 0,
    });
    let mut slots = Slots::default();
    for (field, name, column) in work {
        let dates = matches!(field, Field::BirthDate | Field::Date);
        let order = if dates { day_first(column.dict.iter().take(SAMPLE * 10)) } else { None };
        let context = Context { region: region.map(str::to_string), day_first: order };
        if field == Field::EmailSha256 {
            slots.add_hashes(&column, &context);
        } else {
            slots.add(field, &name, &column, &context);
        }
    }
    Ok(slots.finish(frame.rows))
}

/// The columns to be standardised, pieces joined, in the order of the file.
fn take_columns(frame: &mut Frame, meanings: &[Meaning]) -> Vec<(Field, String, DictColumn)> {
    let mut work: Vec<(Field, String, DictColumn)> = Vec::new();
    let mut pieces: Vec<(Field, Vec<(Part, usize)>)> = Vec::new();
    for (at, meaning) in meanings.iter().enumerate() {
        let Some(Target { field, part }) = meaning.target else {
            frame.columns[at] = DictColumn::default();
            continue;
        };
        match part {
            None => {
                let column = std::mem::take(&mut frame.columns[at]);
                let used = slot(field, "").is_some()
                    || matches!(field, Field::FullName | Field::FullAddress | Field::EmailSha256);
                if used && !column.codes.is_empty() {
                    work.push((field, meaning.column.clone(), column));
                }
            }
            Some(part) => match pieces.iter_mut().find(|(f, _)| *f == field) {
                Some((_, columns)) => columns.push((part, at)),
                None => pieces.push((field, vec![(part, at)])),
            },
        }
    }
    for (field, columns) in pieces {
        let taken: Vec<(Part, DictColumn)> =
            columns.into_iter().map(|(part, at)| (part, std::mem::take(&mut frame.columns[at]))).collect();
        work.push((field, field.name().into(), join_pieces(&taken, frame.rows)));
    }
    work
}

/// One column out of several: each distinct combination of codes is joined once.
fn join_pieces(pieces: &[(Part, DictColumn)], rows: usize) -> DictColumn {
    type Combination = [u32; 6];
    let mut seen: FxHashMap<Combination, u32> = FxHashMap::default();
    let mut combinations: Vec<Combination> = Vec::new();
    let mut codes = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut combination = Combination::default();
        for (place, (_, column)) in combination.iter_mut().zip(pieces) {
            *place = column.codes[row];
        }
        codes.push(*seen.entry(combination).or_insert_with(|| {
            combinations.push(combination);
            combinations.len() as u32 - 1
        }));
    }
    drop(seen);
    let joined: Vec<Option<String>> = combinations
        .par_iter()
        .map(|combination| {
            let texts: Vec<(Part, &str)> = pieces
                .iter()
                .zip(combination)
                .filter_map(|((part, column), code)| Some((*part, column.dict.get(*code)?)))
                .collect();
            join(&texts)
        })
        .collect();
    let mut interner = Interner::default();
    let remap: Vec<u32> =
        joined.iter().map(|text| text.as_deref().map_or(0, |t| interner.intern(t))).collect();
    drop(joined);
    codes.iter_mut().for_each(|code| *code = remap[*code as usize]);
    DictColumn { dict: interner.finish(), codes }
}

/// The library's columns while they grow.
#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
}

struct Slot {
    name: String,
    kind: Kind,
    interner: Interner,
    codes: Vec<u32>,
}

impl Slots {
    /// Standardises a column's distinct texts and fills the gaps of its slot, and of the slots of what follows.
    fn add(&mut self, field: Field, name: &str, column: &DictColumn, context: &Context) {
        let mut remaps: Vec<(usize, Vec<u32>)> = Vec::new();
        let texts = column.dict.len() as u32;
        for first in (1..=texts).step_by(CHUNK) {
            let last = texts.min(first + CHUNK as u32 - 1);
            let values: Vec<Vec<(Field, String)>> = (first..=last)
                .into_par_iter()
                .map(|code| values_of(field, name, column.dict.get(code).unwrap_or_default(), context))
                .collect();
            for (code, values) in (first..).zip(values) {
                for (field, normal) in values {
                    let Some(slot) = self.slot(field, name) else { continue };
                    let at = remaps.iter().position(|(s, _)| *s == slot).unwrap_or_else(|| {
                        remaps.push((slot, vec![0; texts as usize + 1]));
                        remaps.len() - 1
                    });
                    remaps[at].1[code as usize] = self.slots[slot].interner.intern(&normal);
                }
            }
        }
        for (slot, remap) in remaps {
            self.slots[slot].fill(column, &remap);
        }
    }

    /// Hashes of e-mail addresses: the address where it is known, else the hash itself.
    fn add_hashes(&mut self, column: &DictColumn, context: &Context) {
        let Some(slot) = self.slot(Field::Email, "") else { return };
        let slot = &mut self.slots[slot];
        let known = std::mem::take(&mut slot.interner).finish();
        let by_hash: FxHashMap<String, u32> =
            distinct(&known).map(email_sha256).collect::<Vec<_>>().into_iter().zip(1..).collect();
        let mut interner = Interner::default();
        known.iter().for_each(|text| {
            interner.intern(text);
        });
        let mut remap = vec![0; column.dict.len() + 1];
        for (text, code) in column.dict.iter().zip(&mut remap[1..]) {
            if let Outcome::Value(hash) = normalise(Field::EmailSha256, text, context) {
                *code = by_hash.get(&hash).copied().unwrap_or_else(|| interner.intern(&opaque(&hash)));
            }
        }
        slot.interner = interner;
        slot.fill(column, &remap);
    }

    fn slot(&mut self, field: Field, column: &str) -> Option<usize> {
        let (name, kind) = slot(field, column)?;
        if let Some(at) = self.slots.iter().position(|s| s.name == name) {
            return Some(at);
        }
        let slot = Slot { name: name.into_owned(), kind, interner: Interner::default(), codes: Vec::new() };
        self.slots.push(slot);
        Some(self.slots.len() - 1)
    }

    fn finish(self, rows: usize) -> Vec<Column> {
        let filled = self.slots.into_iter().filter(|s| !s.codes.is_empty());
        let mut columns: Vec<Column> = filled
            .map(|slot| {
                let mut codes = slot.codes;
                codes.resize(rows, 0);
                let dict = slot.interner.finish().iter().map(str::to_string).collect();
                Column { name: slot.name, kind: slot.kind, dict, codes }
            })
            .collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        columns
    }
}

impl Slot {
    /// Gives every record that has no value yet the one that this column makes.
    fn fill(&mut self, column: &DictColumn, remap: &[u32]) {
        if self.codes.is_empty() {
            self.codes = vec![0; column.codes.len()];
        }
        for (own, code) in self.codes.iter_mut().zip(&column.codes) {
            if *own == 0 {
                *own = remap[*code as usize];
            }
        }
    }
}

/// The distinct texts, for work in parallel that keeps their order.
fn distinct(dict: &Dict) -> impl IndexedParallelIterator<Item = &str> {
    (1..dict.len() as u32 + 1).into_par_iter().map(move |code| dict.get(code).unwrap_or_default())
}

/// The normal form of one text and of what follows from it.
fn values_of(field: Field, column: &str, text: &str, context: &Context) -> Vec<(Field, String)> {
    let Some(normal) = comparable(field, text, context) else { return Vec::new() };
    if !matches!(field, Field::FullName | Field::FullAddress | Field::GivenName | Field::FamilyName) {
        return vec![(field, normal)];
    }
    let value = FieldValue { field, normal, original: text.into(), column: column.into() };
    expand(&[value], context).into_iter().map(|v| (v.field, v.normal)).collect()
}
