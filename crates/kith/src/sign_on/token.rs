//! The text of a token: header, claims, signature. Nothing of the claims counts until the signature does.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kith_core::config::sign_on::Algorithm;
use serde_json::{Map, Value};

/// Longer ones are refused unread.
const BYTES_MAX: usize = 16 << 10;
/// What `typ` may say. A token of another type is for something else: to sign somebody out, to prove that a key is there.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// A token as it was presented.
#[derive(Debug)]
pub struct Token {
    /// How it says that it is signed; one of those that may be.
    pub algorithm: Algorithm,
    /// The name of the key.
    pub kid: Option<String>,
    /// What is signed.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// What it says.
    pub claims: Map<String, Value>,
}

/// Reads a token that is signed by one of these algorithms, as far as it says.
pub fn parse(presented: &str, algorithms: &[Algorithm]) -> Result<Token, String> {
    if presented.len() > BYTES_MAX {
        return Err("the token is too long".into());
    }
    let mut parts = presented.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("it has not three parts".into());
    };
    let header = object(head)?;
    let text = |key: &str| {
        header.get(key).map(|value| value.as_str().ok_or(format!("{key} is no text"))).transpose()
    };
    let named = text("alg")?.and_then(Algorithm::named).filter(|one| algorithms.contains(one));
    let algorithm = named.ok_or("the algorithm is none that tokens may be signed by")?;
    // What a reader must understand, and does not, makes the token another one (RFC 7515, 4.1.11).
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err("it asks for more than is understood".into());
    }
    if text("typ")?.is_some_and(|kind| !TYPES.contains(&kind.to_ascii_lowercase().as_str())) {
        return Err("it is a token for something else".into());
    }
    Ok(Token {
        algorithm,
        kid: text("kid")?.map(str::to_string),
        signed: presented.as_bytes()[..head.len() + 1 + body.len()].to_vec(),
        signature: bytes(signature)?,
        claims: object(body)?,
    })
}

/// Base64 as in URLs, without padding.
pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "a part is no base64".into())
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(&bytes(text)?).map_err(|_| "a part is no JSON object".into())
}
