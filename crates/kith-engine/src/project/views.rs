//! Views of a project: saved, held against their contracts, and followed back to where their columns come from.

use super::Project;
use crate::error::{Error, Result};
use crate::view::contract::{Contract, Kept};
use crate::view::lineage::Origin;
use crate::view::{SCHEMA, Views};
use kith_core::govern::Subject;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A view.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct View {
    /// Its name in the schema `gold`.
    pub name: String,
    /// Its query.
    pub query: String,
    /// What it promises.
    pub contract: Option<Contract>,
}

/// That a column is made of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Edge {
    /// The table that it comes from, `schema.table`.
    pub from_table: String,
    /// The column that it comes from.
    pub from_column: String,
    /// The table that has it.
    pub to_table: String,
    /// The column that is made of it; none = it decides which rows there are.
    pub to_column: Option<String>,
    /// `mapping` (kith.toml) or `view`.
    pub by: &'static str,
}

impl Project {
    /// The views that a subject may read.
    pub fn views(&self, subject: &Subject) -> Result<Vec<View>> {
        let (session, views) = (self.session(subject)?, Views::of(&self.dir));
        let mut found = Vec::new();
        for name in views.names().into_iter().filter(|name| session.reads(SCHEMA, name)) {
            let (Some(query), contract) = (views.text(&name)?, views.contract(&name)?) else { continue };
            found.push(View { name, query, contract });
        }
        Ok(found)
    }

    /// Saves a view, if it can be planned; one of that name is replaced.
    pub fn save_view(&self, subject: &Subject, name: &str, query: &str) -> Result<()> {
        let session = self.session(subject)?;
        session.lineage(query)?;
        let text = format!("{}\n", query.trim().trim_end_matches(';'));
        Views::of(&self.dir).save(name, &text)
    }

    /// Holds a view against its contract.
    pub fn check_view(&self, subject: &Subject, name: &str) -> Result<Vec<Kept>> {
        let views = Views::of(&self.dir);
        let session = self.session(subject)?;
        if views.text(name)?.is_none() || !session.reads(SCHEMA, name) {
            let message = format!("there is no view called {name:?}");
            return Err(Error::not_found(
                "K-VIEW-NAME",
                message,
                "`kith view list` names those that are there.",
            ));
        }
        views.contract(name)?.map_or(Ok(Vec::new()), |contract| contract.kept(&session, name))
    }

    /// The edges between columns that a subject can know of.
    pub fn lineage(&self, subject: &Subject) -> Result<Vec<Edge>> {
        let mut edges = self.edges()?;
        if !subject.owns() {
            let facts = self.session(subject)?.facts(None, None, usize::MAX)?;
            let seen: BTreeMap<String, BTreeSet<String>> = facts
                .into_iter()
                .map(|t| {
                    (
                        format!("{}.{}", t.name.schema, t.name.table),
                        t.columns.into_iter().map(|(c, _)| c).collect(),
                    )
                })
                .collect();
            let there = |table: &str, column: Option<&str>| {
                seen.get(table).is_some_and(|columns| column.is_none_or(|column| columns.contains(column)))
            };
            edges.retain(|edge| {
                there(&edge.from_table, Some(&edge.from_column))
                    && there(&edge.to_table, edge.to_column.as_deref())
            });
        }
        Ok(edges)
    }

    /// All edges: from columns of sources to golden values as `kith.toml` maps them, and from there on by the plans of views. A
    /// view that can not be planned has none.
    fn edges(&self) -> Result<Vec<Edge>> {
        let mut edges = BTreeSet::new();
        for source in &self.config().sources {
            for mapping in &source.fields {
                edges.insert(Edge {
                    from_table: format!("source.{}", source.name.as_str()),
                    from_column: mapping.column.clone(),
                    to_table: "master.customer".into(),
                    to_column: Some(mapping.target.field.name().into()),
                    by: "mapping",
                });
            }
        }
        let (session, views) = (self.session(&self.owner())?, Views::of(&self.dir));
        for name in views.names() {
            let Some(text) = views.text(&name)? else { continue };
            let lineage = match session.lineage(&text) {
                Ok(lineage) => lineage,
                Err(error) => {
                    tracing::warn!(%error, view = name, "a view can not be followed");
                    continue;
                }
            };
            let edge = |from: Origin, to_column: Option<String>| Edge {
                from_table: from.table,
                from_column: from.column,
                to_table: format!("{SCHEMA}.{name}"),
                to_column,
                by: "view",
            };
            for (column, origins) in lineage.columns {
                edges.extend(origins.into_iter().map(|from| edge(from, Some(column.clone()))));
            }
            edges.extend(lineage.indirect.into_iter().map(|from| edge(from, None)));
        }
        Ok(edges.into_iter().collect())
    }
}

/// The edges that lead to a table or column, and those that lead on from it: what it is made of, and what a change of it touches.
pub fn around(edges: &[Edge], table: &str, column: Option<&str>) -> (Vec<Edge>, Vec<Edge>) {
    let start =
        || -> BTreeSet<(String, Option<String>)> { [(table.to_string(), column.map(str::to_string))].into() };
    let fits = |known: &BTreeSet<(String, Option<String>)>, table: &str, column: Option<&str>| {
        known.iter().any(|(t, c)| t == table && (c.is_none() || column.is_none() || c.as_deref() == column))
    };
    let (mut before, mut behind) = (start(), start());
    let (mut up, mut down) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let (ups, downs) = (up.len(), down.len());
        for edge in edges {
            if fits(&before, &edge.to_table, edge.to_column.as_deref()) && up.insert(edge.clone()) {
                before.insert((edge.from_table.clone(), Some(edge.from_column.clone())));
            }
            if fits(&behind, &edge.from_table, Some(&edge.from_column)) && down.insert(edge.clone()) {
                behind.insert((edge.to_table.clone(), edge.to_column.clone()));
            }
        }
        if (ups, downs) == (up.len(), down.len()) {
            return (up.into_iter().collect(), down.into_iter().collect());
        }
    }
}
