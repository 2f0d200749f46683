//! Items in: from the catalogue's own file or table, from another file, or sent.

use super::known;
use super::shape::ItemsTaken;
use crate::connect::push::Rows;
use crate::connect::{self, Connector, PullEnd, Sink};
use crate::error::Result;
use crate::land::{self, Landed, Landing, Surroundings};
use crate::project::Project;
use crate::report::{Progress, Stage};
use crate::story::stream::Refused;
use crate::tabular::Format;
use kith_core::config::{Catalog, Source, SourceKind};
use kith_core::entry::{Entry, ItemRow, ItemsEntry, PulledEntry};
use kith_core::id::SourceName;
use kith_live::{Live, row_hash};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::PoisonError;

/// Items of one entry: some hundred KB, of which a flipped bit can not take more.
const TOGETHER: usize = 500;
/// Refused items that an answer names.
const REJECTS_SHOWN: usize = 100;

/// Reads a catalogue anew if its source has changed. The caller holds the project's facts.
pub(crate) fn pull(project: &Project, catalog: &Catalog, progress: &dyn Progress) -> Result<Landed> {
    let mut connector = connect::open(&catalog.source, &project.dir)?;
    let name = catalog.name().as_str();
    progress.step(Stage::Land, name, 0, None);
    let mut shelf = Shelf::new(&project.live, catalog.name(), false);
    land(project, &catalog.source, connector.as_mut(), &mut shelf, &mut |read| {
        progress.step(Stage::Land, name, read, None)
    })
}

fn land(
    project: &Project,
    source: &Source,
    connector: &mut dyn Connector,
    shelf: &mut Shelf,
    progress: &mut dyn FnMut(u64),
) -> Result<Landed> {
    let previous = project.live.cursor(&source.name)?;
    let around = Surroundings { region: None, clock: &|| project.live.now_ms(), progress };
    land::land(source, connector, previous.as_ref(), shelf, around)
}

impl Project {
    /// Takes items of a catalogue, new or other than before, and takes out those that are gone; all of it is on the disk when
    /// it returns.
    pub fn push_items(
        &self,
        name: &str,
        items: Vec<Map<String, Value>>,
        remove: Vec<String>,
    ) -> Result<ItemsTaken> {
        let config = self.config();
        let catalog = known(&config, name)?;
        // Whoever writes to the log holds the facts.
        let _facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shelf = Shelf::new(&self.live, catalog.name(), true);
        let landed = land(self, &catalog.source, &mut Rows::of(items), &mut shelf, &mut |_| {})?;
        let mut gone = Vec::new();
        for id in remove {
            if self.live.item(catalog.name(), &id)?.is_some_and(|item| !item.gone) && !gone.contains(&id) {
                gone.push(id);
            }
        }
        let removed = gone.len() as u64;
        shelf.remove(gone, landed.pulled, self.live.now_ms());
        self.taken(shelf, removed)
    }

    /// Takes items of a catalogue from a file; those that are not in it stay as they are.
    pub fn import_items(&self, name: &str, file: &Path) -> Result<ItemsTaken> {
        let config = self.config();
        let catalog = known(&config, name)?;
        let kind = match Format::of(file) {
            Some(Format::Ndjson) => SourceKind::Ndjson,
            Some(Format::Parquet) => SourceKind::Parquet,
            Some(Format::Csv) | None => SourceKind::Csv,
        };
        let (path, key) =
            (Some(std::path::absolute(file).unwrap_or_else(|_| file.into())), catalog.source.key.clone());
        let (delimiter, encoding) = (catalog.source.delimiter, catalog.source.encoding.clone());
        let usual = Source::new(catalog.name().clone(), kind, 1);
        let source = Source { path, key, delimiter, encoding, ..usual };
        let _facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut part = Part(connect::open(&source, &self.dir)?);
        let mut shelf = Shelf::new(&self.live, catalog.name(), false);
        // The catalogue's own source, so that its next pull begins where it did.
        let landed = land(self, &catalog.source, &mut part, &mut shelf, &mut |_| {})?;
        shelf.count(&landed.pulled);
        self.taken(shelf, 0)
    }

    fn taken(&self, mut shelf: Shelf, removed: u64) -> Result<ItemsTaken> {
        let waiting = std::mem::take(&mut shelf.waiting);
        if !waiting.is_empty() {
            self.live.append(&waiting)?;
        }
        Ok(ItemsTaken { position: self.live.position().0, removed, ..shelf.taken })
    }
}

/// Some of what a catalogue has, never all of it.
struct Part(Box<dyn Connector>);

impl Connector for Part {
    fn columns(&mut self) -> Result<Option<Vec<String>>> {
        self.0.columns()
    }

    fn key(&mut self) -> Result<Vec<String>> {
        self.0.key()
    }

    fn pull(&mut self, cursor: Option<&Value>, sink: Sink) -> Result<PullEnd> {
        self.0.pull(None, sink)?;
        Ok(PullEnd { cursor: cursor.cloned().unwrap_or_default(), whole: false })
    }
}

/// Landing into a catalogue.
struct Shelf<'a> {
    live: &'a Live,
    catalog: &'a SourceName,
    /// True where all of it is one write.
    waits: bool,
    waiting: Vec<Entry>,
    taken: ItemsTaken,
}

impl<'a> Shelf<'a> {
    fn new(live: &'a Live, catalog: &'a SourceName, waits: bool) -> Shelf<'a> {
        Shelf { live, catalog, waits, waiting: Vec::new(), taken: ItemsTaken::default() }
    }

    fn count(&mut self, pulled: &PulledEntry) {
        let PulledEntry { read, landed, unchanged, rejected, .. } = *pulled;
        let rejects = std::mem::take(&mut self.taken.rejects);
        self.taken =
            ItemsTaken { received: read, landed, unchanged, rejected, rejects, ..ItemsTaken::default() };
    }

    /// Items that are gone, of the same sending.
    fn remove(&mut self, gone: Vec<String>, mut pulled: PulledEntry, now_ms: i64) {
        self.count(&pulled);
        if gone.is_empty() {
            return;
        }
        pulled.removed += gone.len() as u64;
        self.waiting.retain(|entry| !matches!(entry, Entry::Pulled(_)));
        self.waiting.push(Entry::Items(ItemsEntry { gone, ..self.entry(now_ms) }));
        self.waiting.push(Entry::Pulled(pulled));
    }

    fn entry(&self, received_at_ms: i64) -> ItemsEntry {
        ItemsEntry { catalog: self.catalog.clone(), items: Vec::new(), gone: Vec::new(), received_at_ms }
    }

    /// Rows of records as items, many to an entry.
    fn items(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let (mut all, mut open) = (Vec::new(), self.entry(0));
        let close = |all: &mut Vec<Entry>, open: &mut ItemsEntry| {
            if !open.items.is_empty() || !open.gone.is_empty() {
                let (items, gone) = (std::mem::take(&mut open.items), std::mem::take(&mut open.gone));
                all.push(Entry::Items(ItemsEntry { items, gone, ..open.clone() }));
            }
        };
        for entry in entries {
            match entry {
                Entry::Record(record) => {
                    open.received_at_ms = record.received_at_ms;
                    open.items.push(ItemRow { id: record.key, row: record.row });
                }
                Entry::Removed(removed) => {
                    open.received_at_ms = removed.received_at_ms;
                    open.gone.push(removed.key);
                }
                other => {
                    if let Entry::Rejected(refused) = &other
                        && self.taken.rejects.len() < REJECTS_SHOWN
                    {
                        let (place, code, reason) =
                            (refused.place.clone(), refused.code.clone(), refused.reason.clone());
                        self.taken.rejects.push(Refused { place, code, reason });
                    }
                    close(&mut all, &mut open);
                    all.push(other);
                }
            }
            if open.items.len() + open.gone.len() == TOGETHER {
                close(&mut all, &mut open);
            }
        }
        close(&mut all, &mut open);
        all
    }
}

impl Landing for Shelf<'_> {
    fn hash(&self, row: &Map<String, Value>) -> u64 {
        row_hash(row)
    }

    fn row_hash(&self, source: &SourceName, key: &str) -> Result<Option<u64>> {
        Ok(self.live.item(source, key)?.filter(|item| !item.gone).map(|item| row_hash(&item.row)))
    }

    fn keys(&self, source: &SourceName, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        for item in self.live.items(source) {
            let item = item?;
            if !item.gone {
                each(&item.id)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        let entries = self.items(entries);
        match self.waits {
            true => self.waiting.extend(entries),
            false if entries.is_empty() => {}
            false => _ = self.live.append(&entries)?,
        }
        Ok(())
    }
}
