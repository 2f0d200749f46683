//! Why two records match, or do not: the weight of each field, as the last resolution would weigh the pair.
//!
//! How rare a value is takes part in its weight, so the whole table is encoded, and kept until a record changes.

use super::read::{find_nodes, label};
use super::shape::{FieldWeight, PairExplanation};
use super::{Lookup, Reader, record};
use crate::error::{Error, Result};
use crate::resolve::{frequencies, ground, model};
use kith_core::decision::RecordRef;
use kith_core::entry::Entry;
use kith_core::id::{NodeId, Position};
use kith_live::{Live, Node};
use kith_resolve::{Edge, Explanation, Linker, Merge, MergeTree, Model, Resolution};
use std::path::Path;
use std::sync::Arc;

/// All records, encoded as resolution sees them.
pub(crate) struct Encoded {
    nodes: Vec<NodeId>,
    /// The records, by their place among the nodes.
    pub(crate) linker: Linker,
}

/// The kept encoding, and up to where in the log it is known to hold.
pub(crate) type Kept = Option<(Position, Arc<Encoded>)>;

impl Encoded {
    /// The kept encoding, if it is of the present; else a new one.
    pub(crate) fn current(
        kept: &mut Kept,
        live: &Live,
        model: &Model,
        model_file: &Path,
    ) -> Result<Arc<Encoded>> {
        let position = live.position();
        if let Some((known, encoded)) = kept.as_mut()
            && !changed_since(live, *known)?
        {
            *known = position;
            return Ok(encoded.clone());
        }
        let ground = ground::ground(live, &live.decided()?, &[])?;
        let options = ground.options(None);
        let nodes = ground.nodes;
        let (linker, _) = frequencies::linker(ground.records, &options, model, model_file)?;
        let encoded = Arc::new(Encoded { nodes, linker });
        *kept = Some((position, encoded.clone()));
        Ok(encoded)
    }

    /// The nodes, ascending.
    pub(crate) fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The node of a record.
    pub(crate) fn node(&self, number: u32) -> Option<NodeId> {
        self.nodes.get(number as usize).copied()
    }

    pub(crate) fn number(&self, node: NodeId) -> Result<u32> {
        let gone =
            || Error::not_found("K-LOOKUP-NOBODY", format!("node {} is gone", node.0), "Look it up again.");
        self.nodes.binary_search(&node).map(|at| at as u32).map_err(|_| gone())
    }
}

/// True if a record, or what is blocked, has changed behind a position. Decisions about pairs and changes of identity
/// leave the encoding as it is, so that a session of reviewing pairs encodes once.
pub(crate) fn changed_since(live: &Live, known: Position) -> Result<bool> {
    if known == live.position() {
        return Ok(false);
    }
    for entry in live.log_from(Position(known.0 + 1)) {
        // Damage is named by `kith verify`; here it only means that nothing is known.
        let Ok((_, entry)) = entry else { return Ok(true) };
        let changes = match entry {
            Entry::Record(_) | Entry::Removed(_) | Entry::Model(_) => true,
            Entry::Decision(entry) => entry.decision.pair().is_none(),
            Entry::Withdrawn(entry) => {
                let decided = live.decision(entry.decision)?;
                decided.is_some_and(|d| d.entry.decision.pair().is_none())
            }
            _ => false,
        };
        if changes {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Encoded {
    /// The weight of two records, field by field.
    pub(crate) fn explain(&self, model: &Model, a: NodeId, b: NodeId) -> Result<Explanation> {
        let (a, b) = (self.number(a)?, self.number(b)?);
        kith_resolve::explain(&self.linker, model, a, b).map_err(model::does_not_fit)
    }

    /// The last resolution, as the store keeps it.
    pub(crate) fn resolution(&self, live: &Live) -> Result<Resolution> {
        let (mut edges, mut merges) = (Vec::new(), Vec::new());
        for component in live.components() {
            let component = component?;
            for edge in component.edges {
                if let (Ok(a), Ok(b)) = (self.number(edge.a), self.number(edge.b)) {
                    edges.push(Edge { a: a.min(b), b: a.max(b), weight: edge.weight });
                }
            }
            for merge in component.merges {
                if let (Ok(a), Ok(b)) = (self.number(merge.a), self.number(merge.b)) {
                    merges.push(Merge { a: a.min(b), b: a.max(b), confidence: merge.confidence });
                }
            }
        }
        edges.sort_unstable_by_key(|e| (e.a, e.b));
        Ok(Resolution { edges, tree: MergeTree { len: self.linker.len(), merges }, rules: Vec::new() })
    }
}

/// Explains one pair. An identifier that several records carry stands for the first of them; two identifiers of the
/// same record stand for the first two.
pub(crate) fn explain(
    reader: &Reader,
    a: &Lookup,
    b: &Lookup,
    weigh: &dyn Fn(NodeId, NodeId) -> Result<Explanation>,
) -> Result<PairExplanation> {
    let (left, right) = (find_nodes(reader, a)?, find_nodes(reader, b)?);
    let pair = left.iter().find_map(|l| right.iter().find(|r| *r != l).map(|r| (*l, *r)));
    let Some((left, right)) = pair else {
        let help = "Name two records, for example node:5 and node:9; `kith profile get` shows the nodes of a profile.";
        return Err(Error::input("K-EXPLAIN-SAME", format!("{a} and {b} are the same record"), help));
    };
    let found = weigh(left, right)?;
    let mut fields: Vec<FieldWeight> = found.fields.into_iter().map(field).collect();
    if found.household_bits != 0.0 {
        fields.push(household(found.household_bits));
    }
    if found.calibration_bits != 0.0 {
        fields.push(calibration(found.calibration_bits));
    }
    let (a, b) = (node(reader, left)?, node(reader, right)?);
    let named = |n: &Node| RecordRef { source: n.source.clone(), key: n.key.clone() };
    let decided = reader.live.decided()?.says(&named(&a), &named(&b));
    Ok(PairExplanation {
        prior_bits: found.prior_bits,
        weight_bits: found.weight_bits,
        probability: found.probability,
        fields,
        decided,
        a: record(a),
        b: record(b),
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
