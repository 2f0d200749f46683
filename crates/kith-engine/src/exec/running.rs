//! What runs: each query has a name, and a [`Stop`] that falls when its client has left, when somebody ends it, or when its time
//! is over.

use super::name_of_its_own;
use crate::error::{Error, Result};
use kith_core::govern::Subject;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use utoipa::ToSchema;

/// Why a query was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Nobody waits for the answer.
    Left,
    /// Somebody ended it.
    Ended,
}

/// Falls once, and everybody who waits for it knows.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<watch::Sender<Option<Reason>>>);

impl Stop {
    pub(crate) fn new() -> Stop {
        Stop(Arc::new(watch::Sender::new(None)))
    }

    /// Stops the query; the first reason counts.
    pub(crate) fn fall(&self, why: Reason) {
        self.0.send_if_modified(|reason| reason.is_none() && reason.replace(why).is_none());
    }

    /// Comes back when it has fallen.
    pub(crate) async fn fallen(&self) -> Reason {
        let mut reasons = self.0.subscribe();
        match reasons.wait_for(Option::is_some).await.map(|reason| *reason) {
            Ok(Some(reason)) => reason,
            _ => Reason::Left,
        }
    }
}

/// Lets a [`Stop`] fall when whoever holds it is gone.
#[derive(Debug)]
pub(crate) struct FallsWithMe(pub(crate) Stop);

impl Drop for FallsWithMe {
    fn drop(&mut self) {
        self.0.fall(Reason::Left);
    }
}

/// A thread that looks after running queries and does nothing else, so that it always has time.
pub(crate) struct Watch(Option<Runtime>);

impl Watch {
    pub(crate) fn start() -> Result<Watch> {
        let mut thread = tokio::runtime::Builder::new_multi_thread();
        let runtime = thread.worker_threads(1).thread_name("kith-watch").enable_time().build();
        runtime.map(|r| Watch(Some(r))).map_err(|e| Error::internal("threads can not be started", e))
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(work);
        }
    }
}

impl Drop for Watch {
    /// Without waiting, since a server may drop a project in its own runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A query that runs, for a list. Its text is not there: it may hold personal data.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunningQuery {
    /// Its name; who knows it can end it.
    pub id: String,
    /// Who asked.
    pub user: String,
    /// By which door.
    pub door: &'static str,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// Rows that it has given so far.
    pub rows: u64,
}

struct Entry {
    user: String,
    door: &'static str,
    started_at: jiff::Timestamp,
    rows: Arc<AtomicU64>,
    stop: Stop,
}

/// All queries that run.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<BTreeMap<String, Entry>>>);

/// Is told a query's name and how many rows it gave.
type Heard = Box<dyn FnOnce(&str, u64) + Send>;

/// A query's place in the list: it has left the list when the last of its work has gone.
pub(crate) struct Place {
    running: Running,
    id: String,
    rows: Arc<AtomicU64>,
    ended: Option<Heard>,
}

impl Place {
    pub(crate) fn gave(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// When the query has come to its end, `heard` is told its name and how many rows it gave.
    pub(crate) fn at_the_end(&mut self, heard: impl FnOnce(&str, u64) + Send + 'static) {
        self.ended = Some(Box::new(heard));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(heard) = self.ended.take() {
            heard(&self.id, self.rows.load(Ordering::Relaxed));
        }
        self.running.entries().remove(&self.id);
    }
}

impl Running {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, subject: &Subject, stop: Stop) -> Place {
        let (id, rows) = (name_of_its_own(), Arc::new(AtomicU64::new(0)));
        let entry = Entry {
            user: subject.user.clone(),
            door: subject.door.as_str(),
            started_at: jiff::Timestamp::now(),
            rows: rows.clone(),
            stop,
        };
        self.entries().insert(id.clone(), entry);
        Place { running: self.clone(), id, rows, ended: None }
    }

    /// Those that a subject may know of: an owner all, anybody else the own ones.
    pub(crate) fn list(&self, subject: &Subject) -> Vec<RunningQuery> {
        let entries = self.entries();
        let mut list: Vec<RunningQuery> = entries
            .iter()
            .filter(|(_, entry)| subject.owns() || entry.user == subject.user)
            .map(|(id, entry)| RunningQuery {
                id: id.clone(),
                user: entry.user.clone(),
                door: entry.door,
                started_at: entry.started_at.to_string(),
                rows: entry.rows.load(Ordering::Relaxed),
            })
            .collect();
        list.sort_by(|a, b| (&a.started_at, &a.id).cmp(&(&b.started_at, &b.id)));
        list
    }

    /// Ends a query.
    pub(crate) fn end(&self, subject: &Subject, id: &str) -> Result<()> {
        let entries = self.entries();
        match entries.get(id).filter(|entry| subject.owns() || entry.user == subject.user) {
            Some(entry) => {
                entry.stop.fall(Reason::Ended);
                Ok(())
            }
            None => Err(Error::not_found(
                "K-SQL-NO-QUERY",
                "no query with this name runs",
                "It may have come to its end. `GET /v1/sql/running` lists those that run.",
            )),
        }
    }
}

/// What is said of a query that was stopped.
pub(crate) fn stopped(why: Reason) -> Error {
    let (message, help) = match why {
        Reason::Left => ("nobody waits for the answer any more, so the query was stopped", "Ask again."),
        Reason::Ended => ("the query was ended", "Somebody ended it by its name. Ask again if you need it."),
    };
    Error::Sql {
        code: "K-SQL-CANCELLED",
        message: message.into(),
        help: help.into(),
        line: None,
        column: None,
    }
}

/// What is said of a query whose time is over.
pub(crate) fn late(time_max: Duration) -> Error {
    Error::Sql {
        code: "K-SQL-TIMEOUT",
        message: format!("the query took longer than {} s and was stopped", time_max.as_secs()),
        help: "Read fewer rows: add a WHERE, or look for a join without a condition.".into(),
        line: None,
        column: None,
    }
}
