//! From a table's columns to the library's: the normal form of each distinct text.
//!
//! 1. Pieces of one field (birth year, month and day; house number and street) become one column, by joining each
//!    distinct combination once.
//! 2. Each distinct text of a column is standardised once ([`crate::slots`]).
//! 3. Columns of one field (`phone`, `mobile`) fill each other's gaps in the order of the table.

use crate::dict::{DictColumn, Interner};
use crate::meaning::{Meaning, SAMPLE};
use crate::slot::slot;
use crate::slots::Slots;
use crate::table::Table;
use kith_core::field::{Field, Part, Target};
use kith_core::standard::{Context, day_first, join};
use kith_resolve::Column;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Turns the columns that have a meaning into the library's columns; the table's texts are dropped on the way.
pub(crate) fn standardise(table: &mut Table, meanings: &[Meaning], region: Option<&str>) -> Vec<Column> {
    let mut work = take_columns(table, meanings);
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
    slots.finish(table.rows)
}

/// The columns to be standardised, pieces joined, in the order of the table.
fn take_columns(table: &mut Table, meanings: &[Meaning]) -> Vec<(Field, String, DictColumn)> {
    let mut work: Vec<(Field, String, DictColumn)> = Vec::new();
    let mut pieces: Vec<(Field, Vec<(Part, usize)>)> = Vec::new();
    for (at, meaning) in meanings.iter().enumerate() {
        let Some(Target { field, part }) = meaning.target() else {
            table.columns[at] = DictColumn::default();
            continue;
        };
        match part {
            None => {
                let column = std::mem::take(&mut table.columns[at]);
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
            columns.into_iter().map(|(part, at)| (part, std::mem::take(&mut table.columns[at]))).collect();
        work.push((field, field.name().into(), join_pieces(&taken, table.rows)));
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
