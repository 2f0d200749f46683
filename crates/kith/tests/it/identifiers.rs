//! The same profile by every identifier that anything said of the customer.

use crate::collect::sent;
use crate::http::Answer;
use crate::product::{Server, add_site, project};
use serde_json::{Value, json};

fn server() -> Server {
    let dir = project();
    add_site(dir.path());
    let file = dir.path().join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let loyalty = "\n[[source]]\nname = \"cards\"\nkind = \"push\"\nkey = \"card\"\n[source.fields]\nmail = \"email\"\nfb = \"facebook_id\"\n\
        browser = \"cookie\"\nuser = \"user_id\"\n";
    std::fs::write(&file, text + loyalty).expect("kith.toml");
    Server::over(dir)
}

fn of(server: &Server, who: &str) -> Answer {
    server.get(&format!("/v1/profiles/{who}"))
}

#[track_caller]
fn same(server: &Server, ids: &[&str]) -> Value {
    let first = of(server, ids[0]).json();
    for id in ids {
        let answer = of(server, id);
        assert_eq!(answer.status, 200, "{id}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(answer.json()["records"], first["records"], "{id}");
    }
    first
}

/// A phone of a visitor, with its tokens.
fn phone(visitor: &str, user: Option<&str>, token: &str, at: u32) -> Value {
    json!({"anonymousId": visitor, "userId": user, "event": "App Opened", "messageId": format!("{visitor} {token} {at}"),
        "timestamp": format!("2026-03-{at:02}T10:00:00Z"),
        "context": {"device": {"type": "ios", "token": token, "advertisingId": format!("ad-{token}")},
            "externalIds": [{"id": format!("fb-{visitor}"), "type": "facebook_id", "collection": "users", "encoding": "none"},
                {"id": "0000", "type": "facebook_id", "collection": "users", "encoding": "none"}]}})
}

fn post(server: &Server, target: &str, body: &Value) -> Answer {
    server.ask("POST", target, &[("content-type", "application/json")], body.to_string().as_bytes())
}

/// By what a visitor with a phone is known.
fn ids(n: u8) -> Vec<String> {
    let kinds =
        ["anonymous_id:a", "cookie:a", "web:anonymous_id:a", "ios.push_token:tok", "device_token:tok"];
    let more = ["ios.idfa:ad-tok", "advertising_id:ad-tok", "facebook_id:fb-a"];
    kinds.iter().chain(&more).map(|kind| format!("{kind}{n}")).collect()
}

#[test]
fn one_profile_by_every_id_and_apart_again_when_a_person_says_so() {
    let server = server();
    sent(&server, "/v1/track", &phone("a1", None, "tok1", 1));
    let at = sent(&server, "/v1/track", &phone("a2", None, "tok2", 2));
    of(&server, &format!("anonymous_id:a1?position={at}"));
    let one: Vec<String> = ids(1);
    let other: Vec<String> = ids(2);
    let texts = |ids: &[String]| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    let check = |server: &Server, ids: &[String]| {
        same(server, &texts(ids).iter().map(String::as_str).collect::<Vec<_>>())
    };
    let visitor = check(&server, &one);
    assert_ne!(visitor["records"], check(&server, &other)["records"]);
    let known = visitor["identifiers"].as_array().expect("identifiers");
    let token = known.iter().find(|id| id["type"] == "ios.push_token").expect("its token");
    assert_eq!((&token["value"], &token["first_at"]), (&json!("tok1"), &json!("2026-03-01T10:00:00Z")));
    assert!(known.iter().all(|id| id["value"] != "0000"), "{known:?}");

    // Both log in as one user, whom a loyalty card and an e-mail address know too.
    let login = |visitor: &str| {
        json!({"anonymousId": visitor, "userId": "u1", "messageId": format!("login {visitor}"),
        "traits": {"email": "tok@example.org"}})
    };
    sent(&server, "/v1/identify", &login("a1"));
    let at = sent(&server, "/v1/identify", &login("a2"));
    of(&server, &format!("user_id:u1?position={at}"));
    let card = json!({"source": "cards", "records": [{"card": "17", "mail": "tok@example.org", "fb": "fb-card", "browser": "c-9", "user": "u1"}]});
    let taken = post(&server, "/v1/records", &card);
    assert_eq!(taken.json()["landed"], 1, "{}", String::from_utf8_lossy(&taken.body));
    let mut all = [one.clone(), other.clone()].concat();
    all.extend(
        ["user_id:u1", "email:tok@example.org", "cards:17", "facebook_id:fb-card", "cookie:c-9"]
            .map(String::from),
    );
    let merged = check(&server, &all);
    assert_eq!(merged["records"].as_array().map(Vec::len), Some(4), "{merged}");
    // The other ways in, too.
    for path in ["events", "contexts", "history?field=email"] {
        let answer = of(&server, &format!("ios.push_token:tok2/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
    let decided =
        json!({"source": "web", "profile": "device_token:tok1", "events": [phone("a1", None, "tok1", 3)]});
    let decided = post(&server, "/v1/decide", &decided);
    assert_eq!(decided.json()["profile"]["profile_id"], merged["profile_id"]);

    // After a kill, and folded anew, it is the same.
    let server = server.kill_and_restart();
    check(&server, &all);
    drop(std::fs::remove_dir_all(server.dir.path().join(".kith/events/default/store")));
    let server = server.kill_and_restart();
    check(&server, &all);

    // A person says that the second phone is somebody else's: its ids lead to its own profile.
    let never = |other: &str| json!({"verdict": "never", "a": "web:anonymous_id:a2", "b": other});
    let never = ["web:user_id:u1", "web:anonymous_id:a1", "cards:17"].map(never);
    let never = json!({"decisions": never, "reason": "a shared tablet"});
    let answer = post(&server, "/v1/decisions", &never);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let second = check(&server, &other);
    assert_eq!(second["records"].as_array().map(Vec::len), Some(1), "{second}");
    check(&server, &one);

    let nobody = of(&server, "ios.push_token:none");
    assert_eq!((nobody.status, nobody.json()["error"]["code"].as_str()), (404, Some("K-LOOKUP-NOBODY")));
    let unknown = of(&server, "fax:1");
    assert_eq!((unknown.status, unknown.json()["error"]["code"].as_str()), (400, Some("K-LOOKUP-TYPE")));
}

#[test]
fn an_id_that_two_people_have_is_of_who_has_most_of_it() {
    let server = server();
    let at = sent(&server, "/v1/track", &phone("a1", Some("u1"), "shared", 1));
    of(&server, &format!("user_id:u1?position={at}"));
    sent(&server, "/v1/track", &phone("a2", Some("u2"), "shared", 2));
    let at = sent(&server, "/v1/track", &phone("a3", Some("u2"), "own", 3));
    of(&server, &format!("user_id:u2?position={at}"));
    let (one, two) = (of(&server, "user_id:u1").json(), of(&server, "user_id:u2").json());
    assert_ne!(one["records"], two["records"], "a token makes nobody one person");
    // One carrier of each has it: the older one, as with a shared phone number.
    assert_eq!(of(&server, "ios.push_token:shared").json()["profile_id"], one["profile_id"]);
    assert_eq!(of(&server, "ios.push_token:own").json()["profile_id"], two["profile_id"]);
}
