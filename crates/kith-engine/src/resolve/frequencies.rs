//! The frequencies of values that a model's weights are computed from: a file beside `model.toml`'s project data, named
//! by its content, so that a model and its frequencies can not be mixed up.
//!
//! Reads and writes `.kith/frequencies/<hash>`; the model names the hash. A model whose file is gone (it came from
//! another machine) has the values of the present records counted for it, and from then on weighs by those.

use super::model::does_not_fit;
use crate::disk::replace_file;
use crate::error::{Error, Result};
use kith_core::hex;
use kith_resolve::{Frequencies, Linker, Model, Options, Records};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where they are, for a model file in a project's folder.
fn folder(model_file: &Path) -> PathBuf {
    model_file.with_file_name(crate::project::DATA_DIR).join("frequencies")
}

/// Encodes records under a model's frequencies; where they are not to be found, under those of the records.
pub(crate) fn linker(
    records: Records,
    options: &Options,
    model: &Model,
    model_file: &Path,
) -> Result<(Linker, bool)> {
    let (linker, found) = match load(model_file, model)? {
        Some(frequencies) => (Linker::with_frequencies(records, &frequencies, options), true),
        None => (Linker::new(records, options), false),
    };
    Ok((linker.map_err(does_not_fit)?, found))
}

/// The frequencies that a model names; `None` if it names none, or their file is gone or damaged.
pub(crate) fn load(model_file: &Path, model: &Model) -> Result<Option<Frequencies>> {
    let Some(name) = model.frequencies.as_deref() else { return Ok(None) };
    if name.len() != 24 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let path = folder(model_file).join(name);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(&path, "read", &e)),
    };
    Ok(Some(bytes).filter(|bytes| name_of(bytes) == name).and_then(|b| Frequencies::from_bytes(&b).ok()))
}

/// Keeps the frequencies of a linker, on the disk when this returns, and has the model name them.
pub(crate) fn save(model_file: &Path, linker: &Linker, model: &mut Model) -> Result<()> {
    let bytes = linker.frequencies().to_bytes();
    let (folder, name) = (folder(model_file), name_of(&bytes));
    let path = folder.join(&name);
    let written = std::fs::create_dir_all(&folder).and_then(|()| replace_file(&path, &bytes));
    written.map_err(|e| failed(&path, "written", &e))?;
    model.frequencies = Some(name);
    Ok(())
}

fn name_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..12])
}

fn failed(path: &Path, what: &str, cause: &std::io::Error) -> Error {
    let message = format!("{} can not be {what}: {cause}", path.display());
    Error::data("K-DATA-DISK", message, "Check rights and disk.")
}
