//! Tokens that are not what they seem. Each one stands beside a control that differs in nothing else, and counts.

use super::claims;
use super::keeper::Clock;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kith_core::config::sign_on::Algorithm;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://login.example.org";

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A key of P-256 and its public half, named.
struct Pair(EcdsaKeyPair, String);

impl Pair {
    fn new(kid: &str) -> Pair {
        let random = SystemRandom::new();
        let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes.as_ref(), &random);
        Pair(pair.unwrap(), kid.into())
    }

    fn public(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "kid": self.1, "use": "sig", "x": text(&point[1..33]), "y": text(&point[33..])})
    }

    fn sign(&self, header: &Value, body: &Value) -> String {
        let signed = format!("{}.{}", part(header), part(body));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "kid": self.1, "typ": "JWT"})
    }
}

fn body() -> Value {
    json!({"iss": ISSUER, "aud": "kith", "sub": "anna", "exp": NOW + 300, "nbf": NOW - 5, "iat": NOW - 5,
        "groups": ["analysts", "others"], "office": {"region": "north"}})
}

fn terms() -> config::SignOn {
    config::SignOn {
        issuer: ISSUER.into(),
        audiences: vec!["kith".into(), "https://kith.example.org".into()],
        clients: Vec::new(),
        algorithms: Algorithm::ALL.to_vec(),
        domains: Vec::new(),
        roles_claim: "groups".into(),
        roles: vec![("analysts".into(), vec!["analyst".into()])],
        attributes: vec![("region".into(), "office.region".into())],
        skew_seconds: 10,
    }
}

/// An issuer in memory, whose keys can be changed, which can be down, and which counts how often it is asked.
#[derive(Clone, Default)]
struct Issuer {
    keys: Arc<Mutex<Option<Value>>>,
    asked: Arc<AtomicUsize>,
    clock: Arc<AtomicU64>,
}

impl Issuer {
    fn with(keys: &[Value]) -> Issuer {
        let issuer = Issuer::default();
        issuer.has(Some(keys));
        issuer
    }

    fn has(&self, keys: Option<&[Value]>) {
        *self.keys.lock().unwrap() = keys.map(|keys| json!({ "keys": keys }));
    }

    fn later(&self, by: Duration) {
        self.clock.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn serves(&self, terms: config::SignOn) -> SignOn {
        let (issuer, clock) = (self.clone(), self.clock.clone());
        let clock: Clock = Arc::new(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
        let source: keeper::Source = Arc::new(move || {
            issuer.asked.fetch_add(1, Ordering::SeqCst);
            let set = issuer.keys.lock().unwrap().clone();
            Box::pin(async move { set.as_ref().map_or(Err("down".into()), keys::read) })
        });
        SignOn { terms, keeper: Keeper::new(source, clock) }
    }
}

fn ask(sign_on: &SignOn, token: &str) -> Result<Person, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(sign_on.person(token, NOW))
}

#[track_caller]
fn refused(sign_on: &SignOn, token: &str, what: &str) {
    assert!(matches!(ask(sign_on, token), Err(Refusal::Token(_))), "{what}: {:?}", ask(sign_on, token));
}

mod keeping;

#[test]
fn a_token_that_counts_makes_somebody_of_its_claims() {
    let pair = Pair::new("one");
    let sign_on = Issuer::with(&[pair.public()]).serves(terms());
    let person = ask(&sign_on, &pair.sign(&pair.header(), &body())).unwrap();
    assert_eq!(person.name, "https://login.example.org#anna");
    assert_eq!(person.standing.roles.iter().collect::<Vec<_>>(), ["analyst"]);
    assert_eq!(person.standing.attributes["region"], "north");
    let mut nothing = body();
    nothing["groups"] = json!(["others", "analyst", "owner"]);
    let refusal = ask(&sign_on, &pair.sign(&pair.header(), &nothing)).unwrap_err();
    assert_eq!(refusal, Refusal::NoRole { name: person.name }, "names of roles are no values of the claim");
}

#[test]
fn a_token_is_signed_by_a_key_of_the_issuer_in_the_way_of_that_key() {
    let (pair, other) = (Pair::new("one"), Pair::new("one"));
    let sign_on = Issuer::with(&[pair.public()]).serves(terms());
    let good = pair.sign(&pair.header(), &body());
    assert!(ask(&sign_on, &good).is_ok(), "the control");
    let cut = good.rsplit_once('.').unwrap().0;
    refused(&sign_on, &other.sign(&pair.header(), &body()), "of another key with the same name");
    refused(&sign_on, &format!("{cut}."), "without a signature");
    refused(&sign_on, cut, "two parts");
    refused(&sign_on, &format!("{good}.x.y"), "five parts");
    refused(&sign_on, &format!("{good}="), "padded");
    for word in
        ["none", "None", "NONE", "nOnE", "", "HS256", "HS512", "RS256", "PS256", "ES384", "EdDSA", "es256"]
    {
        let mut header = pair.header();
        header["alg"] = word.into();
        refused(&sign_on, &pair.sign(&header, &body()), word);
        let unsigned = format!("{}.{}.", part(&header), part(&body()));
        refused(&sign_on, &unsigned, word);
    }
    let header = json!({"alg": "HS256", "kid": "one", "typ": "JWT"});
    let signed = format!("{}.{}", part(&header), part(&body()));
    let public = pair.public();
    for secret in [public.to_string().into_bytes(), pair.0.public_key().as_ref().to_vec(), Vec::new()] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let tag = ring::hmac::sign(&key, signed.as_bytes());
        refused(&sign_on, &format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)), "the public key as a secret");
    }
    let mut changed = body();
    changed["sub"] = "bob".into();
    let signature = good.rsplit_once('.').unwrap().1;
    refused(&sign_on, &format!("{}.{}.{signature}", part(&pair.header()), part(&changed)), "another body");
    let mut narrow = terms();
    narrow.algorithms = vec![Algorithm::Rs256];
    refused(&Issuer::with(&[pair.public()]).serves(narrow), &good, "an algorithm that is not on the list");
}

#[test]
fn a_header_is_not_more_than_is_understood() {
    let pair = Pair::new("one");
    let sign_on = Issuer::with(&[pair.public()]).serves(terms());
    let with = |name: &str, value: Value| {
        let mut header = pair.header();
        header[name] = value;
        pair.sign(&header, &body())
    };
    for (name, value) in [
        ("typ", json!("at+jwt")),
        ("typ", json!("JWT")),
        ("jku", json!("https://evil.example")),
        ("jwk", Pair::new("one").public()),
    ] {
        assert!(
            ask(&sign_on, &with(name, value)).is_ok(),
            "{name}: where else keys may be is not listened to"
        );
    }
    for (name, value) in [
        ("typ", json!("logout+jwt")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!(1)),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("kid", json!(7)),
        ("kid", json!("../../dev/null")),
        ("kid", json!("two")),
    ] {
        refused(&sign_on, &with(name, value), name);
    }
    let evil = Pair::new("evil");
    let header =
        json!({"alg": "ES256", "kid": "evil", "jwk": evil.public(), "jku": "https://evil.example/keys"});
    refused(&sign_on, &evil.sign(&header, &body()), "a key that the token brings itself");
}

#[test]
fn a_token_is_for_us_and_for_now() {
    let pair = Pair::new("one");
    let sign_on = Issuer::with(&[pair.public()]).serves(terms());
    let with = |changes: &[(&str, Value)]| {
        let mut body = body();
        for (name, value) in changes {
            if value.is_null() {
                body.as_object_mut().unwrap().remove(*name);
            } else {
                body[*name] = value.clone();
            }
        }
        pair.sign(&pair.header(), &body)
    };
    for good in [
        with(&[]),
        with(&[("aud", json!(["kith"]))]),
        with(&[("exp", json!(NOW - 9))]),
        with(&[("nbf", json!(NOW + 9))]),
        with(&[("exp", json!(NOW as f64 + 0.5)), ("nbf", Value::Null), ("iat", Value::Null)]),
    ] {
        assert!(ask(&sign_on, &good).is_ok());
    }
    for (name, value) in [
        ("iss", json!("https://login.example.org/")),
        ("iss", json!("https://LOGIN.example.org")),
        ("iss", json!("https://evil.example")),
        ("iss", json!([ISSUER])),
        ("iss", Value::Null),
        ("aud", json!("Kith")),
        ("aud", json!("kith2")),
        ("aud", json!([])),
        ("aud", json!([1, "kith"])),
        ("aud", json!(["kith", "shop"])),
        ("aud", Value::Null),
        ("exp", json!(NOW - 10)),
        ("exp", json!("9999999999")),
        ("exp", Value::Null),
        ("nbf", json!(NOW + 11)),
        ("nbf", json!("1")),
        ("iat", json!(NOW + 11)),
        ("cnf", json!({"jkt": "x"})),
        ("azp", json!(1)),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("sub", json!("a".repeat(256))),
    ] {
        refused(&sign_on, &with(&[(name, value.clone())]), &format!("{name} {value}"));
    }
}

#[test]
fn a_client_and_a_domain_are_looked_at_where_the_file_names_them() {
    let claims = |more: Value| {
        let mut claims = body();
        more.as_object().unwrap().iter().for_each(|(name, value)| claims[name] = value.clone());
        claims.as_object().unwrap().clone()
    };
    let narrow =
        config::SignOn { clients: vec!["bi".into()], domains: vec!["example.org".into()], ..terms() };
    let email = json!({"email": "a@Example.ORG", "email_verified": true});
    let both = |more: Value| {
        let mut claims = claims(email.clone());
        more.as_object()
            .unwrap()
            .iter()
            .for_each(|(name, value)| drop(claims.insert(name.clone(), value.clone())));
        claims::check(&narrow, &claims, NOW)
    };
    for good in
        [json!({"azp": "bi"}), json!({"client_id": "bi"}), json!({"azp": "bi", "aud": ["kith", "shop"]})]
    {
        assert!(both(good.clone()).is_ok(), "{good}");
    }
    for bad in [
        json!({}),
        json!({"azp": "shop"}),
        json!({"azp": "bi", "client_id": "shop"}),
        json!({"azp": "bi", "email": "a@example.org.evil.example"}),
        json!({"azp": "bi", "email": "a@example.org@evil.example"}),
        json!({"azp": "bi", "email_verified": "true"}),
        json!({"azp": "bi", "email_verified": false}),
        json!({"azp": "bi", "email": null}),
    ] {
        assert!(both(bad.clone()).is_err(), "{bad}");
    }
}
