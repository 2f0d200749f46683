//! The keys of a source that follows a stream of events: NATS JetStream or Kafka.

mod read;
#[cfg(test)]
mod tests;

pub(super) use read::stream;

use super::write::{entry, quoted};
use super::{Secret, SourceKind};
use std::path::PathBuf;

/// The keys, for the configuration and its reference page: name, kinds, values, default, meaning.
pub const KEYS: &[(&str, &[SourceKind], &str, &str, &str)] = {
    use SourceKind::{Kafka, Nats};
    &[
        (
            "servers",
            &[Nats],
            "addresses",
            "needed",
            "`nats://host:4222`, one or several of a cluster; never with a password.",
        ),
        ("stream", &[Nats], "name", "needed", "The JetStream stream. Kith does not make it."),
        (
            "subject",
            &[Nats],
            "subject",
            "all",
            "Only messages of this subject; wildcards as in NATS: `shop.orders.*`.",
        ),
        (
            "consumer",
            &[Nats],
            "name",
            "`kith-` and the source's name",
            "The durable consumer, made where it is missing. What NATS knows under this name as delivered is not delivered again.",
        ),
        (
            "brokers",
            &[Kafka],
            "addresses",
            "needed",
            "`host:9092`, one or several to begin with; they name the others.",
        ),
        (
            "topics",
            &[Kafka],
            "names",
            "needed",
            "One topic or a list. All partitions are read, those that come later too.",
        ),
        (
            "sasl",
            &[Kafka],
            "plain, scram-sha-256, scram-sha-512",
            "`plain`",
            "How `user` and `password` are shown to the brokers.",
        ),
        (
            "from",
            &[Nats, Kafka],
            "earliest, latest",
            "`earliest`",
            "Where to begin the first time: with the oldest message that is kept, or with the next one that comes.",
        ),
        (
            "user",
            &[Nats, Kafka],
            "name",
            "none",
            "Who Kith is, where the servers ask for it; with `password`.",
        ),
        ("password", &[Nats, Kafka], "`env:NAME`, `file:PATH`", "none", "The user's password."),
        ("token", &[Nats], "`env:NAME`, `file:PATH`", "none", "A token, where the servers ask for one."),
        (
            "credentials",
            &[Nats],
            "`env:NAME`, `file:PATH`",
            "none",
            "A credentials file as `nsc` writes it (a JWT and a seed).",
        ),
        ("tls", &[Nats, Kafka], "true, false", "`false`", "Speak TLS, and check the servers' certificates."),
        (
            "tls_ca",
            &[Nats, Kafka],
            "path",
            "the system's",
            "Certificates (PEM) of the authority that signed the servers', relative to `kith.toml`.",
        ),
    ]
};

/// A stream that a source follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Where it is.
    pub at: StreamAt,
    /// Where to begin the first time.
    pub from: Begin,
    /// Who Kith is; the password is the source's.
    pub user: Option<String>,
    /// Speak TLS.
    pub tls: bool,
    /// Who signed the servers' certificates; `None` = somebody whom the system trusts.
    pub tls_ca: Option<PathBuf>,
}

/// Where a stream is.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamAt {
    /// A stream of NATS JetStream.
    Nats {
        /// Addresses of servers.
        servers: Vec<String>,
        /// The stream.
        stream: String,
        /// Only messages of this subject.
        subject: Option<String>,
        /// The durable consumer.
        consumer: Option<String>,
        /// A token.
        token: Option<Secret>,
        /// A credentials file's content.
        credentials: Option<Secret>,
    },
    /// Topics of Kafka.
    Kafka {
        /// Addresses of brokers.
        brokers: Vec<String>,
        /// The topics.
        topics: Vec<String>,
        /// How user and password are shown.
        sasl: Sasl,
    },
}

/// Where to begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begin {
    /// With the oldest message that is kept.
    #[default]
    Earliest,
    /// With the next one that comes.
    Latest,
}

/// How a user is shown to Kafka.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sasl {
    /// As they are.
    #[default]
    Plain,
    /// By a proof.
    ScramSha256,
    /// By a longer proof.
    ScramSha512,
}

const BEGINS: [(&str, Begin); 2] = [("earliest", Begin::Earliest), ("latest", Begin::Latest)];
const SASLS: [(&str, Sasl); 3] =
    [("plain", Sasl::Plain), ("scram-sha-256", Sasl::ScramSha256), ("scram-sha-512", Sasl::ScramSha512)];

/// The reference page.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kinds, values, default, text) in KEYS {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        out.push_str(&format!("| `{key}` | {} | {values} | {default} | {text} |\n", kinds.join(", ")));
    }
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Streams

Generated from `kith_core::config::stream`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

A source of kind `nats` or `kafka` follows a stream of events while `kith serve` runs ([guide](../guide/events.md#from-nats-and-kafka)):

```toml
[[source]]
name = \"shop\"
kind = \"nats\"
servers = [\"nats://nats-1.example:4222\", \"nats://nats-2.example:4222\"]
stream = \"EVENTS\"
subject = \"shop.>\"
user = \"kith\"
password = \"env:NATS_PASSWORD\"

[[source]]
name = \"app\"
kind = \"kafka\"
brokers = [\"kafka-1.example:9093\"]
topics = [\"app-events\"]
user = \"kith\"
password = \"file:secrets/kafka\"
sasl = \"scram-sha-512\"
tls = true
```

| key | kinds | values | default | meaning |
|---|---|---|---|---|
";

const TAIL: &str = "
The keys of a tracking plan ([page](tracking-plans.md)), `rank`, `third_party` and `fields` are as for any source of events; there is no
`write_key`, since nobody sends to Kith.
";

/// Writes them.
pub(super) fn write(out: &mut String, stream: &Stream) {
    let one = |out: &mut String, key: &str, value: &str| entry(out, key, &quoted(value), "");
    let many = |out: &mut String, key: &str, all: &[String]| {
        let all: Vec<_> = all.iter().map(|text| quoted(text)).collect();
        entry(out, key, &format!("[{}]", all.join(", ")), "");
    };
    match &stream.at {
        StreamAt::Nats { servers, stream, subject, consumer, token, credentials } => {
            many(out, "servers", servers);
            one(out, "stream", stream);
            subject.iter().for_each(|subject| one(out, "subject", subject));
            consumer.iter().for_each(|consumer| one(out, "consumer", consumer));
            token.iter().for_each(|token| one(out, "token", &token.to_text()));
            credentials.iter().for_each(|file| one(out, "credentials", &file.to_text()));
        }
        StreamAt::Kafka { brokers, topics, sasl } => {
            many(out, "brokers", brokers);
            many(out, "topics", topics);
            if let Some((name, _)) = SASLS.iter().find(|(_, s)| s == sasl && *s != Sasl::default()) {
                one(out, "sasl", name);
            }
        }
    }
    if stream.from == Begin::Latest {
        one(out, "from", "latest");
    }
    stream.user.iter().for_each(|user| one(out, "user", user));
    if stream.tls {
        entry(out, "tls", "true", "");
    }
    stream.tls_ca.iter().for_each(|path| one(out, "tls_ca", &path.to_string_lossy()));
}
