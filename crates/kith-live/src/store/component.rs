//! How a component is written: nodes by their differences, pairs by their nodes' places. A large one has thousands of
//! pairs and is written again with every record that touches it; as JSON that took longer than to resolve it.

use crate::log::{Bytes, put_number};
use crate::tree::{Component, TreeEdge, TreeMerge};
use kith_core::id::NodeId;

/// The first byte. What an older Kith wrote is JSON and begins with a brace.
const COMPACT: u8 = 1;

/// The nodes must be ascending; a pair of a node that is not among them is an error.
pub(crate) fn encode(component: &Component) -> Result<Vec<u8>, String> {
    let place = |node: NodeId| match component.nodes.binary_search(&node) {
        Ok(at) => Ok(at as u64),
        Err(_) => Err(format!("the component lacks the record {}, which one of its pairs names", node.0)),
    };
    let mut bytes = Vec::with_capacity(16 + 4 * component.nodes.len() + 12 * component.edges.len());
    bytes.push(COMPACT);
    put_number(&mut bytes, component.nodes.len() as u64);
    let mut before = 0;
    for node in &component.nodes {
        put_number(&mut bytes, node.0.wrapping_sub(before));
        before = node.0;
    }
    put_number(&mut bytes, component.merges.len() as u64);
    for merge in &component.merges {
        put_number(&mut bytes, place(merge.a)?);
        put_number(&mut bytes, place(merge.b)?);
        bytes.extend(merge.confidence.to_le_bytes());
    }
    put_number(&mut bytes, component.edges.len() as u64);
    for edge in &component.edges {
        put_number(&mut bytes, place(edge.a)?);
        put_number(&mut bytes, place(edge.b)?);
        bytes.extend(edge.weight.to_le_bytes());
        bytes.extend(edge.probability.to_le_bytes());
    }
    Ok(bytes)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Component, String> {
    let Some(mut rest) = bytes.strip_prefix(&[COMPACT]).map(Bytes) else {
        return serde_json::from_slice(bytes).map_err(|e| e.to_string());
    };
    let mut component = Component { nodes: nodes(&mut rest)?, ..Component::default() };
    let node = |at: u64| component.nodes.get(at as usize).copied().ok_or("a pair names no node");
    for _ in 0..rest.number()? {
        let (a, b) = (node(rest.number()?)?, node(rest.number()?)?);
        component.merges.push(TreeMerge { a, b, confidence: float(&mut rest)? });
    }
    for _ in 0..rest.number()? {
        let (a, b) = (node(rest.number()?)?, node(rest.number()?)?);
        let (weight, probability) = (float(&mut rest)?, float(&mut rest)?);
        component.edges.push(TreeEdge { a, b, weight, probability });
    }
    Ok(component)
}

fn nodes(rest: &mut Bytes) -> Result<Vec<NodeId>, String> {
    let mut before = 0u64;
    let mut nodes = Vec::new();
    for _ in 0..rest.number()? {
        before = before.wrapping_add(rest.number()?);
        nodes.push(NodeId(before));
    }
    Ok(nodes)
}

fn float(rest: &mut Bytes) -> Result<f32, String> {
    let bytes = rest.take(4)?.try_into().map_err(|_| "it ends early")?;
    Ok(f32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Component {
        let nodes = [7, 300, u64::MAX].map(NodeId);
        Component {
            nodes: nodes.to_vec(),
            merges: vec![TreeMerge { a: nodes[0], b: nodes[2], confidence: 0.75 }],
            edges: vec![TreeEdge { a: nodes[1], b: nodes[2], weight: f32::NEG_INFINITY, probability: 0.0 }],
        }
    }

    #[test]
    fn a_component_comes_back_equal() {
        let bytes = encode(&three()).unwrap();
        assert_eq!(decode(&bytes).unwrap(), three());
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn what_an_older_kith_wrote_is_read() {
        let mut old = three();
        old.edges.clear();
        assert_eq!(decode(&serde_json::to_vec(&old).unwrap()).unwrap(), old);
    }

    #[test]
    fn a_pair_of_a_stranger_is_an_error() {
        let mut wrong = three();
        wrong.nodes.remove(1);
        assert!(encode(&wrong).unwrap_err().contains("300"));
    }
}
