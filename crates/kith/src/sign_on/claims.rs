//! What a token says, once its signature counts: whether it is for us and for now, who it is, and what that makes of somebody here.
//!
//! A claim of the wrong type is a wrong claim, never a missing one.

use crate::standing::Standing;
use kith_core::config::SignOn;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

type Claims = Map<String, Value>;

/// Characters of the issuer's name for somebody (OpenID Connect Core 2), and of an attribute.
const SUBJECT_MAX: usize = 255;
const VALUE_MAX: usize = 200;

/// Who it is, if the token counts at this time.
pub fn check(terms: &SignOn, claims: &Claims, now: i64) -> Result<String, String> {
    if claims.get("iss").and_then(Value::as_str) != Some(&terms.issuer) {
        return Err("it is of another issuer".into());
    }
    times(terms, claims, now)?;
    for_us(terms, claims)?;
    // It counts for whoever holds a key, and nobody has shown one (RFC 9449, RFC 8705).
    if claims.contains_key("cnf") {
        return Err("it is bound to a key".into());
    }
    domain(terms, claims)?;
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.chars().count() > SUBJECT_MAX || subject.chars().any(char::is_control) {
        return Err("it does not say whose it is".into());
    }
    Ok(format!("{}#{subject}", terms.issuer))
}

fn times(terms: &SignOn, claims: &Claims, now: i64) -> Result<(), String> {
    let (now, skew) = (now as f64, f64::from(terms.skew_seconds));
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(format!("{name} is no time")),
    };
    match time("exp")? {
        Some(end) if now < end + skew => {}
        Some(_) => return Err("it has expired".into()),
        None => return Err("it never expires".into()),
    }
    for name in ["nbf", "iat"] {
        if time(name)?.is_some_and(|from| now + skew < from) {
            return Err(format!("it does not count yet ({name})"));
        }
    }
    Ok(())
}

fn for_us(terms: &SignOn, claims: &Claims) -> Result<(), String> {
    let audiences = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) => {
            all.iter().map(Value::as_str).collect::<Option<_>>().ok_or("aud is no list of texts")?
        }
        _ => return Err("it does not say for whom it is".into()),
    };
    if !audiences.iter().any(|one| terms.audiences.iter().any(|ours| ours == one)) {
        return Err("it is for somebody else".into());
    }
    let mut clients = Vec::new();
    for name in ["azp", "client_id"] {
        match claims.get(name) {
            Some(value) => clients.push(value.as_str().ok_or(format!("{name} is no text"))?),
            None => continue,
        }
    }
    let known = !clients.is_empty() && clients.iter().all(|one| terms.clients.iter().any(|ours| ours == one));
    // Made for several, it may have been given to any of them: then it must say that one of our clients asked for it.
    let needed = !terms.clients.is_empty() || audiences.len() > 1;
    if needed && !known { Err("it was made for another client".into()) } else { Ok(()) }
}

fn domain(terms: &SignOn, claims: &Claims) -> Result<(), String> {
    if terms.domains.is_empty() {
        return Ok(());
    }
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    let email = claims.get("email").and_then(Value::as_str).filter(|_| verified);
    let domain =
        email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_ascii_lowercase());
    match domain {
        Some(domain) if terms.domains.contains(&domain) => Ok(()),
        _ => Err("no verified address of it is at a domain that may".into()),
    }
}

/// What the claims make of somebody.
pub fn standing(terms: &SignOn, claims: &Claims) -> Standing {
    let values = match found(claims, &terms.roles_claim) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let given = terms.roles.iter().filter(|(value, _)| values.contains(&value.as_str()));
    let roles: BTreeSet<String> = given.flat_map(|(_, roles)| roles).cloned().collect();
    let attributes = terms.attributes.iter().filter_map(|(name, claim)| {
        let value = match found(claims, claim)? {
            Value::String(text) => text.clone(),
            other @ (Value::Bool(_) | Value::Number(_)) => other.to_string(),
            _ => return None,
        };
        let readable = value.chars().count() <= VALUE_MAX && !value.chars().any(char::is_control);
        readable.then(|| (name.clone(), value))
    });
    Standing { roles, attributes: attributes.collect::<BTreeMap<_, _>>() }
}

/// A claim by its name, or by the way to it: names of claims may have dots themselves.
fn found<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        found(claims.get(first)?.as_object()?, rest)
    })
}
