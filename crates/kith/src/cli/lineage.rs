//! `kith lineage`: where columns come from, and what a change of them touches. For people, and as OpenLineage's events.

use super::failure::Failure;
use super::output::Output;
use super::table::Table;
use super::{Context, open};
use clap::Args;
use jiff::Timestamp;
use kith_engine::views::{Edge, around};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const AFTER_HELP: &str = "\
Lineage is derived: from what kith.toml maps, and from the plans of views.

Examples:
  kith lineage                              all of it
  kith lineage gold.buyers                  what the view is made of, and what is made of it
  kith lineage source.crm.email             what a change of the column would touch
  kith lineage --openlineage > events.ndjson";

/// Where columns come from, and what a change of them touches.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Lineage {
    /// A table (schema.table) or a column (schema.table.column) [default: all].
    of: Option<String>,
    /// Print an event of OpenLineage for each table, one a line.
    #[arg(long, conflicts_with = "of")]
    openlineage: bool,
}

impl Lineage {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let project = open(context)?;
        let edges = project.lineage(&project.owner())?;
        if self.openlineage {
            return events(&edges).into_iter().try_for_each(|event| out.line(event.to_string()));
        }
        let Some(of) = self.of else {
            if out.json {
                return out.document(&edges);
            }
            return out.line(drawn(&edges).render());
        };
        let (table, column) = place(&of)?;
        let (before, behind) = around(&edges, &table, column.as_deref());
        if out.json {
            return out.document(&json!({ "made_of": before, "touches": behind }));
        }
        for (title, edges, none) in [
            ("Made of:", &before, "nothing that is known: it is where the way begins"),
            ("A change touches:", &behind, "nothing"),
        ] {
            out.line(title)?;
            match edges.is_empty() {
                true => out.line(format!("  {none}"))?,
                false => out.line(drawn(edges).render())?,
            }
        }
        Ok(())
    }
}

fn place(text: &str) -> Result<(String, Option<String>), Failure> {
    let parts: Vec<&str> = text.splitn(3, '.').collect();
    match parts[..] {
        [schema, table] => Ok((format!("{schema}.{table}"), None)),
        [schema, table, column] => Ok((format!("{schema}.{table}"), Some(column.to_string()))),
        _ => Err(Failure::usage(
            format!("{text:?} is neither a table nor a column"),
            "Write gold.buyers, or source.crm.email.",
        )),
    }
}

fn drawn(edges: &[Edge]) -> Table {
    let mut table = Table::new(["from", "to", "by"]);
    for edge in edges {
        let (to, by) = match &edge.to_column {
            Some(column) => (format!("{}.{column}", edge.to_table), edge.by.to_string()),
            None => (edge.to_table.clone(), format!("{}: which rows", edge.by)),
        };
        table.row([format!("{}.{}", edge.from_table, edge.from_column), to, by]);
    }
    table
}

/// <https://openlineage.io/spec/2-0-2/OpenLineage.json>, with the facet `columnLineage` 1-2-0.
fn events(edges: &[Edge]) -> Vec<Value> {
    const PRODUCER: &str = concat!("https://kith.invalid/", env!("CARGO_PKG_VERSION"));
    let tables: BTreeSet<&str> = edges.iter().map(|edge| edge.to_table.as_str()).collect();
    let now = Timestamp::now().to_string();
    let event = |table: &str| {
        let mut fields: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        let (mut rows, mut inputs) = (Vec::new(), BTreeSet::new());
        for edge in edges.iter().filter(|edge| edge.to_table == table) {
            inputs.insert(edge.from_table.as_str());
            let direct = edge.to_column.is_some();
            let kind = if direct { "DIRECT" } else { "INDIRECT" };
            let subtype = if direct { "TRANSFORMATION" } else { "FILTER" };
            let from = json!({
                "namespace": "kith", "name": edge.from_table, "field": edge.from_column,
                "transformations": [{ "type": kind, "subtype": subtype }],
            });
            match &edge.to_column {
                Some(column) => fields.entry(column).or_default().push(from),
                None => rows.push(from),
            }
        }
        let fields: Map<String, Value> = fields
            .into_iter()
            .map(|(column, from)| (column.to_string(), json!({ "inputFields": from })))
            .collect();
        let facet = json!({
            "_producer": PRODUCER,
            "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json",
            "fields": fields, "dataset": rows,
        });
        json!({
            "eventType": "COMPLETE",
            "eventTime": now,
            "producer": PRODUCER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": { "runId": run_id() },
            "job": { "namespace": "kith", "name": table },
            "inputs": inputs.iter().map(|name| json!({ "namespace": "kith", "name": name })).collect::<Vec<_>>(),
            "outputs": [{ "namespace": "kith", "name": table, "facets": { "columnLineage": facet } }],
        })
    };
    tables.into_iter().map(event).collect()
}

/// A random UUID (RFC 9562, version 4).
fn run_id() -> String {
    let mut bytes = [0u8; 16];
    // An id that is not random would be worse than none, but only for whoever collects the events.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = kith_core::hex(bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}
