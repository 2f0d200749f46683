//! Connected components and their merges, without a place that sees all records.
//!
//! 1. `near`: every record takes the smallest among itself and its neighbours as its root.
//! 2. Pairs are renamed to roots; those of one root are done, equal ones become one. What is left is a smaller graph
//!    with the same components: a record whose root took another root is still tied to it.
//! 3. Again, until no pair is left. Roots are chained on the way (`labels`).
//!
//! Records are numbered by a hash of their content, so the smallest neighbour is a random one, and a round leaves a
//! fraction of the records (local contraction: Łącki, Mirrokni, Włodarczyk 2018). The number of rounds grows with the
//! logarithm of the longest chain.

use super::Spread;
use crate::error::Result;
use crate::exec::batch::Left;

/// The merges of all components: `(component, a, b, confidence)`, each component's together and in order; `None` if no
/// two records hang together.
pub(super) fn merges(spread: &Spread, said: &Left) -> Result<Option<Left>> {
    let tables = [("edges", &spread.edges), ("said", said)];
    let ties = spread.run(
        "ties",
        &tables,
        "SELECT a, b, CAST(NULL AS REAL) AS said, false AS apart FROM edges \
         UNION ALL SELECT a, b, said, apart FROM said"
            .into(),
    )?;
    let Some(labels) = labels(spread, &ties)? else { return Ok(None) };
    let members = spread.run(
        "members",
        &[("labels", &labels), ("records", &spread.records)],
        format!(
            "SELECT l.root AS component, array_agg({}) AS records \
             FROM labels l JOIN records r ON l.name = r.record GROUP BY l.root",
            spread.member("r", "CAST(0 AS BIGINT UNSIGNED)")
        ),
    )?;
    let knots = spread.run(
        "knots",
        &[("ties", &ties), ("labels", &labels)],
        "SELECT x.root AS component, array_agg(named_struct('a', t.a, 'b', t.b, 'said', t.said, 'apart', t.apart)) AS ties \
         FROM ties t JOIN labels x ON t.a = x.name JOIN labels y ON t.b = y.name \
         WHERE x.root = y.root GROUP BY x.root"
            .into(),
    )?;
    let merges = spread.run(
        "merges",
        &[("members", &members), ("knots", &knots)],
        format!(
            "SELECT component, m['a'] AS a, m['b'] AS b, m['confidence'] AS confidence FROM (\
             SELECT m.component, unnest(kith_merges({}, m.records, k.ties)) AS m \
             FROM members m JOIN knots k ON m.component = k.component)",
            spread.model_folder()
        ),
    )?;
    Ok(Some(merges))
}

/// The root of every record that hangs together with another: the smallest of its component.
fn labels(spread: &Spread, ties: &Left) -> Result<Option<Left>> {
    let mut pairs =
        spread.run("pairs", &[("ties", ties)], "SELECT DISTINCT a, b FROM ties WHERE NOT apart".into())?;
    let mut labels: Option<Left> = None;
    while pairs.rows > 0 {
        let near = spread.run(
            "near",
            &[("pairs", &pairs)],
            "SELECT name, least(name, min(other)) AS root FROM (\
             SELECT a AS name, b AS other FROM pairs UNION ALL SELECT b AS name, a AS other FROM pairs) \
             GROUP BY name"
                .into(),
        )?;
        pairs = spread.run(
            "pairs",
            &[("pairs", &pairs), ("near", &near)],
            "SELECT DISTINCT least(x.root, y.root) AS a, greatest(x.root, y.root) AS b \
             FROM pairs p JOIN near x ON p.a = x.name JOIN near y ON p.b = y.name WHERE x.root <> y.root"
                .into(),
        )?;
        labels = Some(match labels {
            None => near,
            Some(labels) => spread.run(
                "labels",
                &[("labels", &labels), ("near", &near)],
                "SELECT l.name, coalesce(n.root, l.root) AS root \
                 FROM labels l LEFT JOIN near n ON l.root = n.name"
                    .into(),
            )?,
        });
    }
    Ok(labels)
}
