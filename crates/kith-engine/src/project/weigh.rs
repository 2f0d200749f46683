//! The weight of pairs: by the resolver where records live in memory, else by all records encoded anew.

use super::Project;
use crate::error::Result;
use crate::profile::shape::PairExplanation;
use crate::profile::{self, Encoded, Lookup};
use crate::resolve::model::none;
use kith_core::id::NodeId;
use kith_resolve::{Explanation, Model};
use std::sync::{Arc, PoisonError};

impl Project {
    /// Why two records match, or do not.
    pub fn explain(&self, a: &Lookup, b: &Lookup) -> Result<PairExplanation> {
        let model = self.model()?.ok_or_else(none)?;
        profile::explain(&self.reader(), a, b, &|left, right| {
            let found = self.weigh_all(&model, &[(left, right)])?.pop().flatten();
            found.map_or_else(|| self.encoded(&model)?.explain(&model, left, right), Ok)
        })
    }

    /// Why the records of each pair match; `None` = one of the two has gone. Where records live in memory they are at
    /// hand; else all are encoded.
    pub(crate) fn weigh_all(
        &self,
        model: &Model,
        pairs: &[(NodeId, NodeId)],
    ) -> Result<Vec<Option<Explanation>>> {
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(found) = self.door.explain(&self.live, pairs) {
            return Ok(found);
        }
        let encoded = self.encoded(model)?;
        let alive = |node| encoded.number(node).is_ok();
        let weigh = |(a, b): &(NodeId, NodeId)| {
            (alive(*a) && alive(*b)).then(|| encoded.explain(model, *a, *b)).transpose()
        };
        pairs.iter().map(weigh).collect()
    }

    /// All records as resolution sees them, encoded once per log position.
    pub(crate) fn encoded(&self, model: &Model) -> Result<Arc<Encoded>> {
        let mut kept = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
        Encoded::current(&mut kept, &self.live, model, &self.model_file())
    }
}
