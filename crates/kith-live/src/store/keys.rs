//! How keys and values of the store are written. Numbers in keys are big-endian, so that they sort.

use crate::identity::ProfileRow;
use crate::log::{Bytes, put_number};
use kith_core::decision::RecordRef;
use kith_core::entry::RecordEntry;
use kith_core::id::{NodeId, Position, ProfileId, SourceName};

pub(crate) const POSITION: &[u8] = b"position";
pub(crate) const MODEL: &[u8] = b"model";
pub(crate) const RESOLVED: &[u8] = b"resolved";
pub(crate) const LIVE: &[u8] = b"live";
pub(crate) const TREE: &[u8] = b"tree";

pub(crate) fn number(n: u64) -> Vec<u8> {
    n.to_be_bytes().to_vec()
}

pub(crate) fn pair(a: u64, b: u64) -> Vec<u8> {
    [a.to_be_bytes(), b.to_be_bytes()].concat()
}

/// The number in the first, second … eight bytes.
pub(crate) fn number_at(bytes: &[u8], index: usize) -> Option<u64> {
    let at = index * 8;
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn row_key(source: &SourceName, key: &str) -> Vec<u8> {
    [source.as_str().as_bytes(), &[0], key.as_bytes()].concat()
}

pub(crate) fn identifier_prefix(field: &str, value: &str) -> Vec<u8> {
    [field.as_bytes(), &[0], value.as_bytes(), &[0]].concat()
}

pub(crate) fn identifier(field: &str, value: &str, node: NodeId) -> Vec<u8> {
    let mut key = identifier_prefix(field, value);
    key.extend_from_slice(&node.0.to_be_bytes());
    key
}

/// A record key with a zero byte inside begins like a shorter one; its key is longer.
pub(crate) fn decisions_of(record: &RecordRef) -> Vec<u8> {
    [row_key(&record.source, &record.key), vec![0]].concat()
}

/// What the store knows of a source's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub node: NodeId,
    pub hash: u64,
    pub alive: bool,
}

impl KeyRow {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = pair(self.node.0, self.hash);
        bytes.push(u8::from(self.alive));
        bytes
    }
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (node, hash) = (NodeId(number_at(bytes, 0)?), number_at(bytes, 1)?);
        Some(KeyRow { node, hash, alive: *bytes.get(16)? == 1 })
    }
}

/// A node as it is stored.
pub(crate) struct NodeRow {
    pub version: Position,
    pub alive: bool,
    pub record: RecordEntry,
}

impl NodeRow {
    pub(crate) fn encode(version: Position, alive: bool, record: &RecordEntry) -> Result<Vec<u8>, String> {
        let mut bytes = number(version.0);
        bytes.push(u8::from(alive));
        crate::log::encode_record(record, &mut bytes)?;
        Ok(bytes)
    }
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let version = Position(number_at(bytes, 0).ok_or("it ends early")?);
        let record = crate::log::decode_record(bytes.get(9..).unwrap_or(&[]))?;
        Ok(NodeRow { version, alive: Self::alive(bytes), record })
    }
    /// Without reading the rest.
    pub(crate) fn alive(bytes: &[u8]) -> bool {
        bytes.get(8) == Some(&1)
    }
}

pub(crate) fn encode_profile(row: &ProfileRow) -> Vec<u8> {
    let mut bytes = number(row.born.0);
    let mut before = 0;
    for node in &row.nodes {
        put_number(&mut bytes, node.0.wrapping_sub(before));
        before = node.0;
    }
    bytes
}

pub(crate) fn decode_profile(bytes: &[u8]) -> Result<ProfileRow, String> {
    let born = Position(number_at(bytes, 0).ok_or("it ends early")?);
    let mut rest = Bytes(bytes.get(8..).unwrap_or(&[]));
    let (mut nodes, mut before) = (Vec::new(), 0u64);
    while !rest.0.is_empty() {
        before = before.wrapping_add(rest.number()?);
        nodes.push(NodeId(before));
    }
    Ok(ProfileRow { born, nodes })
}

pub(crate) fn profile_id(bytes: &[u8]) -> Option<ProfileId> {
    number_at(bytes, 0).map(ProfileId)
}
