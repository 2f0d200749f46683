//! The rules in force, read anew when their files change.

use crate::bad::Bad;
use crate::known::Known;
use crate::labels::{self, LabelFile};
use crate::policies::{self, Policies};
use crate::rules::Rules;
use kith_core::config::Config;
use parking_lot::Mutex;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What tells one state of a file from another.
type Mark = (PathBuf, Option<SystemTime>, u64, u64);

#[derive(Debug)]
struct State {
    config: Arc<Config>,
    marks: Vec<Mark>,
    rules: Option<Result<Arc<Rules>, Bad>>,
    version: u64,
}

/// Of one project.
#[derive(Debug)]
pub struct Keeper {
    project: PathBuf,
    state: Mutex<State>,
}

impl Keeper {
    /// Of the project in this folder.
    pub fn new(project: &Path, config: Arc<Config>) -> Keeper {
        let state = State { config, marks: Vec::new(), rules: None, version: 0 };
        Keeper { project: project.to_path_buf(), state: Mutex::new(state) }
    }

    /// The project goes on with another configuration.
    pub fn set_config(&self, config: Arc<Config>) {
        let mut state = self.state.lock();
        (state.config, state.rules) = (config, None);
    }

    /// The rules in force now. Files that have not changed are not read again.
    pub fn rules(&self) -> Result<Arc<Rules>, Bad> {
        let marks = marks(&self.project);
        let mut state = self.state.lock();
        if let (Some(rules), true) = (&state.rules, state.marks == marks) {
            return rules.clone();
        }
        state.version += 1;
        let rules = load(&self.project, &state.config, state.version).map(Arc::new);
        state.marks = marks;
        state.rules = Some(rules.clone());
        rules
    }

    /// Says what columns hold, in `labels.toml`.
    pub fn label(
        &self,
        edit: impl FnOnce(&mut LabelFile),
        write: impl FnOnce(&Path, &[u8]) -> std::io::Result<()>,
    ) -> Result<(), Bad> {
        // One change at a time, so that none is lost.
        let mut state = self.state.lock();
        let mut file = LabelFile::load(&self.project)?;
        edit(&mut file);
        let path = self.project.join(labels::FILE);
        write(&path, file.to_text().as_bytes()).map_err(|e| Bad {
            code: "K-LABEL-BAD",
            file: path,
            line: None,
            message: format!("it can not be written: {e}"),
            help: "Check rights and disk.".into(),
        })?;
        state.rules = None;
        Ok(())
    }
}

fn load(project: &Path, config: &Config, version: u64) -> Result<Rules, Bad> {
    let policies = Policies::load(project)?;
    let known = Known::new(LabelFile::load(project)?, config);
    Ok(Rules::new(policies, known, version))
}

/// The files that rules are made of, as they are.
fn marks(project: &Path) -> Vec<Mark> {
    let folder = project.join(policies::FOLDER);
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "cedar")).collect();
    files.sort();
    files.extend([folder, project.join(labels::FILE)]);
    files.into_iter().filter_map(mark).collect()
}

fn mark(file: PathBuf) -> Option<Mark> {
    let facts = std::fs::metadata(&file).ok()?;
    #[cfg(unix)]
    let number = {
        use std::os::unix::fs::MetadataExt;
        facts.ino() ^ (facts.ctime_nsec() as u64).rotate_left(32) ^ (facts.ctime() as u64)
    };
    #[cfg(not(unix))]
    let number = 0;
    Some((file, facts.modified().ok(), facts.len(), number))
}

#[cfg(test)]
#[path = "keeper/tests.rs"]
mod tests;
