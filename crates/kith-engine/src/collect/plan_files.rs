//! The files of tracking plans: read at the start, and again when they have changed.
//!
//! Reads:  the files that `tracking_plan` names, whole: they are small, and a time of change says less than the text.
//! Decides: which plan is in force. A file that can not be read, is gone, or is half written leaves the one of before in force.
//! Fails:  at the start, with `K-PLAN-FILE`; later the fault stands beside the plan, until the file is right.

use crate::error::{Error, Result};
use crate::profile::instant;
use kith_core::config::Config;
use kith_core::event::plan::{Expected, Guard, Plan, Treatment};
use kith_core::id::SourceName;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use utoipa::ToSchema;

/// The plan of each source that has one.
pub(super) type Guards = HashMap<SourceName, Guard>;

/// The plans' files, and what of them is in force.
pub(super) struct PlanFiles {
    files: Mutex<Vec<PlanFile>>,
    guards: RwLock<Arc<Guards>>,
}

/// One file, for one or more sources.
struct PlanFile {
    /// As `kith.toml` says it.
    named: PathBuf,
    path: PathBuf,
    sources: Vec<(SourceName, Treatment)>,
    /// The text that is in force, and what was read from it.
    text: String,
    plan: Arc<Plan>,
    read_at_ms: i64,
    fault: Option<(Error, i64)>,
}

/// The tracking plans as they stand.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PlansView {
    /// Each file once.
    pub plans: Vec<PlanView>,
}

/// A tracking plan that is in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// Its file, as `kith.toml` names it.
    pub file: String,
    /// When what is in force was read, RFC 3339.
    pub read_at: String,
    /// The file as it is now can not be taken, so what was read before holds.
    pub fault: Option<PlanFault>,
    /// Whose events it judges.
    pub sources: Vec<PlanSource>,
    /// What it expects, each event in its newest version.
    pub events: Vec<PlannedEvent>,
}

/// Why a changed plan is not in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanFault {
    /// A stable code.
    pub code: String,
    /// What is wrong, with the place.
    pub message: String,
    /// How to mend it.
    pub help: String,
    /// When it was first seen, RFC 3339.
    pub since: String,
}

/// A source that a plan judges, and what becomes of what is not as planned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanSource {
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// `allow` or `block`.
    pub unplanned_events: &'static str,
    /// `allow` or `block`.
    pub invalid_events: &'static str,
    /// `allow`, `omit` or `block`.
    pub unplanned_properties: &'static str,
}

/// An event that a plan names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlannedEvent {
    /// Its call.
    pub call: &'static str,
    /// Its name; empty = every event of the call.
    pub name: String,
    /// The properties and traits that it names, four levels deep.
    pub properties: Vec<PlanProperty>,
}

/// A property or trait that a plan names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanProperty {
    /// Where in the event, as a JSON pointer with `*` for any place in a list.
    pub path: String,
    /// What it may be; empty = anything.
    pub types: Vec<&'static str>,
    /// True where it has to be there.
    pub required: bool,
}

impl PlanFiles {
    /// Reads the plans that the configuration names, each file once.
    pub(super) fn open(dir: &Path, config: &Config) -> Result<PlanFiles> {
        let read_at_ms = jiff::Timestamp::now().as_millisecond();
        let mut files: Vec<PlanFile> = Vec::new();
        for source in &config.sources {
            let Some(wanted) = &source.plan else { continue };
            let source = (source.name.clone(), wanted.treatment);
            if let Some(known) = files.iter_mut().find(|file| file.named == wanted.path) {
                known.sources.push(source);
                continue;
            }
            let path = dir.join(&wanted.path);
            let text = text_of(&path)?;
            let plan = Arc::new(read(&path, &text)?);
            let (named, sources) = (wanted.path.clone(), vec![source]);
            files.push(PlanFile { named, path, sources, text, plan, read_at_ms, fault: None });
        }
        let guards = RwLock::new(Arc::new(guards(&files)));
        Ok(PlanFiles { files: Mutex::new(files), guards })
    }

    /// The plans in force now.
    pub(super) fn guards(&self) -> Arc<Guards> {
        self.guards.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at every file again, and takes those that have changed and can be read.
    pub(super) fn reload(&self, now_ms: i64) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        for file in files.iter_mut() {
            changed |= file.look(now_ms);
        }
        if changed {
            *self.guards.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(guards(&files));
        }
    }

    pub(super) fn view(&self) -> PlansView {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        PlansView { plans: files.iter().map(PlanFile::view).collect() }
    }
}

fn guards(files: &[PlanFile]) -> Guards {
    let of = |file: &PlanFile, (source, treatment): &(SourceName, Treatment)| {
        (source.clone(), Guard { plan: file.plan.clone(), treatment: *treatment })
    };
    files.iter().flat_map(|file| file.sources.iter().map(move |source| of(file, source))).collect()
}

impl PlanFile {
    /// True where another plan is in force from now on.
    fn look(&mut self, now_ms: i64) -> bool {
        let found = text_of(&self.path).and_then(|text| {
            let changed = text != self.text;
            let plan = changed.then(|| read(&self.path, &text)).transpose()?;
            Ok(plan.map(|plan| (plan, text)))
        });
        match found {
            Ok(None) => self.fault = None,
            Ok(Some((plan, text))) => {
                tracing::info!(file = %self.named.display(), rules = plan.len(), "a changed tracking plan is in force");
                (self.plan, self.text, self.read_at_ms, self.fault) = (Arc::new(plan), text, now_ms, None);
                return true;
            }
            Err(error) => {
                let known = self.fault.as_ref().filter(|(known, _)| known.to_string() == error.to_string());
                if known.is_none() {
                    tracing::error!(%error, code = error.code(), "the tracking plan of before stays in force");
                }
                let since_ms = self.fault.as_ref().map_or(now_ms, |(_, since_ms)| *since_ms);
                self.fault = Some((error, since_ms));
            }
        }
        false
    }

    fn view(&self) -> PlanView {
        let source = |(source, treatment): &(SourceName, Treatment)| PlanSource {
            source: source.clone(),
            unplanned_events: treatment.unplanned_events.name(),
            invalid_events: treatment.invalid_events.name(),
            unplanned_properties: treatment.unplanned_properties.name(),
        };
        let fault = |(error, since_ms): &(Error, i64)| PlanFault {
            code: error.code().into(),
            message: error.to_string(),
            help: error.help().into(),
            since: instant(*since_ms),
        };
        PlanView {
            file: self.named.display().to_string(),
            read_at: instant(self.read_at_ms),
            fault: self.fault.as_ref().map(fault),
            sources: self.sources.iter().map(source).collect(),
            events: self.plan.expected().into_iter().map(PlannedEvent::of).collect(),
        }
    }
}

impl PlannedEvent {
    fn of(Expected { call, name, properties }: Expected) -> PlannedEvent {
        let properties = properties.into_iter();
        let properties = properties
            .map(|one| PlanProperty { path: one.path, types: one.types, required: one.required })
            .collect();
        PlannedEvent { call, name, properties }
    }
}

/// Reads a plan's file.
pub(super) fn plan(path: &Path) -> Result<Plan> {
    read(path, &text_of(path)?)
}

fn text_of(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        let help =
            "Check tracking_plan in kith.toml; the path is relative to it, and the file is JSON in UTF-8.";
        wrong(path, format!("the tracking plan {} can not be read: {e}", path.display()), help.into())
    })
}

fn read(path: &Path, text: &str) -> Result<Plan> {
    Plan::read(text)
        .map_err(|e| wrong(path, format!("{}: {}: {}", path.display(), e.place, e.message), e.help))
}

fn wrong(path: &Path, message: String, help: String) -> Error {
    let file = path.display().to_string();
    Error::Config { code: "K-PLAN-FILE", message, help, file, line: None, column: None, span: None }
}
