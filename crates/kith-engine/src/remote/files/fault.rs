//! What can go wrong with files, in our own words: what a file holds is never said, and what object storage answers goes to the
//! log.

use crate::error::Error;
use datafusion::error::DataFusionError;
use std::time::Duration;

fn scan(code: &'static str, connection: &str, message: String, help: &str, retry: bool) -> Error {
    debug_assert!(kith_core::error::find(code).is_some(), "{code} is not registered");
    let (source_name, help) = (connection.to_string(), help.to_string());
    Error::Source { code, source_name, message, help, retry, cause: None }
}

pub(super) fn down(connection: &str, why: &str) -> Error {
    let message = format!("the files of the connection {connection} can not be reached: {why}");
    let help = "Check path or address, keys and rights; `kith doctor` tries each connection.";
    scan("K-SCAN-DOWN", connection, message, help, true)
}

pub(super) fn slow(connection: &str, after: Duration) -> Error {
    let message =
        format!("files of the connection {connection} were waited for longer than {} s", after.as_secs());
    let help = "Ask for less, or raise `seconds` in the connection's `limits`.";
    scan("K-SCAN-SLOW", connection, message, help, true)
}

pub(super) fn limit(connection: &str, key: &str, most: u64, what: &str) -> Error {
    let message = format!("a scan of the connection {connection} {what}; {most} is the most");
    let help = format!("Ask for less: add a WHERE; or raise `{key}` in the connection's `limits`.");
    scan("K-SCAN-LIMIT", connection, message, &help, false)
}

pub(super) fn too_many_files(connection: &str, table: &str, most: usize) -> Error {
    let message = format!("{connection}.{table} has more than {most} files");
    scan("K-SCAN-LIMIT", connection, message, "Make fewer and larger files of them.", false)
}

pub(super) fn outside(connection: &str, path: &str) -> Error {
    let message = format!("{path:?} of the connection {connection} leads out of its folder");
    let help = "Put the file itself there instead of a link to it.";
    scan("K-SCAN-REFUSED", connection, message, help, false)
}

/// A file, by its path within the connection.
pub(super) fn bad(connection: &str, path: &str, why: &str) -> Error {
    let message = format!("the file {path:?} of the connection {connection} can not be read: {why}");
    let help = "Write the file again, or take it out of the folder.";
    scan("K-SCAN-FILE", connection, message, help, false)
}

pub(super) fn unlike(connection: &str, path: &str, why: &str) -> Error {
    let message = format!(
        "the file {path:?} of the connection {connection} does not fit the others of its table: {why}"
    );
    let help = "Give the files of one folder the same columns, or put them into folders of their own.";
    scan("K-SCAN-FILE", connection, message, help, false)
}

pub(super) fn ambiguous(connection: &str, table: &str, places: &[String]) -> Error {
    let message = format!("{connection}.{table} could be any of {}", places.join(", "));
    scan("K-SCAN-FILE", connection, message, "Rename all but one of them.", false)
}

pub(super) fn changed(connection: &str) -> Error {
    let message = format!("a file of the connection {connection} was changed while it was read");
    scan("K-SCAN-SCHEMA", connection, message, "Ask again: it is then looked at anew.", true)
}

/// What object storage says, without what it says of keys.
pub(super) fn of_store(connection: &str, path: &str, error: &object_store::Error) -> Error {
    use object_store::Error as E;
    if let Some(ours) = ours_in(error) {
        return ours;
    }
    match error {
        E::NotFound { .. } | E::Precondition { .. } | E::NotModified { .. } => changed(connection),
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
            let message = format!("the connection {connection} has no right to read {path:?}");
            let help = "Give the connection's key, or the user that runs Kith, the right to read.";
            scan("K-SCAN-REFUSED", connection, message, help, false)
        }
        other => {
            tracing::warn!(connection, path, error = %other, "files can not be reached");
            down(connection, "the store does not answer as it should, and the log says how")
        }
    }
}

/// An error of our own within one of the store's.
fn ours_in(error: &object_store::Error) -> Option<Error> {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(here) = at {
        if let Some(ours) = here.downcast_ref::<Error>() {
            return Some(ours.again());
        }
        at = here.source();
    }
    None
}

/// What went wrong while the files of a table were read.
pub(super) fn of_scan(connection: &str, table: &str, error: DataFusionError) -> DataFusionError {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut found = None;
    while let Some(here) = at {
        if let Some(ours) = here.downcast_ref::<Error>() {
            found = Some(ours.again());
            break;
        }
        if let Some(store) = here.downcast_ref::<object_store::Error>() {
            found = Some(of_store(connection, table, store));
            break;
        }
        at = here.source();
    }
    let ours = match (found, error.find_root()) {
        (Some(ours), _) => ours,
        (
            None,
            DataFusionError::ParquetError(_) | DataFusionError::ArrowError(..) | DataFusionError::External(_),
        ) => {
            tracing::warn!(connection, table, %error, "a file can not be read");
            damaged(connection, table)
        }
        (None, _) => return error,
    };
    DataFusionError::External(Box::new(ours))
}

pub(super) fn damaged(connection: &str, table: &str) -> Error {
    let message = format!(
        "a file of {connection}.{table} can not be read: its data are damaged, or not what its head says"
    );
    scan("K-SCAN-FILE", connection, message, "Write the file again; the log says more.", false)
}

/// As the store's own, so that it passes through libraries.
pub(super) fn in_store(error: Error) -> object_store::Error {
    object_store::Error::Generic { store: "files", source: Box::new(error) }
}
