//! API tokens: made once, shown once, kept as hashes ([`crate::kept`]).
//!
//! 1. A token is `kith_` and 64 hexadecimal digits: 256 bits from the operating system. A secret of that size needs no
//!    slow hash, so its SHA-256 is kept.
//! 2. A presented token is hashed and compared with every stored hash in constant time.

use crate::kept::{Kept, KeptError, Named, random, same};
use crate::standing::Standing;
use jiff::Timestamp;
use kith_core::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const PREFIX: &str = "kith_";

/// One token as it is kept: never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What people call it.
    pub name: String,
    /// SHA-256 of the whole token text, hexadecimal.
    pub sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops to count; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// What its holder is here.
    #[serde(default = "Standing::owner")]
    pub standing: Standing,
}

impl Named for Token {
    const WHAT: &'static str = "token";
    const FILE: &'static str = "tokens";

    fn name(&self) -> &str {
        &self.name
    }

    fn wrong_name(name: &str) -> Option<&'static str> {
        let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let fits = fits && (1..=64).contains(&name.len());
        (!fits).then_some("1 to 64 letters, digits, '.', '_' or '-'")
    }
}

/// The tokens of one project.
pub type Tokens = Kept<Token>;

impl Tokens {
    /// Makes a token and returns its text, which is not kept anywhere.
    pub fn create(
        &self,
        name: &str,
        now: Timestamp,
        expires_at: Option<Timestamp>,
        standing: Standing,
    ) -> Result<String, KeptError> {
        let secret = format!("{PREFIX}{}", hex(random::<32>()?));
        let sha256 = hex(Sha256::digest(secret.as_bytes()));
        self.insert(Token { name: name.to_string(), sha256, created_at: now, expires_at, standing })?;
        Ok(secret)
    }

    /// Makes an owner's token in place of the one of that name, if there is one.
    pub fn replace(&self, name: &str, now: Timestamp) -> Result<String, KeptError> {
        match self.remove(name) {
            Ok(()) | Err(KeptError::Unknown { .. }) => self.create(name, now, None, Standing::owner()),
            Err(other) => Err(other),
        }
    }

    /// The token that was presented, if it counts now.
    pub fn verify(&self, presented: &str, now: Timestamp) -> Result<Option<Token>, KeptError> {
        let hash = hex(Sha256::digest(presented.as_bytes()));
        let mut found = None;
        for token in self.list()? {
            let alive = token.expires_at.is_none_or(|end| now < end);
            if same(token.sha256.as_bytes(), hash.as_bytes()) && alive {
                found = Some(token);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn fresh() -> (tempfile::TempDir, Tokens, Timestamp) {
        let dir = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(dir.path());
        (dir, tokens, Timestamp::from_second(1_800_000_000).unwrap())
    }

    #[test]
    fn a_token_counts_until_it_is_revoked() {
        let (_dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None, Standing::owner()).unwrap();
        assert_eq!(tokens.verify(&secret, now).unwrap().map(|token| token.name).as_deref(), Some("laptop"));
        assert_eq!(tokens.verify(&secret[..secret.len() - 1], now).unwrap(), None);
        assert_eq!(tokens.verify("", now).unwrap(), None);
        tokens.remove("laptop").unwrap();
        assert_eq!(tokens.verify(&secret, now).unwrap(), None);
    }

    #[test]
    fn a_token_ends_at_its_expiry() {
        let (_dir, tokens, now) = fresh();
        let end = Timestamp::from_second(1_800_000_010).unwrap();
        let secret = tokens.create("short", now, Some(end), Standing::owner()).unwrap();
        assert!(tokens.verify(&secret, now).unwrap().is_some());
        assert!(tokens.verify(&secret, end).unwrap().is_none());
    }

    #[test]
    fn the_file_is_private_and_never_holds_a_secret() {
        let (dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None, Standing::owner()).unwrap();
        let file = dir.path().join(".kith/tokens.json");
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&secret) && !text.contains(&secret[PREFIX.len()..]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_or_newer_file_lets_nobody_in() {
        let (dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None, Standing::owner()).unwrap();
        for text in ["", "{", r#"{"format":3,"tokens":[]}"#] {
            fs::write(dir.path().join(".kith/tokens.json"), text).unwrap();
            assert!(tokens.verify(&secret, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_of_before_there_were_roles_sees_what_it_saw() {
        let (dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None, Standing::of(["analyst"])).unwrap();
        assert!(!tokens.verify(&secret, now).unwrap().unwrap().standing.owns());
        let file = dir.path().join(".kith/tokens.json");
        let mut old: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        old["format"] = 1.into();
        old["tokens"][0].as_object_mut().unwrap().remove("standing");
        fs::write(&file, old.to_string()).unwrap();
        assert!(tokens.verify(&secret, now).unwrap().unwrap().standing.owns());
    }
}
