//! The model as files in a folder that all executors see, and as what they keep of it in memory.

use crate::error::{Error, Result};
use datafusion::common::exec_datafusion_err;
use kith_resolve::{Frequencies, Model, Options};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use kith_resolve::Kernel;

/// The options that a pair's weight and a cluster depend on. Bits, since a text may lose the last one.
#[derive(Serialize, Deserialize)]
struct Kept {
    link_only: bool,
    probability_min_bits: u64,
    /// The sources' names, where they are evidence.
    sources: Vec<String>,
}

/// Writes model, frequencies and options into a folder.
pub(super) fn write(
    folder: &Path,
    model: &Model,
    frequencies: &Frequencies,
    options: &Options,
) -> Result<()> {
    let kept = Kept {
        link_only: options.link_only,
        probability_min_bits: options.probability_min.to_bits(),
        sources: options.sources.clone(),
    };
    let kept = serde_json::to_vec(&kept).map_err(|e| Error::internal("options can not be written", e))?;
    let written = (|| {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("model.toml"), model.to_toml())?;
        std::fs::write(folder.join("frequencies"), frequencies.to_bytes())?;
        std::fs::write(folder.join("options.json"), kept)
    })();
    written.map_err(|e| {
        let message = format!("{} can not be written: {e}", folder.display());
        Error::data("K-DATA-DISK", message, "Check rights and disk.")
    })
}

/// How many models an executor keeps: one, and the next.
const KEPT: usize = 2;

/// The models at hand, the last used last.
static AT_HAND: Mutex<Vec<(String, Arc<Kernel>)>> = Mutex::new(Vec::new());

/// The model of a folder. A folder's files never change, so what was read once holds.
pub(super) fn at(folder: &str) -> datafusion::common::Result<Arc<Kernel>> {
    let mut at_hand = AT_HAND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = at_hand.iter().position(|(name, _)| name == folder) {
        let known = at_hand.remove(place);
        at_hand.push(known.clone());
        return Ok(known.1);
    }
    let path = Path::new(folder);
    let bytes = |name: &str| {
        let path = path.join(name);
        std::fs::read(&path)
            .map_err(|e| exec_datafusion_err!("K-CLUSTER-PATH: {} can not be read: {e}", path.display()))
    };
    let unfit = |e: kith_resolve::Error| exec_datafusion_err!("{folder} is not a model: {e}");
    let text = String::from_utf8(bytes("model.toml")?);
    let model = Model::from_toml(&text.map_err(|_| exec_datafusion_err!("{folder}: not UTF-8"))?);
    let frequencies = Frequencies::from_bytes(&bytes("frequencies")?).map_err(unfit)?;
    let kept: Kept = serde_json::from_slice(&bytes("options.json")?)
        .map_err(|e| exec_datafusion_err!("{folder}/options.json is malformed: {e}"))?;
    let options = Options {
        link_only: kept.link_only,
        sources: kept.sources,
        probability_min: f64::from_bits(kept.probability_min_bits),
        ..Options::default()
    };
    let kernel = Arc::new(Kernel::new(&model.map_err(unfit)?, frequencies, &options).map_err(unfit)?);
    at_hand.push((folder.to_string(), kernel.clone()));
    if at_hand.len() > KEPT {
        at_hand.remove(0);
    }
    Ok(kernel)
}
