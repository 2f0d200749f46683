//! What the columns hold: as it is known, as it is proposed, and as a person says.

use super::Project;
use crate::audit::{Deed, Who};
use crate::connect::quoted;
use crate::error::{Error, Result};
use crate::exec::{Answer, Limits};
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use kith_core::govern::{Door, Label, Subject, TableFacts, TableRef};
use kith_core::recognise::Column;
use kith_govern::{Known, LabelFile, labels, propose};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use utoipa::ToSchema;

/// Rows that a proposal looks at.
const SAMPLE_ROWS: usize = 500;
/// Characters of a value that a proposal looks at.
const SAMPLE_CHARS: usize = 200;
/// Tables that are looked at in one question.
const TABLES_MAX: usize = 300;
/// Schemas whose columns Kith declares itself.
const OWN: [&str; 4] = ["identity", "master", "land", "event"];

/// A column, and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ColumnLabels {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What it holds; empty = it says nothing of a person; none = nobody has said, and it is masked until then.
    pub labels: Option<Vec<String>>,
    /// True where Kith declares it: then people can add labels, and not take any away.
    pub declared: bool,
    /// How sensitive it is: public, personal, identifying, special.
    pub privacy: Option<String>,
    /// What it may hold, likeliest first; only where nobody has said.
    pub proposed: Vec<ProposedLabel>,
}

/// What a column may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposedLabel {
    /// The label.
    pub label: String,
    /// Why.
    pub why: String,
}

/// Which tables are meant; `None` = all.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
}

impl Tables {
    /// `crm`, `crm.account`, or all.
    pub fn named(text: Option<&str>) -> Tables {
        match text.map(|text| text.split_once('.').ok_or(text)) {
            None => Tables::default(),
            Some(Err(schema)) => Tables { schema: Some(schema.into()), table: None },
            Some(Ok((schema, table))) => Tables { schema: Some(schema.into()), table: Some(table.into()) },
        }
    }
}

impl Project {
    /// What the columns hold that a subject can know of, with proposals where nobody has said. The proposals are made by looking at
    /// values as Kith itself; they tell kinds, never values.
    pub fn labels(&self, subject: &Subject, of: &Tables) -> Result<Vec<ColumnLabels>> {
        let mut found = Vec::new();
        for (table, columns) in self.tables_of(subject, of)? {
            let rules = self.keeper.rules()?;
            let known = rules.known();
            let mut all: Vec<ColumnLabels> =
                columns.iter().map(|column| labelled(known, &table, column)).collect();
            if all.iter().any(|column| column.labels.is_none()) {
                self.propose(known, &table, &mut all);
            }
            found.extend(all);
        }
        Ok(found)
    }

    /// Says what a column holds; `None` takes back what was said. `*` = all columns that are not named.
    pub fn label(
        &self,
        subject: &Subject,
        table: &TableRef,
        column: &str,
        words: Option<&[String]>,
    ) -> Result<()> {
        let labels: Option<BTreeSet<Label>> = match words {
            None => None,
            Some(words) => Some(words.iter().map(|word| parsed(word)).collect::<Result<_>>()?),
        };
        let of = Tables { schema: Some(table.schema.clone()), table: Some(table.table.clone()) };
        let tables = self.tables_of(subject, &of)?;
        let columns = tables.get(table).ok_or_else(|| not_there(table, column))?;
        if labels.is_some() && column != labels::OTHERS && !columns.iter().any(|known| known == column) {
            return Err(not_there(table, column));
        }
        if labels.is_none()
            && self.keeper.rules()?.known().said().all().all(|(t, c, _)| (&t, c) != (table, column))
        {
            return Err(not_there(table, column));
        }
        let words =
            labels.as_ref().map(|labels| labels.iter().map(|label| label.name().to_string()).collect());
        self.engine.noted(Deed::Labelled {
            who: Who::of(subject),
            table: format!("{}.{}", table.schema, table.table),
            column: column.into(),
            labels: words,
        })?;
        let edit = |file: &mut LabelFile| match labels {
            Some(labels) => file.set(table, column, labels),
            None => drop(file.clear(table, column)),
        };
        Ok(self.keeper.label(edit, crate::disk::replace_file)?)
    }

    /// The tables and columns that a subject knows of.
    fn tables_of(&self, subject: &Subject, of: &Tables) -> Result<BTreeMap<TableRef, Vec<String>>> {
        // Kith asks what there is, not what stands in it.
        let inside = Subject { door: Door::Inside, ..subject.clone() };
        let facts = self.session(&inside)?.facts(of.schema.as_deref(), of.table.as_deref(), TABLES_MAX)?;
        let names =
            |facts: TableFacts| (facts.name, facts.columns.into_iter().map(|(name, _)| name).collect());
        Ok(facts.into_iter().map(names).collect())
    }

    /// All tables, as they are.
    pub(crate) fn facts_of(&self, of: &Tables) -> Result<Vec<TableFacts>> {
        let inside = Subject { door: Door::Inside, ..self.owner() };
        self.session(&inside)?.facts(of.schema.as_deref(), of.table.as_deref(), TABLES_MAX)
    }

    /// Looks at some rows. A table that can not be read has no proposals, and says so.
    fn propose(&self, known: &Known, table: &TableRef, all: &mut [ColumnLabels]) {
        let inside = Subject { door: Door::Inside, ..self.owner() };
        let query =
            format!("SELECT * FROM {}.{} LIMIT {SAMPLE_ROWS}", quoted(&table.schema), quoted(&table.table));
        let limits = Limits { rows_max: SAMPLE_ROWS, ..Limits::default() };
        let answer = match self.session(&inside).and_then(|session| session.query(&query, &limits)) {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, schema = table.schema, table = table.table, "a table can not be looked at");
                return;
            }
        };
        let values = samples(&answer);
        let columns: Vec<Column> = values.iter().map(|(name, values)| sampled(name, values)).collect();
        let proposed = propose::propose(&columns, &|column| known.mapped(table, column));
        for ((name, _), proposals) in values.iter().zip(proposed) {
            for column in all.iter_mut().filter(|column| column.labels.is_none() && column.column == *name) {
                column.proposed = proposals.iter().map(shown).collect();
            }
        }
    }
}

fn labelled(known: &Known, table: &TableRef, column: &str) -> ColumnLabels {
    let labelled = known.of(table, column);
    let names = labelled.labels.iter().map(|label| label.name().to_string()).collect();
    ColumnLabels {
        schema: table.schema.clone(),
        table: table.table.clone(),
        column: column.to_string(),
        labels: labelled.privacy.map(|_| names),
        declared: OWN.contains(&table.schema.as_str()),
        privacy: labelled.privacy.map(|privacy| format!("{privacy:?}").to_lowercase()),
        proposed: Vec::new(),
    }
}

fn shown(proposal: &propose::Proposal) -> ProposedLabel {
    ProposedLabel { label: proposal.label.name().to_string(), why: proposal.why.clone() }
}

fn parsed(word: &str) -> Result<Label> {
    Label::parse(word).map_err(|e| Error::Input {
        code: "K-LABEL-WORD",
        message: e.to_string(),
        help: "`kith label words` lists the words.".into(),
    })
}

fn not_there(table: &TableRef, column: &str) -> Error {
    let message = format!("{}.{} has no column {column:?} that you could label", table.schema, table.table);
    Error::not_found("K-LABEL-COLUMN", message, "`kith label list` names tables and columns.")
}

fn sampled<'a>(name: &'a str, values: &'a [Option<String>]) -> Column<'a> {
    let samples: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
    let distinct = samples.iter().collect::<HashSet<_>>().len() as u64;
    let (rows, nulls) = (values.len() as u64, (values.len() - samples.len()) as u64);
    Column { name, samples, rows, distinct, nulls }
}

/// The columns of an answer, as texts.
fn samples(answer: &Answer) -> Vec<(String, Vec<Option<String>>)> {
    let column = |(at, field): (usize, &datafusion::arrow::datatypes::FieldRef)| {
        let values = answer.batches.iter().flat_map(|batch| texts(batch, at, SAMPLE_CHARS)).collect();
        (field.name().clone(), values)
    };
    answer.schema.fields().iter().enumerate().map(column).collect()
}

fn texts(batch: &RecordBatch, at: usize, chars_max: usize) -> Vec<Option<String>> {
    let array = batch.column(at);
    let options = FormatOptions::default();
    let Ok(formatter) = ArrayFormatter::try_new(array, &options) else { return vec![None; array.len()] };
    let text = |row: usize| {
        let text = formatter.value(row).try_to_string().ok()?;
        Some(if chars_max == usize::MAX { text } else { text.chars().take(chars_max).collect() })
    };
    (0..array.len()).map(|row| if array.is_null(row) { None } else { text(row) }).collect()
}
