//! The library's columns while they grow: each distinct text is standardised once, in parallel, and what follows from
//! it (a family name out of a whole name) fills gaps. A field that a record has by itself is not derived.

use crate::dict::{Dict, DictColumn, Interner};
use crate::slot::{opaque, slot};
use kith_core::field::{Field, FieldValue};
use kith_core::standard::{Context, Outcome, comparable, email_sha256, expand, normalise};
use kith_resolve::{Column, Kind};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Texts that are standardised before they are interned: some 10 MB of short strings.
const CHUNK: usize = 65_536;

/// The library's columns while they grow.
#[derive(Default)]
pub(super) struct Slots {
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
    pub(super) fn add(&mut self, field: Field, name: &str, column: &DictColumn, context: &Context) {
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
    pub(super) fn add_hashes(&mut self, column: &DictColumn, context: &Context) {
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

    /// The columns, by name.
    pub(super) fn finish(self, rows: usize) -> Vec<Column> {
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
