//! From evidence to an honest probability: a rising curve between log-odds, kept in the model.
//!
//! Fellegi and Sunter add up bits as if fields were independent. They are not quite: who mistypes one field mistypes
//! the next, and who moved has another phone too. On most of the sets measured, truth asked for bits that count 0.75 to
//! 0.88 times (`docs/research/resolution.md`); so that is where an unlabelled model begins. Labels bend the curve
//! further ([`crate::labels`]).
//!
//! A curve rises everywhere, so it changes what a confidence says and never the order of merges.

use crate::worth::Worth;
use serde::{Deserialize, Serialize};

/// How much of a bit of a pair's summed evidence is left, given that fields depend on each other a little.
pub const TEMPERATURE: f64 = 0.82;

/// What summed evidence is worth: for pairs, and for merges of clusters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// For pairs: points of evidence and of what it is worth, both in bits, prior included; straight between them and
    /// on at both ends.
    pub pairs: Vec<[f64; 2]>,
    /// The same for merges of clusters.
    pub merges: Vec<[f64; 2]>,
    /// How many labelled pairs shaped it.
    #[serde(default)]
    pub labels: u64,
    /// What evidence between clusters is worth before the curve for merges; without it, its face value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
}

impl Calibration {
    /// Where a model without labels begins.
    pub fn unlabelled() -> Calibration {
        let pairs = line(TEMPERATURE, 0.0);
        Calibration { pairs, merges: line(1.0, 0.0), labels: 0, worth: Some(Worth::default()) }
    }

    /// What is wrong with it, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let rising = |points: &[[f64; 2]]| {
            let steps = points.windows(2).all(|p| p[0][0] < p[1][0] && p[0][1] < p[1][1]);
            points.len() >= 2 && steps && points.iter().flatten().all(|v| v.is_finite())
        };
        let parts = [("pairs", &self.pairs), ("merges", &self.merges)];
        let bad = parts.into_iter().find(|(_, points)| !rising(points));
        let bad = bad.map(|(name, _)| format!("calibration.{name} needs two points or more that rise"));
        bad.or_else(|| self.worth.as_ref().and_then(Worth::fault))
    }
}

/// The points of a straight line.
pub fn line(slope: f64, at_zero: f64) -> Vec<[f64; 2]> {
    [-10.0, 10.0].map(|x| [x, at_zero + slope * x]).to_vec()
}

/// A rising curve of straight pieces.
#[derive(Clone, Debug)]
pub struct Curve(Vec<[f32; 2]>);

impl Curve {
    /// The curve through some points; without any, what comes in comes out.
    pub fn new(points: &[[f64; 2]]) -> Curve {
        let points: Vec<[f32; 2]> = points.iter().map(|p| p.map(|v| v as f32)).collect();
        Curve(if points.len() < 2 { vec![[-10.0, -10.0], [10.0, 10.0]] } else { points })
    }

    /// What evidence is worth, bits.
    pub fn worth(&self, bits: f32) -> f32 {
        self.follow(bits, 0)
    }

    /// The evidence that is worth so much.
    pub fn evidence(&self, bits: f32) -> f32 {
        self.follow(bits, 1)
    }

    fn follow(&self, at: f32, from: usize) -> f32 {
        let last = self.0.len() - 1;
        let end = self.0[1..last].iter().position(|p| at < p[from]).map_or(last, |i| i + 1);
        let (p, q) = (self.0[end - 1], self.0[end]);
        p[1 - from] + (at - p[from]) * (q[1 - from] - p[1 - from]) / (q[from] - p[from])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_its_points_rises_and_can_be_undone() {
        let curve = Curve::new(&[[-4.0, -3.0], [0.0, 1.0], [2.0, 6.0]]);
        for (x, y) in [(-4.0, -3.0), (0.0, 1.0), (2.0, 6.0), (-6.0, -5.0), (3.0, 8.5), (1.0, 3.5)] {
            assert_eq!(curve.worth(x), y);
            assert_eq!(curve.evidence(y), x);
        }
        assert_eq!(Curve::new(&[]).worth(3.25), 3.25);
        let bad = Calibration { merges: vec![[0.0, 1.0], [1.0, 1.0]], ..Calibration::unlabelled() };
        assert!(bad.fault().is_some_and(|f| f.contains("calibration.merges")));
        assert_eq!(Calibration::unlabelled().fault(), None);
    }
}
