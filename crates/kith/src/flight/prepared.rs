//! Statements that are kept for their user, with the values that were bound last.

use super::admit::owner;
use super::refusal;
use kith_engine::Described;
use kith_engine::arrow::array::{ArrayRef, RecordBatch};
use kith_engine::arrow::compute::{CastOptions, cast_with_options};
use kith_engine::arrow::datatypes::{Field, Schema};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tonic::{Code, Status};

/// Statements of all users together; each holds a text of 16 KiB at most.
const STATEMENTS_MAX: usize = 10_000;
/// Statements of one user.
const STATEMENTS_OF_ONE_MAX: usize = 1_000;
/// One that was not used for so long is given up.
const IDLE_MAX: Duration = Duration::from_secs(3_600);
/// Bytes of the values of one statement.
const VALUES_MAX: usize = 1 << 20;

/// A statement that is kept.
#[derive(Clone)]
pub struct Prepared {
    user: String,
    pub(super) sql: String,
    pub(super) described: Described,
    pub(super) values: Vec<ArrayRef>,
    used: Instant,
}

/// The statements that are kept.
#[derive(Default)]
pub struct Kept(Mutex<HashMap<Vec<u8>, Prepared>>);

impl Kept {
    fn all(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Prepared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a statement under a handle that nobody can guess.
    pub fn keep(&self, user: &str, handle: String, sql: String, described: Described) -> Result<(), Status> {
        let mut all = self.all();
        all.retain(|_, prepared| prepared.used.elapsed() < IDLE_MAX);
        let own = all.values().filter(|prepared| prepared.user == user).count();
        if own >= STATEMENTS_OF_ONE_MAX || all.len() >= STATEMENTS_MAX {
            let help = "Close some.";
            return Err(refusal::own(
                Code::ResourceExhausted,
                "K-SQL-UNSUPPORTED",
                "too many statements are kept",
                help,
            ));
        }
        let prepared =
            Prepared { user: user.into(), sql, described, values: Vec::new(), used: Instant::now() };
        all.insert(handle.into_bytes(), prepared);
        Ok(())
    }

    /// What is kept under a handle, for whoever made it.
    pub fn get(&self, user: &str, handle: &[u8]) -> Result<Prepared, Status> {
        let mut all = self.all();
        let prepared = all.get_mut(handle).filter(|prepared| owner(&prepared.user, user)).ok_or_else(gone)?;
        prepared.used = Instant::now();
        Ok(prepared.clone())
    }

    /// Binds values.
    pub fn bind(&self, user: &str, handle: &[u8], values: Vec<ArrayRef>) -> Result<(), Status> {
        let mut all = self.all();
        let prepared = all.get_mut(handle).filter(|prepared| owner(&prepared.user, user)).ok_or_else(gone)?;
        prepared.values = values;
        Ok(())
    }

    /// Gives a statement up.
    pub fn close(&self, user: &str, handle: &[u8]) {
        let mut all = self.all();
        if all.get(handle).is_some_and(|prepared| owner(&prepared.user, user)) {
            all.remove(handle);
        }
    }
}

fn gone() -> Status {
    Status::not_found("there is no such prepared statement: prepare it again")
}

/// The columns of a parameter set.
pub(super) fn parameters(described: &Described) -> Schema {
    let fields = described.parameters.iter().enumerate();
    Schema::new(
        fields
            .map(|(place, kind)| Field::new(format!("${}", place + 1), kind.clone(), true))
            .collect::<Vec<_>>(),
    )
}

/// The values of one row, as the statement wants them.
pub(super) fn values(described: &Described, batches: &[RecordBatch]) -> Result<Vec<ArrayRef>, Status> {
    let wrong =
        |message: String, help: &str| Err(refusal::own(Code::InvalidArgument, "K-SQL-PLAN", &message, help));
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return wrong("no values came for the parameters".into(), "Send one row.");
    };
    if rows != 1 {
        return wrong(format!("{rows} rows of values came"), "Send one row, and execute once for each.");
    }
    let (came, takes) = (batch.num_columns(), described.parameters.len());
    if came != takes {
        return wrong(
            format!("the query has {takes} parameters, and {came} values came"),
            "Send one for each.",
        );
    }
    if batch.get_array_memory_size() > VALUES_MAX {
        return wrong("the values are too large".into(), "Join with a table instead.");
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch.columns().iter().zip(&described.parameters).enumerate();
    let cast = columns.map(|(place, (column, kind))| {
        cast_with_options(column, kind, &options).map_err(|_| {
            let message = format!("${} is no {kind}", place + 1);
            refusal::own(
                Code::InvalidArgument,
                "K-SQL-PLAN",
                &message,
                "Send a value of that type, or cast it in the query.",
            )
        })
    });
    cast.collect()
}
