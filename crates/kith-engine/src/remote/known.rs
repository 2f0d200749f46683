//! What was last found of something that is asked over a network, kept for a moment: lists of tables are wanted often.

use super::fault;
use crate::error::{Error, Result};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a list is taken as it was.
const KNOWN: Duration = Duration::from_secs(10);
/// How long something that could not be reached is not tried again: whoever asks meanwhile need not wait for it.
const DOWN: Duration = Duration::from_secs(3);
/// How long a list is waited for.
const LIST: Duration = Duration::from_secs(10);

type Last<T> = (Instant, Result<Arc<Vec<T>>>);

/// See the module.
#[derive(Debug)]
pub(super) struct Known<T>(Mutex<Option<Last<T>>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known(Mutex::new(None))
    }
}

fn again<T>(found: &Result<Arc<Vec<T>>>) -> Result<Arc<Vec<T>>> {
    found.as_ref().map(Arc::clone).map_err(Error::again)
}

impl<T> Known<T> {
    /// The list of this connection as it was a moment ago at the latest, or as `find` finds it.
    pub async fn of(
        &self,
        connection: &str,
        find: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Arc<Vec<T>>> {
        if let Some((at, found)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let fresh = if found.is_ok() { KNOWN } else { DOWN };
            if at.elapsed() < fresh {
                return again(found);
            }
        }
        let found = tokio::time::timeout(LIST, find).await;
        let found = found.unwrap_or_else(|_| Err(fault::slow(connection, LIST))).map(Arc::new);
        let kept = again(&found);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), kept));
        found
    }

    /// Looks anew when it is next wanted.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What was last found, and how long ago; `None` = nobody has looked yet.
    pub fn last(&self) -> Option<(Duration, Result<Arc<Vec<T>>>)> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(at, found)| (at.elapsed(), again(found)))
    }
}
