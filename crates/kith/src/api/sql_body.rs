//! Rows as NDJSON, CSV or an Arrow stream, batch by batch.

use super::error::ApiError;
use kith_engine::arrow::array::RecordBatch;
use kith_engine::arrow::datatypes::SchemaRef;
use kith_engine::arrow::error::ArrowError;
use kith_engine::arrow::ipc::writer::StreamWriter;
use kith_engine::exec::cell_as_json;
use serde_json::{Map, Value};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One document, `{columns, rows, truncated}`.
    Json,
    /// One object a line.
    Ndjson,
    /// RFC 4180, with a line of names.
    Csv,
    /// Arrow's stream format.
    Arrow,
}

const FORMATS: [(&str, Format); 4] = [
    ("application/json", Format::Json),
    ("application/x-ndjson", Format::Ndjson),
    ("text/csv", Format::Csv),
    ("application/vnd.apache.arrow.stream", Format::Arrow),
];

impl Format {
    /// What the client likes best of what we have, the first of equals (RFC 9110, 12.5.1); JSON if there is none.
    pub fn of(accept: Option<&str>) -> Format {
        let known = |kind: &str| FORMATS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind.trim()));
        let mut best = (Format::Json, 0.0);
        for wish in accept.unwrap_or_default().split(',') {
            let (kind, rest) = wish.split_once(';').unwrap_or((wish, ""));
            let weight = rest.split(';').find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok());
            if let Some((_, format)) = known(kind).filter(|_| weight.unwrap_or(1.0) > best.1) {
                best = (*format, weight.unwrap_or(1.0));
            }
        }
        best.0
    }
}

/// Writes batches in a format.
pub struct Encoder {
    format: Format,
    /// Spreadsheets must not take a value for a formula.
    safe: bool,
    /// Names for objects: what comes twice gets a number.
    names: Vec<String>,
    arrow: Option<StreamWriter<Vec<u8>>>,
}

impl Encoder {
    /// For one answer.
    pub fn new(format: Format, safe: bool) -> Encoder {
        Encoder { format, safe, names: Vec::new(), arrow: None }
    }

    /// What it writes.
    pub fn content_type(&self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self.format).map_or("application/json", |(name, _)| name)
    }

    /// What stands before the first row.
    pub fn head(&mut self, schema: &SchemaRef) -> Result<Vec<u8>, ArrowError> {
        let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
        match self.format {
            Format::Json | Format::Ndjson => {
                self.names = numbered(&names);
                Ok(Vec::new())
            }
            Format::Csv => {
                let safe = self.safe;
                line_of_csv(|line| names.iter().for_each(|name| line.push(guarded(name, safe))))
            }
            Format::Arrow => {
                let writer = self.arrow.insert(StreamWriter::try_new(Vec::new(), schema)?);
                Ok(std::mem::take(writer.get_mut()))
            }
        }
    }

    /// Rows.
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        if let Some(writer) = &mut self.arrow {
            writer.write(batch)?;
            return Ok(std::mem::take(writer.get_mut()));
        }
        let mut out = Vec::new();
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| cell_as_json(column, row));
            if self.format == Format::Csv {
                let safe = self.safe;
                out.extend(line_of_csv(|line| {
                    line.extend(cells.map(|cell| match cell {
                        Value::Null => String::new(),
                        Value::String(text) => guarded(&text, safe),
                        other => other.to_string(),
                    }));
                })?);
            } else {
                let object: Map<String, Value> = self.names.iter().cloned().zip(cells).collect();
                out.extend(Value::Object(object).to_string().into_bytes());
                out.push(b'\n');
            }
        }
        Ok(out)
    }

    /// What stands behind the last row.
    pub fn tail(&mut self) -> Result<Vec<u8>, ArrowError> {
        let Some(mut writer) = self.arrow.take() else { return Ok(Vec::new()) };
        writer.finish()?;
        writer.into_inner()
    }

    /// An error behind rows that were sent; `None` where the format has no place for it.
    pub fn failed(&self, error: ApiError) -> Option<Vec<u8>> {
        (self.format == Format::Ndjson).then(|| {
            let mut line = error.as_json().to_string().into_bytes();
            line.push(b'\n');
            line
        })
    }
}

fn numbered(names: &[&String]) -> Vec<String> {
    let mut numbered: Vec<String> = Vec::new();
    for name in names {
        let mut own = name.to_string();
        let mut count = 1;
        while numbered.contains(&own) {
            count += 1;
            own = format!("{name}_{count}");
        }
        numbered.push(own);
    }
    numbered
}

/// A text that begins like a formula gets a `'` before it: spreadsheets run what they take for one.
fn guarded(text: &str, safe: bool) -> String {
    match safe && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_string(),
    }
}

fn line_of_csv(fill: impl FnOnce(&mut Vec<String>)) -> Result<Vec<u8>, ArrowError> {
    let mut line = Vec::new();
    fill(&mut line);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&line).map_err(|e| ArrowError::CsvError(e.to_string()))?;
    writer.into_inner().map_err(|e| ArrowError::CsvError(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_best_counts_and_of_equals_the_first() {
        for (accept, format) in [
            (None, Format::Json),
            (Some("*/*"), Format::Json),
            (Some("text/html, text/csv;q=0.9, application/json"), Format::Json),
            (Some("text/html, text/csv;q=0.9, application/json;q=0.8"), Format::Csv),
            (Some("text/csv;q=0, application/x-ndjson"), Format::Ndjson),
            (Some("text/csv, application/x-ndjson"), Format::Csv),
            (Some("APPLICATION/X-NDJSON"), Format::Ndjson),
            (Some("application/vnd.apache.arrow.stream"), Format::Arrow),
        ] {
            assert_eq!(Format::of(accept), format, "{accept:?}");
        }
    }

    #[test]
    fn columns_of_one_name_are_told_apart() {
        let names: Vec<String> = ["a", "a", "a_2", "b"].map(String::from).to_vec();
        assert_eq!(numbered(&names.iter().collect::<Vec<_>>()), ["a", "a_2", "a_2_2", "b"]);
    }

    #[test]
    fn nothing_becomes_a_formula() {
        assert_eq!(guarded("=1+1", true), "'=1+1");
        assert_eq!(guarded("=1+1", false), "=1+1");
        assert_eq!(guarded("plain", true), "plain");
    }
}
