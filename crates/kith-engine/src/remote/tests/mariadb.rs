//! A real MariaDB, started for a test on a loopback port and stopped at its end.

use crate::remote::ask::{Family, Fault};
use crate::remote::mysql::Mysql;
use kith_core::config::{ConnectionLimits, Secret};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "correct-horse";

/// A server of its own; gone when dropped.
pub struct MariaDb {
    folder: tempfile::TempDir,
    server: Child,
    pub port: u16,
}

impl MariaDb {
    pub fn start() -> MariaDb {
        MariaDb::start_with(&[], |_| ())
    }

    /// With more arguments, after something was put into its folder; `FOLDER` in them is the server's own.
    pub fn start_with(more: &[&str], prepare: impl Fn(&Path)) -> MariaDb {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path());
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("password"), PASSWORD).expect("written");
        let init = format!(
            "CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER kith@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL ON *.* TO kith@'127.0.0.1';\n"
        );
        std::fs::write(path("init.sql"), init).expect("written");
        // Of its own: a server that starts clears what it takes for left over in this folder, of others that start, too.
        std::fs::create_dir(path("tmp")).expect("a folder");
        let mut arguments = vec![
            "--no-defaults".to_string(),
            format!("--datadir={}", path("data")),
            format!("--tmpdir={}", path("tmp")),
        ];
        if std::fs::metadata("/proc/self").expect("me").uid() == 0 {
            run(Command::new("chown").args(["-R", "mysql", &folder.path().display().to_string()]));
            arguments.push("--user=mysql".into());
        }
        let install = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"];
        run(Command::new(program("mariadb-install-db")).args(&arguments).args(install));
        // A free port, taken a moment later by the server.
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        arguments.extend([
            format!("--port={port}"),
            format!("--socket={}", path("s")),
            format!("--pid-file={}", path("pid")),
            format!("--init-file={}", path("init.sql")),
            format!("--log-error={}", path("log")),
        ]);
        arguments.extend(more.iter().map(|a| a.replace("FOLDER", &folder.path().display().to_string())));
        let settings =
            ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"];
        let mut command = Command::new(program("mariadbd"));
        command.args(&arguments).args(settings).current_dir("/").stdin(Stdio::null());
        let server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        let server = MariaDb { folder, server, port };
        let begun = Instant::now();
        while server.try_all(&["SELECT 1"]).is_err() {
            let log = std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(120), "MariaDB does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn remote(&self, name: &str, fault: Option<Fault>, limits: ConnectionLimits) -> Mysql {
        Mysql {
            name: name.into(),
            url: Secret::Plain(format!("mysql://kith@127.0.0.1:{}/shop", self.port)),
            password: Some(Secret::File("password".into())),
            base: self.folder.path().into(),
            limits,
            dialect: super::dialect(Family::Mysql, fault),
            guard: Default::default(),
            idle: Default::default(),
        }
    }

    fn try_all(&self, statements: &[impl AsRef<str>]) -> mysql_async::Result<usize> {
        let options = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(self.port)
            .user(Some("kith"))
            .pass(Some(PASSWORD))
            .db_name(Some("shop"))
            .prefer_socket(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async {
            let mut conn = Conn::new(options).await?;
            conn.query_drop("SET NAMES utf8mb4, sql_mode = 'NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES'")
                .await?;
            let mut rows = 0;
            for statement in statements {
                rows += conn.query::<Row, _>(statement.as_ref()).await?.len();
            }
            conn.disconnect().await.map(|()| rows)
        })
    }

    pub fn all(&self, statements: &[String]) {
        self.try_all(statements).expect("MariaDB takes it");
    }

    /// Statements, each ended by a semicolon and a new line; how many rows came.
    pub fn sql(&self, sql: &str) -> usize {
        let statements: Vec<&str> = sql.split(";\n").filter(|s| !s.trim().is_empty()).collect();
        self.try_all(&statements).expect("MariaDB takes it")
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn program(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from).into_iter();
    let mut places =
        places.chain(std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect::<Vec<_>>());
    let found = places.find_map(|place| Some(place.join(name)).filter(|path| path.exists()));
    found.expect("this test needs MariaDB's server programs; `make test` installs them, or: apt-get install mariadb-server")
}

pub fn run(command: &mut Command) {
    let output = command.current_dir("/").stdin(Stdio::null()).output().expect("it runs");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
