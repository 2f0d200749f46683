//! Who may in: a user with the password, for whom a token is made that counts for this server and for a while; or the holder of a
//! token of `kith token`, or of one of the issuer of `[sign_on]`. A name that nobody has fails as a wrong password does, after the same work.

use crate::kept::same;
use crate::sign_on::{Person, Refusal, SignOn};
use crate::standing::Standing;
use crate::tokens::Tokens;
use crate::users::Users;
use crate::wire::scram::Verifier;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// How a token of this server begins, so that it is not taken for one of `kith token`.
const PREFIX: &str = "flight_";
/// A token that was not used for so long counts no more.
const IDLE_MAX: Duration = Duration::from_secs(12 * 3_600);
/// Tokens at the same time.
const TOKENS_MAX: usize = 10_000;
/// Passwords that are checked at the same time: each costs some 10 ms of a processor.
const CHECKS_MAX: usize = 2;

/// Somebody who is let in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The user's name, or the token's.
    pub name: String,
    /// What they are here, now.
    pub standing: Standing,
    /// What answers are for, where the header `kith-purpose` says so.
    pub purpose: Option<String>,
}

/// The header that says what answers are for.
const PURPOSE: &str = "kith-purpose";

/// See the module.
pub struct Admission {
    users: Users,
    tokens: Tokens,
    sign_on: Option<Arc<SignOn>>,
    /// Makes the salts of users that do not exist.
    secret: [u8; 32],
    given: Mutex<HashMap<[u8; 32], Given>>,
    checks: Arc<Semaphore>,
}

struct Given {
    user: String,
    /// The verifier's salt when the password was checked: with another password the token counts no more.
    salt: String,
    used: Instant,
}

pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

fn nobody() -> Status {
    Status::unauthenticated("sign in with a user of `kith user add`, or bring a token of `kith token create`")
}

impl Admission {
    pub fn new(users: Users, tokens: Tokens, sign_on: Option<Arc<SignOn>>) -> Option<Admission> {
        let (given, checks) = (Mutex::default(), Arc::new(Semaphore::new(CHECKS_MAX)));
        Some(Admission { users, tokens, sign_on, secret: random()?, given, checks })
    }

    /// Who brings a request.
    pub async fn of(&self, head: &MetadataMap) -> Result<Admitted, Status> {
        let (name, standing) = match presented(head)? {
            Presented::Bearer(token) => match &self.sign_on {
                Some(sign_on) if SignOn::looks_like_one(&token) => issued(sign_on, &token).await?,
                _ => self.bearer(&token)?,
            },
            Presented::Basic(user, password) => {
                let (name, _) = self.checked(user, password).await?;
                let known = self.list().into_iter().find(|known| known.name == name).ok_or_else(nobody)?;
                (name, known.standing)
            }
        };
        let purpose = head
            .get(PURPOSE)
            .and_then(|value| value.to_str().ok())
            .map(|text| text.chars().take(100).collect());
        Ok(Admitted { name, standing, purpose })
    }

    /// Signs in: the user, and a token for what comes after.
    pub async fn sign_in(&self, head: &MetadataMap) -> Result<String, Status> {
        let Presented::Basic(user, password) = presented(head)? else { return Err(nobody()) };
        let (user, salt) = self.checked(user, password).await?;
        let token = format!("{PREFIX}{}", kith_core::hex(random::<32>().ok_or_else(nobody)?));
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, given| given.used.elapsed() < IDLE_MAX);
        if given.len() >= TOKENS_MAX
            && let Some(oldest) = given.iter().min_by_key(|(_, given)| given.used).map(|(hash, _)| *hash)
        {
            given.remove(&oldest);
        }
        given.insert(Sha256::digest(&token).into(), Given { user, salt, used: Instant::now() });
        Ok(token)
    }

    fn bearer(&self, token: &str) -> Result<(String, Standing), Status> {
        if !token.starts_with(PREFIX) {
            let found = self.tokens.verify(token, jiff::Timestamp::now()).map_err(|error| {
                tracing::error!(%error, "tokens can not be read, so nobody is let in");
                nobody()
            })?;
            return found.map(|token| (token.name, token.standing)).ok_or_else(nobody);
        }
        let hash: [u8; 32] = Sha256::digest(token).into();
        let (user, salt) = {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            let known =
                given.get_mut(&hash).filter(|given| given.used.elapsed() < IDLE_MAX).ok_or_else(nobody)?;
            known.used = Instant::now();
            (known.user.clone(), known.salt.clone())
        };
        // Who was removed meanwhile, or has another password, is let in no more.
        let mut still = self.list().into_iter();
        let still = still.find(|known| known.name == user && known.scram_sha_256.salt == salt);
        still.map(|known| (known.name, known.standing)).ok_or_else(nobody)
    }

    fn list(&self) -> Vec<crate::users::User> {
        self.users.list().unwrap_or_else(|error| {
            tracing::error!(%error, "nobody can sign in");
            Vec::new()
        })
    }

    /// The user, if the password is right, and the salt that it was checked with.
    async fn checked(&self, user: String, password: String) -> Result<(String, String), Status> {
        let known = self.list().into_iter().find(|known| known.name == user);
        let verifier =
            known.map_or_else(|| Verifier::of_nobody(&self.secret, &user), |known| known.scram_sha_256);
        let place = self.checks.clone().acquire_owned().await.map_err(|_| nobody())?;
        let checked = tokio::task::spawn_blocking(move || {
            let fits = verifier.fits(&password);
            drop(place);
            fits.then_some(verifier.salt)
        });
        match checked.await.ok().flatten() {
            Some(salt) => Ok((user, salt)),
            None => {
                tracing::warn!("somebody could not sign in over Flight SQL");
                Err(nobody())
            }
        }
    }
}

/// Somebody of the issuer of `[sign_on]`.
async fn issued(sign_on: &SignOn, token: &str) -> Result<(String, Standing), Status> {
    match sign_on.person(token, jiff::Timestamp::now().as_second()).await {
        Ok(Person { name, standing }) => Ok((name, standing)),
        Err(Refusal::Token(_)) => Err(nobody()),
        Err(refusal @ Refusal::NoRole { .. }) => Err(Status::permission_denied(refusal.to_string())),
        Err(refusal @ Refusal::Issuer) => Err(Status::unavailable(refusal.to_string())),
    }
}

enum Presented {
    Basic(String, String),
    Bearer(String),
}

fn presented(head: &MetadataMap) -> Result<Presented, Status> {
    let text = head.get("authorization").and_then(|value| value.to_str().ok()).ok_or_else(nobody)?;
    let (scheme, value) = text.split_once(' ').ok_or_else(nobody)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Presented::Bearer(value.trim().to_string()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(nobody());
    }
    let value = value.trim();
    // Some clients leave the padding out.
    let bytes = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value)).map_err(|_| nobody())?;
    let text = String::from_utf8(bytes).map_err(|_| nobody())?;
    let (user, password) = text.split_once(':').ok_or_else(nobody)?;
    Ok(Presented::Basic(user.to_string(), password.to_string()))
}

/// Whether two names are the same person's; no use is made of how alike they are.
pub(super) fn owner(kept: &str, asks: &str) -> bool {
    same(kept.as_bytes(), asks.as_bytes())
}
