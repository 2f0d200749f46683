//! Taking over records that a batch has resolved.

use super::blocks::Blocks;
use super::edges::{Edges, codes_by_hash};
use super::{Resident, Rule};
use crate::block::part_hash;
use crate::candidates::{Edge, weight_bits};
use crate::compare::Cache;
use crate::error::Error;
use crate::frequency::text_hash;
use crate::linker::{Linker, Options};
use crate::model::Model;
use crate::nickname::Nicknames;
use rustc_hash::{FxHashMap, FxHashSet};

impl Resident {
    /// Takes over the records of a linker that was made with the model's frequencies, and the edges of their
    /// resolution. `ids` and `keys` stand in the caller's order; `keys` are those of [`crate::Records::keys`].
    pub fn new(
        linker: Linker,
        model: &Model,
        (ids, keys): (&[u64], &[u64]),
        edges: &[Edge],
        options: &Options,
    ) -> Result<Resident, Error> {
        let scorer = linker.scorer(model)?;
        let width = linker.width();
        let outside: Vec<u32> = (0..linker.len() as u32).map(|r| linker.outside(r)).collect();
        let mut inside = vec![0u32; outside.len()];
        outside.iter().zip(0..).for_each(|(out, place)| inside[*out as usize] = place);
        let source = outside.iter().enumerate().map(|(r, _)| linker.source(r as u32).unwrap_or(0)).collect();
        let (features, rows) = linker.into_parts();
        let mut resident = Resident {
            names: features.iter().map(|f| text_hash(&f.column.name)).collect(),
            codes: features.iter().map(codes_by_hash).collect(),
            cache: scorer.bound.iter().map(|_| Cache::new()).collect(),
            floor: weight_bits(options.probability_min) as f32,
            link_only: options.link_only,
            edges: Edges::new(outside.len()),
            order: Vec::with_capacity(outside.len()),
            ids: outside.iter().map(|out| ids[*out as usize]).collect(),
            by_id: FxHashMap::default(),
            nicknames: Nicknames::builtin(),
            parts: Vec::new(),
            rules: Vec::new(),
            free: Vec::new(),
            said: FxHashMap::default(),
            heard: FxHashMap::default(),
            touched: FxHashSet::default(),
            features,
            rows,
            source,
            scorer,
        };
        resident.by_id = resident.ids.iter().zip(0..).map(|(id, place)| (*id, place)).collect();
        for (place, out) in outside.iter().enumerate() {
            let content = resident.content(&resident.rows[place * width..][..width]);
            resident.order.push((content, keys[*out as usize]));
        }
        resident.bind_rules(model, options.block_size_max);
        for edge in edges {
            resident.edges.add(inside[edge.a as usize], inside[edge.b as usize], edge.weight);
        }
        Ok(resident)
    }

    /// Sets up the rules and puts all records into their blocks. A rule without one of its columns makes no block.
    fn bind_rules(&mut self, model: &Model, size_max: usize) {
        for rule in &model.blocking {
            let mut parts = Vec::new();
            for key in &rule.keys {
                let Some(slot) = self.features.iter().position(|f| f.column.name == key.column) else {
                    break;
                };
                let known = self.parts.iter().position(|(s, p, _)| (*s, *p) == (slot, key.part));
                parts.push(known.unwrap_or_else(|| {
                    let feature = &self.features[slot];
                    let codes = 0..=feature.column.dict.len() as u32;
                    let hashes = codes.map(|code| part_hash(feature, key.part, code)).collect();
                    self.parts.push((slot, key.part, hashes));
                    self.parts.len() - 1
                }));
            }
            if parts.len() == rule.keys.len() {
                let size_max = if parts.is_empty() { u32::MAX } else { size_max as u32 };
                self.rules.push(Rule { parts, blocks: Blocks::default(), size_max });
            }
        }
        for place in 0..self.ids.len() as u32 {
            for rule in 0..self.rules.len() {
                let key = self.key(rule, place);
                if key != 0 {
                    self.rules[rule].blocks.insert(key, place);
                }
            }
        }
    }
}
