//! **look**: what the model weighs, what a threshold would give, how identity stands to what is expected of it.
//!
//! Reads:  the live store, its merge trees and edges, the model in force. Decides: nothing. Writes: figures that are kept
//!         from run to run (`kept`).
//!
//! | module | what it answers |
//! |---|---|
//! | `overview` | records to people, by source, size and overlap |
//! | `benchmarks` | figures with the range that they are expected in |
//! | `runs` | how the figures move from run to run |
//! | `model` | what the model weighs, what it meets, and which records say too little |
//! | `pairs` | all scored pairs by weight and by pattern |
//! | `thresholds` | what each confidence would give |
//! | `reliability` | whether stated probabilities are what people say |

mod benchmarks;
mod examples;
mod kept;
mod labels;
mod model;
mod overview;
mod pairs;
mod reliability;
mod runs;
pub mod shape;
mod thresholds;

pub(crate) use kept::{Found, Kept, keep};

use crate::error::Result;
use crate::profile::Encoded;
use crate::project::Project;
use crate::resolve::model::none as no_model;
use labels::Labels;
use pairs::Pairs;
use shape::{ExamplePairs, IdentityOverview, ModelView, Reliability, ScoredPairs, Thresholds};
use std::sync::Arc;

impl Project {
    /// Records to people.
    pub fn identity(&self) -> Result<IdentityOverview> {
        let reader = self.reader();
        let counted = self.look.overview.get(self, || overview::count(&reader, self.model()?.as_ref()))?;
        let mut overview = counted.as_ref().clone();
        runs::compare(&mut overview, &self.seen());
        examples::name_all(&reader, &mut overview)?;
        Ok(overview)
    }

    /// The matching model, with what it meets in the records.
    pub fn model_view(&self) -> Result<ModelView> {
        let counted = self.look.model.get(self, || {
            let model = self.model()?.ok_or_else(no_model)?;
            let encoded = self.encoded(&model)?;
            let confidence = self.config().project.confidence;
            model::view(self, model::Met::of((&encoded.linker, &model), encoded.nodes(), confidence)?)
        })?;
        let mut view = counted.as_ref().clone();
        model::follow(&mut view, self, &self.seen())?;
        Ok(view)
    }

    /// What each threshold would give.
    pub fn thresholds(&self) -> Result<Thresholds> {
        let counted = self.look.thresholds.get(self, || thresholds::thresholds(self))?;
        let mut answer = counted.as_ref().clone();
        let model = self.model()?.ok_or_else(no_model)?;
        thresholds::judge(&mut answer, &Labels::of(self, &model)?);
        Ok(answer)
    }

    /// Stated probabilities against people's answers.
    pub fn reliability(&self) -> Result<Reliability> {
        let model = self.model()?.ok_or_else(no_model)?;
        let labels = Labels::of(self, &model)?;
        let position = self.live.position();
        reliability::reliability(&self.reader(), &model, &labels, self.pairs()?.as_ref(), position)
    }

    /// All scored pairs by weight and by pattern of agreement.
    pub fn scored_pairs(&self) -> Result<ScoredPairs> {
        Ok(self.pairs()?.view())
    }

    /// Pairs of a band of weight (by its lower end), of a pattern, or of both.
    pub fn example_pairs(
        &self,
        band: Option<i32>,
        pattern: Option<&str>,
        limit: usize,
    ) -> Result<ExamplePairs> {
        self.pairs()?.examples(&self.reader(), band, pattern, limit)
    }

    /// From so many records on, figures are those of the last run; for tests.
    #[doc(hidden)]
    pub fn count_at_runs_beyond(&self, records: u64) {
        self.look.set_fresh_max(records);
    }

    fn pairs(&self) -> Result<Arc<Pairs>> {
        self.look.pairs.get(self, || {
            let model = self.model()?.ok_or_else(no_model)?;
            let position = self.live.position();
            let encoded = self.encoded(&model)?;
            let Encoded { linker, .. } = encoded.as_ref();
            let found = encoded.resolution(&self.live)?;
            let at = (self.config().project.confidence, position);
            Pairs::of((linker, &model), encoded.nodes(), &found, at)
        })
    }
}

/// Share of the records that are beyond the first of their profile.
fn dedupe_rate(records: u64, profiles: u64) -> f64 {
    if records == 0 { 0.0 } else { 1.0 - profiles as f64 / records as f64 }
}
