//! `master.customer` and `master.customer_value`, `identity.node`, `.cluster` and `.link`: computed in one walk over
//! the profiles, so that all five speak of the same state.

use super::{Rules, shown};
use crate::error::{Error, Result};
use crate::fresh::Changed;
use crate::lake::sheet::{Cell, Sheet};
use datafusion::arrow::array::RecordBatch;
use kith_core::field::Field;
use kith_core::id::{NodeId, ProfileId};
use kith_core::survivorship::{Candidate, Golden};
use kith_live::{Component, Live, Node};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The identity tables and those of golden values.
pub(super) struct Tables {
    pub(super) node: RecordBatch,
    pub(super) cluster: RecordBatch,
    pub(super) link: RecordBatch,
    pub(super) customer: RecordBatch,
    pub(super) customer_value: RecordBatch,
}

/// Computes all rows.
pub(super) fn compute(live: &Live, rules: &Rules, confidence: f64) -> Result<Tables> {
    let mut sheets = Sheets::new();
    let mut certainties: FxHashMap<NodeId, f64> = FxHashMap::default();
    for component in live.components() {
        let component = component?;
        certainties.extend(component.certainties(confidence));
        sheets.add_links(&component);
    }
    for profile in live.profiles() {
        let (profile, ids) = profile?;
        let sure = ids.iter().min().and_then(|smallest| certainties.get(smallest)).copied().unwrap_or(1.0);
        let nodes = live.alive(&ids)?;
        if !nodes.is_empty() {
            sheets.add_profile(rules, profile, &nodes, sure);
        }
    }
    sheets.finish()
}

/// Computes the rows of what has changed: every node, profile and component that is named there, if it is still there.
pub(super) fn of_changed(live: &Live, rules: &Rules, confidence: f64, changed: &Changed) -> Result<Tables> {
    let mut sheets = Sheets::new();
    let mut certainties: FxHashMap<NodeId, f64> = FxHashMap::default();
    for component in changed.components.values() {
        certainties.extend(component.certainties(confidence));
        sheets.add_links(component);
    }
    for profile in &changed.profiles {
        // An id that leads to another has no row.
        let Some(state) = live.profile(*profile)?.filter(|state| state.id == *profile) else { continue };
        let smallest = state.nodes.iter().min();
        let sure = smallest.and_then(|smallest| certainties.get(smallest)).copied().unwrap_or(1.0);
        let nodes = live.alive(&state.nodes)?;
        if !nodes.is_empty() {
            sheets.add_profile(rules, *profile, &nodes, sure);
        }
    }
    sheets.finish()
}

struct Sheets {
    node: Sheet,
    cluster: Sheet,
    link: Sheet,
    customer: Sheet,
    customer_value: Sheet,
}

impl Sheets {
    fn new() -> Sheets {
        Sheets {
            node: Sheet::of("identity.node"),
            cluster: Sheet::of("identity.cluster"),
            link: Sheet::of("identity.link"),
            customer: Sheet::of("master.customer"),
            customer_value: Sheet::of("master.customer_value"),
        }
    }

    fn finish(self) -> Result<Tables> {
        let built =
            |sheet: Sheet| sheet.finish().map_err(|e| Error::internal("a lake table can not be built", e));
        Ok(Tables {
            node: built(self.node)?,
            cluster: built(self.cluster)?,
            link: built(self.link)?,
            customer: built(self.customer)?,
            customer_value: built(self.customer_value)?,
        })
    }

    fn add_profile(&mut self, rules: &Rules, profile: ProfileId, nodes: &[Node], sure: f64) {
        let id = profile.to_string();
        for node in nodes {
            self.node.push(&[
                node.id.0.into(),
                Cell::Text(node.source.as_str()),
                Cell::Text(&node.key),
                Cell::Text(&id),
            ]);
            self.cluster.push(&[node.id.0.into(), Cell::Text(&id), Cell::Float(sure)]);
        }
        let golden = rules.golden(nodes);
        self.add_customer(&id, &golden, sure, nodes);
        for value in &golden {
            self.add_values(&id, value);
        }
    }

    fn add_links(&mut self, component: &Component) {
        for edge in &component.edges {
            self.link.push(&[
                edge.a.0.into(),
                edge.b.0.into(),
                Cell::Float(edge.weight.into()),
                Cell::Float(edge.probability.into()),
            ]);
        }
    }

    fn add_customer(&mut self, id: &str, golden: &[Golden], sure: f64, nodes: &[Node]) {
        let sources: BTreeSet<&str> = nodes.iter().map(|n| n.source.as_str()).collect();
        let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
        let mut row = vec![Cell::Text(id)];
        row.extend(Field::ALL.iter().filter(|f| shown(**f)).map(|f| Cell::from(super::normal(golden, *f))));
        row.extend([Cell::Float(sure), (nodes.len() as u64).into(), Cell::Text(&sources)]);
        self.customer.push(&row);
    }

    fn add_values(&mut self, id: &str, golden: &Golden) {
        let mut add = |candidate: &Candidate, won: bool, rule: Option<&str>| {
            self.customer_value.push(&[
                Cell::Text(id),
                Cell::Text(golden.field.name()),
                Cell::Text(&candidate.value.normal),
                Cell::Text(&candidate.value.original),
                Cell::Boolean(won),
                rule.into(),
                Cell::Text(candidate.source.as_str()),
                Cell::Text(&candidate.key),
                candidate.node.0.into(),
                candidate.updated_at_ms.map_or(Cell::Null, Cell::Time),
            ]);
        };
        if let Some(winner) = &golden.winner {
            add(winner, true, Some(&golden.rule));
        }
        for candidate in golden.also.iter().chain(&golden.losers) {
            add(candidate, false, None);
        }
    }
}
