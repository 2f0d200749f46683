//! People of an issuer of OpenID Connect, beside users and tokens of our own.
//!
//! Reads: a bearer token (a signed JWT), `[sign_on]` of `kith.toml`, the issuer's keys.
//! Decides: whether the token counts now, and what its claims make of its holder now; nothing of it is kept.
//! Fails: a token that does not count is like no token. Keys that can not be had let nobody in. Nobody is let in without a role.
//!
//! 1. `token`: three parts of base64; the header names an algorithm of the list; whatever makes the header more than that is refused.
//! 2. `keeper`: the key of that name, from memory or, not too often, from the issuer (`fetch`).
//! 3. `keys`: the signature, by ring.
//! 4. `claims`: `iss`, `aud`, `azp`, `exp`, `nbf`, `iat`, the domain; then roles and attributes.
//!
//! ring is what TLS is made of here anyway. The libraries for JWT bring another one, in C or in Rust; or are of an old line in which
//! a time of the wrong type was taken for none.

mod claims;
mod fetch;
mod keeper;
mod keys;
#[cfg(test)]
mod tests;
mod token;

use crate::standing::Standing;
use keeper::{Keeper, NoKey};
use kith_core::config;

/// Somebody whom the issuer knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The issuer, `#`, and the issuer's name for the person: nobody of another issuer is called so, and no user or token of ours.
    pub name: String,
    /// What the claims make of the person.
    pub standing: Standing,
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token does not count; the reason is for the log.
    #[error("{0}")]
    Token(String),
    /// The issuer's keys can not be had.
    #[error("the issuer's keys can not be had")]
    Issuer,
    /// The token counts, and gives no role.
    #[error("none of the claims gives a role")]
    NoRole {
        /// Who it is.
        name: String,
    },
}

/// Whose tokens count.
pub struct SignOn {
    terms: config::SignOn,
    keeper: Keeper,
}

impl SignOn {
    /// As `kith.toml` says.
    pub fn of(terms: config::SignOn) -> Result<SignOn, String> {
        let source = fetch::source(&terms.issuer)?;
        Ok(SignOn { keeper: Keeper::new(source, keeper::clock()), terms })
    }

    /// True for what looks like a signed JWT: no token of ours has a dot.
    pub fn looks_like_one(presented: &str) -> bool {
        presented.bytes().filter(|b| *b == b'.').count() >= 2
    }

    /// Who presents this token; `now` = seconds since 1970.
    pub async fn person(&self, presented: &str, now: i64) -> Result<Person, Refusal> {
        let person = self.checked(presented, now).await;
        match &person {
            Err(Refusal::Issuer) => {
                tracing::error!(issuer = self.terms.issuer, "the keys can not be had, so nobody is let in")
            }
            Err(reason) => tracing::warn!(%reason, "a token of the issuer does not let in"),
            Ok(_) => {}
        }
        person
    }

    async fn checked(&self, presented: &str, now: i64) -> Result<Person, Refusal> {
        let token = token::parse(presented, &self.terms.algorithms).map_err(Refusal::Token)?;
        let keys = self.keeper.keys(&token).await.map_err(|none| match none {
            NoKey::Unknown => Refusal::Token("no key of the issuer has that name and that algorithm".into()),
            NoKey::Unreachable => Refusal::Issuer,
        })?;
        if !keys.iter().any(|key| key.signed(&token)) {
            return Err(Refusal::Token("the signature is wrong".into()));
        }
        let known = claims::check(&self.terms, &token.claims, now).map_err(Refusal::Token)?;
        let standing = claims::standing(&self.terms, &token.claims);
        if standing.roles.is_empty() {
            return Err(Refusal::NoRole { name: known });
        }
        Ok(Person { name: known, standing })
    }
}
