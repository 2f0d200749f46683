//! Keys of rows, and keys that other sources know: a loyalty card's number is the key of the card's row and what the
//! tills write on a receipt.

use crate::connect::Preview;
use kith_core::field::Field;
use kith_core::recognise::Guess;
use std::collections::HashSet;

/// Shorter keys are mostly counters, which overlap between sources that have nothing to do with each other.
const LENGTH_MIN: usize = 6;
/// Of 2,000 rows of each source, few are of the same customers; of unrelated long keys none are.
const SHARED_MIN: usize = 5;

/// What the source declares, else a recognised key that has a value in every row and never repeats.
pub(super) fn of(preview: &Preview, guesses: &[Guess]) -> Vec<String> {
    if !preview.key.is_empty() {
        return preview.key.clone();
    }
    let readable = preview.rows - preview.rejected;
    let unique = |field| {
        let mut columns = preview.columns.iter().zip(guesses);
        columns.find(|(c, guess)| guess.field == Some(field) && c.nulls == 0 && c.distinct == readable)
    };
    let found = unique(Field::RecordKey).or_else(|| unique(Field::CustomerId));
    found.map(|(column, _)| column.name.clone()).into_iter().collect()
}

/// Makes a customer's identifier of every key whose values another source has in such a column.
pub(super) fn share(sources: &mut [(Preview, Vec<Guess>)]) {
    let known: Vec<HashSet<String>> = sources.iter().map(|s| values(s, Field::CustomerId)).collect();
    for (at, source) in sources.iter_mut().enumerate() {
        let keys = values(source, Field::RecordKey);
        let others = known.iter().enumerate().filter(|(other, _)| *other != at);
        if others.into_iter().any(|(_, ids)| keys.intersection(ids).count() >= SHARED_MIN) {
            for guess in source.1.iter_mut().filter(|g| g.field == Some(Field::RecordKey)) {
                guess.field = Some(Field::CustomerId);
                guess.reason = format!("another source names its customers by it; {}", guess.reason);
            }
        }
    }
}

/// The values that a source's columns of a field hold.
fn values((preview, guesses): &(Preview, Vec<Guess>), field: Field) -> HashSet<String> {
    let columns = preview.columns.iter().zip(guesses).filter(|(_, guess)| guess.field == Some(field));
    columns
        .flat_map(|(column, _)| column.samples.iter())
        .filter(|text| text.len() >= LENGTH_MIN)
        .cloned()
        .collect()
}
