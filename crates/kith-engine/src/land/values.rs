//! Standardised values of a row, under the mapping of its source.

use crate::tabular::value_text;
use kith_core::config::Source;
use kith_core::field::{Field, FieldValue, Part};
use kith_core::standard::{self, Context, Outcome};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Values of a column that can not be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValues {
    /// The column, or the columns of a field in pieces with `+` between.
    pub column: String,
    /// What it means.
    pub field: Field,
    /// How many.
    pub count: u64,
    /// The first one.
    pub example: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One field of the source, from one column or from several that hold its pieces.
struct Mapped {
    field: Field,
    /// (column, piece); a whole value is one column without a piece.
    columns: Vec<(String, Option<Part>)>,
    /// The columns' names with `+` between.
    name: String,
    context: Context,
    /// Outcomes of texts seen before.
    memory: FxHashMap<String, Outcome>,
    invalid: Option<InvalidValues>,
}

/// Outcomes remembered per column: cities repeat, telephone numbers do not; past this, memory begins anew.
const MEMORY_TEXTS: usize = 50_000;

/// Makes values of rows.
pub(super) struct Standardiser {
    mapped: Vec<Mapped>,
    region: Option<String>,
    /// By column of dates: whether the day comes first, as far as it is decided.
    day_first: FxHashMap<String, bool>,
    date_columns: Vec<String>,
    junk: u64,
}

impl Standardiser {
    /// `decided`: what earlier pulls decided about dates, by column.
    pub fn new(source: &Source, region: Option<String>, decided: Option<&Value>) -> Standardiser {
        let mut mapped: Vec<Mapped> = Vec::new();
        let mut date_columns: Vec<String> = source.updated_at.iter().cloned().collect();
        for mapping in &source.fields {
            let (field, part) = (mapping.target.field, mapping.target.part);
            if part.is_none()
                && matches!(field, Field::BirthDate | Field::Date | Field::UpdatedAt | Field::CreatedAt)
            {
                date_columns.push(mapping.column.clone());
            }
            let column = (mapping.column.clone(), part);
            let pieces =
                mapped.iter_mut().find(|m| m.field == field && part.is_some() && m.columns[0].1.is_some());
            match pieces {
                Some(pieces) => {
                    pieces.name = format!("{}+{}", pieces.name, mapping.column);
                    pieces.columns.push(column);
                }
                None => mapped.push(Mapped {
                    field,
                    name: mapping.column.clone(),
                    columns: vec![column],
                    context: Context { region: region.clone(), day_first: None },
                    memory: FxHashMap::default(),
                    invalid: None,
                }),
            }
        }
        let decided = decided.and_then(Value::as_object).into_iter().flatten();
        let day_first = decided.filter_map(|(column, first)| Some((column.clone(), first.as_bool()?)));
        Standardiser { mapped, region, day_first: day_first.collect(), date_columns, junk: 0 }
    }

    /// Decides, for each column of dates that is still open, whether the day comes first.
    pub fn decide_dates(&mut self, rows: &[&Map<String, Value>]) {
        for column in &self.date_columns {
            if self.day_first.contains_key(column) {
                continue;
            }
            let texts = rows.iter().filter_map(|row| row.get(column)).filter_map(Value::as_str);
            if let Some(first) = standard::day_first(texts) {
                self.day_first.insert(column.clone(), first);
            }
        }
        for mapped in &mut self.mapped {
            mapped.context.day_first = self.day_first.get(&mapped.name).copied();
        }
    }

    /// What is decided, for the cursor; in the order of names, so that the same decisions are the same text.
    pub fn decisions(&self) -> Value {
        let sorted: std::collections::BTreeMap<_, _> = self.day_first.iter().collect();
        serde_json::to_value(sorted).unwrap_or_default()
    }

    /// What is known of a column.
    pub fn context(&self, column: &str) -> Context {
        Context { region: self.region.clone(), day_first: self.day_first.get(column).copied() }
    }

    /// The standardised values of a row, with those that follow from them.
    pub fn values(&mut self, row: &Map<String, Value>) -> Vec<FieldValue> {
        let mut values = Vec::with_capacity(self.mapped.len());
        for mapped in &mut self.mapped {
            for original in mapped.texts(row) {
                match mapped.outcome(&original) {
                    Outcome::Value(normal) => {
                        let column = mapped.name.clone();
                        let value = FieldValue {
                            field: mapped.field,
                            normal,
                            original: original.into_owned(),
                            column,
                        };
                        if !values.contains(&value) {
                            values.push(value);
                        }
                    }
                    Outcome::Missing => {}
                    Outcome::Junk(_) => self.junk += 1,
                    Outcome::Invalid { reason } => mapped.count_invalid(&original, reason),
                }
            }
        }
        standard::expand(&values, &Context { region: self.region.clone(), day_first: None })
    }

    /// Invalid values by column, and how many values were junk.
    pub fn findings(self) -> (Vec<InvalidValues>, u64) {
        (self.mapped.into_iter().filter_map(|m| m.invalid).collect(), self.junk)
    }
}

impl Mapped {
    /// What a row says: one text, several where the column holds a list, the pieces put together.
    fn texts<'a>(&self, row: &'a Map<String, Value>) -> Vec<Cow<'a, str>> {
        if self.columns.iter().any(|(_, part)| part.is_some()) {
            let pieces: Vec<(Part, Cow<str>)> = self
                .columns
                .iter()
                .filter_map(|(column, part)| Some(((*part)?, value_text(row.get(column)?)?)))
                .collect();
            let pieces: Vec<(Part, &str)> =
                pieces.iter().map(|(part, text)| (*part, text.as_ref())).collect();
            return standard::join(&pieces).map(Cow::Owned).into_iter().collect();
        }
        let value = self.columns.first().and_then(|(column, _)| row.get(column));
        match value {
            Some(Value::Array(items)) => items.iter().filter_map(value_text).collect(),
            Some(value) => value_text(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn outcome(&mut self, text: &str) -> Outcome {
        if let Some(known) = self.memory.get(text) {
            return known.clone();
        }
        let outcome = standard::normalise(self.field, text, &self.context);
        if self.memory.len() >= MEMORY_TEXTS {
            self.memory.clear();
        }
        self.memory.insert(text.to_string(), outcome.clone());
        outcome
    }

    fn count_invalid(&mut self, text: &str, reason: String) {
        let found = self.invalid.get_or_insert_with(|| InvalidValues {
            column: self.name.clone(),
            field: self.field,
            count: 0,
            example: text.chars().take(100).collect(),
            reason,
        });
        found.count += 1;
    }
}
