//! Tracking plans at the door, and what they say of the events that are there.
//!
//! A violation that is allowed changes nothing that is kept: whoever reads an event looks at it again under the plan of then
//! (`violations`), so a corrected plan speaks of the past too. What came through the doors since the start is counted beside.

use super::Collector;
use super::plan_files::{Guards, PlanFiles, PlansView, plan};
use super::shape::{Inferred, Noted, Rechecked, ViolationCount, ViolationView};
use crate::error::Result;
use crate::profile::instant;
use crate::project::Project;
use kith_core::config::Config;
use kith_core::entry::Entry;
use kith_core::event::Event;
use kith_core::event::cause::{anywhere, cut};
use kith_core::event::plan::{Guard, Inference, Treatment, Violation, ViolationKind};
use kith_core::event::wire::Incoming;
use kith_core::id::{Position, SourceName};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// So many of the last entries of the log are looked at where nobody says otherwise: some minutes of a large shop.
pub const LOOK_BACK: u64 = 100_000;

/// Entries that are read together.
const TOGETHER: usize = 1_000;

/// Kinds of violations that are counted of one source; the rest is counted by kind alone, since senders can make up names.
const NOTED_MAX: usize = 1_000;

/// What was noted is told apart by this: event, kind, field.
type Key = (String, ViolationKind, String);

/// The plans of all sources that have one.
pub(super) struct Plans {
    pub(super) files: PlanFiles,
    noted: Mutex<BTreeMap<SourceName, BTreeMap<Key, u64>>>,
    since_ms: i64,
}

impl Plans {
    /// Reads the plans that the configuration names.
    pub(super) fn open(dir: &Path, config: &Config) -> Result<Plans> {
        let since_ms = jiff::Timestamp::now().as_millisecond();
        Ok(Plans { files: PlanFiles::open(dir, config)?, noted: Mutex::default(), since_ms })
    }

    /// The plan of a source, as it is now.
    pub(super) fn guard(&self, source: &SourceName) -> Option<Guard> {
        self.files.guards().get(source).cloned()
    }

    /// Judges what came, and notes what is allowed.
    pub(super) fn judge(&self, incoming: Vec<Incoming>) -> Vec<Incoming> {
        // What comes together is judged by one plan, also where it changes meanwhile.
        let guards: Arc<Guards> = self.files.guards();
        if guards.is_empty() {
            return incoming;
        }
        let mut noted: Vec<(SourceName, Key)> = Vec::new();
        let one = |incoming| {
            let Incoming::Event(event) = incoming else { return incoming };
            let Some(guard) = guards.get(&event.source) else { return Incoming::Event(event) };
            let judged = guard.judge(event);
            if let Incoming::Event(event) = &judged.incoming {
                noted.extend(judged.violations.iter().map(|v| (event.source.clone(), key(event, v))));
            }
            judged.incoming
        };
        let judged = incoming.into_iter().map(one).collect();
        if !noted.is_empty() {
            let mut counts = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.into_iter().for_each(|(source, key)| count(counts.entry(source).or_default(), key));
        }
        judged
    }

    fn noted(&self) -> Noted {
        let counts = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let of = counts.iter().flat_map(|(source, counts)| counts.iter().map(move |one| (source, one)));
        Noted {
            since: instant(self.since_ms),
            violations: of.map(|(s, (key, n))| counted(s, key, *n)).collect(),
        }
    }
}

fn key(event: &Event, violation: &Violation) -> Key {
    let name = if event.name.is_empty() { event.call.name() } else { &event.name };
    (cut(name), violation.kind, anywhere(&violation.field))
}

fn count(counts: &mut BTreeMap<Key, u64>, key: Key) {
    let full = counts.len() >= NOTED_MAX && !counts.contains_key(&key);
    let key = if full { (String::new(), key.1, String::new()) } else { key };
    *counts.entry(key).or_default() += 1;
}

fn counted(source: &SourceName, (event, kind, field): &Key, count: u64) -> ViolationCount {
    ViolationCount {
        source: source.clone(),
        event: event.clone(),
        kind: kind.name().into(),
        field: field.clone(),
        count,
    }
}

impl Collector {
    /// What is not as planned in an event.
    pub(super) fn violations(&self, event: &Event) -> Vec<ViolationView> {
        let found = self.plans.guard(&event.source).map(|guard| guard.violations(event)).unwrap_or_default();
        found
            .into_iter()
            .map(|v| ViolationView { kind: v.kind.name().into(), field: v.field, message: v.message })
            .collect()
    }

    /// The last events of the log, one after the other.
    fn each_of_the_last(&self, last: u64, mut see: impl FnMut(&Event)) -> Result<()> {
        let end = self.events.position();
        let mut at = Position(end.0.saturating_sub(last));
        while at < end {
            let found = self.events.after(at, TOGETHER)?;
            let Some((position, _)) = found.last() else { break };
            at = *position;
            for (_, entry) in &found {
                if let Entry::Event(event) = entry {
                    see(event);
                }
            }
        }
        Ok(())
    }
}

impl Project {
    /// What was allowed through the doors and is not as planned, since the start.
    pub fn noted_violations(&self) -> Noted {
        self.collector.as_ref().map(|collector| collector.plans.noted()).unwrap_or_default()
    }

    /// The tracking plans in force, and what is wrong with a file that should have taken the place of one.
    pub fn tracking_plans(&self) -> PlansView {
        self.collector.as_ref().map(|collector| collector.plans.files.view()).unwrap_or_default()
    }

    /// Takes the plans' files as they are now. One that can not be read leaves the plan of before in force.
    pub fn reload_tracking_plans(&self) {
        if let Some(collector) = &self.collector {
            collector.plans.files.reload(jiff::Timestamp::now().as_millisecond());
        }
    }

    /// What a plan says of the events among the last entries of the log: that of their source, or one that is tried.
    pub fn recheck_events(
        &self,
        source: Option<&SourceName>,
        tried: Option<&Path>,
        last: u64,
    ) -> Result<Rechecked> {
        let Some(collector) = &self.collector else { return Ok(Rechecked::default()) };
        let tried = tried.map(plan).transpose()?;
        let tried = tried.map(|plan| Guard { plan: Arc::new(plan), treatment: Treatment::default() });
        let mut counts: BTreeMap<SourceName, BTreeMap<Key, u64>> = BTreeMap::new();
        let mut rechecked = Rechecked::default();
        let guards = collector.plans.files.guards();
        collector.each_of_the_last(last, |event| {
            if source.is_some_and(|source| *source != event.source) {
                return;
            }
            let Some(guard) = tried.as_ref().or_else(|| guards.get(&event.source)) else { return };
            rechecked.looked_at += 1;
            let violations = guard.violations(event);
            rechecked.not_as_planned += u64::from(!violations.is_empty());
            let counts = counts.entry(event.source.clone()).or_default();
            violations.iter().for_each(|violation| count(counts, key(event, violation)));
        })?;
        let of = counts.iter().flat_map(|(source, counts)| counts.iter().map(move |one| (source, one)));
        rechecked.violations = of.map(|(source, (key, n))| counted(source, key, *n)).collect();
        Ok(rechecked)
    }

    /// A first plan from the events of a source among the last entries of the log.
    pub fn infer_plan(&self, source: &SourceName, last: u64) -> Result<Inferred> {
        let mut inference = Inference::default();
        if let Some(collector) = &self.collector {
            collector.each_of_the_last(last, |event| {
                if event.source == *source {
                    inference.see(event);
                }
            })?;
        }
        let (looked_at, left_out) = (inference.seen(), inference.left_out());
        Ok(Inferred { looked_at, left_out, plan: inference.plan(source.as_str()) })
    }
}
