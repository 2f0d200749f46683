//! The web shop: an SQLite database with customers and their orders.

use super::super::records::{Record, Source};
use super::super::rng::Rng;
use super::super::{Error, noise};
use super::{SourceSummary, full_name, instant};
use rusqlite::{Connection, params};
use std::path::Path;

const TABLES: &str = "
    CREATE TABLE customers (
        id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT, phone TEXT, street TEXT, city TEXT, postcode TEXT,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), ordered_at TEXT NOT NULL,
        total_cents INTEGER NOT NULL, status TEXT NOT NULL);";

/// Writes `shop.db`.
pub fn write(dir: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> Result<SourceSummary, Error> {
    let path = dir.join("shop.db");
    if path.exists() {
        std::fs::remove_file(&path).map_err(|cause| Error::Write { path: path.clone(), cause })?;
    }
    fill(&path, rows, rng).map_err(|cause| Error::Sqlite { path, cause })?;
    Ok(SourceSummary::new(Source::Shop, "shop.db", rows))
}

fn fill(path: &Path, rows: &mut [&mut Record], rng: &mut Rng) -> rusqlite::Result<()> {
    let mut shop = Connection::open(path)?;
    shop.execute_batch(TABLES)?;
    // One transaction: the file is whole or empty, and 12,000 rows need one fsync.
    let all = shop.transaction()?;
    {
        let mut customer =
            all.prepare("INSERT INTO customers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        let mut order = all.prepare(
            "INSERT INTO orders (customer_id, ordered_at, total_cents, status) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (i, row) in rows.iter_mut().enumerate() {
            let id = 5_001 + i as i64;
            row.key = id.to_string();
            let name = full_name(row);
            customer.execute(params![
                id,
                row.email,
                if rng.chance(0.1) { name.to_lowercase() } else { name },
                some(noise::phone_shape(&row.phone, rng)),
                some(row.street.clone()),
                some(row.city.clone()),
                some(row.postcode.clone()),
                instant(row.created, row.second / 2),
                instant(row.modified, row.second),
            ])?;
            for n in 0..rng.weighted(&[20, 40, 20, 10, 10]) as u32 {
                let status = rng.pick(&["sent", "sent", "sent", "returned", "open"]);
                order.execute(params![
                    id,
                    instant(row.created, row.second + n),
                    rng.range(900, 40_000),
                    status
                ])?;
            }
        }
    }
    all.commit()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
