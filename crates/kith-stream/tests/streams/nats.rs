//! NATS JetStream: a real server.

use crate::brokers::{Nats, NatsLink, until};
use crate::follower::{Door, Follower, Wrong, each_once, events, follow, kept, numbered, shop};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

fn toml(nats: &Nats, more: &str) -> String {
    let url = nats.url();
    format!(
        "[project]\nname = \"t\"\n[[source]]\nname = \"shop\"\nkind = \"nats\"\nservers = \"{url}\"\nstream = \"EVENTS\"\n{more}\n"
    )
}

fn publish(link: &mut NatsLink, numbers: std::ops::Range<u64>) {
    numbers.for_each(|n| link.publish("shop.orders", numbered(n).as_bytes()));
    link.flush();
}

#[test]
fn one_event_a_list_and_a_batch_arrive_once_and_poison_is_kept_aside() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "");
    let mut link = nats.with_stream();
    link.publish("shop.a", numbered(0).as_bytes());
    link.publish("shop.b", format!("[{},{}]", numbered(1), numbered(2)).as_bytes());
    link.publish("shop.c", format!("{{\"batch\": [{}, {}]}}", numbered(3), numbered(4)).as_bytes());
    for poison in [&b"{ broken"[..], b"\xff\xfe", b"", b"17", br#"{"type":"track","userId":"u"}"#] {
        link.publish("shop.poison", poison);
    }
    publish(&mut link, 5..10);
    let follower = Follower::start(dir.path(), &toml(&nats, ""), Wrong::Nothing);
    until("they are there", || follower.said()["events"] == 15);
    follower.caught_up();
    follower.stop();
    let found = kept(dir.path());
    each_once(&found, 0..10);
    let mut refused: Vec<_> = found.refused.iter().map(|(c, o)| (c.as_str(), o.as_str())).collect();
    refused.sort_unstable();
    assert_eq!(
        refused,
        [
            ("K-COLLECT-JSON", ""),
            ("K-COLLECT-JSON", "17"),
            ("K-COLLECT-JSON", "hex:fffe"),
            ("K-COLLECT-JSON", "{ broken"),
            ("K-EVENT-NO-NAME", r#"{"type":"track","userId":"u"}"#),
        ]
    );
    // What was acknowledged does not come again.
    let info = link.ask("$JS.API.CONSUMER.INFO.EVENTS.kith-shop", &json!({}));
    assert_eq!((&info["num_ack_pending"], &info["num_pending"]), (&json!(0), &json!(0)), "{info}");
}

/// Publishes while followers are killed; how much.
fn killed_while_messages_come(nats: &Nats, dir: &std::path::Path, wrong: Wrong) -> u64 {
    let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut link = nats.with_stream();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Relaxed) {
                publish(&mut link, n..n + 50);
                link.publish("shop.poison", format!("{{ broken {n}").as_bytes());
                n += 50;
                sent.store(n, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
            link.flush();
        });
        for round in 0..4 {
            let follower = Follower::start(dir, &toml(nats, ""), wrong);
            let begin = sent.load(Ordering::Relaxed);
            until("some came", || {
                follower.said()["events"].as_u64() > Some(100) && sent.load(Ordering::Relaxed) > begin + 200
            });
            std::thread::sleep(Duration::from_millis(37 * round));
            follower.kill();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let follower = Follower::start(dir, &toml(nats, ""), wrong);
    follower.caught_up();
    follower.kill();
    sent.load(Ordering::Relaxed)
}

#[test]
fn kill_nine_while_messages_come_counts_each_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "");
    let sent = killed_while_messages_come(&nats, dir.path(), Wrong::Nothing);
    let found = kept(dir.path());
    each_once(&found, 0..sent);
    assert_eq!(found.refused.len() as u64, sent / 50, "poison too: {:?}", found.counted);
}

#[test]
fn control_an_acknowledgement_before_the_disk_loses() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "");
    let sent = killed_while_messages_come(&nats, dir.path(), Wrong::SaysSoEarly);
    let found = kept(dir.path());
    assert!((found.events.len() as u64) < sent, "the test above can see a loss");
}

#[test]
fn a_server_that_goes_away_is_followed_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut nats = Nats::start(dir.path(), "");
    let mut link = nats.with_stream();
    publish(&mut link, 0..100);
    let follower = Follower::start(dir.path(), &toml(&nats, ""), Wrong::Nothing);
    follower.caught_up();
    nats.kill();
    until("it says so", || follower.said()["state"] == "away");
    assert_eq!(follower.said()["problem"], "K-STREAM-AWAY");
    nats.again();
    let mut link = nats.link(Value::Null);
    publish(&mut link, 100..200);
    until("it goes on", || follower.said()["events"].as_u64() >= Some(200));
    follower.caught_up();
    assert_eq!(follower.said()["problem"], Value::Null);
    follower.stop();
    each_once(&kept(dir.path()), 0..200);
}

#[test]
fn a_backlog_that_is_larger_than_the_queue_waits() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "");
    let mut link = nats.with_stream();
    publish(&mut link, 0..5_000);
    // A hundredth of the backlog fits.
    let follower = Follower::with_queue(dir.path(), &toml(&nats, ""), Wrong::Nothing, 20_000);
    until("all of it is there", || follower.said()["events"].as_u64() >= Some(5_000));
    follower.caught_up();
    follower.stop();
    each_once(&kept(dir.path()), 0..5_000);
}

#[test]
fn a_consumer_is_made_with_its_subject_and_its_beginning() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "");
    let mut link = nats.with_stream();
    link.publish("shop.orders", numbered(0).as_bytes());
    link.flush();
    let more = "consumer = \"own\"\nsubject = \"shop.orders\"\nfrom = \"latest\"";
    let follower = Follower::start(dir.path(), &toml(&nats, more), Wrong::Nothing);
    until("it is there", || follower.said()["state"] == "following");
    link.publish("shop.other", numbered(7).as_bytes());
    link.publish("shop.orders", numbered(1).as_bytes());
    link.flush();
    until("the second one came", || follower.said()["events"] == 1);
    // While it is away nothing is missed.
    follower.kill();
    publish(&mut link, 2..5);
    let follower = Follower::start(dir.path(), &toml(&nats, more), Wrong::Nothing);
    until("the rest came", || follower.said()["events"].as_u64() >= Some(3));
    follower.stop();
    each_once(&kept(dir.path()), 1..5);
}

/// The code of what is wrong, once it is known; the follower runs in this process.
fn problem(dir: &std::path::Path, toml: &str) -> String {
    let door = Door { events: events(&dir.join("log"), 1 << 20), wrong: Wrong::Nothing };
    let following = follow(dir, toml, Arc::new(door));
    let mut code = String::new();
    until("it is known what is wrong", || {
        let status = following.status(&shop()).expect("a status");
        code = status.problem.map(|problem| problem.code.to_string()).unwrap_or_default();
        !code.is_empty()
    });
    code
}

#[test]
fn what_is_wrong_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let users = "authorization { users = [ {user: kith, password: sesame}, {user: other, password: open} ] }";
    let nats = Nats::start(dir.path(), users);
    let known = "user = \"kith\"\npassword = \"env:IT\"";
    let mut link = nats.link(json!({"user": "kith", "pass": "sesame"}));
    assert_eq!(problem(dir.path(), &toml(&nats, "")), "K-STREAM-LOGIN", "without a login");
    assert_eq!(problem(dir.path(), &toml(&nats, &known.replace("kith", "other"))), "K-STREAM-LOGIN");
    assert_eq!(problem(dir.path(), &toml(&nats, known)), "K-STREAM-MISSING", "no such stream yet");
    let made = link.ask("$JS.API.STREAM.CREATE.EVENTS", &json!({"name": "EVENTS", "subjects": ["shop.>"]}));
    assert!(made["error"].is_null(), "{made}");
    let config = json!({"durable_name": "kith-shop", "ack_policy": "none", "deliver_policy": "all"});
    let asked = json!({"stream_name": "EVENTS", "config": config});
    link.ask("$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.kith-shop", &asked);
    assert_eq!(problem(dir.path(), &toml(&nats, known)), "K-STREAM-CONSUMER");
    let nobody = toml(&nats, known).replace(&nats.port.to_string(), "1");
    assert_eq!(problem(dir.path(), &nobody), "K-STREAM-AWAY");
}

#[test]
fn a_token_lets_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let nats = Nats::start(dir.path(), "authorization { token: sesame }");
    assert_eq!(problem(dir.path(), &toml(&nats, "")), "K-STREAM-LOGIN");
    assert_eq!(problem(dir.path(), &toml(&nats, "token = \"env:IT\"")), "K-STREAM-MISSING", "it is in");
}

/// Runs openssl in a folder.
fn openssl(dir: &std::path::Path, arguments: &str) {
    let mut command = std::process::Command::new("openssl");
    let done = command.args(arguments.split(' ')).current_dir(dir).output().expect("openssl is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn the_certificate_of_the_server_is_checked() {
    let dir = tempfile::tempdir().expect("a folder");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for ca in ["ca", "other"] {
        openssl(
            dir.path(),
            &format!("req -x509 {key} -keyout {ca}.key -out {ca}.pem -subj /CN={ca} -days 2"),
        );
    }
    openssl(dir.path(), &format!("req {key} -keyout key.pem -out server.csr -subj /CN=localhost"));
    std::fs::write(dir.path().join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
    let sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile names";
    openssl(dir.path(), sign);
    let files = |name: &str| dir.path().join(name).display().to_string();
    let tls = format!("tls {{ cert_file: {:?}, key_file: {:?} }}", files("cert.pem"), files("key.pem"));
    let nats = Nats::start(dir.path(), &tls);
    let with = |ca: &str| problem(dir.path(), &toml(&nats, &format!("tls = true\ntls_ca = \"{ca}\"")));
    assert_eq!(with("ca.pem"), "K-STREAM-MISSING", "it is in, and there is no stream");
    assert_eq!(with("other.pem"), "K-STREAM-AWAY", "somebody else signed it");
    assert_eq!(with("key.pem"), "K-STREAM-TLS", "no certificate");
    assert_eq!(
        problem(dir.path(), &toml(&nats, "tls = true")),
        "K-STREAM-AWAY",
        "the system does not know it"
    );
}
