//! People of an issuer: a real one (npm oidc-provider) on loopback, its tokens at the API and at Flight's door, and tokens that are
//! not what they seem. `scripts/setup.sh test` installs it.

use crate::http::{Answer, Request, send};
use crate::product::{Server, kith, ok, project};
use arrow_flight::sql::client::FlightSqlServiceClient;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tonic::transport::Endpoint;

const AUDIENCE: &str = "https://kith.example.org";

struct Issuer {
    child: Child,
    url: String,
    addr: SocketAddr,
}

impl Issuer {
    fn start() -> Issuer {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
        let modules = cache.or(home).expect("a home").join("kith-node/oidc");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oidc/provider.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(modules).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node is installed: scripts/setup.sh test");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut url).expect("a line");
        let url = url.trim().to_string();
        let addr = url.strip_prefix("http://").and_then(|addr| addr.parse().ok());
        Issuer { child, addr: addr.expect("oidc-provider is installed: scripts/setup.sh test"), url }
    }

    /// A token of somebody for an audience.
    fn token(&self, who: &str, audience: &str) -> String {
        let body = format!("grant_type=client_credentials&resource={}", crate::http::encoded(audience));
        let secret = STANDARD.encode(format!("{who}:a+secret+of+the+test"));
        let headers = vec![
            ("authorization", format!("Basic {secret}")),
            ("content-type", "application/x-www-form-urlencoded".to_string()),
        ];
        let request = Request { method: "POST", target: "/token", headers, body: body.as_bytes() };
        let answer = send(self.addr, &request).json();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{who}: {answer}")).to_string()
    }

    /// How often it was asked for its keys.
    fn asked(&self) -> String {
        let request = Request { method: "GET", target: "/asked", headers: vec![], body: b"" };
        String::from_utf8(send(self.addr, &request).body).expect("a number")
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serving(issuer: &Issuer) -> Server {
    let dir = project();
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let table = format!(
        "\n[sign_on]\nissuer = \"{}\"\naudience = \"{AUDIENCE}\"\n[sign_on.roles]\nkith-analysts = \"analyst\"\n\
        kith-stewards = [\"steward\", \"analyst\"]\n[sign_on.attributes]\nregion = \"office.region\"\n",
        issuer.url
    );
    std::fs::write(&file, text + &table).expect("kith.toml");
    Server::over(dir)
}

fn ask(server: &Server, token: &str, method: &str, target: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers =
        vec![("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_string())];
    send(server.addr, &Request { method, target, headers, body: body.as_bytes() })
}

fn me(server: &Server, token: &str) -> Answer {
    ask(server, token, "GET", "/v1/me", &Value::Null)
}

#[test]
fn people_of_the_issuer_do_what_their_claims_say() {
    let issuer = Issuer::start();
    let server = serving(&issuer);
    let (anna, stella) = (issuer.token("anna", AUDIENCE), issuer.token("stella", AUDIENCE));
    let said = me(&server, &anna).json();
    assert_eq!(said["name"], format!("{}#anna", issuer.url));
    assert_eq!((&said["roles"], &said["attributes"]["region"]), (&json!(["analyst"]), &json!("north")));
    assert_eq!(me(&server, &stella).json()["roles"], json!(["analyst", "steward"]));
    let query =
        json!({ "query": "SELECT email FROM master.customer WHERE email IS NOT NULL ORDER BY 1 LIMIT 1" });
    let rows = |token: &str| {
        let answer = ask(&server, token, "POST", "/v1/sql", &query);
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["rows"][0][0].as_str().unwrap_or_default().to_string()
    };
    let whole = rows(&server.token);
    assert!(whole.contains('@') && rows(&anna) != whole, "an analyst sees the domain alone: {}", rows(&anna));
    assert_eq!(rows(&stella), whole, "the control: a steward sees the address");
    assert_eq!(ask(&server, &anna, "GET", "/v1/review/queue", &Value::Null).error_code(), "K-POLICY-DENIED");
    // A name of one of our roles among the issuer's groups gives nothing.
    assert_eq!(me(&server, &issuer.token("mallory", AUDIENCE)).json()["roles"], json!(["analyst"]));
    let nobody = issuer.token("nobody", AUDIENCE);
    for target in ["/v1/me", "/v1/sources", "/v1/tables"] {
        let answer = ask(&server, &nobody, "GET", target, &Value::Null);
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "K-SIGN-ON-ROLE"), "{target}");
    }
    assert_eq!(server.get("/v1/me").status, 200, "tokens of our own count as before");
    assert_eq!(issuer.asked(), "1", "the keys are kept");
    let audit = ok(kith(server.dir.path(), &["audit", "list", "--json"]));
    assert!(audit.contains(&format!("{}#anna", issuer.url)), "who asked stands in the audit log: {audit}");
}

#[test]
fn tokens_that_are_not_what_they_seem_let_nobody_in() {
    let (issuer, other) = (Issuer::start(), Issuer::start());
    let server = serving(&issuer);
    let good = issuer.token("anna", AUDIENCE);
    assert_eq!(me(&server, &good).status, 200, "the control");
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, signature] = parts.as_slice() else { panic!("three parts: {good}") };
    let of = |text: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("JSON")
    };
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (mut none, mut secret, mut stella) = (of(head), of(head), of(body));
    (none["alg"], secret["alg"]) = ("none".into(), "HS256".into());
    stella["groups"] = json!(["kith-stewards"]);
    let wrong = [
        ("of another audience", issuer.token("anna", "https://shop.example.org")),
        ("of another issuer, with keys of the same names", other.token("anna", AUDIENCE)),
        ("unsigned", format!("{}.{body}.", text(&none))),
        ("unsigned, with the signature", format!("{}.{body}.{signature}", text(&none))),
        ("said to be signed by a shared secret", format!("{}.{body}.{signature}", text(&secret))),
        ("other claims", format!("{head}.{}.{signature}", text(&stella))),
        (
            "the signature of another token",
            format!("{head}.{body}.{}", issuer.token("stella", AUDIENCE).rsplit('.').next().expect("one")),
        ),
        ("cut", good[..good.len() - 2].to_string()),
        ("empty parts", "..".to_string()),
    ];
    for (what, token) in &wrong {
        for (method, target) in [("GET", "/v1/me"), ("GET", "/v1/sources"), ("POST", "/v1/sql")] {
            let answer = ask(&server, token, method, target, &Value::Null);
            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (401, "K-API-TOKEN"),
                "{what} {target}"
            );
        }
    }
    assert_eq!(me(&server, &good).status, 200, "and others are let in");
    assert_eq!(issuer.asked(), "1", "nobody can have us ask for keys all the time");
    let log = std::fs::read_to_string(&server.log).expect("a log");
    assert!(log.contains("does not let in"), "an operator is told why");
    assert!(!log.contains(signature), "and no token stands in the log");
}

#[test]
fn flight_takes_tokens_of_the_issuer() {
    let issuer = Issuer::start();
    let server = serving(&issuer);
    let asked = |token: String| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let endpoint = Endpoint::from_shared(format!("http://{}", server.flight)).expect("an address");
            let mut client = FlightSqlServiceClient::new(endpoint.connect().await.expect("it answers"));
            client.set_token(token);
            client
                .execute("SELECT city FROM master.customer".to_string(), None)
                .await
                .map_err(|e| e.to_string())
        })
    };
    let anna = issuer.token("anna", AUDIENCE);
    assert!(asked(anna.clone()).is_ok(), "the control");
    let refused = asked(issuer.token("nobody", AUDIENCE)).expect_err("no role");
    assert!(refused.contains("none of the claims gives a role"), "{refused}");
    for wrong in [issuer.token("anna", "https://shop.example.org"), anna[..anna.len() - 2].to_string()] {
        let refused = asked(wrong).expect_err("it does not count");
        assert!(refused.contains("sign in with a user"), "{refused}");
    }
}

#[test]
fn an_issuer_that_is_away_lets_nobody_in_and_stops_nobody_else() {
    let issuer = Issuer::start();
    let server = serving(&issuer);
    let anna = issuer.token("anna", AUDIENCE);
    drop(issuer);
    let answer = me(&server, &anna);
    assert_eq!((answer.status, answer.error_code().as_str()), (503, "K-SIGN-ON-ISSUER"));
    assert_eq!(server.get("/v1/me").status, 200, "tokens of our own count");
}
