//! Whether a request was made by whoever has the secret: HMAC-SHA256, in the ways that services sign their webhooks.
//!
//! A source that has a secret takes nothing unsigned, by whatever door: else the write key, which stands in an address,
//! would be a way around.

use super::answer::Refusal;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kith_core::config::Signature;
use kith_engine::events::Hook;
use sha2_of_hmac::Sha256;

/// A signed request that was seen by somebody else must not be of use for long.
const AGE_SECONDS_MAX: i64 = 300;

/// Refuses what is not signed, if it has to be.
pub fn check(hook: Option<&Hook>, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Result<(), Refusal> {
    let Some((hook, secret)) = hook.and_then(|hook| Some((hook, hook.secret.as_deref()?))) else {
        return Ok(());
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = match &hook.webhook.signature {
        Signature::Standard => standard(secret, &header, body, now_ms),
        Signature::Stripe => stripe(secret, &header, body, now_ms),
        Signature::Header(name) => header(name)
            .is_some_and(|said| said.split(',').any(|one| is(secret.as_bytes(), &[body], bare(one)))),
    };
    match signed {
        true => Ok(()),
        false => {
            Err(Refusal::signature("the request is not signed with the secret of this source, or too old"))
        }
    }
}

/// `webhook-signature: v1,BASE64 v1,BASE64` of `id.timestamp.body`; the secret is base 64 behind `whsec_`.
fn standard<'a>(secret: &str, header: &impl Fn(&str) -> Option<&'a str>, body: &[u8], now_ms: i64) -> bool {
    let Some((id, at)) = header("webhook-id").zip(header("webhook-timestamp")) else { return false };
    let coded = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(coded).unwrap_or_else(|_| secret.as_bytes().to_vec());
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body];
    let given = header("webhook-signature").unwrap_or_default();
    let mut given = given.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    recent(at, now_ms) && given.any(|one| is(&key, &signed, one))
}

/// `Stripe-Signature: t=TIMESTAMP,v1=HEX,v1=HEX` of `timestamp.body`.
fn stripe<'a>(secret: &str, header: &impl Fn(&str) -> Option<&'a str>, body: &[u8], now_ms: i64) -> bool {
    let parts = || {
        header("stripe-signature").unwrap_or_default().split(',').filter_map(|one| one.trim().split_once('='))
    };
    let Some((_, at)) = parts().find(|(name, _)| *name == "t") else { return false };
    let signed = [at.as_bytes(), b".", body];
    recent(at, now_ms) && parts().any(|(name, one)| name == "v1" && is(secret.as_bytes(), &signed, one))
}

fn recent(seconds: &str, now_ms: i64) -> bool {
    let at: Option<i64> = seconds.parse().ok();
    at.is_some_and(|at| (now_ms / 1_000).saturating_sub(at).unsigned_abs() <= AGE_SECONDS_MAX.unsigned_abs())
}

/// Without the word for the algorithm in front.
fn bare(said: &str) -> &str {
    let said = said.trim();
    ["sha256=", "v1=", "v0="].iter().find_map(|word| said.strip_prefix(word)).unwrap_or(said)
}

/// True where `said` is the code of these parts, in hexadecimal or base 64. It takes the same time whatever is wrong.
fn is(key: &[u8], parts: &[&[u8]], said: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    let code = hex(said).or_else(|| STANDARD.decode(said).ok());
    code.is_some_and(|code| mac.verify_slice(&code).is_ok())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (text.len() == 64 && text.is_ascii()).then(|| (0..64).step_by(2).map(pair).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use kith_core::config::Webhook;

    const NOW_MS: i64 = 1_614_265_330_000;

    fn hook(secret: &str, signature: Signature) -> Hook {
        Hook { webhook: Webhook { signature, ..Webhook::default() }, secret: Some(secret.into()) }
    }

    fn passes(hook: &Hook, headers: &[(&'static str, &str)], body: &[u8], now_ms: i64) -> bool {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        check(Some(hook), &all, body, now_ms).is_ok()
    }

    #[test]
    fn githubs_own_example() {
        // docs.github.com, "Validating webhook deliveries".
        let hook = hook("It's a Secret to Everybody", Signature::Header("x-hub-signature-256".into()));
        let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let signed = |said: &str, body: &[u8]| passes(&hook, &[("x-hub-signature-256", said)], body, 0);
        assert!(signed(&format!("sha256={code}"), b"Hello, World!"));
        assert!(signed(code, b"Hello, World!"));
        assert!(signed(&STANDARD.encode(hex(code).expect("hex")), b"Hello, World!"), "as Shopify writes it");
        assert!(!signed(&format!("sha256={code}"), b"Hello, World?"));
        assert!(!signed("sha256=", b"Hello, World!") && !signed("", b"Hello, World!"));
        assert!(!passes(&hook, &[], b"Hello, World!", 0), "not signed at all");
    }

    #[test]
    fn the_specifications_own_example() {
        // Standard Webhooks, the example of its libraries.
        let hook = hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Signature::Standard);
        let body = br#"{"test": 2432232314}"#;
        let headers = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,bm9ldHU5eHp6 v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        assert!(passes(&hook, &headers, body, NOW_MS));
        assert!(!passes(&hook, &headers, b"{}", NOW_MS));
        assert!(!passes(&hook, &headers, body, NOW_MS + 301_000), "too old");
        assert!(!passes(&hook, &headers[..2], body, NOW_MS));
    }

    #[test]
    fn stripes_way_to_sign() {
        let secret = "whsec_test";
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(b"1614265330.{}");
        let code = kith_core::hex(mac.finalize().into_bytes());
        let hook = hook(secret, Signature::Stripe);
        let signed = |said: &str| passes(&hook, &[("stripe-signature", said)], b"{}", NOW_MS);
        assert!(signed(&format!("t=1614265330,v0=ab,v1={code}")));
        assert!(!signed(&format!("t=1614265331,v1={code}")));
        assert!(!signed(&format!("v1={code}")));
    }
}
