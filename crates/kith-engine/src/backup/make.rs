//! `kith backup create`: see the module above for the steps.

use super::copy::{Opened, copy_file, files, sync_folders};
use super::{ABOUT, PROJECT, disk, sums};
use crate::disk::replace_file;
use crate::error::{Error, Result};
use crate::lake::events::{EventLake, SCHEMA};
use crate::lake::{Lake, table_names};
use crate::project::{DATA_DIR, read_config};
use crate::report::{Progress, Stage};
use kith_core::config::Config;
use kith_core::id::Position;
use kith_live::{Copied, settle_copy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often a copy of the events is begun again because the log's beginning was given up meanwhile.
const TRIES: usize = 10;
/// Where a project says what its last backup was.
const NOTE: &str = "last-backup.json";

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The project's folder.
    pub project: &'a Path,
    /// The folder that holds the backups, made if missing.
    pub into: &'a Path,
    /// How many of this project's backups stay there, this one included; `None` = all.
    pub keep: Option<usize>,
}

/// A log in a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The first position that it has; what is before stands in the tables of events.
    pub first: u64,
    /// The last position.
    pub position: u64,
    /// Damage in it, in words; the project's own log has it too.
    pub damage: Vec<String>,
}

/// A backup, as it is told; `backup.json` has what was known before the copies of older ones were removed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Backup {
    /// Its folder.
    #[serde(default)]
    pub path: PathBuf,
    /// The Kith that made it.
    pub version: String,
    /// When it was begun, RFC 3339: what was acknowledged before is in it.
    pub made_at: String,
    /// Whose it is.
    pub tenant: String,
    /// Files, and their bytes.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The log of records and decisions.
    pub records: Part,
    /// The log of events; `None` = the project takes none.
    pub events: Option<Part>,
    /// Files that `kith.toml` names and that are not in it: sources and secrets stay with whoever holds them.
    pub left_out: Vec<String>,
    /// Older backups that were removed.
    #[serde(default)]
    pub removed: Vec<PathBuf>,
}

impl Backup {
    /// True if no log was damaged.
    pub fn sound(&self) -> bool {
        self.records.damage.is_empty() && self.events.as_ref().is_none_or(|part| part.damage.is_empty())
    }
}

/// Makes a backup.
pub fn make(plan: &Plan, progress: &dyn Progress) -> Result<Backup> {
    let config = read_config(plan.project)?;
    let tenant = config.project.tenant.as_str();
    let data = plan.project.join(DATA_DIR);
    if !data.join("log").join(tenant).is_dir() {
        let message = format!("{} has nothing to back up yet", plan.project.display());
        return Err(Error::not_found("K-BACKUP-NOTHING", message, "Run `kith run` or `kith serve` first."));
    }
    super::not_inside(plan.into, Some(&data))?;
    let begun = jiff::Timestamp::now();
    let stamp = begun.strftime("%Y%m%dT%H%M%S%3fZ").to_string().replace('.', "");
    let name = format!("{}{stamp}", prefix(tenant));
    let (path, partial) = (plan.into.join(&name), plan.into.join(format!("{name}.partial")));
    // Only its owner may look in.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&partial);
    made.map_err(|e| disk("made", &partial, &e))?;
    let work = Work { config: &config, from: plan.project, to: partial.join(PROJECT), progress };
    let left_out = work.project_files()?;
    let records = work.log(&Path::new(DATA_DIR).join("log").join(tenant))?;
    let events = work.events()?;
    work.audit()?;
    let mut sums = BTreeMap::new();
    let mut backup = Backup {
        path: path.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: begun.to_string(),
        tenant: tenant.into(),
        files: 0,
        bytes: 0,
        records,
        events,
        left_out,
        removed: Vec::new(),
    };
    for (name, file) in files(&partial)? {
        progress.step(Stage::Verify, "checksums", backup.files, None);
        let Some((sum, bytes)) = sums::of(&file)? else { continue };
        backup.files += 1;
        backup.bytes += bytes;
        sums.insert(name, sum);
    }
    let about = partial.join(ABOUT);
    write_json(&backup, &about)?;
    sums.extend(sums::of(&about)?.map(|(sum, _)| (ABOUT.to_string(), sum)));
    sums::write(&sums, &partial)?;
    sync_folders(&partial)?;
    std::fs::rename(&partial, &path).map_err(|e| disk("renamed", &partial, &e))?;
    sync_folders(&path)?;
    backup.removed = plan.keep.map_or(Ok(Vec::new()), |keep| thin_out(plan.into, tenant, keep))?;
    // Only for `kith doctor`: the backup is whole without it.
    let _ = write_json(&backup, &data.join(NOTE));
    Ok(backup)
}

/// The last backup that was made of a project, as far as it knows.
pub fn last_made(project: &Path) -> Option<Backup> {
    serde_json::from_slice(&std::fs::read(project.join(DATA_DIR).join(NOTE)).ok()?).ok()
}

struct Work<'a> {
    config: &'a Config,
    from: &'a Path,
    to: PathBuf,
    progress: &'a dyn Progress,
}

impl Work<'_> {
    /// Copies `kith.toml`, the model, plans and the holders of tokens; what `kith.toml` names besides is told.
    fn project_files(&self) -> Result<Vec<String>> {
        let mut left_out = Vec::new();
        let own = ["kith.toml", "model.toml", ".kith/format.json", ".kith/tokens.json", ".kith/users.json"];
        for file in own {
            copy_file(&self.from.join(file), &self.to.join(file))?;
        }
        for source in &self.config.sources {
            if let Some(plan) = &source.plan {
                let inside =
                    plan.path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
                let to = self.to.join(&plan.path);
                // Several sources may have one plan.
                if !inside || (!to.exists() && !copy_file(&self.from.join(&plan.path), &to)?) {
                    left_out.push(plan.path.display().to_string());
                }
            }
            left_out.extend(source.path.as_ref().map(|path| path.display().to_string()));
        }
        Ok(left_out)
    }

    /// Copies the audit log: its last line may be half a line, which nobody has been answered for.
    fn audit(&self) -> Result<()> {
        self.folder(&Path::new(DATA_DIR).join(crate::audit::FOLDER), |name| {
            name.ends_with(".log") || name == "key"
        })
    }

    /// Copies a log, and reads the copy.
    fn log(&self, folder: &Path) -> Result<Part> {
        let to = self.to.join(folder);
        self.folder(folder, |name| name.ends_with(".log") || name == "begin.json")?;
        let Copied { first, last, lost, .. } = settle_copy(&to)?;
        let damage = lost.iter().map(|lost| {
            let file = lost.path.file_name().unwrap_or_default().to_string_lossy();
            format!("positions {} to {} in {file}: {}", lost.first.0, lost.last.0, lost.what)
        });
        Ok(Part { first: first.0, position: last.0, damage: damage.collect() })
    }

    /// Copies the tables and the log of events, until they fit.
    fn events(&self) -> Result<Option<Part>> {
        let tenant = self.config.project.tenant.as_str();
        let log = Path::new(DATA_DIR).join("events").join(tenant).join("log");
        let tables = Path::new(DATA_DIR).join("lake").join(tenant).join(SCHEMA);
        if !self.from.join(&log).is_dir() {
            return Ok(None);
        }
        for _ in 0..TRIES {
            for name in table_names(&self.from.join(&tables)) {
                self.table(&tables.join(name))?;
            }
            let part = self.log(&log)?;
            if let Some(position) = self.tables_position()?
                && part.first <= position.0 + 1
            {
                return Ok(Some(part));
            }
            for folder in [&tables, &log] {
                let folder = self.to.join(folder);
                match std::fs::remove_dir_all(&folder) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(disk("removed", &folder, &e));
                    }
                    _ => {}
                }
            }
        }
        let message =
            format!("the events of {} could not be copied as one: {TRIES} tries", self.from.display());
        Err(Error::data("K-BACKUP-MOVING", message, "Try again, or when less is sent."))
    }

    /// Copies a Delta table: its commits first, so that what they name was there then.
    fn table(&self, folder: &Path) -> Result<()> {
        self.folder(&folder.join("_delta_log"), |name| !name.starts_with('_'))?;
        self.folder(folder, |name| name.ends_with(".parquet"))
    }

    /// Up to where the copied tables are complete; `None` = a file that they name was removed before it was copied.
    fn tables_position(&self) -> Result<Option<Position>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = Arc::new(runtime.map_err(|e| Error::internal("threads can not be started", e))?);
        let lake = Lake::open(&self.to.join(DATA_DIR), &self.config.project.tenant, runtime);
        let tables = EventLake::new(lake);
        Ok(if tables.whole()? { Some(tables.position()?) } else { None })
    }

    /// Copies the files below a folder that are wanted and not there yet. All are opened before one is copied.
    fn folder(&self, folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let mut opened = Vec::new();
        for (name, path) in files(&self.from.join(folder))? {
            let to = self.to.join(folder).join(&name);
            if wanted(name.rsplit('/').next().unwrap_or(&name)) && !to.exists() {
                opened.extend(Opened::new(&path)?.map(|file| (file, to)));
            }
        }
        let (total, what) = (opened.len() as u64, folder.display().to_string());
        for (done, (file, to)) in (0..).zip(opened) {
            self.progress.step(Stage::Copy, &what, done, Some(total));
            file.copy(&to, |_| ())?;
        }
        Ok(())
    }
}

fn prefix(tenant: &str) -> String {
    format!("kith-{tenant}-")
}

fn write_json(backup: &Backup, path: &Path) -> Result<()> {
    let text =
        serde_json::to_vec_pretty(backup).map_err(|e| Error::internal("a backup can not be described", e))?;
    replace_file(path, &text).map_err(|e| disk("written", path, &e))
}

/// Removes all but the newest finished backups of a tenant.
fn thin_out(into: &Path, tenant: &str, keep: usize) -> Result<Vec<PathBuf>> {
    let mut made: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(into).map_err(|e| disk("listed", into, &e))? {
        let entry = entry.map_err(|e| disk("listed", into, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let stamp = name.strip_prefix(&prefix(tenant)).unwrap_or_default();
        // `20261122T174500123Z`: another tenant's name may begin with this one's.
        let ours =
            stamp.len() == 19 && stamp.ends_with('Z') && stamp.starts_with(|c: char| c.is_ascii_digit());
        if ours && entry.path().join(super::SUMS).is_file() {
            made.push(entry.path());
        }
    }
    made.sort();
    made.truncate(made.len().saturating_sub(keep.max(1)));
    for path in &made {
        std::fs::remove_dir_all(path).map_err(|e| disk("removed", path, &e))?;
    }
    Ok(made)
}
