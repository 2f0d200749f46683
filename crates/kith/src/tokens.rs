//! API tokens: made once, shown once, kept as hashes.
//!
//! Reads and writes `.kith/tokens.json` (mode 0600). It does not take the data directory's lock, so tokens can be made
//! and revoked while `kith serve` runs; the server reads the file for each request, so a revocation counts from the
//! next request on.
//!
//! 1. A token is `kith_` and 64 hexadecimal digits: 256 bits from the operating system. A secret of that size needs no
//!    slow hash, so its SHA-256 is kept.
//! 2. A change is written to a new file, fsynced, renamed over the old one, and the folder is fsynced. A second file is
//!    locked meanwhile, so that two changes at once are both kept.
//! 3. A presented token is hashed and compared with every stored hash in constant time.

use jiff::Timestamp;
use kith_core::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const PREFIX: &str = "kith_";
const FORMAT: u32 = 1;

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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: u32,
    tokens: Vec<Token>,
}

/// Why tokens could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name can not be used.
    #[error("{name:?} can not be the name of a token: use 1 to 64 letters, digits, '.', '_' or '-'")]
    BadName {
        /// The name as given.
        name: String,
    },
    /// There is one of that name.
    #[error("there is already a token called {name:?}")]
    Taken {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no token called {name:?}")]
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

/// The tokens of one project.
#[derive(Clone, Debug)]
pub struct Tokens {
    file: PathBuf,
}

impl Tokens {
    /// The tokens of the project in `dir`.
    pub fn of(dir: &Path) -> Self {
        Tokens { file: dir.join(".kith").join("tokens.json") }
    }

    /// All of them, in order of creation; none when there is no file.
    pub fn list(&self) -> Result<Vec<Token>, TokenError> {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.io(e)),
        };
        let unreadable = |reason: String| TokenError::Unreadable { file: self.file.clone(), reason };
        let contents: Contents = serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))?;
        match contents.format {
            FORMAT => Ok(contents.tokens),
            newer => Err(unreadable(format!("its format is {newer}, this version of Kith knows {FORMAT}"))),
        }
    }

    /// Makes a token and returns its text, which is not kept anywhere.
    pub fn create(
        &self,
        name: &str,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<String, TokenError> {
        checked_name(name)?;
        let secret = new_secret()?;
        let token = Token {
            name: name.to_string(),
            sha256: hex(Sha256::digest(secret.as_bytes())),
            created_at: now,
            expires_at,
        };
        self.change(|tokens| {
            if tokens.iter().any(|t| t.name == name) {
                return Err(TokenError::Taken { name: name.to_string() });
            }
            tokens.push(token);
            Ok(())
        })?;
        Ok(secret)
    }

    /// Makes a token in place of the one of that name, if there is one.
    pub fn replace(&self, name: &str, now: Timestamp) -> Result<String, TokenError> {
        match self.revoke(name) {
            Ok(()) | Err(TokenError::Unknown { .. }) => self.create(name, now, None),
            Err(other) => Err(other),
        }
    }

    /// Ends a token.
    pub fn revoke(&self, name: &str) -> Result<(), TokenError> {
        self.change(|tokens| {
            let before = tokens.len();
            tokens.retain(|t| t.name != name);
            if tokens.len() == before {
                return Err(TokenError::Unknown { name: name.to_string() });
            }
            Ok(())
        })
    }

    /// The name of the token that was presented, if it counts now.
    pub fn verify(&self, presented: &str, now: Timestamp) -> Result<Option<String>, TokenError> {
        let hash = hex(Sha256::digest(presented.as_bytes()));
        let tokens = self.list()?;
        let mut found = None;
        for token in tokens {
            let alive = token.expires_at.is_none_or(|end| now < end);
            if same(token.sha256.as_bytes(), hash.as_bytes()) && alive {
                found = Some(token.name);
            }
        }
        Ok(found)
    }

    fn change(&self, edit: impl FnOnce(&mut Vec<Token>) -> Result<(), TokenError>) -> Result<(), TokenError> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| self.io(e))?;
        let lock = private_file(&self.file.with_extension("lock"), false).map_err(|e| self.io(e))?;
        lock.lock().map_err(|e| self.io(e))?;
        let mut tokens = self.list()?;
        edit(&mut tokens)?;
        let text = serde_json::to_vec_pretty(&Contents { format: FORMAT, tokens })
            .map_err(|e| self.io(io::Error::other(e)))?;
        write_durably(&self.file, folder, &text).map_err(|e| self.io(e))
    }

    fn io(&self, source: io::Error) -> TokenError {
        TokenError::Io { file: self.file.clone(), source }
    }
}

/// Replaces a file: written beside it, and renamed.
pub(crate) fn write_durably(file: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = file.with_extension("new");
    let mut out = private_file(&fresh, true)?;
    out.write_all(text)?;
    out.sync_all()?;
    fs::rename(&fresh, file)?;
    File::open(folder)?.sync_all()
}

/// Opens a file that only its owner can read.
pub(crate) fn private_file(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(empty);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn checked_name(name: &str) -> Result<(), TokenError> {
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if fits && (1..=64).contains(&name.len()) {
        Ok(())
    } else {
        Err(TokenError::BadName { name: name.chars().take(80).collect() })
    }
}

fn new_secret() -> Result<String, TokenError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| TokenError::Random)?;
    Ok(format!("{PREFIX}{}", hex(bytes)))
}

/// Compares without leaving early, so that the time says nothing of where two hashes differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0u8, |sum, (x, y)| sum | (x ^ y));
    a.len() == b.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> (tempfile::TempDir, Tokens, Timestamp) {
        let dir = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(dir.path());
        (dir, tokens, Timestamp::from_second(1_800_000_000).unwrap())
    }

    #[test]
    fn a_token_counts_until_it_is_revoked() {
        let (_dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None).unwrap();
        assert_eq!(tokens.verify(&secret, now).unwrap().as_deref(), Some("laptop"));
        assert_eq!(tokens.verify(&secret[..secret.len() - 1], now).unwrap(), None);
        assert_eq!(tokens.verify("", now).unwrap(), None);
        tokens.revoke("laptop").unwrap();
        assert_eq!(tokens.verify(&secret, now).unwrap(), None);
    }

    #[test]
    fn a_token_ends_at_its_expiry() {
        let (_dir, tokens, now) = fresh();
        let end = Timestamp::from_second(1_800_000_010).unwrap();
        let secret = tokens.create("short", now, Some(end)).unwrap();
        assert!(tokens.verify(&secret, now).unwrap().is_some());
        assert!(tokens.verify(&secret, end).unwrap().is_none());
    }

    #[test]
    fn the_file_is_private_and_never_holds_a_secret() {
        let (dir, tokens, now) = fresh();
        let secret = tokens.create("laptop", now, None).unwrap();
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
        let secret = tokens.create("laptop", now, None).unwrap();
        for text in ["", "{", r#"{"format":2,"tokens":[]}"#] {
            fs::write(dir.path().join(".kith/tokens.json"), text).unwrap();
            assert!(tokens.verify(&secret, now).is_err(), "{text}");
        }
    }
}
