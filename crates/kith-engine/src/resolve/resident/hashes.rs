//! Records that have only the hash of an e-mail address, and the addresses that are known.
//!
//! Nothing is kept until the first such record is there: then the addresses of all records count.

use kith_core::field::{Field, FieldValue};
use kith_core::id::NodeId;
use kith_core::standard::email_sha256;
use rustc_hash::{FxHashMap, FxHashSet};

use kith_dedupe::slot::opaque;

/// Which address a hash stands for, and who asks.
#[derive(Default)]
pub(super) struct EmailBook {
    /// By hash: the address, and how many times records have it.
    known: FxHashMap<String, (String, u32)>,
    /// What each record has told: its hashes.
    told: FxHashMap<NodeId, Vec<String>>,
    /// By hash: the records that have only it.
    waiting: FxHashMap<String, FxHashSet<NodeId>>,
    /// By record: the hashes that it has.
    asks: FxHashMap<NodeId, Vec<String>>,
}

impl EmailBook {
    /// Takes in a record of the beginning.
    pub(super) fn learn(&mut self, node: NodeId, values: &[FieldValue]) {
        self.replace(node, values);
    }

    /// Takes in what a record says now (nothing = it is gone); returns the other records for which that changes the
    /// address behind a hash.
    pub(super) fn replace(&mut self, node: NodeId, values: &[FieldValue]) -> Vec<NodeId> {
        let before = self.told.remove(&node).unwrap_or_default();
        let addresses = values.iter().filter(|v| v.field == Field::Email);
        let mut now: Vec<(String, &str)> = addresses
            .flat_map(|v| [(email_sha256(&v.normal), &*v.normal), (email_sha256(&v.original), &*v.normal)])
            .collect();
        now.sort_unstable();
        now.dedup();
        let mut changed: Vec<String> = Vec::new();
        for (hash, address) in &now {
            let known = self.known.entry(hash.clone()).or_insert_with(|| ((*address).to_string(), 0));
            known.1 += 1;
            if known.1 == 1 {
                changed.push(hash.clone());
            }
        }
        for hash in before {
            let Some(known) = self.known.get_mut(&hash) else { continue };
            known.1 -= 1;
            if known.1 == 0 {
                self.known.remove(&hash);
                changed.push(hash);
            }
        }
        if !now.is_empty() {
            self.told.insert(node, now.into_iter().map(|(hash, _)| hash).collect());
        }
        for hash in self.asks.remove(&node).unwrap_or_default() {
            if let Some(waiting) = self.waiting.get_mut(&hash) {
                waiting.remove(&node);
            }
        }
        let hashes: Vec<String> = values
            .iter()
            .filter(|v| v.field == Field::EmailSha256)
            .map(|v| v.normal.to_ascii_lowercase())
            .collect();
        for hash in &hashes {
            self.waiting.entry(hash.clone()).or_default().insert(node);
        }
        if !hashes.is_empty() {
            self.asks.insert(node, hashes);
        }
        let mut others: Vec<NodeId> =
            changed.iter().filter_map(|hash| self.waiting.get(hash)).flatten().copied().collect();
        others.retain(|other| *other != node);
        others.sort_unstable();
        others.dedup();
        others
    }

    /// The address behind a hash, or what stands in for it.
    pub(super) fn address(&self, hash: &str) -> String {
        match self.known.get(&hash.to_ascii_lowercase()) {
            Some((address, _)) => address.clone(),
            None => opaque(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: Field, normal: &str) -> Vec<FieldValue> {
        vec![FieldValue { field, normal: normal.into(), original: normal.into(), column: "c".into() }]
    }

    #[test]
    fn a_hash_follows_the_address_as_it_comes_and_goes() {
        let mut book = EmailBook::default();
        let hash = email_sha256("ada@example.org");
        let vendor = value(Field::EmailSha256, &hash);
        let ada = value(Field::Email, "ada@example.org");
        assert!(book.replace(NodeId(1), &vendor).is_empty());
        assert_eq!(book.address(&hash), opaque(&hash));
        assert_eq!(book.replace(NodeId(2), &ada), [NodeId(1)]);
        assert!(book.replace(NodeId(3), &ada).is_empty());
        assert_eq!(book.address(&hash), "ada@example.org");
        assert!(book.replace(NodeId(2), &[]).is_empty());
        assert_eq!(book.replace(NodeId(3), &[]), [NodeId(1)]);
        assert_eq!(book.address(&hash), opaque(&hash));
    }
}
