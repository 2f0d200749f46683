//! The search index: records by what people remember of them, with their typing errors.
//!
//! - Reads: the log from the index's own position on, and the store (which node a row is).
//! - Decides: which words of a record can find it (`text`), and how near a word must be.
//! - Writes: one document per live node; the position goes with each commit.
//! - Fails: into an error that says `kith rebuild`; nothing else depends on the index.
//!
//! A commit costs tens of milliseconds, so it is made when somebody searches (or calls [`crate::Live::index`]) and not
//! with every append: a search always sees all that was appended before it.
//!
//! A question is answered thus: all its words must be in the record, each exactly (1), as the beginning of the last
//! word (0.85), with one wrong letter from 4 letters on (0.7) or two from 8 on (0.5); words that are not in a name
//! count a little less. If no record has all words, records with some of them are given.

mod text;

use crate::error::{LiveError, Result};
use crate::log::Log;
use crate::store::Store;
use kith_core::entry::Entry;
use kith_core::id::{NodeId, Position};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tantivy::collector::TopDocs;
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery,
};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

/// Memory of the writer before it writes a piece of the index to disk.
const WRITER_BYTES: usize = 64 << 20;
/// A first indexing of a million records commits now and then, so that a kill does not begin it anew.
const COMMIT_EVERY: usize = 250_000;
/// A hit on words counts a little less than an exact identifier, which counts 1.
const WORDS_BEST: f32 = 0.99;

/// The index of one tenant.
pub(crate) struct Search {
    path: PathBuf,
    fields: Fields,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    names: Field,
    others: Field,
}

struct State {
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    /// (log id, position) of the last commit.
    at: (u64, Position),
}

impl Search {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (schema, fields) = schema();
        let state = match State::open(path, schema.clone()) {
            Ok(state) => state,
            Err(_) => {
                // A projection that can not be read is made anew.
                std::fs::remove_dir_all(path).map_err(LiveError::disk("remove", path))?;
                State::open(path, schema).map_err(|e| failed(path, e))?
            }
        };
        Ok(Search { path: path.into(), fields, state: Mutex::new(state) })
    }

    /// Throws everything away.
    pub(crate) fn clear(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let cleared = state.writer().and_then(|w| w.delete_all_documents().map(|_| ()));
        cleared.and_then(|()| state.commit((0, Position(0)))).map_err(|e| failed(&self.path, e))
    }

    /// Position up to which everything can be found.
    pub(crate) fn position(&self) -> Position {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).at.1
    }

    /// Indexes what the log has beyond the index's position; the store must be as far as the log.
    pub(crate) fn catch_up(&self, log: &Log, store: &Store, to: Position) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.at == (log.id(), to) {
            return Ok(());
        }
        let tantivy = |e| failed(&self.path, e);
        if state.at.0 != log.id() || state.at.1 > to {
            state.writer().and_then(|w| w.delete_all_documents().map(|_| ())).map_err(tantivy)?;
            state.at = (log.id(), Position(0));
        }
        let mut uncommitted = 0;
        for item in log.read(Position(state.at.1.0 + 1)) {
            // A damaged range is the business of `verify`; the rest must be found.
            let Ok((position, entry)) = item else { continue };
            if position > to {
                break;
            }
            let writer = state.writer().map_err(tantivy)?;
            uncommitted += usize::from(self.entry(writer, store, position, &entry)?);
            if uncommitted >= COMMIT_EVERY {
                state.commit((log.id(), position)).map_err(tantivy)?;
                uncommitted = 0;
            }
        }
        if uncommitted > 0 {
            return state.commit((log.id(), to)).map_err(tantivy);
        }
        // Nothing to find was added: moving on costs no commit. If that is forgotten, it is only read again.
        state.at.1 = to;
        Ok(())
    }

    fn entry(&self, writer: &IndexWriter, store: &Store, position: Position, entry: &Entry) -> Result<bool> {
        let (source, key, record) = match entry {
            Entry::Record(record) => (&record.source, &record.key, Some(record)),
            Entry::Removed(removed) => (&removed.source, &removed.key, None),
            _ => return Ok(false),
        };
        let Some(row) = store.key_row(source, key)? else { return Ok(false) };
        if row.node.0 != position.0 {
            writer.delete_term(Term::from_field_u64(self.fields.id, row.node.0));
        }
        if let Some(record) = record {
            let words = text::words_of(key, &record.values);
            let mut doc = TantivyDocument::new();
            doc.add_u64(self.fields.id, row.node.0);
            doc.add_text(self.fields.names, join(words.names));
            doc.add_text(self.fields.others, join(words.others));
            writer.add_document(doc).map_err(|e| failed(&self.path, e))?;
        }
        Ok(true)
    }

    /// The nodes that fit a question best, best first, ties by node.
    pub(crate) fn find(&self, question: &str, limit: usize) -> Result<Vec<(NodeId, f32)>> {
        let words = text::words_of_question(question);
        if words.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let searcher = self.state.lock().unwrap_or_else(PoisonError::into_inner).reader.searcher();
        let mut hits = Vec::new();
        for occur in [Occur::Must, Occur::Should] {
            let query = self.query(&words, occur);
            let top = TopDocs::with_limit(limit).order_by_score();
            let found = searcher.search(&query, &top).map_err(|e| failed(&self.path, e))?;
            for (score, address) in found {
                let ids = searcher.segment_reader(address.segment_ord).fast_fields().u64("id");
                let id = ids.map_err(|e| failed(&self.path, e))?.first(address.doc_id);
                hits.extend(id.map(|id| (NodeId(id), WORDS_BEST * score / words.len() as f32)));
            }
            if !hits.is_empty() || words.len() == 1 {
                break;
            }
        }
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(hits)
    }

    fn query(&self, words: &[String], occur: Occur) -> BooleanQuery {
        let word = |(i, word): (usize, &String)| (occur, self.word(word, i + 1 == words.len()));
        BooleanQuery::new(words.iter().enumerate().map(word).collect())
    }

    /// One word, in the best of the ways in which it fits.
    fn word(&self, word: &str, last: bool) -> Box<dyn Query> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (field, worth) in [(self.fields.names, 1.0), (self.fields.others, 0.9)] {
            let term = Term::from_field_text(field, word);
            let mut way = |query: Box<dyn Query>, score: f32| {
                ways.push(Box::new(ConstScoreQuery::new(query, score * worth)));
            };
            way(Box::new(TermQuery::new(term.clone(), IndexRecordOption::Basic)), 1.0);
            if last && word.chars().count() > 1 {
                way(Box::new(FuzzyTermQuery::new_prefix(term.clone(), 0, true)), 0.85);
            }
            let letters = word.chars().count();
            let digits = word.chars().all(|c| c.is_ascii_digit());
            if letters >= 4 && !digits {
                way(Box::new(FuzzyTermQuery::new(term.clone(), 1, true)), 0.7);
            }
            if letters >= 8 && !digits {
                way(Box::new(FuzzyTermQuery::new(term, 2, true)), 0.5);
            }
        }
        Box::new(DisjunctionMaxQuery::new(ways))
    }
}

impl State {
    fn open(path: &Path, schema: Schema) -> tantivy::Result<Self> {
        std::fs::create_dir_all(path)?;
        let directory = tantivy::directory::MmapDirectory::open(path)?;
        let index = Index::open_or_create(directory, schema)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let payload = index.load_metas()?.payload.unwrap_or_default();
        let at =
            payload.split_once(' ').and_then(|(id, at)| Some((id.parse().ok()?, Position(at.parse().ok()?))));
        Ok(State { index, reader, writer: None, at: at.unwrap_or_default() })
    }

    fn writer(&mut self) -> tantivy::Result<&mut IndexWriter> {
        if self.writer.is_none() {
            self.writer = Some(self.index.writer_with_num_threads(1, WRITER_BYTES)?);
        }
        self.writer.as_mut().ok_or_else(|| tantivy::TantivyError::InternalError("no writer".into()))
    }

    fn commit(&mut self, at: (u64, Position)) -> tantivy::Result<()> {
        let mut commit = self.writer()?.prepare_commit()?;
        commit.set_payload(&format!("{} {}", at.0, at.1.0));
        commit.commit()?;
        self.at = at;
        self.reader.reload()
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let words = TextOptions::default().set_indexing_options(indexing);
    let id = schema.add_u64_field("id", INDEXED | FAST);
    let names = schema.add_text_field("names", words.clone());
    let others = schema.add_text_field("others", words);
    (schema.build(), Fields { id, names, others })
}

fn join(words: std::collections::BTreeSet<String>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn failed(path: &Path, e: tantivy::TantivyError) -> LiveError {
    LiveError::Search { path: path.into(), what: e.to_string() }
}
