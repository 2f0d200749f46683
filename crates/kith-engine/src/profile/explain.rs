//! Why two records match, or do not: the weight of each field, as the last resolution would weigh the pair.
//!
//! How rare a value is takes part in its weight, so the whole table is encoded (once per log position, then kept).

use super::read::{find_nodes, label};
use super::shape::{FieldWeight, PairExplanation};
use super::{Lookup, Reader, record};
use crate::error::{Error, Result};
use crate::resolve::{self, model};
use kith_core::id::{NodeId, Position};
use kith_live::{Live, Node};
use kith_resolve::{Linker, Model, Options};
use std::sync::Arc;

/// All records, encoded as resolution sees them.
pub(crate) struct Encoded {
    position: Position,
    nodes: Vec<NodeId>,
    linker: Linker,
}

impl Encoded {
    /// The kept encoding, if it is of the present; else a new one.
    pub(crate) fn current(kept: &mut Option<Arc<Encoded>>, live: &Live) -> Result<Arc<Encoded>> {
        let position = live.position();
        if let Some(encoded) = kept.as_ref().filter(|e| e.position == position) {
            return Ok(encoded.clone());
        }
        let (nodes, records) = resolve::collect(live)?;
        let linker = Linker::new(records, &Options::default()).map_err(model::does_not_fit)?;
        Ok(kept.insert(Arc::new(Encoded { position, nodes, linker })).clone())
    }

    fn number(&self, node: NodeId) -> Result<u32> {
        let gone =
            || Error::not_found("K-LOOKUP-NOBODY", format!("node {} is gone", node.0), "Look it up again.");
        self.nodes.binary_search(&node).map(|at| at as u32).map_err(|_| gone())
    }
}

/// Explains one pair. An identifier that several records carry stands for the first of them; two identifiers of the
/// same record stand for the first two.
pub(crate) fn explain(
    reader: &Reader,
    encoded: &Encoded,
    model: &Model,
    a: &Lookup,
    b: &Lookup,
) -> Result<PairExplanation> {
    let (left, right) = (find_nodes(reader, a)?, find_nodes(reader, b)?);
    let pair = left.iter().find_map(|l| right.iter().find(|r| *r != l).map(|r| (*l, *r)));
    let Some((left, right)) = pair else {
        let help = "Name two records, for example node:5 and node:9; `kith profile get` shows the nodes of a profile.";
        return Err(Error::input("K-EXPLAIN-SAME", format!("{a} and {b} are the same record"), help));
    };
    let numbers = (encoded.number(left)?, encoded.number(right)?);
    let found =
        kith_resolve::explain(&encoded.linker, model, numbers.0, numbers.1).map_err(model::does_not_fit)?;
    let mut fields: Vec<FieldWeight> = found.fields.into_iter().map(field).collect();
    if found.household_bits != 0.0 {
        fields.push(household(found.household_bits));
    }
    if found.calibration_bits != 0.0 {
        fields.push(calibration(found.calibration_bits));
    }
    Ok(PairExplanation {
        prior_bits: found.prior_bits,
        weight_bits: found.weight_bits,
        probability: found.probability,
        fields,
        a: record(node(reader, left)?),
        b: record(node(reader, right)?),
    })
}

fn field(from: kith_resolve::FieldWeight) -> FieldWeight {
    let name = from.columns.join(" + ");
    let text = |values: Vec<Option<String>>| {
        let known: Vec<String> = values.into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.join(" "))
    };
    FieldWeight {
        label: label(&name),
        field: name,
        left: text(from.left),
        right: text(from.right),
        level: from.level,
        m: from.m,
        u: from.u,
        weight_bits: from.weight_bits,
        term_frequency_bits: from.term_frequency_bits,
    }
}

/// What is taken off because the two may be relatives, as a line of its own, so that the lines add up.
fn household(bits: f64) -> FieldWeight {
    FieldWeight {
        field: "household".into(),
        label: "May be relatives".into(),
        left: None,
        right: None,
        level: "same household".into(),
        m: None,
        u: None,
        weight_bits: bits,
        term_frequency_bits: 0.0,
    }
}

/// What the sum is worth more or less than it says, as a line of its own, so that the lines add up.
fn calibration(bits: f64) -> FieldWeight {
    FieldWeight {
        field: "calibration".into(),
        label: "Fields depend on each other".into(),
        level: "calibrated".into(),
        ..household(bits)
    }
}

fn node(reader: &Reader, id: NodeId) -> Result<Node> {
    let gone = || Error::not_found("K-LOOKUP-NOBODY", format!("node {} is gone", id.0), "Look it up again.");
    reader.live.node(id)?.ok_or_else(gone)
}
