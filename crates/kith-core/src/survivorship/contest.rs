//! One contest: values of one field, rules applied until one value is left.

use super::Rule;
use crate::field::FieldValue;
use crate::id::{NodeId, SourceName};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A value and who says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The value.
    pub value: FieldValue,
    /// Whose record.
    pub source: SourceName,
    /// Its key there.
    pub key: String,
    /// Its node.
    pub node: NodeId,
    /// Trust in the source, 1 = most.
    pub rank: u32,
    /// When the source says the record last changed.
    pub updated_at_ms: Option<i64>,
    /// When Kith read it.
    pub received_at_ms: i64,
}

impl Candidate {
    /// Orders candidates for good where nothing else tells them apart: best first, then by content, so that two
    /// candidates compare equal only if they are the same.
    pub(super) fn precedence(&self) -> impl Ord + '_ {
        let FieldValue { field, normal, original, column } = &self.value;
        let dates = (Reverse(self.updated_at_ms), Reverse(self.received_at_ms));
        (*field, self.rank, dates, &self.source, &self.key, self.node, normal, original, column)
    }
}

/// One distinct value, with all who say it, best first.
pub(super) struct Value {
    pub candidates: Vec<Candidate>,
    /// Whatever [`Rule::Completeness`] counts.
    pub parts: usize,
}

impl Value {
    fn best_rank(&self) -> u32 {
        self.candidates.iter().map(|c| c.rank).min().unwrap_or(u32::MAX)
    }

    fn latest(&self) -> Option<i64> {
        self.candidates.iter().filter_map(|c| c.updated_at_ms).max()
    }

    fn arrived(&self) -> i64 {
        self.candidates.iter().map(|c| c.received_at_ms).max().unwrap_or(i64::MIN)
    }

    /// How good the value is by a rule; higher is better.
    fn score(&self, rule: Rule) -> i64 {
        match rule {
            Rule::Rank => -i64::from(self.best_rank()),
            Rule::Recency => self.latest().unwrap_or(i64::MIN),
            Rule::Frequency => self.records() as i64,
            Rule::Completeness => self.parts as i64,
        }
    }

    /// Records that say so; a record that says it in two columns counts once.
    fn records(&self) -> usize {
        let mut nodes: Vec<_> = self.candidates.iter().map(|c| c.node).collect();
        nodes.sort();
        nodes.dedup();
        nodes.len()
    }
}

/// The values still in the contest and the candidates put aside.
pub(super) struct Contest {
    pub values: Vec<Value>,
    /// Those who say what a winner says.
    pub rest: Vec<Candidate>,
}

impl Contest {
    /// Groups candidates by normal form. Completeness is the length in characters.
    pub fn new(all: Vec<&Candidate>) -> Self {
        let parts = |c: &Candidate| c.value.normal.chars().count();
        Self::grouped(all, |c| c.value.normal.clone(), parts)
    }

    /// Groups candidates by what `group` makes of them.
    pub fn grouped<G: Ord>(
        all: Vec<&Candidate>,
        group: impl Fn(&Candidate) -> G,
        parts: impl Fn(&Candidate) -> usize,
    ) -> Self {
        let mut groups: BTreeMap<G, Vec<Candidate>> = BTreeMap::new();
        for candidate in all {
            groups.entry(group(candidate)).or_default().push(candidate.clone());
        }
        let values = groups.into_values().map(|mut candidates| {
            candidates.sort_by(|a, b| a.precedence().cmp(&b.precedence()));
            let parts = candidates.iter().map(&parts).max().unwrap_or(0);
            Value { candidates, parts }
        });
        Contest { values: values.collect(), rest: Vec::new() }
    }

    /// Takes the best value out of the contest; says by which rule it is the best.
    pub fn winner(&mut self, rules: &[Rule]) -> (Option<Candidate>, String) {
        let mut left: Vec<usize> = (0..self.values.len()).collect();
        let mut decided: Vec<Rule> = Vec::new();
        for rule in rules {
            let scores: Vec<i64> = left.iter().map(|i| self.values[*i].score(*rule)).collect();
            let best = scores.iter().copied().max().unwrap_or(0);
            let before = left.len();
            left = left.iter().zip(&scores).filter(|(_, s)| **s == best).map(|(i, _)| *i).collect();
            if left.len() < before {
                decided.push(*rule);
            }
            if left.len() == 1 {
                break;
            }
        }
        let tie = left.len() > 1;
        // Values are in alphabetical order, and `min_by_key` takes the first of equals.
        let Some(index) = left.into_iter().min_by_key(|i| Reverse(self.values[*i].arrived())) else {
            return (None, "no value".into());
        };
        let rule = self.explain(index, &decided, tie);
        let mut value = self.values.remove(index);
        let winner = value.candidates.remove(0);
        self.rest.append(&mut value.candidates);
        (Some(winner), rule)
    }

    fn explain(&self, index: usize, decided: &[Rule], tie: bool) -> String {
        let value = &self.values[index];
        let records: usize = self.values.iter().map(Value::records).sum();
        if self.values.len() == 1 {
            return match value.records() {
                1 => "the only record with a value".into(),
                n => format!("all {n} records agree"),
            };
        }
        let mut words: Vec<String> = decided.iter().map(|r| in_words(*r, value, records)).collect();
        if tie {
            let same = self.values.iter().filter(|v| v.arrived() == value.arrived()).count() > 1;
            words.push(if same { "first by alphabet".into() } else { "arrived last".to_string() });
        }
        words.join(", then ")
    }
}

fn in_words(rule: Rule, value: &Value, records: usize) -> String {
    match rule {
        Rule::Rank => {
            let best = value.candidates.iter().min_by_key(|c| (c.rank, &c.source));
            let source = best.map_or("", |c| c.source.as_str());
            format!("most trusted source ({source}, rank {})", value.best_rank())
        }
        Rule::Recency => match value.latest().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            Some(at) => format!("changed last ({})", at.to_zoned(jiff::tz::TimeZone::UTC).date()),
            None => "changed last".into(),
        },
        Rule::Frequency => format!("in most records ({} of {records})", value.records()),
        Rule::Completeness => "most complete".into(),
    }
}
