//! The matching model: a file that a person can read, compare and put under version control.

use crate::block::Key;
use crate::calibrate::Calibration;
use crate::compare::Aspect;
use crate::error::Error;
use crate::frequency::text_hash;
use crate::sources::Source;
use serde::{Deserialize, Serialize};

/// Everything that training learned. Scores follow from it and the frequencies of the values in the records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The format of this file.
    pub format: u32,
    /// Probability that two records taken at random are the same entity.
    pub prior_match: f64,
    /// Probability that they are different people of one household; 0 where the columns can not show households.
    pub prior_relative: f64,
    /// How many records it was trained on.
    pub trained_on: u64,
    /// Stands for all else in here as it was estimated; see [`Model::is_own`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated: Option<String>,
    /// The name of the file with the frequencies that rarity is computed from ([`crate::Frequencies`]), for whoever
    /// keeps models in files; the library itself does not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequencies: Option<String>,
    /// What summed evidence is worth; a model without it takes evidence at its face value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Sources that hold more or fewer duplicates than is usual; the prior is that of records of different sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Blocking rules: two records that agree on all keys of a rule become a candidate pair.
    pub blocking: Vec<Rule>,
    /// What is compared.
    pub comparisons: Vec<Comparison>,
}

/// The format that this version writes.
pub const FORMAT: u32 = 1;

/// A blocking rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// All of them have to agree.
    pub keys: Vec<Key>,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.keys.is_empty() {
            return f.write_str("all pairs");
        }
        let keys: Vec<String> = self.keys.iter().map(Key::to_string).collect();
        f.write_str(&keys.join(" + "))
    }
}

/// One comparison and its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// How.
    pub aspect: Aspect,
    /// The columns: the aspect's own, then its helpers; a blank text stands for "none".
    pub columns: Vec<String>,
    /// Probability that two people of one household share the value because they are a household.
    pub shared_in_household: f64,
    /// For e-mail: u of each level for different people of one name, whose addresses are alike because their names
    /// are. Empty where it does not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub u_when_names_agree: Vec<f64>,
    /// The agreement levels without "missing", strongest first.
    pub levels: Vec<Level>,
}

/// One agreement level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its name.
    pub level: String,
    /// Probability of this level if the two records are one entity.
    pub m: f64,
    /// Probability of this level if they are not.
    pub u: f64,
}

impl Model {
    /// Marks it as estimated from records alone: nobody has looked at its numbers.
    pub fn sign(&mut self) {
        self.estimated = Some(self.signature());
    }

    /// True if nobody has changed, labelled or written it since it was estimated: another estimate may take its place.
    pub fn is_own(&self) -> bool {
        self.estimated.as_ref() == Some(&self.signature())
    }

    fn signature(&self) -> String {
        let without = Model { estimated: None, ..self.clone() };
        format!("{:016x}", text_hash(&without.to_toml()))
    }

    /// The readable file.
    pub fn to_toml(&self) -> String {
        let body = toml::to_string(self).unwrap_or_default();
        format!(
            "# Kith's matching model. m: how often the level occurs for two records of one entity;\n\
             # u: for two records of different entities. The weight of a level is log2(m / u) bits.\n{body}"
        )
    }

    /// Reads the file back.
    pub fn from_toml(text: &str) -> Result<Model, Error> {
        let model: Model = toml::from_str(text).map_err(|e| Error::Model { message: e.to_string() })?;
        let bad = |message: String| Err(Error::Model { message });
        if model.format != FORMAT {
            return bad(format!("format {} is not known; this version reads format {FORMAT}", model.format));
        }
        if !(model.prior_match > 0.0 && model.prior_match < 1.0) {
            return bad(format!("prior_match = {} must lie between 0 and 1", model.prior_match));
        }
        if let Some(fault) = model.calibration.as_ref().and_then(Calibration::fault) {
            return bad(fault);
        }
        if let Some(bad_one) = model.sources.iter().find(|s| !(s.duplicates > 0.0 && s.duplicates < 1e6)) {
            return bad(format!("duplicates of source {:?} must be above 0", bad_one.source));
        }
        for comparison in &model.comparisons {
            let names = &comparison.aspect.levels()[1..];
            if comparison.levels.iter().map(|l| l.level.as_str()).ne(names.iter().copied()) {
                return bad(format!("the levels of {:?} must be {names:?}", comparison.columns));
            }
            let namesakes = &comparison.u_when_names_agree;
            if !namesakes.is_empty() && namesakes.len() != names.len() {
                return bad(format!(
                    "u_when_names_agree of {:?} needs {} numbers",
                    comparison.columns,
                    names.len()
                ));
            }
            if namesakes.iter().any(|u| !(*u > 0.0 && *u <= 1.0)) {
                return bad(format!(
                    "u_when_names_agree of {:?} must lie between 0 and 1",
                    comparison.columns
                ));
            }
            if comparison.levels.iter().any(|l| !(l.m > 0.0 && l.u > 0.0 && l.m <= 1.0 && l.u <= 1.0)) {
                return bad(format!("m and u of {:?} must lie between 0 and 1, above 0", comparison.columns));
            }
        }
        Ok(model)
    }
}
