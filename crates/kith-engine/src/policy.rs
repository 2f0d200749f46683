//! Policies and labels of a project, for whoever keeps them: what is in force, whether it can be understood, what somebody would see.

pub use kith_govern::policies::{FOLDER, SCHEMA, USUAL};

use crate::error::Result;
use crate::project::{Project, Tables};
use kith_core::govern::{Decide, Mask, Subject, TableFacts};
use kith_govern::{LabelFile, Policies, policies};
use serde::Serialize;
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// What was found to be sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Checked {
    /// Policies in force.
    pub policies: usize,
    /// Columns of which people have said what they hold.
    pub labels: usize,
    /// The roles that policies name, besides owner.
    pub roles: Vec<String>,
}

/// Reads policies and labels of a project's folder, which nobody needs to have open.
pub fn check(dir: &Path) -> Result<Checked> {
    let policies = Policies::load(dir)?;
    let labels = LabelFile::load(dir)?;
    Ok(Checked { policies: policies.count(), labels: labels.all().count(), roles: policies.roles })
}

/// The texts in force, each with its file.
pub fn texts(dir: &Path) -> Result<Vec<(PathBuf, String)>> {
    Ok(policies::texts(dir)?)
}

/// What somebody would see of a table.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TableSeen {
    /// `schema.table`.
    pub table: String,
    /// Which rows, as the policies say it; none = all.
    pub rows: Option<String>,
    /// Its columns, those that would not be there as well.
    pub columns: Vec<ColumnSeen>,
}

/// What somebody would see of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ColumnSeen {
    /// The column.
    pub column: String,
    /// `all`, or the mask.
    pub shown: String,
    /// The policies that say so.
    pub why: String,
}

impl Project {
    /// What somebody would see: all tables, or those of a schema (`crm`), or one (`crm.account`).
    pub fn seen_by(&self, subject: &Subject, of: Option<&str>) -> Result<Vec<TableSeen>> {
        let rules = self.rules()?;
        let mut found = Vec::new();
        for facts in self.facts_of(&Tables::named(of))? {
            let verdict = rules.verdict(subject, &facts);
            if verdict.read {
                found.push(seen(&facts, &verdict));
            }
        }
        Ok(found)
    }
}

fn seen(facts: &TableFacts, verdict: &kith_core::govern::Verdict) -> TableSeen {
    let columns = facts.columns.iter().map(|(name, kind)| {
        let mask = verdict.mask(name, *kind);
        let shown = match mask {
            Mask::None => "all".to_string(),
            Mask::Bucket(width) => format!("bucket:{width}"),
            mask => mask.as_str().to_string(),
        };
        let why = verdict.columns.iter().filter(|c| c.column == *name).map(|c| c.why.as_str());
        ColumnSeen { column: name.clone(), shown, why: why.collect::<Vec<_>>().join(", ") }
    });
    TableSeen {
        table: format!("{}.{}", facts.name.schema, facts.name.table),
        rows: verdict.rows.as_ref().map(ToString::to_string),
        columns: columns.collect(),
    }
}
