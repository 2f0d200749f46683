//! A process that follows a stream into a log of events, to be killed: this test binary once more. And a look at what it kept.

use kith_core::config;
use kith_core::config::stream::StreamAt;
use kith_core::entry::Entry;
use kith_core::event::Counted;
use kith_core::event::wire::Incoming;
use kith_core::id::{Position, SourceName, Tenant};
use kith_live::Seams;
use kith_live::events::{Events, NotTaken, Nothing, Receipt, Reply, Settings};
use kith_stream::{Following, Login, Sent, Sink, Spec};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Says to this binary that it is the one that follows.
const FOLLOW: &str = "KITH_TEST_FOLLOW";

pub fn shop() -> SourceName {
    SourceName::try_from("shop").expect("a name")
}

/// The log of events in a folder.
pub fn events(dir: &Path, queue_bytes_max: usize) -> Events {
    let settings = Settings { queue_bytes_max, ..Settings::default() };
    Events::open(dir, &Tenant::default_tenant(), Seams::real(), settings, Arc::new(Nothing))
        .expect("a log of events")
}

/// Follows the source of a configuration in this process.
pub fn follow(dir: &Path, toml: &str, sink: Arc<dyn Sink>) -> Following {
    let config = config::parse(toml, "kith.toml").expect("a configuration");
    let source = &config.sources[0];
    let stream = source.stream.clone().expect("a stream");
    let known = |asked: bool| asked.then(|| "sesame".to_string());
    let token = matches!(&stream.at, StreamAt::Nats { token: Some(_), .. });
    let login = Login { password: known(source.password.is_some()), token: known(token), credentials: None };
    let spec = Spec { source: source.name.clone(), stream, login, base: dir.to_path_buf() };
    kith_stream::follow(vec![spec], sink, Seams::real().clock, dir.join("streams")).expect("a thread")
}

/// How events are handed over: as the engine does, or wrong in one way, to show that a test sees it.
pub struct Door {
    pub events: Events,
    pub wrong: Wrong,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    /// What is delivered again is not known again.
    KnowsNothing,
    /// It is said to be on the disk before it is.
    SaysSoEarly,
}

impl Sink for Door {
    fn submit(&self, sent: Vec<Sent>, reply: Reply) -> Result<(), NotTaken> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let placed = |sent: Sent| {
            let mut incoming = sent.incoming;
            match &mut incoming {
                Incoming::Refused(refused) => refused.place = sent.place,
                Incoming::Event(event) if self.wrong == Wrong::KnowsNothing => {
                    let made = MADE.fetch_add(1, Ordering::Relaxed);
                    event.message_id = format!("{} {made} {}", event.message_id, std::process::id());
                }
                Incoming::Event(_) => {}
            }
            incoming
        };
        let incoming: Vec<_> = sent.into_iter().map(placed).collect();
        if self.wrong != Wrong::SaysSoEarly {
            return self.events.submit(incoming, reply);
        }
        let counted = Counted { received: incoming.len() as u64, ..Counted::default() };
        reply(Ok(Receipt { counted, ..Receipt::default() }));
        let events = self.events.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(60));
            let _ = events.append(incoming);
        });
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.events.has_room()
    }
}

/// The other process.
#[test]
#[ignore = "the others start it as a process of its own"]
fn follower() {
    let Ok(told) = std::env::var(FOLLOW) else { return };
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let text = |name: &str| told[name].as_str().expect("a text").to_string();
    let dir = Path::new(&text("dir")).to_path_buf();
    let wrong = match told["wrong"].as_u64() {
        Some(1) => Wrong::KnowsNothing,
        Some(2) => Wrong::SaysSoEarly,
        _ => Wrong::Nothing,
    };
    let events = events(&dir, told["queue"].as_u64().expect("a number") as usize);
    let following = follow(&dir, &text("toml"), Arc::new(Door { events, wrong }));
    std::thread::scope(|scope| {
        let stopped = scope.spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            following.stop();
        });
        while !stopped.is_finished() {
            let status = following.status(&shop()).expect("a status");
            let code = status.problem.as_ref().map(|problem| problem.code);
            println!(
                "{}",
                json!({"state": status.state.name(), "problem": code, "lag": status.lag, "events": status.events})
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

/// The other process, as its parent sees it.
pub struct Follower {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Arc<Mutex<Value>>,
}

impl Follower {
    pub fn start(dir: &Path, toml: &str, wrong: Wrong) -> Follower {
        Follower::with_queue(dir, toml, wrong, 32 << 20)
    }

    pub fn with_queue(dir: &Path, toml: &str, wrong: Wrong, queue: usize) -> Follower {
        let told = json!({"dir": dir, "toml": toml, "queue": queue, "wrong": wrong as u64});
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", "follower::follower", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(FOLLOW, told.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("its output"));
        let said = Arc::new(Mutex::new(Value::Null));
        let heard = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Ok(status @ Value::Object(_)) = serde_json::from_str(&line) {
                    *heard.lock().expect("a lock") = status;
                }
            }
        });
        Follower { child, stdin, said }
    }

    /// What it said last of how the stream stands.
    pub fn said(&self) -> Value {
        self.said.lock().expect("a lock").clone()
    }

    /// Waits until it has everything that the stream has.
    #[track_caller]
    pub fn caught_up(&self) {
        crate::brokers::until("it has caught up", || {
            let said = self.said();
            said["lag"] == 0 && said["state"] == "following"
        });
    }

    /// Ends it at once.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop, and waits.
    pub fn stop(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a log of events holds.
pub struct Kept {
    /// How often each event is there, by what it says it is.
    pub events: BTreeMap<String, u64>,
    /// Code and original of refused events.
    pub refused: Vec<(String, String)>,
    pub counted: Counted,
}

/// Looks at the log in a folder; the follower has ended. Events tell what they are in `event`.
pub fn kept(dir: &Path) -> Kept {
    let events = events(dir, 32 << 20);
    assert!(events.wait(events.position(), Duration::from_secs(60)));
    let mut kept = Kept { events: BTreeMap::new(), refused: Vec::new(), counted: Counted::default() };
    for item in events.log_behind(Position(0)) {
        match item.expect("a good log").1 {
            Entry::Event(event) => *kept.events.entry(event.name).or_default() += 1,
            Entry::RefusedEvent(refused) => kept.refused.push((refused.code, refused.original)),
            _ => {}
        }
    }
    kept.counted = events.counts().get(&shop()).copied().unwrap_or_default();
    assert!(kept.counted.holds(), "{:?}", kept.counted);
    kept
}

/// An event that says its number; every third has an id of its own.
pub fn numbered(n: u64) -> String {
    let mut event = json!({"type": "track", "event": format!("E{n}"), "userId": format!("u{}", n % 20), "properties": {"n": n}});
    if n.is_multiple_of(3) {
        event["messageId"] = format!("m{n}").into();
    }
    event.to_string()
}

/// Asserts that these events, and no others, are there once.
#[track_caller]
pub fn each_once(kept: &Kept, numbers: std::ops::Range<u64>) {
    let wrong: Vec<_> = numbers
        .clone()
        .map(|n| format!("E{n}"))
        .filter(|name| kept.events.get(name) != Some(&1))
        .map(|name| (kept.events.get(&name).copied().unwrap_or(0), name))
        .take(10)
        .collect();
    assert!(wrong.is_empty(), "not once: {wrong:?} {:?}", kept.counted);
    assert_eq!(kept.events.len() as u64, numbers.end - numbers.start);
}
