//! Brokers for tests, on loopback: Debian's nats-server, and librdkafka's mock cluster (`kafka.py`). Nothing here uses the clients that
//! Kith uses. `scripts/setup.sh test` installs what they need.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A NATS server with JetStream; its data outlive it.
pub struct Nats {
    child: Child,
    pub port: u16,
    arguments: Vec<String>,
}

impl Nats {
    /// Starts one on a free port, with its data in a folder and further lines of configuration.
    pub fn start(dir: &Path, more: &str) -> Nats {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let config = dir.join("nats.conf");
        let text = format!(
            "host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: {:?} }}\n{more}\n",
            dir.join("nats")
        );
        std::fs::write(&config, text).expect("a configuration");
        let arguments = vec!["-c".to_string(), config.display().to_string()];
        let child = Nats::run(&arguments, port);
        Nats { child, port, arguments }
    }

    fn run(arguments: &[String], port: u16) -> Child {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "nats-server"]
            .into_iter()
            .find(|program| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok())
            .expect("nats-server is installed: scripts/setup.sh test");
        let mut command = Command::new(program);
        let child =
            command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        until("nats-server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        child
    }

    /// Ends it, as a machine that goes away would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again over its data.
    pub fn again(&mut self) {
        self.child = Nats::run(&self.arguments, self.port);
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A connection; `login` is what CONNECT says beside the usual.
    pub fn link(&self, login: Value) -> NatsLink {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        let mut link =
            NatsLink { reader: BufReader::new(stream.try_clone().expect("the same socket")), stream };
        let mut said = json!({"verbose": false, "pedantic": false, "headers": false});
        let members = login.as_object().into_iter().flatten();
        members.for_each(|(name, value)| said[name] = value.clone());
        let info = link.line();
        assert!(info.starts_with("INFO "), "{info}");
        link.send(format!("CONNECT {said}\r\n").as_bytes());
        link.flush();
        link
    }

    /// A stream named EVENTS over `shop.>`, and its consumer `kith-shop`, which delivers again after a second.
    pub fn with_stream(&self) -> NatsLink {
        let mut link = self.link(Value::Null);
        until("JetStream is ready", || {
            let made =
                link.ask("$JS.API.STREAM.CREATE.EVENTS", &json!({"name": "EVENTS", "subjects": ["shop.>"]}));
            made["error"].is_null()
        });
        let config = json!({"durable_name": "kith-shop", "ack_policy": "explicit", "ack_wait": 1_000_000_000u64,
            "deliver_policy": "all", "max_ack_pending": 10_000});
        let made = link.ask(
            "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.kith-shop",
            &json!({"stream_name": "EVENTS", "config": config}),
        );
        assert!(made["error"].is_null(), "{made}");
        link
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A connection that speaks NATS's own text protocol.
pub struct NatsLink {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl NatsLink {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line of NATS");
        line.trim_end().to_string()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("NATS listens");
    }

    /// Returns when NATS has taken everything that was sent.
    pub fn flush(&mut self) {
        self.send(b"PING\r\n");
        loop {
            match self.line().as_str() {
                "PONG" => return,
                "PING" => self.send(b"PONG\r\n"),
                said => assert!(said.is_empty() || said.starts_with("INFO"), "NATS says {said}"),
            }
        }
    }

    pub fn publish(&mut self, subject: &str, payload: &[u8]) {
        let mut bytes = format!("PUB {subject} {}\r\n", payload.len()).into_bytes();
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(b"\r\n");
        self.send(&bytes);
    }

    /// A request, and its answer.
    pub fn ask(&mut self, subject: &str, payload: &Value) -> Value {
        let payload = payload.to_string();
        self.send(
            format!(
                "SUB answers.here 9\r\nUNSUB 9 1\r\nPUB {subject} answers.here {}\r\n{payload}\r\n",
                payload.len()
            )
            .as_bytes(),
        );
        loop {
            let line = self.line();
            if line == "PING" {
                self.send(b"PONG\r\n");
            }
            if let Some(length) = line.strip_prefix("MSG ").and_then(|rest| rest.rsplit(' ').next()) {
                let mut bytes = vec![0; length.parse::<usize>().expect("a length") + 2];
                self.reader.read_exact(&mut bytes).expect("the answer");
                return serde_json::from_slice(&bytes[..bytes.len() - 2]).expect("JSON");
            }
        }
    }
}

/// Kafka brokers, and a producer.
pub struct Kafka {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pub brokers: String,
}

impl Kafka {
    pub fn start() -> Kafka {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/brokers/kafka.py");
        let mut command = Command::new(python());
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().expect("Python with confluent-kafka is installed: scripts/setup.sh test");
        let stdin = child.stdin.take().expect("its input");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut kafka = Kafka { child, stdin, stdout, brokers: String::new() };
        kafka.brokers = kafka.answer()["brokers"].as_str().expect("addresses").to_string();
        kafka
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("tests/brokers/kafka.py answers: scripts/setup.sh test")
    }

    /// Has it do something; what it can do stands in `kafka.py`.
    pub fn ask(&mut self, asked: &Value) {
        writeln!(self.stdin, "{asked}").expect("it listens");
        assert_eq!(self.answer(), json!({"done": true}));
    }

    pub fn create(&mut self, topic: &str, partitions: u32) {
        self.ask(&json!({"create": topic, "partitions": partitions}));
    }

    /// Sends values to partitions in turn.
    pub fn send(&mut self, topic: &str, partitions: usize, values: &[String], compression: &str) {
        let all: Vec<_> =
            values.iter().enumerate().map(|(n, value)| json!([topic, n % partitions, value])).collect();
        self.ask(&json!({"send": all, "compression": compression}));
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The environment of `scripts/setup.sh`.
fn python() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home).unwrap_or_default();
    cache.join("kith-python/kafka/bin/python")
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
