//! People who sign in with a password: PostgreSQL's wire asks them. Kept as SCRAM verifiers, never as passwords
//! ([`crate::kept`]).

use crate::kept::{Kept, KeptError, Named, random};
use crate::standing::Standing;
use crate::wire::scram::{ROUNDS, Verifier};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a guesser tries first is shorter.
const PASSWORD_MIN: usize = 12;
const PASSWORD_MAX: usize = 200;

/// One person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// What they sign in as.
    pub name: String,
    /// What is kept of their password.
    pub scram_sha_256: Verifier,
    /// Since when.
    pub created_at: Timestamp,
    /// What they are here.
    #[serde(default = "Standing::owner")]
    pub standing: Standing,
}

impl Named for User {
    const WHAT: &'static str = "user";
    const FILE: &'static str = "users";

    fn name(&self) -> &str {
        &self.name
    }

    fn wrong_name(name: &str) -> Option<&'static str> {
        let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        let fits = fits && (1..=63).contains(&name.len());
        (!fits).then_some("1 to 63 small letters, digits, '.', '_' or '-'")
    }
}

/// Why somebody could not be added.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The password can not be used.
    #[error(
        "this can not be a password: use {PASSWORD_MIN} to {PASSWORD_MAX} letters, digits and signs of ASCII"
    )]
    BadPassword,
    /// The file, or the name.
    #[error(transparent)]
    Kept(#[from] KeptError),
}

/// The users of one project.
pub type Users = Kept<User>;

impl Users {
    /// Adds somebody. Without a password one is made up. Gives the password.
    pub fn add(
        &self,
        name: &str,
        password: Option<&str>,
        now: Timestamp,
        standing: Standing,
    ) -> Result<String, UserError> {
        let password = match password {
            Some(password) => checked_password(password)?.to_string(),
            None => kith_core::hex(random::<16>()?),
        };
        let verifier = Verifier::of(&password, &random::<16>()?, ROUNDS);
        self.insert(User { name: name.to_string(), scram_sha_256: verifier, created_at: now, standing })?;
        Ok(password)
    }
}

/// Beyond ASCII clients prepare passwords in ways of their own (RFC 4013), and what one can type another can not.
fn checked_password(password: &str) -> Result<&str, UserError> {
    let fits = password.bytes().all(|b| (b' '..=b'~').contains(&b));
    let fits = fits && (PASSWORD_MIN..=PASSWORD_MAX).contains(&password.len());
    if fits { Ok(password) } else { Err(UserError::BadPassword) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_user_is_kept_without_the_password() {
        let dir = tempfile::tempdir().unwrap();
        let users = Users::of(dir.path());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let made_up = users.add("anna", None, now, Standing::owner()).unwrap();
        assert_eq!(
            users.add("bob", Some("correct horse battery"), now, Standing::owner()).unwrap(),
            "correct horse battery"
        );
        let file = dir.path().join(".kith/users.json");
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&made_up) && !text.contains("horse"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(
            users.add("anna", None, now, Standing::owner()),
            Err(UserError::Kept(KeptError::Taken { .. }))
        ));
        assert!(matches!(
            users.add("Anna B", None, now, Standing::owner()),
            Err(UserError::Kept(KeptError::BadName { .. }))
        ));
        for weak in ["", "short", "with\nnewline and more", "pässwörter sind lang"] {
            assert!(
                matches!(users.add("carl", Some(weak), now, Standing::owner()), Err(UserError::BadPassword)),
                "{weak}"
            );
        }
        users.remove("anna").unwrap();
        assert!(matches!(users.remove("anna"), Err(KeptError::Unknown { .. })));
        assert_eq!(users.list().unwrap().len(), 1);
        fs::write(&file, r#"{"format":3,"users":[]}"#).unwrap();
        assert!(users.list().is_err(), "a newer file lets nobody in");
    }
}
