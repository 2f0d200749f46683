//! Rows out of one answer. A value that does not fit its column ends the query: the application lies.

use super::super::fault::{large_cell, misfit};
use super::super::json::Column;
use super::fault;
use super::schema::Api;
use crate::error::{Error, Result};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use kith_core::config::{JsonKind, Resource};
use serde_json::value::RawValue;
use std::collections::HashMap;

type Object<'a> = HashMap<String, &'a RawValue>;

/// What stands at a JSON pointer; `None` = nothing does.
fn at<'a>(raw: &'a RawValue, pointer: &str) -> Option<&'a RawValue> {
    let mut raw = raw;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        raw = match raw.get().starts_with('[') {
            true => {
                *serde_json::from_str::<Vec<&RawValue>>(raw.get()).ok()?.get(token.parse::<usize>().ok()?)?
            }
            false => serde_json::from_str::<Object<'_>>(raw.get()).ok()?.get(&token).copied()?,
        };
    }
    Some(raw)
}

/// The text or number at a JSON pointer; `None` where nothing, null, false or an empty text stands there.
pub(super) fn scalar_at(body: &[u8], pointer: &str) -> std::result::Result<Option<String>, &'static str> {
    let whole: &RawValue = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
    let Some(found) = at(whole, pointer) else { return Ok(None) };
    match found.get().as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(found.get()).map_err(|_| "its cursor is not a text")?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'n' | b'f') => Ok(None),
        Some(b'{' | b'[' | b't') | None => Err("its cursor is neither a text nor a number"),
        Some(_) => Ok(Some(found.get().to_string())),
    }
}

/// The rows of an answer, and how many there were before `most` cut them.
pub(super) fn rows(
    api: &Api,
    resource: &Resource,
    select: &[usize],
    schema: &SchemaRef,
    body: &[u8],
    most: usize,
) -> Result<(RecordBatch, usize)> {
    let bad = |why: &str| fault::answer(&resource.table, &api.name, why);
    let whole: &RawValue = serde_json::from_slice(body).map_err(|_| bad("it is not JSON"))?;
    let place = if resource.rows.is_empty() { "it".to_string() } else { resource.rows.clone() };
    let found = at(whole, &resource.rows).ok_or_else(|| bad(&format!("there is nothing at {place}")))?;
    let all: Vec<&RawValue> =
        serde_json::from_str(found.get()).map_err(|_| bad(&format!("{place} is not a list")))?;
    let wanted: Vec<&(String, JsonKind)> = select.iter().filter_map(|i| resource.columns.get(*i)).collect();
    let mut columns: Vec<Column> = wanted.iter().map(|(_, kind)| Column::of(*kind)).collect();
    let cell = usize::try_from(api.limits.cell_bytes).unwrap_or(usize::MAX);
    let table = format!("{}.{}", api.name, resource.table);
    for row in all.iter().take(most) {
        let row: Object<'_> = serde_json::from_str(row.get())
            .map_err(|_| bad(&format!("a row of {place} is not an object")))?;
        for (column, (name, _)) in columns.iter_mut().zip(&wanted) {
            let raw = row.get(name).map(|raw| raw.get());
            if let Some(raw) = raw.filter(|raw| raw.len() > cell) {
                return Err(large_cell(&table, name, raw.len(), cell));
            }
            column.push(raw).map_err(|kind| misfit(&table, name, kind))?;
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(all.len().min(most)));
    let arrays = columns.iter_mut().map(Column::finish).collect();
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
    Ok((batch.map_err(|e| Error::internal("rows of an application do not fit together", e))?, all.len()))
}
