//! The matching model as a file that a person can read, diff and put under version control.

use crate::error::{Error, Result};
use kith_core::field::Field;
use kith_resolve::frequency::{ColumnFrequencies, Tally};
use kith_resolve::{Frequencies, Kind, Model};
use std::io::Write;
use std::path::Path;

/// The model file's text and what it says; `None` = there is no such file.
pub(crate) fn read(file: &Path) -> Result<Option<(String, Model)>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(wrong(file, "K-MODEL-READ", format!("{} can not be read: {e}", file.display())));
        }
    };
    let model = parse(file, &text)?;
    Ok(Some((text, model)))
}

/// The model in a text that came from `file`.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Model> {
    Model::from_toml(text)
        .map_err(|e| wrong(file, "K-MODEL-FORM", format!("{} is not a matching model: {e}", file.display())))
}

/// Writes the model file: whole or not at all, and on disk when this returns.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    let part = file.with_extension("toml.part");
    let written = (|| {
        let mut out = std::fs::File::create(&part)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&part, file)
    })();
    written.map_err(|e| wrong(file, "K-MODEL-WRITE", format!("{} can not be written: {e}", file.display())))
}

/// Where nothing can be compared yet: it matches nobody, so that only ids, rules and people's decisions join records. It is
/// never kept: the first run that finds something to compare estimates a model.
pub(crate) fn by_ids() -> (Model, Frequencies) {
    let model = Model {
        format: kith_resolve::model::FORMAT,
        prior_match: 1e-6,
        prior_relative: 0.0,
        trained_on: 0,
        frequencies: None,
        calibration: None,
        sources: Vec::new(),
        blocking: Vec::new(),
        comparisons: Vec::new(),
    };
    // A set of records has a column, if only an empty one.
    let column = ColumnFrequencies { kind: Kind::Email, values: Tally::default(), pieces: Tally::default() };
    (model, Frequencies { columns: vec![(Field::Email.name().into(), column.into())] })
}

/// There is no model yet.
pub(crate) fn none() -> Error {
    Error::not_found("K-MODEL-NONE", "there is no matching model yet", "Run `kith run` first.")
}

/// The records and the model do not go together.
pub(crate) fn does_not_fit(cause: kith_resolve::Error) -> Error {
    Error::Config {
        code: "K-MODEL-FIT",
        message: format!("the records can not be matched: {cause}"),
        help: "If the sources or their fields have changed, estimate the model anew: `kith run --retrain`."
            .into(),
        file: "model.toml".into(),
        line: None,
        column: None,
        span: None,
    }
}

fn wrong(file: &Path, code: &'static str, message: String) -> Error {
    Error::Config {
        code,
        message,
        help: "Correct the file, or remove it and run `kith run --retrain` to estimate a new model.".into(),
        file: file.display().to_string(),
        line: None,
        column: None,
        span: None,
    }
}
