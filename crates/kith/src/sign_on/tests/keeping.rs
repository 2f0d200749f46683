//! The keys of the issuer: how often they are asked for, how long they count, which are left aside.

use super::*;
use crate::sign_on::fetch::may;
use crate::sign_on::keeper::{PAUSE, PAUSE_FAILED};
use crate::sign_on::keys::Key;
use ring::signature::Ed25519KeyPair;

#[test]
fn keys_are_asked_for_seldom_and_change() {
    let (old, new) = (Pair::new("old"), Pair::new("new"));
    let issuer = Issuer::with(&[old.public()]);
    let sign_on = issuer.serves(terms());
    let (by_old, by_new) = (old.sign(&old.header(), &body()), new.sign(&new.header(), &body()));
    for _ in 0..100 {
        assert!(ask(&sign_on, &by_old).is_ok());
    }
    assert_eq!(issuer.asked(), 1);
    issuer.later(PAUSE);
    for i in 0..1_000 {
        let header = json!({"alg": "ES256", "kid": format!("unknown {i}")});
        refused(&sign_on, &old.sign(&header, &body()), "an unknown name");
        assert!(ask(&sign_on, &by_old).is_ok(), "others are let in meanwhile");
    }
    assert_eq!(issuer.asked(), 2, "a storm of unknown names asks once");
    issuer.has(Some(&[new.public()]));
    refused(&sign_on, &by_new, "within the pause");
    issuer.later(PAUSE);
    assert!(ask(&sign_on, &by_new).is_ok(), "the new key counts");
    refused(&sign_on, &by_old, "the old one no more");
    assert_eq!(issuer.asked(), 3);
}

#[test]
fn an_issuer_that_is_down_lets_in_for_a_while_and_no_longer() {
    let pair = Pair::new("one");
    let token = pair.sign(&pair.header(), &body());
    let issuer = Issuer::default();
    let sign_on = issuer.serves(terms());
    assert_eq!(ask(&sign_on, &token), Err(Refusal::Issuer));
    issuer.has(Some(&[pair.public()]));
    assert_eq!(ask(&sign_on, &token), Err(Refusal::Issuer), "not asked again at once");
    issuer.later(PAUSE_FAILED);
    assert!(ask(&sign_on, &token).is_ok());
    issuer.has(None);
    issuer.later(keeper::FRESH);
    assert!(ask(&sign_on, &token).is_ok());
    issuer.later(keeper::KEPT);
    assert_eq!(ask(&sign_on, &token), Err(Refusal::Issuer));
}

#[test]
fn keys_of_other_kinds_and_for_other_ends_are_left_aside() {
    let pair = Pair::new("one");
    let token = token::parse(&pair.sign(&pair.header(), &body()), Algorithm::ALL).unwrap();
    let read = |change: &dyn Fn(&mut Value)| -> Vec<Key> {
        let mut key = pair.public();
        change(&mut key);
        keys::read(&json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}, key]})).unwrap()
    };
    let signed = |keys: &[Key]| keys.iter().any(|key| key.signed(&token));
    assert!(signed(&read(&|_| {})), "the control");
    assert!(signed(&read(&|key| key["alg"] = "ES256".into())));
    for (name, value) in [
        ("use", json!("enc")),
        ("alg", json!("ES384")),
        ("key_ops", json!(["encrypt"])),
        ("crv", json!("P-384")),
        ("x", json!("AA")),
        ("kty", json!("RSA")),
        ("kid", json!("two")),
    ] {
        assert!(!signed(&read(&|key| key[name] = value.clone())), "{name} {value}");
    }
    assert!(keys::read(&json!({})).is_err());
    let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let edwards = Ed25519KeyPair::from_pkcs8(bytes.as_ref()).unwrap();
    let text = format!("{}.{}", part(&json!({"alg": "EdDSA"})), part(&body()));
    let text = format!("{text}.{}", URL_SAFE_NO_PAD.encode(edwards.sign(text.as_bytes())));
    let x = URL_SAFE_NO_PAD.encode(edwards.public_key());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed"});
    assert!(
        ask(&Issuer::with(&[key.clone(), pair.public()]).serves(terms()), &text).is_ok(),
        "the one that fits"
    );
    let two = Issuer::with(&[key.clone(), key]).serves(terms());
    refused(&two, &text, "no name, and more than one key");
    let none = token::parse(&text, Algorithm::ALL).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(two.keeper.keys(&none)), Err(NoKey::Unknown));
}

#[test]
fn keys_are_not_where_an_issuer_of_elsewhere_says_inside() {
    assert!(
        may(ISSUER, "https://keys.example.org/set?x=1")
            && may("http://127.0.0.1:9", "http://127.0.0.1:9/jwks")
    );
    for place in [
        "http://127.0.0.1:9/jwks",
        "http://localhost/x",
        "http://keys.example.org",
        "https://a@keys.example.org",
        "file:///etc/passwd",
        "",
    ] {
        assert!(!may(ISSUER, place), "{place}");
    }
}
