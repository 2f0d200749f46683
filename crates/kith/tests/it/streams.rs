//! Streams as sources, through the product: from a broker to the profile, by way of the tracking plan, across a kill.

use crate::brokers::{Kafka, Nats, NatsLink, until};
use crate::collect::profile;
use crate::product::{Server, kith, ok, project};
use serde_json::{Value, json};
use std::path::Path;

fn add(dir: &Path, lines: &str) {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let orders = "[[trait]]\nname = \"orders\"\nevent = \"Order Completed\"\naggregate = \"count\"\n";
    std::fs::write(&file, format!("{text}\n{lines}\n{orders}")).expect("kith.toml");
}

fn order(n: u64) -> String {
    json!({"type": "track", "event": "Order Completed", "userId": format!("u{}", n % 5), "properties": {"n": n}}).to_string()
}

fn publish(link: &mut NatsLink, numbers: std::ops::Range<u64>) {
    numbers.for_each(|n| link.publish("shop.orders", order(n).as_bytes()));
    link.flush();
}

/// The source as the server shows it.
fn source(server: &Server, name: &str) -> Value {
    let all = server.get("/v1/sources").json();
    let found = all.as_array().expect("a list").iter().find(|source| source["name"] == name);
    found.cloned().unwrap_or_else(|| panic!("{all}"))
}

/// How a source's events are counted, once the stream has no more of them and they are in the profiles.
fn counted(server: &Server, name: &str, received: u64) -> Value {
    let mut found = Value::Null;
    until("all of it is counted", || {
        let counts = server.get("/v1/events/counts").json();
        let all = counts["sources"].as_array().cloned().unwrap_or_default();
        found = all.into_iter().find(|counted| counted["source"] == name).unwrap_or_default();
        counts["applied"] == counts["position"] && found["received"].as_u64() >= Some(received)
    });
    found
}

fn position(server: &Server) -> u64 {
    server.get("/v1/events/counts").json()["position"].as_u64().expect("a position")
}

#[test]
fn events_of_nats_are_in_the_profile_once_across_a_kill() {
    let brokers = tempfile::tempdir().expect("a folder");
    let mut nats = Nats::start(brokers.path(), "");
    let mut link = nats.with_stream();
    let dir = project();
    let lines = format!(
        "[[source]]\nname = \"bus\"\nconsumer = \"kith-shop\"\nkind = \"nats\"\nservers = \"{}\"\nstream = \"EVENTS\"\n",
        nats.url()
    );
    add(dir.path(), &format!("{lines}tracking_plan = \"plan.json\"\nunplanned_events = \"block\"\n"));
    let plan = json!({"rules": {"events": [{"name": "Order Completed", "version": 1, "rules": {"type": "object"}}]}});
    std::fs::write(dir.path().join("plan.json"), plan.to_string()).expect("a plan");
    let doctor = ok(kith(dir.path(), &["doctor"]));
    assert!(doctor.contains("source bus: can be followed: the stream EVENTS has 0 messages"), "{doctor}");

    let mut server = Server::over(dir);
    assert_eq!(server.collect, None, "nobody has a write key");
    publish(&mut link, 0..500);
    link.publish("shop.orders", order(0).replace("Order Completed", "Unplanned").as_bytes());
    link.publish("shop.orders", b"{ broken");
    link.flush();
    until("some came", || source(&server, "bus")["stream"]["events"].as_u64() > Some(0));
    server.kill();
    publish(&mut link, 500..1_000);
    server = server.kill_and_restart();
    until("it has caught up", || source(&server, "bus")["stream"]["lag"] == 0);
    let shop = counted(&server, "bus", 1_002);
    assert_eq!((&shop["accepted"], &shop["refused"]), (&json!(1_000), &json!(2)), "{shop}");
    for n in 0..5 {
        let profile = profile(&server, &format!("user_id:u{n}"), position(&server));
        assert_eq!(profile["activity"]["traits"]["orders"], 200, "u{n}");
    }
    let metrics = String::from_utf8(server.get("/v1/metrics").body).expect("text");
    assert!(metrics.contains("kith_stream_following{source=\"bus\"} 1\n"), "{metrics}");
    assert!(metrics.contains("kith_stream_lag{source=\"bus\"} 0\n"), "{metrics}");

    nats.kill();
    let stream = |server: &Server| server.get("/v1/health/views").json()["streams"][0]["stream"].clone();
    until("it says so", || stream(&server)["state"] == "away");
    assert_eq!(stream(&server)["problem"]["code"], "K-STREAM-AWAY", "{}", stream(&server));
    nats.again();
    publish(&mut nats.link(Value::Null), 1_000..1_005);
    until("it goes on", || source(&server, "bus")["stream"]["state"] == "following");
    assert_eq!(counted(&server, "bus", shop["received"].as_u64().expect("a number") + 5)["accepted"], 1_005);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn events_of_kafka_are_in_the_profile_once_across_a_kill_and_without_offsets() {
    let mut kafka = Kafka::start();
    kafka.create("orders", 2);
    let dir = project();
    let lines = "[[source]]\nname = \"app\"\nkind = \"kafka\"\ntopics = [\"orders\"]\n";
    add(dir.path(), &format!("{lines}brokers = [{:?}]\n", kafka.brokers));
    let doctor = ok(kith(dir.path(), &["doctor"]));
    assert!(doctor.contains("source app: can be followed: 2 partitions of 1 topics"), "{doctor}");
    let mut server = Server::over(dir);
    let orders = |numbers: std::ops::Range<u64>| numbers.map(order).collect::<Vec<_>>();
    kafka.send("orders", 2, &orders(0..500), "lz4");
    let offsets = server.dir.path().join(".kith/streams/default/app.json");
    until("some came", || source(&server, "app")["stream"]["events"].as_u64() > Some(0) && offsets.exists());
    server.kill();
    kafka.send("orders", 2, &orders(500..1_000), "none");
    std::fs::remove_file(&offsets).expect("offsets");
    server = server.kill_and_restart();
    until("it has caught up", || source(&server, "app")["stream"]["events"].as_u64() >= Some(1_000));
    let app = counted(&server, "app", 1_000);
    assert_eq!((&app["accepted"], &app["refused"]), (&json!(1_000), &json!(0)), "{app}");
    assert!(app["duplicate"].as_u64() > Some(0), "some were read again: {app}");
    let stream = &source(&server, "app")["stream"];
    assert_eq!(
        (&stream["lag"], stream["partitions"].as_array().map(Vec::len)),
        (&json!(0), Some(2)),
        "{stream}"
    );
    for n in 0..5 {
        let profile = profile(&server, &format!("user_id:u{n}"), position(&server));
        assert_eq!(profile["activity"]["traits"]["orders"], 200, "u{n}");
    }
    assert_eq!(server.stop(), Some(0));
}
