//! The issuer's public keys (RFC 7517), and what is signed by one. A key fits the algorithms of its own kind alone: there is no way
//! by which the bytes of a public key become a shared secret.

use super::token::{Token, bytes};
use kith_core::config::sign_on::Algorithm;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

/// Keys of one issuer; more are left aside.
const KEYS_MAX: usize = 100;

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    kid: Option<String>,
    /// The one algorithm that it is for, where it says so.
    only: Option<String>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// The keys of a set that can be understood and are for signatures. Others may stand beside them.
pub fn read(set: &Value) -> Result<Vec<Key>, String> {
    let all = set.get("keys").and_then(Value::as_array).ok_or("the set of keys has no keys")?;
    Ok(all.iter().take(KEYS_MAX).filter_map(key).collect())
}

fn key(one: &Value) -> Option<Key> {
    let text = |name: &str| one.get(name).and_then(Value::as_str);
    let part = |name: &str| text(name).and_then(|value| bytes(value).ok()).filter(|bytes| !bytes.is_empty());
    let use_fits = text("use").is_none_or(|word| word == "sig");
    let operations = one.get("key_ops").and_then(Value::as_array);
    if !use_fits || operations.is_some_and(|all| !all.iter().any(|word| word == "verify")) {
        return None;
    }
    // An uncompressed point: 4, x, y.
    let point = |size: usize| {
        let (x, y) = (part("x")?, part("y")?);
        (x.len() == size && y.len() == size).then(|| [&[4][..], &x, &y].concat())
    };
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::Rsa { n: part("n")?, e: part("e")? },
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(part("x")?),
        _ => return None,
    };
    Some(Key { kid: text("kid").map(str::to_string), only: text("alg").map(str::to_string), material })
}

impl Key {
    /// True if a token may be signed by it.
    pub fn fits(&self, token: &Token) -> bool {
        let kind = matches!(
            (token.algorithm, &self.material),
            (Algorithm::Rs256 | Algorithm::Ps256, Material::Rsa { .. })
                | (Algorithm::Es256, Material::P256(_))
                | (Algorithm::Es384, Material::P384(_))
                | (Algorithm::EdDsa, Material::Ed25519(_))
        );
        let only = self.only.as_deref().is_none_or(|only| {
            only == token.algorithm.name() || only == "Ed25519" && token.algorithm == Algorithm::EdDsa
        });
        let named = token.kid.is_none() || token.kid == self.kid;
        kind && only && named
    }

    /// True if the token is signed by it.
    pub fn signed(&self, token: &Token) -> bool {
        if !self.fits(token) {
            return false;
        }
        let by = |how: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(how, key).verify(&token.signed, &token.signature).is_ok()
        };
        match (&self.material, token.algorithm) {
            (Material::Rsa { n, e }, algorithm) => {
                let how = if algorithm == Algorithm::Ps256 {
                    &RSA_PSS_2048_8192_SHA256
                } else {
                    &RSA_PKCS1_2048_8192_SHA256
                };
                RsaPublicKeyComponents { n, e }.verify(how, &token.signed, &token.signature).is_ok()
            }
            (Material::P256(point), _) => by(&ECDSA_P256_SHA256_FIXED, point),
            (Material::P384(point), _) => by(&ECDSA_P384_SHA384_FIXED, point),
            (Material::Ed25519(point), _) => by(&ED25519, point),
        }
    }
}
