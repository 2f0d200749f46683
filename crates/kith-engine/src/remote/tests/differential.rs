//! Generated queries, each asked three times: pushed into the database, with nothing pushed, and of the same rows in memory. All
//! three must say the same. The control: with a fault put into the writer, they must not.
//!
//! `KITH_DIFFERENTIAL=20000` asks more, `KITH_SEED=7` asks others.

use super::generate;
use super::mariadb::MariaDb;
use super::rows::{Dice, Row, batch, into_mariadb, into_postgres, into_sqlite, rows};
use super::{House, mysql, postgres, sqlite, told};
use crate::connect::TestServer;
use crate::govern::Session;
use crate::remote::ask::Fault;
use crate::remote::connections::Connected;
use crate::remote::schema::Opened;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use kith_core::config::ConnectionLimits;
use std::sync::Arc;

const ROWS: usize = 160;
const SMALL: usize = 25;
/// Queries until a fault must have shown.
const CONTROL: usize = 3_000;

const FAULTS: &[Fault] = &[
    Fault::Collation,
    Fault::Exactness,
    Fault::Parentheses,
    Fault::Nulls,
    Fault::NullInList,
    Fault::Negation,
    Fault::Boundary,
    Fault::Columns,
    Fault::Limit,
    Fault::LastCondition,
    Fault::Order,
    Fault::NullsFirst,
];

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The rows in memory, with the types that the database has shown, all of them and a few.
fn in_memory(opened: &Arc<Opened>, rows: &[Row]) -> (Arc<dyn SchemaProvider>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let schema =
        runtime.block_on(opened.clone().schema().table("t")).expect("reached").expect("there").schema();
    let memory = MemorySchemaProvider::new();
    for (name, rows) in [("t", rows), ("small", &rows[..SMALL])] {
        let table = MemTable::try_new(schema.clone(), vec![vec![batch(rows, &schema)]]).expect("a table");
        memory.register_table(name.into(), Arc::new(table)).expect("registered");
    }
    (Arc::new(memory), schema.fields().iter().map(|field| field.name().clone()).collect())
}

fn of(query: &str, schema: &str) -> String {
    query.replace("{t}", &format!("{schema}.t")).replace("{m}", "mem.small")
}

struct Trial {
    house: House,
    columns: Vec<String>,
}

impl Trial {
    /// `open` makes a connection with a fault, or none.
    fn new(rows: &[Row], open: impl Fn(&str, Option<Fault>) -> Arc<Opened>) -> Trial {
        let (memory, columns) = in_memory(&open("look", None), rows);
        let mut house = House::new().with_schema("mem", memory);
        house = house.with(&open("live", None)).with(&open("plain", Some(Fault::PushNothing)));
        for fault in FAULTS {
            house = house.with(&open(&format!("{fault:?}").to_lowercase(), Some(*fault)));
        }
        Trial { house, columns }
    }

    fn ask(&self, session: &Session, query: &str, schema: &str) -> Result<Vec<String>, String> {
        let told = told(session, &of(query, schema));
        told.map_err(|error| error.split(' ').next().unwrap_or_default().to_string())
    }

    fn agrees(&self, seed: u64, count: u64) {
        println!("KITH_SEED={seed} KITH_DIFFERENTIAL={count}");
        let (session, mut dice) = (self.house.session(), Dice(seed));
        let (mut rows, mut errors) = (0, 0);
        for number in 0..count {
            let query = generate::query(&mut dice, &self.columns);
            let [live, plain, mem] =
                ["live", "plain", "mem"].map(|schema| self.ask(&session, &query, schema));
            if live != mem || plain != mem {
                let explained = told(&session, &format!("EXPLAIN {}", of(&query, "live")));
                panic!(
                    "seed {seed}, query {number}:\n{query}\npushed {live:?}\nnot pushed {plain:?}\nmemory {mem:?}\n{explained:?}"
                );
            }
            if let Err(error) = told(&session, &of(&query, "mem")) {
                println!("{error}: {query}");
            }
            rows += mem.as_ref().map_or(0, Vec::len);
            errors += usize::from(mem.is_err());
        }
        assert!(rows as u64 > count, "{rows} rows of {count} queries prove little");
        assert!((errors as u64) < count / 20, "{errors} of {count} queries fail, and prove nothing");
    }

    /// Each fault must show in a query of the same kind as those that agree.
    fn faults_show(&self, seed: u64, not: &[Fault]) {
        let session = self.house.session();
        for fault in FAULTS.iter().filter(|fault| !not.contains(fault)) {
            let (schema, mut dice) = (format!("{fault:?}").to_lowercase(), Dice(seed));
            let shown = (0..CONTROL).any(|_| {
                let query = generate::query(&mut dice, &self.columns);
                self.ask(&session, &query, &schema) != self.ask(&session, &query, "mem")
            });
            assert!(shown, "{fault:?} is not noticed in {CONTROL} queries from seed {seed}");
        }
    }
}

#[test]
fn postgres_says_the_same_as_memory_and_a_fault_would_show() {
    let server = TestServer::start();
    let seed = number("KITH_SEED", 20_261_122);
    let rows = rows(&mut Dice(seed), ROWS, true);
    into_postgres(&server, &rows);
    let trial = Trial::new(&rows, |name, fault| postgres(&server, name, fault, ConnectionLimits::default()));
    trial.agrees(seed, number("KITH_DIFFERENTIAL", 300));
    trial.faults_show(seed, &[]);
}

#[test]
fn mariadb_says_the_same_as_memory_and_a_fault_would_show() {
    let server = MariaDb::start();
    let seed = number("KITH_SEED", 20_261_122);
    // It writes -0.0 down as 0.0.
    let rows = rows(&mut Dice(seed), ROWS, false);
    into_mariadb(&server, &rows);
    let trial = Trial::new(&rows, |name, fault| mysql(&server, name, fault, ConnectionLimits::default()));
    trial.agrees(seed, number("KITH_DIFFERENTIAL", 300));
    trial.faults_show(seed, &[]);
}

#[test]
fn sqlite_says_the_same_as_memory_and_a_fault_would_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.db");
    let seed = number("KITH_SEED", 20_261_122);
    let rows = rows(&mut Dice(seed), ROWS, false);
    into_sqlite(&path, &rows);
    let trial = Trial::new(&rows, |name, fault| sqlite(&path, name, fault, ConnectionLimits::default()));
    trial.agrees(seed, number("KITH_DIFFERENTIAL", 300));
    trial.faults_show(seed, &[]);
}
