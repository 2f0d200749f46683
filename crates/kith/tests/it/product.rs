//! The program under test, and a small project for it.
//!
//! Two sources know 240 invented people each, 160 of them the same. The second one misspells some names, writes phones
//! and dates in its own way, and has one row that can not be read as it should.

use crate::http::{Answer, Request, send};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

const GIVEN: &[&str] = &[
    "Ada", "Grace", "Edith", "Mary", "Hedy", "Joan", "Karen", "Radia", "Barbara", "Frances", "Alan",
    "Konrad", "Dennis", "Edgar", "Niklaus", "Tony",
];
const FAMILY: &[&str] = &[
    "Lovelace",
    "Hopper",
    "Clarke",
    "Somerville",
    "Lamarr",
    "Sparck",
    "Perlman",
    "Liskov",
    "Allen",
    "Turing",
    "Zuse",
    "Ritchie",
    "Codd",
    "Wirth",
    "Hoare",
    "Babbage",
    "Boole",
    "Shannon",
    "Backus",
    "Naur",
];
const STREETS: &[&str] = &["Elm Street", "High Street", "Mill Lane", "Station Road", "Oak Avenue"];
const CITIES: &[(&str, &str)] =
    &[("Springfield", "62701"), ("Salem", "97301"), ("Madison", "53703"), ("Dayton", "45402")];

/// Runs `kith` with these arguments in this folder.
pub fn kith(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().expect("kith starts")
}

/// The same, not yet started.
pub fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kith"));
    command.current_dir(dir).args(args).env("NO_COLOR", "1").env_remove("KITH_LOG").stdin(Stdio::null());
    command
}

/// Standard output as text, after a check that all went well.
#[track_caller]
pub fn ok(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "exit {:?}: {errors}", output.status.code());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The exit code and standard error.
pub fn failed(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A project that `kith init` made and `kith run` resolved: made once, copied for each test.
pub fn project() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder");
        write_sources(dir.path());
        ok(kith(dir.path(), &["init", "crm.csv", "shop.ndjson"]));
        ok(kith(dir.path(), &["run", "--quiet"]));
        dir
    });
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(made.path(), copy.path());
    copy
}

/// Writes `crm.csv` and `shop.ndjson`.
pub fn write_sources(dir: &Path) {
    let mut crm =
        "customer_id,first_name,last_name,email,phone,street,city,zip,birth_date,modified\n".to_string();
    let mut shop = String::new();
    for i in 0..320 {
        let person = Person::number(i);
        if i < 240 {
            crm += &person.crm_row();
        }
        if i >= 80 {
            shop += &person.shop_row();
        }
    }
    shop += "{\"id\": \"broken\", \"name\": \n";
    std::fs::write(dir.join("crm.csv"), crm).expect("crm.csv");
    std::fs::write(dir.join("shop.ndjson"), shop).expect("shop.ndjson");
}

struct Person {
    i: usize,
    given: &'static str,
    family: &'static str,
    street: String,
    city: &'static str,
    zip: &'static str,
    born: (usize, usize, usize),
}

impl Person {
    fn number(i: usize) -> Person {
        let (city, zip) = CITIES[(i / 7) % CITIES.len()];
        Person {
            i,
            given: GIVEN[i % GIVEN.len()],
            family: FAMILY[(i / GIVEN.len() + i) % FAMILY.len()],
            street: format!("{} {}", 1 + (i * 37) % 190, STREETS[(i / 3) % STREETS.len()]),
            city,
            zip,
            born: (1940 + (i * 13) % 60, 1 + (i * 5) % 12, 1 + (i * 11) % 28),
        }
    }

    fn email(&self) -> String {
        format!("{}.{}{}@example.org", self.given, self.family, self.i).to_lowercase()
    }

    fn phone(&self) -> String {
        format!("{:03}{:04}", 555, 100 + self.i)
    }

    fn crm_row(&self) -> String {
        let (year, month, day) = self.born;
        format!(
            "C{},{},{},{},+1 217 {},{},{},{},{year}-{month:02}-{day:02},2026-0{}-11T08:00:00Z\n",
            1000 + self.i,
            self.given,
            self.family,
            self.email(),
            self.phone(),
            self.street,
            self.city,
            self.zip,
            1 + self.i % 8,
        )
    }

    fn shop_row(&self) -> String {
        let (year, month, day) = self.born;
        let family =
            if self.i.is_multiple_of(9) { format!("{}e", self.family) } else { self.family.to_string() };
        let email = if self.i.is_multiple_of(5) { format!("{}@shop.example", self.i) } else { self.email() };
        let row = serde_json::json!({
            "id": format!("S{}", self.i),
            "name": format!("{} {family}", self.given),
            "contact": { "email": email, "phone": format!("(217) {}", self.phone()) },
            "address": { "street": self.street, "city": self.city, "postcode": self.zip },
            "birthday": format!("{month:02}/{day:02}/{year}"),
        });
        format!("{row}\n")
    }
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Adds a source of events to `kith.toml`.
pub fn add_site(dir: &Path) {
    let file = dir.join("kith.toml");
    let text = std::fs::read_to_string(&file).expect("kith.toml");
    let site = "\n[[source]]\nname = \"web\"\nkind = \"events\"\nwrite_key = \"test-write-key\"\n\n\
        [[trait]]\nname = \"orders\"\nevent = \"Order Completed\"\naggregate = \"count\"\n\n\
        [[trait]]\nname = \"revenue\"\nevent = \"Order Completed\"\naggregate = \"sum\"\nof = \"properties.total\"\n";
    std::fs::write(&file, text + site).expect("kith.toml");
}

/// A server over a copy of the project; it ends with the test.
pub struct Server {
    pub dir: TempDir,
    pub addr: SocketAddr,
    /// Where it takes events, if the project has a source of them.
    pub collect: Option<SocketAddr>,
    /// Where it speaks PostgreSQL's protocol, and Flight SQL.
    pub sql: SocketAddr,
    pub flight: SocketAddr,
    pub token: String,
    child: Child,
    pub log: PathBuf,
}

impl Server {
    /// Starts `kith serve` with one token.
    pub fn start() -> Server {
        Server::over(project())
    }

    /// The same over a project that takes events of a site, with the write key `test-write-key`.
    pub fn collecting() -> Server {
        let dir = project();
        add_site(dir.path());
        Server::over(dir)
    }

    /// Over this project.
    pub fn over(dir: TempDir) -> Server {
        let token = ok(kith(dir.path(), &["token", "create", "test"])).trim().to_string();
        Server::again(dir, token)
    }

    /// Over a project that has been served before.
    pub fn again(dir: TempDir, token: String) -> Server {
        Server::within(dir, token, &[])
    }

    /// The same with variables in its environment.
    pub fn within(dir: TempDir, token: String, environment: &[(&str, &str)]) -> Server {
        let log = dir.path().join("serve.log");
        let stderr = std::fs::File::create(&log).expect("a log");
        let (free, port, flight) = ("127.0.0.1:0", "--collect-addr", "--flight-addr");
        let serve = ["serve", "--addr", free, port, free, "--sql-addr", free, flight, free, "--json"];
        let mut command = command(dir.path(), &serve);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().expect("kith starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("kith serve said {line:?}: {}", std::fs::read_to_string(&log).unwrap_or_default())
        });
        let at = |key: &str| said[key].as_str().and_then(|a| a.parse().ok()).expect("an address");
        let collect = said["collect"]
            .as_str()
            .map(|url| url.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address"));
        let (addr, sql, flight) = (at("addr"), at("sql"), at("flight"));
        Server { dir, addr, collect, sql, flight, token, child, log }
    }

    /// Ends it at once, as a power cut of the process would.
    pub fn kill(&self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-KILL", &pid]).status();
        assert!(killed.is_ok_and(|s| s.success()), "kill works");
    }

    /// Ends it as a power cut of the process would, and starts another one over the same data.
    pub fn kill_and_restart(mut self) -> Server {
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a folder"));
        Server::again(dir, self.token.clone())
    }

    /// Sends events to the collection port; the answer.
    pub fn send(&self, target: &str, body: &serde_json::Value) -> Answer {
        let key = [("authorization", "Basic dGVzdC13cml0ZS1rZXk6".to_string())];
        let addr = self.collect.expect("the project takes events");
        let body = body.to_string();
        send(addr, &Request { method: "POST", target, headers: key.to_vec(), body: body.as_bytes() })
    }

    /// GET with the token.
    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[], b"")
    }

    /// Any request with the token.
    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut all: Vec<(&str, String)> = headers.iter().map(|(n, v)| (*n, v.to_string())).collect();
        all.push(("authorization", format!("Bearer {}", self.token)));
        send(self.addr, &Request { method, target, headers: all, body })
    }

    /// Asks it to stop, as an operator does, and gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.is_ok_and(|s| s.success()), "kill works");
        self.child.wait().ok().and_then(|status| status.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
