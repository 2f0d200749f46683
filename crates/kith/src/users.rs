//! People who sign in with a password: PostgreSQL's wire asks them. Kept as SCRAM verifiers, never as passwords.
//!
//! Reads and writes `.kith/users.json` (mode 0600) as `tokens` does its file: without the data directory's lock, durably, and
//! read anew at each sign-in, so that who is removed can not sign in again.

use crate::tokens::{private_file, write_durably};
use crate::wire::scram::{ROUNDS, Verifier};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: u32,
    users: Vec<User>,
}

/// Why users could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The name can not be used.
    #[error("{name:?} can not be the name of a user: use 1 to 63 small letters, digits, '.', '_' or '-'")]
    BadName {
        /// The name as given.
        name: String,
    },
    /// The password can not be used.
    #[error(
        "this can not be a password: use {PASSWORD_MIN} to {PASSWORD_MAX} letters, digits and signs of ASCII"
    )]
    BadPassword,
    /// There is one of that name.
    #[error("there is already a user called {name:?}")]
    Taken {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no user called {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The file is not what this version writes.
    #[error("can not understand {file}: {reason}")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk said no.
    #[error("can not use {file}: {source}")]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
}

/// The users of one project.
#[derive(Clone, Debug)]
pub struct Users {
    file: PathBuf,
}

impl Users {
    /// The users of the project in `dir`.
    pub fn of(dir: &Path) -> Self {
        Users { file: dir.join(".kith").join("users.json") }
    }

    /// All of them, in order of creation; none when there is no file.
    pub fn list(&self) -> Result<Vec<User>, UserError> {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.io(e)),
        };
        let unreadable = |reason: String| UserError::Unreadable { file: self.file.clone(), reason };
        let contents: Contents = serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))?;
        match contents.format {
            FORMAT => Ok(contents.users),
            newer => Err(unreadable(format!("its format is {newer}, this version of Kith knows {FORMAT}"))),
        }
    }

    /// Adds somebody. Without a password one is made up. Gives the password.
    pub fn add(&self, name: &str, password: Option<&str>, now: Timestamp) -> Result<String, UserError> {
        checked_name(name)?;
        let password = match password {
            Some(password) => checked_password(password)?.to_string(),
            None => kith_core::hex(random::<16>()?),
        };
        let verifier = Verifier::of(&password, &random::<16>()?, ROUNDS);
        let user = User { name: name.to_string(), scram_sha_256: verifier, created_at: now };
        self.change(|users| match users.iter().any(|u| u.name == name) {
            true => Err(UserError::Taken { name: name.to_string() }),
            false => {
                users.push(user);
                Ok(())
            }
        })?;
        Ok(password)
    }

    /// Lets somebody in no more.
    pub fn remove(&self, name: &str) -> Result<(), UserError> {
        self.change(|users| {
            let before = users.len();
            users.retain(|u| u.name != name);
            match users.len() == before {
                true => Err(UserError::Unknown { name: name.to_string() }),
                false => Ok(()),
            }
        })
    }

    fn change(&self, edit: impl FnOnce(&mut Vec<User>) -> Result<(), UserError>) -> Result<(), UserError> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| self.io(e))?;
        let lock = private_file(&self.file.with_extension("lock"), false).map_err(|e| self.io(e))?;
        lock.lock().map_err(|e| self.io(e))?;
        let mut users = self.list()?;
        edit(&mut users)?;
        let text = serde_json::to_vec_pretty(&Contents { format: FORMAT, users })
            .map_err(|e| self.io(io::Error::other(e)))?;
        write_durably(&self.file, folder, &text).map_err(|e| self.io(e))
    }

    fn io(&self, source: io::Error) -> UserError {
        UserError::Io { file: self.file.clone(), source }
    }
}

fn checked_name(name: &str) -> Result<(), UserError> {
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    match fits && (1..=63).contains(&name.len()) {
        true => Ok(()),
        false => Err(UserError::BadName { name: name.chars().take(80).collect() }),
    }
}

/// Beyond ASCII clients prepare passwords in ways of their own (RFC 4013), and what one can type another can not.
fn checked_password(password: &str) -> Result<&str, UserError> {
    let fits = password.bytes().all(|b| (b' '..=b'~').contains(&b));
    let fits = fits && (PASSWORD_MIN..=PASSWORD_MAX).contains(&password.len());
    if fits { Ok(password) } else { Err(UserError::BadPassword) }
}

fn random<const N: usize>() -> Result<[u8; N], UserError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| UserError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_kept_without_the_password() {
        let dir = tempfile::tempdir().unwrap();
        let users = Users::of(dir.path());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let made_up = users.add("anna", None, now).unwrap();
        assert_eq!(users.add("bob", Some("correct horse battery"), now).unwrap(), "correct horse battery");
        let file = dir.path().join(".kith/users.json");
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&made_up) && !text.contains("horse"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(users.add("anna", None, now), Err(UserError::Taken { .. })));
        assert!(matches!(users.add("Anna B", None, now), Err(UserError::BadName { .. })));
        for weak in ["", "short", "with\nnewline and more", "pässwörter sind lang"] {
            assert!(matches!(users.add("carl", Some(weak), now), Err(UserError::BadPassword)), "{weak}");
        }
        users.remove("anna").unwrap();
        assert!(matches!(users.remove("anna"), Err(UserError::Unknown { .. })));
        assert_eq!(users.list().unwrap().len(), 1);
        fs::write(&file, r#"{"format":2,"users":[]}"#).unwrap();
        assert!(users.list().is_err(), "a newer file lets nobody in");
    }
}
