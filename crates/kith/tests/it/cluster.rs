//! Whether a cluster gives what one process gives: one scheduler and two executors, all of them this binary, each a
//! process of its own. Also when an executor is killed in the middle.

use crate::product::{command, failed, kith, ok};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A scheduler and its executors; they end with the test.
struct Cluster {
    dir: TempDir,
    url: String,
    scheduler: Child,
    executors: Vec<Child>,
}

impl Cluster {
    fn start(executors: usize) -> Cluster {
        let dir = tempfile::tempdir().expect("a folder");
        let log = |name: &str| std::fs::File::create(dir.path().join(name)).expect("a log");
        let mut scheduler =
            command(dir.path(), &["cluster", "scheduler", "--port", "0", "--executor-timeout", "4"])
                .stdout(Stdio::piped())
                .stderr(log("scheduler.log"))
                .spawn()
                .expect("kith starts");
        let mut line = String::new();
        BufReader::new(scheduler.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("Scheduler: ").unwrap_or_default().to_string();
        let mut cluster = Cluster { url, scheduler, executors: Vec::new(), dir };
        let address = cluster.url.strip_prefix("ballista://").expect("an address").to_string();
        for number in 0..executors {
            let work = cluster.work_dir(number).display().to_string();
            let log = std::fs::File::create(cluster.dir.path().join(format!("executor{number}.log")));
            let executor = command(
                cluster.dir.path(),
                &[
                    "cluster",
                    "executor",
                    "--scheduler",
                    &address,
                    "--concurrent-tasks",
                    "1",
                    "--work-dir",
                    &work,
                ],
            )
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn();
            cluster.executors.push(executor.expect("kith starts"));
        }
        cluster
    }

    fn work_dir(&self, executor: usize) -> PathBuf {
        self.dir.path().join(format!("work{executor}"))
    }

    /// The jobs that an executor has results of, to be fetched from it.
    fn jobs(&self, executor: usize) -> BTreeSet<PathBuf> {
        let own = self.work_dir(executor).join(".kith-executor");
        folders(&own).into_iter().filter(|job| bytes_below(job) > 0).collect()
    }

    /// What a run has said when it ended. One that stands still is ended, and what the cluster said is shown.
    fn end_of(&self, mut run: Child) -> Output {
        let begun = Instant::now();
        while run.try_wait().expect("a state").is_none() {
            if begun.elapsed() > PATIENCE {
                run.kill().expect("it is killed");
                let logs = ["scheduler", "executor0", "executor1"].map(|name| {
                    std::fs::read_to_string(self.dir.path().join(format!("{name}.log"))).unwrap_or_default()
                });
                panic!("it stands still: {}", logs.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        run.wait_with_output().expect("it has ended")
    }

    /// The arguments that have this cluster do the work.
    fn engine(&self) -> [String; 4] {
        let shared = self.dir.path().join("shared").display().to_string();
        ["--engine".into(), self.url.clone(), "--shared-dir".into(), shared]
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.executors.iter_mut().chain([&mut self.scheduler]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn folders(dir: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn bytes_below(path: &Path) -> u64 {
    match path.is_dir() {
        true => folders(path).iter().map(|below| bytes_below(below)).sum(),
        false => path.metadata().map_or(0, |file| file.len()),
    }
}

/// People, of whom some are there twice or three times with a slip. The same on every machine.
fn write_people(file: &Path, people: usize) {
    let mut state = 7u64;
    let mut roll = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let given =
        ["Ada", "Grace", "Edith", "Mary", "Hedy", "Joan", "Karen", "Radia", "Alan", "Konrad", "William"];
    let family =
        ["Lovelace", "Hopper", "Clarke", "Lamarr", "Perlman", "Liskov", "Turing", "Zuse", "Codd", "Naur"];
    let mut rows = "id,first_name,last_name,email,phone,street,zip,birth_date\n".to_string();
    for person in 0..people {
        let (g, f) = (given[roll(given.len())], family[roll(family.len())]);
        let (house, zip) = (1 + roll(300), 10000 + roll(400));
        let born = format!("{}-{:02}-{:02}", 1940 + roll(60), 1 + roll(12), 1 + roll(28));
        let phone = format!("212555{:04}", roll(10_000));
        for copy in 0..1 + [0, 0, 1, 2][roll(4)] {
            let first = if copy > 0 && roll(4) == 0 { &g[..g.len() - 1] } else { g };
            let email = if roll(3) == 0 { String::new() } else { format!("{g}.{f}{person}@example.org") };
            let phone = if copy > 0 && roll(3) == 0 { "" } else { &phone };
            let _ =
                writeln!(rows, "{person}-{copy},{first},{f},{email},{phone},{house} Elm Street,{zip},{born}");
        }
    }
    std::fs::write(file, rows).expect("people.csv");
}

/// `kith dedupe` with these arguments behind it, not yet started, and the two files that it will make.
fn dedupe(dir: &Path, name: &str, more: &[String]) -> (std::process::Command, [PathBuf; 2]) {
    let files = [dir.join(format!("{name}.csv")), dir.join(format!("{name}.parquet"))];
    let [out, pairs] = [&files[0], &files[1]].map(|file| file.display().to_string());
    let mut all = vec!["dedupe", "people.csv", "--out", &out, "--pairs", &pairs];
    all.extend(more.iter().map(String::as_str));
    (command(dir, &all), files)
}

fn bytes(files: &[PathBuf; 2]) -> [Vec<u8>; 2] {
    [&files[0], &files[1]].map(|file| std::fs::read(file).expect("an answer"))
}

/// What one process gives.
fn embedded(dir: &Path) -> [Vec<u8>; 2] {
    let (mut run, files) = dedupe(dir, "embedded", &[]);
    ok(run.output().expect("kith starts"));
    let found = bytes(&files);
    assert!(found[0].len() > 20_000 && found[1].len() > 5_000, "{:?}", found.map(|f| f.len()));
    found
}

#[test]
fn two_executors_give_what_one_process_gives() {
    let cluster = Cluster::start(2);
    let dir = tempfile::tempdir().expect("a folder");
    write_people(&dir.path().join("people.csv"), 2_000);
    let here = embedded(dir.path());
    let (mut run, files) = dedupe(dir.path(), "spread", &cluster.engine());
    ok(run.output().expect("kith starts"));
    assert!(here == bytes(&files), "the cluster has found something else");
    assert!((0..2).all(|executor| !cluster.jobs(executor).is_empty()), "an executor had nothing to do");
    assert!(folders(&cluster.dir.path().join("shared")).is_empty(), "steps were left behind");
    // The comparison can fail: one person less, and both answers are others.
    write_people(&dir.path().join("people.csv"), 1_999);
    let (mut run, files) = dedupe(dir.path(), "other", &cluster.engine());
    ok(run.output().expect("kith starts"));
    let other = bytes(&files);
    assert!(here[0] != other[0] && here[1] != other[1]);
}

#[test]
fn a_killed_executor_does_not_change_the_answer() {
    let mut cluster = Cluster::start(2);
    let dir = tempfile::tempdir().expect("a folder");
    write_people(&dir.path().join("people.csv"), 4_000);
    let here = embedded(dir.path());
    let (mut run, files) = dedupe(dir.path(), "spread", &cluster.engine());
    let mut run = run.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("kith starts");
    // In the middle: the step that scores pairs has begun, and the executor has results of it.
    let begun = Instant::now();
    let wait = |done: &mut dyn FnMut() -> bool| {
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "the step did not begin");
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let shared = cluster.dir.path().join("shared");
    wait(&mut || {
        folders(&shared).iter().flat_map(|run| folders(run)).any(|step| step.ends_with("04-blocks"))
    });
    let before = cluster.jobs(1);
    wait(&mut || cluster.jobs(1).iter().any(|job| !before.contains(job)));
    cluster.executors[1].kill().expect("it is killed");
    assert!(run.try_wait().expect("a state").is_none(), "it had ended before the executor was killed");
    ok(cluster.end_of(run));
    assert!(here == bytes(&files), "the lost executor has changed what was found");
    let log =
        std::fs::read_to_string(cluster.dir.path().join("scheduler.log")).expect("what the scheduler says");
    assert!(log.contains("on lost Executor"), "what it had done was not missed: {log}");
}

#[test]
fn a_project_on_a_cluster_has_the_people_of_one_process() {
    let cluster = Cluster::start(2);
    let made = || {
        let dir = tempfile::tempdir().expect("a folder");
        write_people(&dir.path().join("people.csv"), 1_000);
        ok(kith(dir.path(), &["init", "people.csv"]));
        dir
    };
    let (here, there) = (made(), made());
    ok(kith(here.path(), &["run", "--quiet"]));
    let engine = cluster.engine();
    let all: Vec<&str> = ["run", "--quiet"].into_iter().chain(engine.iter().map(String::as_str)).collect();
    ok(kith(there.path(), &all));
    for query in [
        "SELECT * FROM identity.cluster ORDER BY 1, 2, 3",
        "SELECT * FROM identity.link ORDER BY 1, 2, 3",
        "SELECT * FROM master.customer ORDER BY 1",
    ] {
        let answer = |dir: &TempDir| ok(kith(dir.path(), &["sql", "--csv", query]));
        let (one, other) = (answer(&here), answer(&there));
        assert!(one.lines().count() > 100, "{query}: {one}");
        assert!(one == other, "{query}");
    }
}

#[test]
fn what_is_wrong_with_a_cluster_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    write_people(&dir.path().join("people.csv"), 50);
    let said = |url: &str| {
        let run = kith(dir.path(), &["dedupe", "people.csv", "--out", "o.csv", "--engine", url]);
        failed(&run).1
    };
    assert!(said(&Cluster::start(0).url).contains("K-CLUSTER-SILENT"));
    assert!(said("ballista://127.0.0.1:1").contains("K-CLUSTER-SCHEDULER"));
    assert!(said("ballista://nowhere").contains("K-CLUSTER-ADDRESS"));
    assert!(said("spark://127.0.0.1:1").contains("K-CLUSTER-ADDRESS"));
    let (code, text) = failed(&kith(dir.path(), &["cluster", "executor", "--scheduler", "127.0.0.1"]));
    assert!(code == Some(2) || text.contains("K-CLUSTER-ADDRESS"), "{code:?} {text}");
}
