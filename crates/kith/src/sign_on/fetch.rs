//! The issuer's keys over HTTP: its configuration (OpenID Connect Discovery), which must be its own, and the set of keys that it names.
//!
//! Both over https, or, where the issuer itself is on this machine, over plain HTTP on it. No redirect is followed: where the keys
//! are is for the issuer to say and not for whoever answers in its place. Answers are bounded in time and in size.

use super::keeper::Source;
use super::keys::{self, Key};
use kith_core::config::sign_on::{on_this_machine, safe_address};
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 512 << 10;

/// The keys of an issuer.
pub fn source(issuer: &str) -> Result<Source, String> {
    let client = Client::builder().timeout(ANSWER_TIME_MAX).redirect(Policy::none()).build();
    let (client, issuer) = (client.map_err(|e| e.to_string())?, issuer.to_string());
    Ok(Arc::new(move || {
        let (client, issuer) = (client.clone(), issuer.clone());
        Box::pin(async move { ask(&client, &issuer).await })
    }))
}

async fn ask(client: &Client, issuer: &str) -> Result<Vec<Key>, String> {
    let configuration = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let said = get(client, &configuration).await?;
    if said.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err("the configuration is another issuer's".into());
    }
    let place = said.get("jwks_uri").and_then(Value::as_str).ok_or("the configuration names no keys")?;
    if !may(issuer, place) {
        return Err("the keys are at an address that is not safe".into());
    }
    keys::read(&get(client, place).await?)
}

/// Plain HTTP on this machine is for an issuer on this machine: another one must not send us around in here.
pub fn may(issuer: &str, place: &str) -> bool {
    // Here a question mark does no harm.
    let path = place.split('?').next().unwrap_or_default();
    safe_address(path) && (on_this_machine(issuer) || !on_this_machine(path))
}

async fn get(client: &Client, url: &str) -> Result<Value, String> {
    let told = |error: reqwest::Error| error.without_url().to_string();
    let mut answer = client.get(url).header("accept", "application/json").send().await.map_err(told)?;
    if answer.status().as_u16() != 200 {
        return Err(format!("the issuer answers {}", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(told)? {
        body.extend_from_slice(&piece);
        if body.len() > ANSWER_BYTES_MAX {
            return Err("the issuer's answer is too long".into());
        }
    }
    serde_json::from_slice(&body).map_err(|_| "the issuer's answer is no JSON".into())
}
