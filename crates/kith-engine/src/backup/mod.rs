//! Backups: what a project can not compute, in a folder of its own, made while the project is in use.
//!
//! Reads:  `kith.toml` and what it names, the two logs, the tables of events. Takes no lock and asks no server.
//! Writes: a folder with the same files under `project/`, `backup.json` (what it holds) and `SHA256SUMS` (every other file, as
//!         `sha256sum -c` reads it). Files are copied, never linked: a link would share the damage.
//! Fails:  `K-BACKUP-…`.
//!
//! What was acknowledged before a backup began is in it:
//! 1. The log of records is copied first, the tables of events next, the log of events last. What is copied later may know more;
//!    nothing that is copied earlier then refers to what is not there.
//! 2. The log of events gives up its beginning only once the tables hold it. If that happened between the two copies, both are
//!    made again.
//! 3. A copy of a log may end in the middle of an append. It is read with all its checksums, and that end is cut away.
//!
//! Store, search index and all other tables are computed from these, and are made again by a restore.

mod check;
mod copy;
mod make;
mod restore;
mod sums;

pub use check::{Verified, Wrong, verify};
pub use make::{Backup, Part, Plan, last_made, make};
pub use restore::{Restored, restore};

use crate::error::{Error, Result};
use std::path::Path;

/// The copied files, as they stood in the project's folder.
const PROJECT: &str = "project";
/// What the backup holds.
const ABOUT: &str = "backup.json";
/// The checksums of all other files.
const SUMS: &str = "SHA256SUMS";

fn disk(what: &str, path: &Path, e: &std::io::Error) -> Error {
    Error::data(
        "K-BACKUP-DISK",
        format!("{} can not be {what}: {e}", path.display()),
        "Check rights and room.",
    )
}

/// Refuses a folder that is, or is in, a backup or a project's data: what is written there would spoil it, or go with it.
fn not_inside(folder: &Path, data: Option<&Path>) -> Result<()> {
    let whole = std::path::absolute(folder).map_err(|e| disk("read", folder, &e))?;
    let data = data.and_then(|data| data.canonicalize().ok());
    for above in whole.ancestors() {
        let what = match above.canonicalize() {
            Ok(real) if data.as_ref() == Some(&real) => "in the project's own data",
            Ok(real) if real.join(SUMS).is_file() && real.join(ABOUT).is_file() => "in a backup",
            _ => continue,
        };
        let message = format!("{} is {what}", folder.display());
        return Err(Error::input(
            "K-BACKUP-TARGET",
            message,
            "Name a folder elsewhere; nothing was written.",
        ));
    }
    Ok(())
}
