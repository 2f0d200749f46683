//! What `[sign_on]` may say.

use super::*;
use crate::config::parse;

const GOOD: &str = "issuer = \"https://login.example.org/x\"\naudience = \"kith\"\nclient = [\"bi\", \"cli\"]\nalgorithms = [\"ES256\"]\n\
    domains = \"Example.org\"\nroles_claim = \"realm_access.roles\"\nclock_skew = 5\n\
    [sign_on.roles]\n\"a b\" = \"analyst\"\ns = [\"steward\", \"analyst\"]\n[sign_on.attributes]\nregion = \"office\"\n";

fn parsed(body: &str) -> Result<Option<SignOn>, ConfigError> {
    let text = format!("[project]\nname = \"t\"\n[sign_on]\n{body}");
    parse(&text, "kith.toml").map(|config| config.sign_on)
}

#[test]
fn what_is_written_is_read_again() {
    let text = format!("[project]\nname = \"t\"\n[sign_on]\n{GOOD}");
    let config = parse(&text, "kith.toml").expect("it can be read");
    let read = config.sign_on.clone().expect("there is one");
    assert_eq!((read.algorithms.as_slice(), read.skew_seconds), (&[Algorithm::Es256][..], 5));
    assert_eq!(read.domains, ["example.org"]);
    assert_eq!(read.roles[1], ("s".to_string(), vec!["steward".to_string(), "analyst".to_string()]));
    let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
    assert_eq!(again.sign_on, config.sign_on);
    let least = parsed("issuer = \"http://127.0.0.1:9/x\"\naudience = \"kith\"\nroles = { a = \"analyst\" }");
    assert_eq!(least.expect("that is enough").expect("there is one").algorithms, Algorithm::ALL);
    assert_eq!(parse("[project]\nname = \"t\"", "kith.toml").expect("none is needed").sign_on, None);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_help() {
    for (from, to, word) in [
        ("https://", "http://", "can not be an issuer"),
        ("audience = \"kith\"", "", "audience"),
        ("\"kith\"", "[]", "empty"),
        ("[\"bi\", \"cli\"]", "[\"\"]", "empty"),
        ("ES256", "HS256", "not an algorithm"),
        ("ES256", "none", "not an algorithm"),
        ("clock_skew = 5", "clock_skew = 3600", "not clocks"),
        ("\"analyst\"", "\"An Analyst\"", "can not be a role"),
        ("region =", "name =", "can not be the name"),
        ("client", "clients", "not a key"),
    ] {
        let body = GOOD.replacen(from, to, 1);
        let error = parsed(&body).expect_err(&body);
        assert!(error.message.contains(word), "{from} {to}: {}", error.message);
        assert!(!error.help.is_empty());
    }
    assert!(parsed(GOOD).is_ok());
    let none = GOOD.split("[sign_on.roles]").next().unwrap_or_default();
    assert!(parsed(none).expect_err("nobody could do anything").message.contains("roles"));
}

#[test]
fn keys_come_from_where_nobody_can_put_others() {
    for url in
        ["https://a.b", "https://a.b:8443/x", "http://127.0.0.1:9", "http://localhost/x", "http://[::1]:80/x"]
    {
        assert!(safe_address(url), "{url}");
    }
    for url in [
        "http://a.b",
        "https://",
        "https:///x",
        "ftp://a",
        "http://127.0.0.1.evil.org",
        "http://127.0.0.1:80@evil.org",
        "http://localhost@evil.org",
        "https://a@b",
        "https://a?x",
        "https://a#x",
        "http://127.0.0.1:x",
        "file:///etc/passwd",
    ] {
        assert!(!safe_address(url), "{url}");
    }
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("sign-on.md", &render_reference());
}
