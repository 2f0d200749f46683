//! The form of a line, and how lines hang together.

use hmac::{Hmac, KeyInit, Mac};
use kith_core::hex;
use serde::{Deserialize, Serialize};
use sha2_of_hmac::Sha256;
use std::fmt;
use std::str::FromStr;

/// What the first line follows.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where the log stands: enough to see later that nothing up to here was changed or taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last line.
    pub number: u64,
    /// Its code.
    pub code: String,
}

impl Head {
    /// Before the first line.
    pub(super) fn nothing() -> Head {
        Head { number: 0, code: NOTHING.into() }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.code)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Head, String> {
        let parts = text.split_once(':').and_then(|(number, code)| Some((number.parse().ok()?, code)));
        match parts {
            Some((number, code)) if is_code(code) => Ok(Head { number, code: code.into() }),
            _ => Err(format!("{text:?} is not a head: write it as `kith audit head` prints it, NUMBER:CODE")),
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() == NOTHING.len() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The code of an entry behind a line.
pub(super) fn code(key: &[u8], before: &str, entry: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return NOTHING.into() };
    mac.update(before.as_bytes());
    mac.update(b"\n");
    mac.update(entry.as_bytes());
    hex(mac.finalize().into_bytes())
}

/// The code and the entry of a line, without its end.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    line.split_once(' ').filter(|(code, _)| is_code(code))
}
