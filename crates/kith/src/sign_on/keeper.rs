//! The issuer's keys, kept for a while. Whoever sends tokens of keys that there are not does not make us ask the issuer each time.
//!
//! 1. Keys that are younger than [`FRESH`] and fit are taken.
//! 2. Else the issuer is asked, by one request for all who wait, and not again for [`PAUSE`], whatever comes ([`PAUSE_FAILED`] where
//!    it failed): a key that the issuer has just begun to use counts after that time at the latest.
//! 3. Keys that are younger than [`KEPT`] and fit are taken where the issuer can not be asked. Older ones are not: a key that the
//!    issuer has withdrawn must come to its end.

use super::keys::Key;
use super::token::Token;
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So old, keys are asked for anew.
pub const FRESH: Duration = Duration::from_secs(600);
/// So old, they count no more.
pub const KEPT: Duration = Duration::from_secs(3_600);
/// Between two questions.
pub const PAUSE: Duration = Duration::from_secs(30);
/// Between two questions of which the first failed.
pub const PAUSE_FAILED: Duration = Duration::from_secs(5);

/// Where keys come from.
pub type Source = Arc<dyn Fn() -> BoxFuture<'static, Result<Vec<Key>, String>> + Send + Sync>;
/// The time since some beginning.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The clock of this machine; nobody sets it back.
pub fn clock() -> Clock {
    let began = Instant::now();
    Arc::new(move || began.elapsed())
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// The issuer has no such key.
    Unknown,
    /// The issuer can not be asked.
    Unreachable,
}

/// See the module.
#[derive(Clone)]
pub struct Keeper {
    source: Source,
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Kept {
    keys: Vec<Key>,
    /// When they came.
    came: Option<Duration>,
    /// When the issuer was asked last, and whether it answered.
    asked: Option<(Duration, bool)>,
}

enum Next {
    Take(Vec<Key>),
    Ask,
    Refuse(NoKey),
}

impl Kept {
    fn next(&self, token: &Token, now: Duration) -> Next {
        let younger = |than: Duration| self.came.is_some_and(|came| now.saturating_sub(came) < than);
        let fitting: Vec<Key> = self.keys.iter().filter(|key| key.fits(token)).cloned().collect();
        // A token that names no key counts where there is but one: else we would try around.
        let fits = fitting.len() == 1 || !fitting.is_empty() && token.kid.is_some();
        if fits && younger(FRESH) {
            return Next::Take(fitting);
        }
        let pause = |answered: bool| if answered { PAUSE } else { PAUSE_FAILED };
        if self.asked.is_none_or(|(at, answered)| now.saturating_sub(at) >= pause(answered)) {
            return Next::Ask;
        }
        match (fits && younger(KEPT), younger(KEPT)) {
            (true, _) => Next::Take(fitting),
            (false, true) => Next::Refuse(NoKey::Unknown),
            (false, false) => Next::Refuse(NoKey::Unreachable),
        }
    }
}

impl Keeper {
    /// Keys of this source.
    pub fn new(source: Source, clock: Clock) -> Keeper {
        Keeper { source, clock, kept: Arc::default(), asking: Arc::default() }
    }

    /// The keys that a token may be signed by: mostly one.
    pub async fn keys(&self, token: &Token) -> Result<Vec<Key>, NoKey> {
        match self.next(token) {
            Next::Take(keys) => return Ok(keys),
            Next::Refuse(none) => return Err(none),
            Next::Ask => {}
        }
        let asking = self.asking.lock().await;
        if matches!(self.next(token), Next::Ask) {
            // On its own: whoever leaves before the answer must not leave us without keys for a while.
            let one = self.clone();
            let asked = tokio::spawn(async move { one.ask().await }).await;
            if let Err(error) = asked {
                tracing::error!(%error, "asking the issuer ended by a panic");
            }
        }
        drop(asking);
        match self.next(token) {
            Next::Take(keys) => Ok(keys),
            Next::Refuse(none) => Err(none),
            Next::Ask => Err(NoKey::Unreachable),
        }
    }

    async fn ask(&self) {
        // Counts from here, so that nobody asks a second time meanwhile.
        self.kept().asked = Some(((self.clock)(), false));
        let answer = (self.source)().await;
        let now = (self.clock)();
        let mut kept = self.kept();
        kept.asked = Some((now, answer.is_ok()));
        match answer {
            Ok(keys) => (kept.keys, kept.came) = (keys, Some(now)),
            Err(why) => tracing::warn!(why, "the issuer's keys could not be had"),
        }
    }

    fn next(&self, token: &Token) -> Next {
        self.kept().next(token, (self.clock)())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
