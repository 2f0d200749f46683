//! The story for a few records at a time: land → resolve → unify, in one durable step. True after [`Project::push`]
//! has returned: the records are in the log, and the profiles that they touch are what a whole run would make them.
//!
//! 1. A sending waits at the door. Who gets the writer takes along everybody who waits: one write for all of them.
//! 2. Each sending is landed as a pull is, into memory: keys, rejects, standardised values, counts.
//! 3. The resolver ([`crate::resolve::resident`]) appends the entries with what they do to identity. It is loaded at
//!    the first use, and again when somebody else has written (a run, a decision that blocks a value).
//!
//! Profiles are read from the store and are of the moment. The lake's tables and the rows of `kith sql` follow with the
//! next run, as their position says.

mod collect;
mod shape;

pub use shape::{Placed, Received, Refused, Sending};

use crate::connect::push::Rows;
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::land::{self, Surroundings};
use crate::profile::changed_since;
use crate::project::Project;
use crate::report::Quiet;
use crate::resolve;
use crate::resolve::resident::Resolver;
use collect::Collecting;
use kith_core::entry::{Entry, IdentityChange, PulledEntry};
use kith_core::id::{NodeId, Position, SourceName};
use kith_live::Live;
use kith_resolve::Explanation;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Where sendings wait for the writer.
#[derive(Default)]
pub(crate) struct Door {
    waiting: Mutex<Vec<Waiting>>,
    resolver: Mutex<Option<Resolver>>,
}

impl Door {
    /// Why the records of each pair match, if the resolver knows them as they are; `None` in the list = one of the two is
    /// not there.
    pub(crate) fn explain(
        &self,
        live: &Live,
        pairs: &[(NodeId, NodeId)],
    ) -> Option<Vec<Option<Explanation>>> {
        let kept = self.resolver.lock().unwrap_or_else(PoisonError::into_inner);
        // Decisions about pairs that wait change no weight.
        let known = |r: &&Resolver| !changed_since(live, r.position()).unwrap_or(true);
        let resolver = kept.as_ref().filter(known)?;
        Some(pairs.iter().map(|(a, b)| resolver.explain(*a, *b)).collect())
    }
}

struct Waiting {
    sending: Sending,
    reply: SyncSender<Result<Received>>,
}

/// One sending, landed in memory.
struct Landed {
    source: SourceName,
    reply: SyncSender<Result<Received>>,
    received: Received,
    keys: Vec<String>,
}

impl Project {
    /// Lands records and resolves them before it returns.
    pub fn push(&self, sending: Sending) -> Result<Received> {
        let (reply, answer) = sync_channel(1);
        self.door.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { sending, reply });
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(done) = answer.try_recv() {
            return done;
        }
        let waiting = std::mem::take(&mut *self.door.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        together(self, &mut facts, waiting);
        drop(facts);
        answered(&answer)
    }

    /// Loads the resolver, so that the first sending need not wait for it.
    pub fn warm(&self) -> Result<()> {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if facts.resolved.is_none() {
            return Ok(());
        }
        with_resolver(self, &mut facts, |_| Ok(()))
    }
}

fn answered(answer: &Receiver<Result<Received>>) -> Result<Received> {
    answer.try_recv().unwrap_or_else(|e| Err(Error::internal("a sending got no answer", e)))
}

/// Handles everybody who waits, in one write. Every one of them gets an answer.
fn together(project: &Project, facts: &mut Facts, waiting: Vec<Waiting>) {
    let mut landing = Collecting::new(&project.live);
    let mut landed = Vec::new();
    for Waiting { sending, reply } in waiting {
        let before = landing.entries.len();
        match land_sending(project, &mut landing, sending) {
            Ok((source, received, keys)) => landed.push(Landed { source, reply, received, keys }),
            Err(e) => {
                landing.entries.truncate(before);
                let _ = reply.send(Err(e));
            }
        }
    }
    let entries = landing.entries;
    let done = match entries.is_empty() {
        true => Ok(project.live.position()),
        false => write(project, facts, entries),
    };
    for Landed { source, reply, mut received, keys } in landed {
        let answer = match &done {
            Ok(position) => {
                received.position = position.0;
                place(project, &source, keys).map(|records| Received { records, ..received })
            }
            Err(e) => Err(e.again()),
        };
        let _ = reply.send(answer);
    }
}

fn land_sending(
    project: &Project,
    landing: &mut Collecting,
    sending: Sending,
) -> Result<(SourceName, Received, Vec<String>)> {
    let config = project.config();
    let source = config.source(&sending.source).ok_or_else(|| unknown(&config, &sending.source))?;
    if source.key.is_empty() {
        let message =
            format!("the source {:?} has no key, so its records can not be told apart", sending.source);
        return Err(Error::input("K-PUSH-KEY", message, "Give it one in kith.toml, such as key = \"id\"."));
    }
    let first = landing.entries.len();
    let previous = project.live.cursor(&source.name)?;
    let around = Surroundings {
        region: config.project.region.clone(),
        clock: &|| project.live.now_ms(),
        progress: &mut |_| {},
    };
    let mut rows = Rows::of(sending.records);
    let done = land::land(source, &mut rows, previous.as_ref(), landing, around)?;
    let mut received = Received {
        received: done.pulled.read,
        landed: done.pulled.landed,
        unchanged: done.pulled.unchanged,
        rejected: done.pulled.rejected,
        ..Received::default()
    };
    received.removed = landing.remove(source, sending.remove)?;
    if received.removed > 0 {
        // What was taken out is of the same sending, and counts with it.
        let counted = landing.entries.iter_mut().skip(first).find_map(|entry| match entry {
            Entry::Pulled(pulled) => Some(&mut pulled.removed),
            _ => None,
        });
        match counted {
            Some(removed) => *removed += received.removed,
            None => {
                let pulled = PulledEntry { removed: received.removed, ..done.pulled };
                landing.entries.push(Entry::Pulled(pulled));
            }
        }
    }
    let mut keys = Vec::new();
    for entry in landing.entries.iter().skip(first) {
        match entry {
            Entry::Record(record) => keys.push(record.key.clone()),
            Entry::Rejected(refused) => received.rejects.push(Refused {
                place: refused.place.clone(),
                code: refused.code.clone(),
                reason: refused.reason.clone(),
            }),
            _ => {}
        }
    }
    Ok((source.name.clone(), received, keys))
}

fn unknown(config: &kith_core::config::Config, name: &str) -> Error {
    let names: Vec<&str> = config.sources.iter().map(|s| s.name.as_str()).collect();
    let help = match names.is_empty() {
        true => "Add one to kith.toml: [[source]] with name, kind = \"push\", key and fields.".to_string(),
        false => format!(
            "kith.toml has: {}. For records that are only sent, add one of kind \"push\".",
            names.join(", ")
        ),
    };
    Error::not_found("K-SOURCE-UNKNOWN", format!("there is no source {name:?}"), help)
}

fn place(project: &Project, source: &SourceName, keys: Vec<String>) -> Result<Vec<Placed>> {
    let mut placed = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(node) = project.live.node_of(source, &key)? else { continue };
        let profile = project.live.profile_of(node)?.map(|id| id.to_string());
        placed.push(Placed { key, node: node.0, profile });
    }
    Ok(placed)
}

/// Appends with what follows for identity.
fn write(project: &Project, facts: &mut Facts, entries: Vec<Entry>) -> Result<Position> {
    let applied = with_resolver(project, facts, |resolver| resolver.apply(&project.live, entries))?;
    follow(facts, &applied.entries);
    Ok(applied.position)
}

/// The facts take in what was appended, without reading it from the log again.
fn follow(facts: &mut Facts, (first, entries): &(Position, Vec<Entry>)) {
    if facts.position.0 + 1 == first.0 {
        entries.iter().zip(first.0..).for_each(|(entry, at)| facts.apply(Position(at), entry));
    }
}

/// Works with a resolver that is of the present. After an error it is dropped: it may have gone ahead of the log.
fn with_resolver<T>(
    project: &Project,
    facts: &mut Facts,
    work: impl FnOnce(&mut Resolver) -> Result<T>,
) -> Result<T> {
    let mut kept = project.door.resolver.lock().unwrap_or_else(PoisonError::into_inner);
    facts.catch_up(&project.live)?;
    let config = project.config();
    let model_file = project.model_file();
    kept.iter_mut().for_each(|resolver| resolver.pass(&project.live));
    let mut resolver = match kept.take().filter(|r| r.is_current(&project.task(facts, &config, &model_file)))
    {
        Some(resolver) => resolver,
        None => new_resolver(project, facts)?,
    };
    let done = work(&mut resolver)?;
    *kept = match resolver.is_outgrown() {
        false => Some(resolver),
        // What was asked is done and kept; the next one tries again.
        true => new_resolver(project, facts)
            .inspect_err(
                |cause| tracing::warn!(%cause, "what to compare records by could not be learned anew"),
            )
            .ok(),
    };
    Ok(done)
}

/// Brings the resolution up to the log with a whole run, and loads all records.
fn new_resolver(project: &Project, facts: &mut Facts) -> Result<Resolver> {
    let (config, model_file) = (project.config(), project.model_file());
    facts.catch_up(&project.live)?;
    resolve::run(&project.task(facts, &config, &model_file), &Quiet)?;
    facts.catch_up(&project.live)?;
    Resolver::load(&project.task(facts, &config, &model_file))
}

/// Brings identity up to the decisions in force, if the resolver is at hand and can follow them: `None` = it is not, and
/// a whole resolution has to.
pub(crate) fn decide(project: &Project, facts: &mut Facts) -> Result<Option<Vec<IdentityChange>>> {
    let mut kept = project.door.resolver.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mut resolver) = kept.take() else { return Ok(None) };
    resolver.pass(&project.live);
    // Only decisions may have been written since.
    if !resolver.may_follow(&project.live) {
        return Ok(None);
    }
    let Some(applied) = resolver.decide(&project.live, &project.live.decided()?)? else { return Ok(None) };
    follow(facts, &applied.entries);
    *kept = Some(resolver);
    Ok(Some(applied.changes))
}
