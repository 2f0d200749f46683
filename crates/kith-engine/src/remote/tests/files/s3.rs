//! A bucket of a real S3 server: moto, which `scripts/setup.sh test` installs.

use super::{everywhere, house, over, parquet, rows};
use crate::remote::tests::{one, told};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as At;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tokio::runtime::Runtime;

const SCRIPT: &str = "
import logging, sys
from moto.server import ThreadedMotoServer
logging.disable(logging.CRITICAL)
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
";

/// The server; it ends with the test.
struct Moto {
    child: Child,
    address: String,
    runtime: Runtime,
}

impl Moto {
    fn start() -> Moto {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache =
            cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache"));
        let python = cache.join("kith-python/s3/bin/python");
        assert!(python.exists(), "{} is missing: run scripts/setup.sh test", python.display());
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut port).expect("a port");
        let address = format!("http://127.0.0.1:{}", port.trim());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("runtime");
        let moto = Moto { child, address, runtime };
        let made = moto.runtime.block_on(async {
            reqwest::Client::new()
                .put(format!("{}/lake", moto.address))
                .send()
                .await
                .expect("an answer")
                .status()
        });
        assert!(made.is_success(), "{made}");
        moto
    }

    fn store(&self) -> impl ObjectStore {
        AmazonS3Builder::new()
            .with_bucket_name("lake")
            .with_region("us-east-1")
            .with_endpoint(&self.address)
            .with_access_key_id("id")
            .with_secret_access_key("key")
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .build()
            .expect("a store")
    }

    fn put(&self, at: &str, bytes: Vec<u8>) {
        let at = At::parse(at).expect("a path");
        self.runtime.block_on(self.store().put(&at, bytes.into())).expect("written");
    }

    fn put_all(&self, from: &Path, under: &str) {
        for entry in std::fs::read_dir(from).expect("read").flatten() {
            let at = format!("{under}/{}", entry.file_name().to_str().expect("a name"));
            match entry.path().is_dir() {
                true => self.put_all(&entry.path(), &at),
                false => self.put(&at, std::fs::read(entry.path()).expect("read")),
            }
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_bucket_is_read_where_it_is() {
    let moto = Moto::start();
    let local = tempfile::tempdir().expect("a folder");
    everywhere(local.path());
    moto.put_all(local.path(), "shop/exports");
    moto.put("shop/other.csv", b"x\nhidden\n".to_vec());
    let base = tempfile::tempdir().expect("a folder");
    std::fs::write(base.path().join("id"), "id\n").expect("written");
    std::fs::write(base.path().join("key"), "key\n").expect("written");
    let lines = format!(
        "url = \"s3://lake/shop/exports\"\nendpoint = \"{}\"\naccess_key = \"file:id\"\nsecret_key = \"file:key\"",
        moto.address
    );
    let house = house(base.path(), &lines);
    let here = super::house(local.path(), "path = \".\"");
    let (session, local_session) = (house.session(), here.session());
    for question in super::QUESTIONS {
        for table in ["f.pq", "f.js", "f.parts", "f.delta"] {
            let asked = over(question, table);
            assert_eq!(told(&session, &asked), told(&local_session, &asked), "{asked}");
        }
    }
    assert!(one(&session, "SHOW TABLES").contains("parts"));
    let plan = one(&session, "EXPLAIN ANALYZE SELECT name FROM f.pq WHERE id = 950");
    assert!(plan.contains("row_groups_pruned_statistics=10 total"), "{plan}");
    for outside in ["f.other", "f.\"../other\"", "f.\"/shop/other\""] {
        assert!(told(&session, &format!("SELECT * FROM {outside}")).is_err(), "{outside}");
    }
    // Another object under the same name, before the next query.
    parquet(&local.path().join("pq.parquet"), &rows(0, 7), 100);
    moto.put("shop/exports/pq.parquet", std::fs::read(local.path().join("pq.parquet")).expect("read"));
    assert_eq!(one(&session, "SELECT count(*), max(id) FROM f.pq"), "[Number(7), Number(6)]");
    drop(moto);
    let down = told(&session, "SELECT * FROM f.pq").expect_err("nobody is there");
    assert!(down.starts_with("K-SCAN-DOWN"), "{down}");
}
