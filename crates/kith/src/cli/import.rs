//! `kith import`: events of the past, from a file of one JSON object a line or a table; or items of a catalogue, from a table.

use super::failure::{Exit, Failure};
use super::output::{Output, grouped, printable};
use super::{Context, open};
use clap::Args;
use kith_core::event::wire::{Arrival, Door, Incoming, Limits, read};
use kith_core::event::{Counted, Event, RefusedEvent, time};
use kith_core::id::SourceName;
use kith_engine::Collector;
use kith_engine::Error;
use kith_engine::events::{EventRow, event_rows, is_table};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Each line is one event as the tracking API takes it: {\"type\": \"track\", \"event\": …, \"userId\": …, \"messageId\": …,
\"timestamp\": …}. In a CSV or Parquet file (.csv, .tsv, .parquet) a row is one: columns of these names (user_id, User ID too) are these
members, properties.total, traits.plan and context.page.path stand where their names say, and any other column is a property, or a
trait of an identify or group call.

An event that was taken before (same source, same messageId) is counted once; a line that can not be taken is kept with the reason. So
a file can be imported again after a fault.

With --catalog the file is a table of items (CSV, NDJSON or Parquet): those that are in it are new or changed, the others stay.

Examples:
  kith import events.ndjson --source web
  kith import orders.csv --source shop
  zcat 2025-*.ndjson.gz | kith import - --source web
  kith import new-books.csv --catalog books";

/// Events that are handed over together.
const TOGETHER: usize = 500;
/// A longer line is no event.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Take in events, or items of a catalogue, from a file.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Import {
    /// The file: one JSON object a line, plain or gzip (`-` reads standard input); CSV, plain or gzip; or Parquet.
    file: PathBuf,
    /// The source of kith.toml whose events they are.
    #[arg(long, value_name = "NAME", required_unless_present = "catalog", conflicts_with = "catalog")]
    source: Option<String>,
    /// The catalogue of kith.toml whose items they are.
    #[arg(long, value_name = "NAME")]
    catalog: Option<String>,
}

impl Import {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        if let Some(catalog) = &self.catalog {
            return self.items(catalog, context, out);
        }
        let source = SourceName::try_from(self.source.as_deref().unwrap_or_default())
            .map_err(|e| Failure::usage(e.to_string(), "`kith sources` names the sources."))?;
        if self.file.as_os_str() != "-" {
            File::open(&self.file).map_err(|e| self.unreadable(&e))?;
        }
        let project = open(context)?;
        let Some(collector) = project.collector().filter(|collector| collector.takes(&source)) else {
            let help = "Add it to kith.toml: [[source]] with name, kind = \"events\" and write_key.";
            let message = format!("kith.toml has no source {:?} of events", source.as_str());
            return Err(Failure::new(Exit::Usage, "K-COLLECT-NONE", message, help));
        };
        let mut taking = Taking {
            collector,
            source: &source,
            now_ms: jiff::Timestamp::now().as_millisecond(),
            waiting: Vec::new(),
            counted: Counted::default(),
        };
        match is_table(&self.file) {
            true => event_rows(&self.file, &mut |row| taking.row(row))?,
            false => self.lines(&mut taking)?,
        }
        let counted = taking.end()?;
        let position = collector.events().position().0;
        project.wait_for_events(position)?;
        project.keep_events(&|_| {})?;
        if out.json {
            return out.document(&counted);
        }
        let Counted { received, accepted, duplicate, refused } = counted;
        out.line(format!(
            "{} events: {} new, {} taken before, {} refused",
            grouped(received),
            grouped(accepted),
            grouped(duplicate),
            grouped(refused)
        ))
    }

    fn lines(&self, taking: &mut Taking) -> Result<(), Failure> {
        let mut lines = self.open()?;
        let (mut line, mut number) = (Vec::new(), 0u64);
        loop {
            line.clear();
            number += 1;
            let got = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            if got.map_err(|e| self.unreadable(&e))? == 0 {
                return Ok(());
            }
            if !line.trim_ascii().is_empty() {
                taking.line(&line, &format!("line {number}"))?;
            }
        }
    }

    fn items(&self, catalog: &str, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let taken = open(context)?.import_items(catalog, &self.file)?;
        if out.json {
            return out.document(&taken);
        }
        out.line(format!(
            "{} items: {} new or changed, {} as they were, {} refused",
            grouped(taken.received),
            grouped(taken.landed),
            grouped(taken.unchanged),
            grouped(taken.rejected)
        ))?;
        taken.rejects.iter().try_for_each(|refused| {
            out.line(printable(&format!("{} {}: {}", self.file.display(), refused.place, refused.reason)))
        })
    }

    fn open(&self) -> Result<Box<dyn BufRead>, Failure> {
        if self.file.as_os_str() == "-" {
            return Ok(Box::new(BufReader::new(std::io::stdin())));
        }
        let mut file = BufReader::new(File::open(&self.file).map_err(|e| self.unreadable(&e))?);
        let packed = file.fill_buf().is_ok_and(|bytes| bytes.starts_with(&[0x1f, 0x8b]));
        Ok(match packed {
            true => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file))),
            false => Box::new(file),
        })
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        let message = format!("{} can not be read: {error}", self.file.display());
        Failure::new(Exit::Source, "K-SOURCE-UNREADABLE", message, "Check its name and rights.")
    }
}

/// Events on their way in, some at a time.
struct Taking<'a> {
    collector: &'a Collector,
    source: &'a SourceName,
    now_ms: i64,
    waiting: Vec<Incoming>,
    counted: Counted,
}

impl Taking<'_> {
    /// Takes the event of a line. A client's clock is corrected by the time at which the file says that it was received; for
    /// Kith it is received now.
    fn line(&mut self, line: &[u8], place: &str) -> Result<(), Error> {
        let said: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
        let at = |name: &str| said.get(name).and_then(|at| time::instant_ms(at.as_str()?));
        let received_at_ms = at("receivedAt").or_else(|| at("sentAt")).unwrap_or(self.now_ms);
        let arrival = Arrival { source: self.source, received_at_ms, ip: None };
        let batch = [b"[", line.trim_ascii(), b"]"].concat();
        let incoming = match read(&batch, Door::Batch, &arrival, &Limits::default()) {
            Ok(mut found) if found.len() == 1 => match found.remove(0) {
                Incoming::Event(event) => Incoming::Event(Event { received_at_ms: self.now_ms, ..event }),
                refused => refused,
            },
            Ok(found) => {
                let reason = format!("it holds {} events; write one a line", found.len());
                self.refused(place, "K-EVENT-SHAPE", reason, line)
            }
            Err(malformed) => self.refused(place, malformed.code, malformed.reason, line),
        };
        self.take(incoming)
    }

    /// Takes the event of a row.
    fn row(&mut self, row: EventRow) -> Result<(), Error> {
        match row.event {
            Ok(event) => self.line(event.to_string().as_bytes(), &row.place),
            Err((code, reason)) => {
                let refused = self.refused(&row.place, &code, reason, &row.original.unwrap_or_default());
                self.take(refused)
            }
        }
    }

    fn refused(&self, place: &str, code: &str, reason: String, original: &[u8]) -> Incoming {
        Incoming::Refused(RefusedEvent {
            source: self.source.clone(),
            call: None,
            name: String::new(),
            message_id: String::new(),
            code: code.into(),
            field: place.into(),
            reason,
            original: String::from_utf8_lossy(original).chars().take(16_384).collect(),
            received_at_ms: self.now_ms,
            place: String::new(),
        })
    }

    fn take(&mut self, incoming: Incoming) -> Result<(), Error> {
        self.waiting.push(incoming);
        match self.waiting.len() >= TOGETHER {
            true => self.hand_over(),
            false => Ok(()),
        }
    }

    fn hand_over(&mut self) -> Result<(), Error> {
        let receipt = self.collector.append(std::mem::take(&mut self.waiting))?;
        self.counted.add(receipt.counted);
        Ok(())
    }

    fn end(mut self) -> Result<Counted, Error> {
        self.hand_over()?;
        Ok(self.counted)
    }
}
