//! `kith.toml`, as a project reads it.

use crate::error::{Error, Result};
use kith_core::config::{self, Config};
use std::path::Path;

/// Reads and checks `kith.toml`.
pub fn read_config(dir: &Path) -> Result<Config> {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).map_err(|e| {
        let missing = e.kind() == std::io::ErrorKind::NotFound;
        let (code, message, help) = if missing {
            let message = format!("{} does not exist", file.display());
            ("K-CONFIG-MISSING", message, "Go to the project's folder, or make a project: `kith init FILE…`.")
        } else {
            (
                "K-CONFIG-READ",
                format!("{} can not be read: {e}", file.display()),
                "Check its rights; it must be UTF-8.",
            )
        };
        let (help, file) = (help.to_string(), file.display().to_string());
        Error::Config { code, message, help, file, line: None, column: None, span: None }
    })?;
    Ok(config::parse(&text, &file.display().to_string())?)
}
