//! The matching model as a file that a person can read, diff and put under version control.

use crate::disk::replace_file;
use crate::error::{Error, Result};
use kith_core::field::Field;
use kith_resolve::frequency::{ColumnFrequencies, Tally};
use kith_resolve::{Frequencies, Kind, Model};
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
    replace_file(file, text.as_bytes())
        .map_err(|e| wrong(file, "K-MODEL-WRITE", format!("{} can not be written: {e}", file.display())))
}

/// A model of fewer records than this is estimated anew once there are twice as many: what few records show is partly
/// chance, and what they did not show at all can not be in it. Beyond, a model changes only when somebody says so.
const LEARNING_MAX: u64 = 10_000;

/// True if a model of `learned` records is to be estimated anew, now that there are `records`. One that somebody has
/// changed, calibrated or written never is.
pub(crate) fn outgrown(model: &Model, records: u64) -> bool {
    model.trained_on < LEARNING_MAX && records >= 2 * model.trained_on && model.is_own()
}

/// Of how many records a model in use is outgrown; of one that only knows ids, there may be more to compare at twice as many.
pub(crate) fn outgrown_at(model: &Model, records: u64) -> u64 {
    match model.trained_on {
        0 => 2 * records.max(1),
        learned if outgrown(model, 2 * learned) => 2 * learned,
        _ => u64::MAX,
    }
}

/// Where nothing can be compared yet: it matches nobody, so that only ids, rules and people's decisions join records. It is
/// never kept: the first run that finds something to compare estimates a model.
pub(crate) fn by_ids() -> (Model, Frequencies) {
    let model = Model {
        format: kith_resolve::model::FORMAT,
        prior_match: 1e-6,
        prior_relative: 0.0,
        trained_on: 0,
        estimated: None,
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
