use super::{Begin, Sasl, StreamAt};
use crate::config::{ConfigError, Secret, SourceKind, parse};

const NATS: &str = "kind = \"nats\"\nservers = \"nats://127.0.0.1:4222\"\nstream = \"EVENTS\"\n";
const KAFKA: &str = "kind = \"kafka\"\nbrokers = \"127.0.0.1:9092\"\ntopics = \"events\"\n";

fn file(lines: &str) -> String {
    format!("[project]\nname = \"a\"\n[[source]]\nname = \"shop\"\n{lines}\n")
}

/// A fault, and the text it points at.
fn fault(lines: &str) -> (ConfigError, String) {
    let text = file(lines);
    let fault = parse(&text, "kith.toml").expect_err("should be refused");
    let pointed = text[fault.span.clone()].to_string();
    (fault, pointed)
}

#[test]
fn both_kinds_are_read_and_written() {
    let more = "subject = \"shop.>\"\nconsumer = \"k\"\nfrom = \"latest\"\ntoken = \"env:T\"\ncredentials = \"file:c\"\n\
        user = \"u\"\npassword = \"env:P\"\ntls = true\ntls_ca = \"ca.pem\"\ntracking_plan = \"p.json\"";
    let config = parse(&file(&format!("{NATS}{more}")), "kith.toml").expect("a configuration");
    let source = &config.sources[0];
    assert!(source.kind.takes_events() && source.write_key.is_none() && source.plan.is_some());
    assert_eq!(source.key, [crate::config::CARRIER], "whoever events hang on is a record of the source");
    assert_eq!(source.password, Some(Secret::Env("P".into())));
    let stream = source.stream.clone().expect("a stream");
    assert_eq!((stream.from, stream.tls, stream.user.as_deref()), (Begin::Latest, true, Some("u")));
    let StreamAt::Nats { subject, consumer, .. } = &stream.at else { panic!("{stream:?}") };
    assert_eq!((subject.as_deref(), consumer.as_deref()), (Some("shop.>"), Some("k")));
    assert_eq!(parse(&config.to_toml(), "again").expect("a configuration"), config);

    let more = "user = \"u\"\npassword = \"env:P\"\nsasl = \"scram-sha-512\"";
    let two = KAFKA.replace("\"events\"", "[\"a.b\", \"c_d\"]");
    let config = parse(&file(&format!("{two}{more}")), "kith.toml").expect("a configuration");
    assert_eq!(config.sources[0].kind, SourceKind::Kafka);
    let at = config.sources[0].stream.clone().expect("a stream").at;
    let StreamAt::Kafka { brokers, topics, sasl } = at else { panic!("{at:?}") };
    assert_eq!(
        (brokers, topics, sasl),
        (vec!["127.0.0.1:9092".into()], vec!["a.b".into(), "c_d".into()], Sasl::ScramSha512)
    );
    assert_eq!(parse(&config.to_toml(), "again").expect("a configuration"), config);
}

#[test]
fn what_is_wrong_is_pointed_at() {
    for (lines, code, pointed) in [
        (NATS.replace("stream = \"EVENTS\"\n", ""), "K-CONFIG-MISSING", ""),
        (NATS.replace("EVENTS", "shop.>"), "K-CONFIG-VALUE", "\"shop.>\""),
        (NATS.replace("nats://127.0.0.1:4222", "nats://u:p@h"), "K-CONFIG-SECRET", "\"nats://u:p@h\""),
        (NATS.replace("nats://127.0.0.1:4222", "nats://tok@h"), "K-CONFIG-SECRET", "\"nats://tok@h\""),
        (NATS.replace("nats://127.0.0.1:4222", "http://h:1"), "K-CONFIG-VALUE", "\"http://h:1\""),
        (format!("{NATS}subject = \"a..b\""), "K-CONFIG-VALUE", "\"a..b\""),
        (format!("{NATS}from = \"latset\""), "K-CONFIG-VALUE", "\"latset\""),
        (format!("{NATS}token = \"hunter2\""), "K-CONFIG-SECRET", "\"hunter2\""),
        (format!("{NATS}user = \"u\""), "K-CONFIG-VALUE", "\"u\""),
        (format!("{NATS}password = \"env:P\""), "K-CONFIG-VALUE", "\"env:P\""),
        (format!("{NATS}tls = \"yes\""), "K-CONFIG-TYPE", "\"yes\""),
        (format!("{NATS}tls_ca = \"ca\""), "K-CONFIG-VALUE", "\"ca\""),
        (format!("{NATS}brokers = \"a:1\""), "K-CONFIG-KEY", "brokers"),
        (format!("{NATS}write_key = \"wk_12345678\""), "K-CONFIG-KEY", "write_key"),
        (KAFKA.replace("127.0.0.1:9092", "127.0.0.1"), "K-CONFIG-VALUE", "\"127.0.0.1\""),
        (KAFKA.replace("\"events\"", "[]"), "K-CONFIG-VALUE", "[]"),
        (KAFKA.replace("events", "orders.*"), "K-CONFIG-VALUE", "\"orders.*\""),
        (format!("{KAFKA}sasl = \"plain\""), "K-CONFIG-VALUE", "\"plain\""),
        (KAFKA.replace("topics = \"events\"\n", ""), "K-CONFIG-MISSING", ""),
    ] {
        let (fault, found) = fault(&lines);
        assert_eq!(fault.code, code, "{lines}: {fault}");
        assert!(pointed.is_empty() || found == pointed, "{lines}: {found}");
        assert!(!fault.message.contains("hunter2") && !fault.help.contains("hunter2"), "{fault}");
    }
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("streams.md", &super::render_reference());
}
