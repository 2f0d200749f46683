//! Training without labels.
//!
//! 1. u comes from random pairs, of which next to none match; what few do are subtracted again.
//! 2. m comes from strata: pairs that agree on two columns exactly. Within a stratum these columns say nothing; the
//!    others are a mixture of matches, relatives and strangers. EM runs on all strata at once, on counts of
//!    agreement patterns: m and s are shared by all, the mixture is each stratum's own. So no stratum's blocking
//!    biases a column, and no pass has to be averaged with another (Splink trains pass by pass).
//! 3. The prior is what each stratum's matches imply for the whole, the median over strata.
//! 4. Blocking rules are chosen by the matches of the strata that they would find, for a budget of pairs.

use crate::block::{Key, Part};
use crate::calibrate::Calibration;
use crate::choose::choose_rules;
use crate::compare::{Aspect, Bound, Cache, plan};
use crate::error::Error;
use crate::feature::{Extra, Feature};
use crate::frequency::text_hash;
use crate::linker::{Linker, Options};
use crate::model::{Comparison, FORMAT, Level, Model, Rule};
use crate::records::Kind;
use crate::refine;
use crate::sample::{Candidate, Catalogue, Stratum, catalogue, kinds, random_levels, stratum};
use crate::trial;
use crate::usual;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

const ITERATIONS_MAX: usize = 60;
const STRATA_MAX: usize = 30;
/// A small data set can afford more pairs per record: so many cost a second of one core.
pub(crate) const PAIRS_MIN: f64 = 4e6;
/// Up to so many pairs every one is scored, and no blocking loses any.
const ALL_PAIRS_MAX: f64 = 2e6;
const RELATIVES_MAX: f64 = 4.0;
/// Rounds of EM over all pairs, where there are few: the strata's result is a good beginning.
const REFINEMENTS: usize = 15;
/// The strata's prior is wrong if all pairs show it to be off by more than this.
const MISJUDGED: f64 = 3.0;

/// Learns a model from the records alone.
pub fn train(linker: &Linker, options: &Options) -> Result<Model, Error> {
    let bound = plan(&kinds(linker.features()));
    if bound.is_empty() {
        return Err(Error::NothingToCompare);
    }
    if usual::nothing_varies(linker) {
        let all = pairs_all(linker, &[]);
        let column = linker.features()[0].column.name.clone();
        let keys = if all <= ALL_PAIRS_MAX { vec![] } else { vec![Key { column, part: Part::Whole }] };
        return Ok(usual::model(linker, &bound, vec![Rule { keys }], all));
    }
    let mut model = learn(linker, &bound, options, &[]);
    let clean = trial::train(linker, &mut model, options, &[])?;
    if clean.contains(&true) {
        // Look-alikes within clean sources were taken for matches: once more without them.
        model = learn(linker, &bound, options, &clean);
        trial::train(linker, &mut model, options, &clean)?;
    }
    Ok(model)
}

/// All but sources and calibration; pairs within clean sources are left out.
fn learn(linker: &Linker, bound: &[Bound], options: &Options, clean: &[bool]) -> Model {
    let budget = (options.pairs_per_record * linker.len() as f64).max(PAIRS_MIN);
    let random = random_levels(linker, bound, clean);
    let catalogue = catalogue(linker, budget, options.block_size_max);
    let strata = choose_strata(linker, &catalogue, bound, options.block_size_max, clean);
    let mut state = State::new(linker, bound, &random, &strata, pairs_all(linker, clean));
    state.run(&strata);
    if state.pairs_all <= ALL_PAIRS_MAX && !strata.is_empty() {
        state.refine(&refine::all_patterns(linker, bound, clean), bound);
    }
    let blocking = match state.pairs_all <= ALL_PAIRS_MAX {
        true => vec![Rule { keys: Vec::new() }],
        false => choose_rules(linker, &catalogue, &strata, &state, budget),
    };
    state.into_model(linker, bound, blocking)
}

/// Pairs of whole values that agree far more often than chance, so that matches are a good part of them.
fn choose_strata(
    linker: &Linker,
    catalogue: &Catalogue,
    bound: &[Bound],
    size_max: usize,
    clean: &[bool],
) -> Vec<Stratum> {
    let whole = |r: &&Candidate| r.keys.iter().all(|k| catalogue.keys[*k].1 == Part::Whole);
    let pairs = || catalogue.rules.iter().filter(whole).filter(|r| r.keys.len() == 2);
    let mut rules: Vec<&Candidate> = pairs().filter(|r| r.purity > 0.3).collect();
    rules.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    rules.truncate(STRATA_MAX);
    // Namesakes are found nowhere else, however few of them are matches.
    let kinds = kinds(linker.features());
    let names =
        |r: &&Candidate| r.slots.iter().all(|s| matches!(kinds[*s], Kind::GivenName | Kind::FamilyName));
    rules.extend(pairs().filter(names).filter(|r| r.purity <= 0.3));
    // What is nearly unique shows how often people of one household share it.
    let contact =
        |r: &&Candidate| r.keys.len() == 1 && matches!(kinds[r.slots[0]], Kind::Email | Kind::Phone);
    rules.extend(catalogue.rules.iter().filter(whole).filter(contact));
    if rules.is_empty() {
        rules = catalogue.rules.iter().filter(whole).filter(|r| r.keys.len() == 1).collect();
    }
    rules
        .into_par_iter()
        .map(|r| stratum(linker, catalogue, r, bound, size_max, clean))
        .filter(|s| s.sample.len() >= 10)
        .collect()
}

fn worth(rule: &Candidate) -> f64 {
    rule.purity * rule.pairs.min(20_000.0).sqrt()
}

/// The parameters while they are learned.
pub(crate) struct State {
    m: Vec<Vec<f64>>,
    u: Vec<Vec<f64>>,
    random: Vec<Vec<f64>>,
    shared: Vec<f64>,
    shares: Vec<bool>,
    presence: Vec<f64>,
    /// The comparisons of given name, family name and e-mail, if all are there.
    namesakes: Option<[usize; 3]>,
    /// u of e-mail among different people of one name.
    u_namesakes: Vec<f64>,
    /// Probability that two random e-mail addresses are of one domain.
    same_domain: f64,
    /// Which strata agree on both names.
    pub(crate) same_names: Vec<bool>,
    households: bool,
    prior: [f64; 2],
    /// Per stratum: probability of match and of relative.
    pub(crate) mixture: Vec<[f64; 2]>,
    patterns: Vec<Vec<(Vec<u8>, f64)>>,
    pairs_all: f64,
    records: f64,
}

impl State {
    fn new(
        linker: &Linker,
        bound: &[Bound],
        random: &[[f64; 16]],
        strata: &[Stratum],
        pairs_all: f64,
    ) -> State {
        let aspects: Vec<Aspect> = bound.iter().map(|b| b.aspect).collect();
        let levels = |at: usize| aspects[at].levels().len();
        let mut probabilities: Vec<Vec<f64>> = Vec::new();
        let mut presence = Vec::new();
        for (at, counts) in random.iter().enumerate() {
            let seen: f64 = counts[1..levels(at)].iter().sum();
            let all: f64 = seen + counts[0];
            presence.push(seen / all.max(1.0));
            let mut p: Vec<f64> = counts[..levels(at)]
                .iter()
                .map(|c| (c + UNSEEN) / (seen + UNSEEN * levels(at) as f64))
                .collect();
            for (level, share) in exact_shares(linker, &bound[at], pairs_all) {
                p[level] = share;
            }
            p[0] = 1.0;
            probabilities.push(p);
        }
        let m = (0..bound.len()).map(|at| first_m(levels(at))).collect();
        let person = |a: Aspect| aspects.contains(&a);
        let reach = [Aspect::Street, Aspect::Locality, Aspect::Phone, Aspect::Email];
        let households =
            person(Aspect::GivenName) && person(Aspect::FamilyName) && reach.into_iter().any(person);
        let shares: Vec<bool> = aspects.iter().map(|a| shares(*a)).collect();
        let shared = shares.iter().map(|s| if *s { 0.5 } else { 0.0 }).collect();
        let mixture =
            strata.iter().map(|s| [s.purity.clamp(0.1, 0.9), if households { 0.05 } else { 0.0 }]).collect();
        let find = |aspect| aspects.iter().position(|a| *a == aspect);
        let namesakes = match (find(Aspect::GivenName), find(Aspect::FamilyName), find(Aspect::Email)) {
            (Some(given), Some(family), Some(email)) => Some([given, family, email]),
            _ => None,
        };
        let same_names: Vec<bool> = strata
            .iter()
            .map(|s| namesakes.is_some_and(|[g, f, e]| s.tied[g] && s.tied[f] && !s.tied[e]))
            .collect();
        let namesakes = namesakes.filter(|_| same_names.contains(&true));
        let u_namesakes = namesakes.map_or(Vec::new(), |[_, _, e]| probabilities[e].clone());
        let patterns = strata.par_iter().map(|s| patterns(linker, bound, s)).collect();
        State {
            u: probabilities.clone(),
            random: probabilities,
            m,
            shared,
            shares,
            presence,
            namesakes,
            u_namesakes,
            same_domain: namesakes
                .map_or(0.0, |[_, _, e]| same_domain(&linker.features()[bound[e].slots[0]])),
            same_names,
            households,
            prior: [1e-5, 0.0],
            mixture,
            patterns,
            pairs_all,
            records: linker.len() as f64,
        }
    }

    fn run(&mut self, strata: &[Stratum]) {
        if strata.is_empty() {
            // Too few records to learn from: the usual agreement, three matches for ten records, and as many relatives.
            let usual = usual::prior(self.records, self.pairs_all);
            self.prior = [usual, if self.households { usual } else { 0.0 }];
            return self.correct_u();
        }
        for _ in 0..ITERATIONS_MAX {
            let moved = self.step();
            self.estimate_prior(strata);
            self.correct_u();
            self.estimate_sharing(strata);
            if moved < 1e-4 {
                break;
            }
        }
    }

    /// P(pattern) under the three classes.
    pub(crate) fn classes(&self, pattern: &[u8], same_names: bool) -> [f64; 3] {
        let mut p = [1.0; 3];
        for (at, level) in pattern.iter().enumerate().filter(|(_, l)| **l != 0) {
            let m = self.m[at][*level as usize];
            let u = match self.namesakes {
                Some([_, _, email]) if same_names && email == at => self.u_namesakes[*level as usize],
                _ => self.u[at][*level as usize],
            };
            p[0] *= m;
            p[1] *= self.shared[at] * m + (1.0 - self.shared[at]) * u;
            p[2] *= u;
        }
        p
    }

    /// One round of expectation and maximisation; returns the largest change of an m.
    fn step(&mut self) -> f64 {
        let mut sums: Vec<Vec<f64>> = self.m.iter().map(|m| prior_counts(m.len())).collect();
        let mut share_sums = vec![[0.5, 1.0]; self.m.len()];
        let mut mixture = Vec::with_capacity(self.mixture.len());
        let mut strangers: Vec<f64> = self.u_namesakes.iter().map(|u| 5.0 * u).collect();
        let strata = self.patterns.iter().zip(&self.mixture).zip(&self.same_names);
        for ((stratum, [match_share, relative_share]), same_names) in strata {
            let (mut matches, mut relatives, mut all) = (0.5, if self.households { 0.1 } else { 0.0 }, 1.0);
            for (pattern, count) in stratum {
                let p = self.classes(pattern, *same_names);
                let joint =
                    [p[0] * match_share, p[1] * relative_share, p[2] * (1.0 - match_share - relative_share)];
                let sum: f64 = joint.iter().sum::<f64>().max(1e-300);
                let (r_match, r_relative) = (count * joint[0] / sum, count * joint[1] / sum);
                if let (true, Some([_, _, email])) = (*same_names, self.namesakes) {
                    strangers[pattern[email] as usize] += count - r_match - r_relative;
                }
                matches += r_match;
                relatives += r_relative;
                all += count;
                for (at, level) in pattern.iter().enumerate().filter(|(_, l)| **l != 0) {
                    let l = *level as usize;
                    sums[at][l] += r_match;
                    let by_share = self.shared[at] * self.m[at][l];
                    let of = by_share + (1.0 - self.shared[at]) * self.u[at][l];
                    share_sums[at][0] += r_relative * by_share / of.max(1e-300);
                    share_sums[at][1] += r_relative;
                }
            }
            mixture.push([(matches / all).min(0.999), (relatives / all).min(0.9)]);
        }
        for pair in &mut mixture {
            let sum: f64 = pair.iter().sum();
            if sum > 0.999 {
                pair.iter_mut().for_each(|p| *p *= 0.999 / sum);
            }
        }
        self.mixture = mixture;
        self.learn_namesakes(&strangers);
        let mut moved = 0f64;
        for (m, counts) in self.m.iter_mut().zip(&sums) {
            let total: f64 = counts[1..].iter().sum();
            for (old, count) in m.iter_mut().zip(counts).skip(1) {
                let new = (count / total).max(1e-6);
                moved = moved.max((new - *old).abs());
                *old = new;
            }
        }
        if self.households {
            let free =
                self.shared.iter_mut().zip(&share_sums).zip(&self.shares).filter(|(_, shares)| **shares);
            free.for_each(|((shared, sums), _)| *shared = (sums[0] / sums[1]).clamp(0.002, 0.98));
        }
        moved
    }

    /// EM over all pairs, from where the strata left it, if it proves to be wrong: if there are far more or far fewer
    /// matches among all pairs than the strata imply.
    fn refine(&mut self, patterns: &[(Vec<u8>, f64)], bound: &[Bound]) {
        let names = self.namesakes.and_then(|_| refine::names(bound));
        for round in 0..REFINEMENTS {
            let mut sums: Vec<Vec<f64>> = self.m.iter().map(|m| prior_counts(m.len())).collect();
            let (mut matches, mut relatives) = (0.5, 0.0);
            for (pattern, count) in patterns {
                let p = self.classes(pattern, names.is_some_and(|n| refine::names_agree(pattern, n)));
                let joint = [
                    p[0] * self.prior[0],
                    p[1] * self.prior[1],
                    p[2] * (1.0 - self.prior[0] - self.prior[1]),
                ];
                let share = count / joint.iter().sum::<f64>().max(1e-300);
                relatives += joint[1] * share;
                // A pattern of many doubtful pairs would feed on its own sum.
                if joint[0] * share < 0.5 * count {
                    continue;
                }
                matches += joint[0] * share;
                for (at, level) in pattern.iter().enumerate().filter(|(_, l)| **l != 0) {
                    sums[at][*level as usize] += joint[0] * share;
                }
            }
            let found = matches / (self.prior[0] * self.pairs_all).max(1e-9);
            if round == 0 && (1.0 / MISJUDGED..MISJUDGED).contains(&found) {
                return;
            }
            self.prior[0] = (matches / self.pairs_all).clamp(1e-12, 0.5);
            if self.households {
                self.prior[1] =
                    (relatives / self.pairs_all).min(RELATIVES_MAX * self.records / self.pairs_all);
            }
            for (m, counts) in self.m.iter_mut().zip(&sums) {
                let total: f64 = counts[1..].iter().sum();
                m.iter_mut().zip(counts).skip(1).for_each(|(m, count)| *m = (count / total).max(1e-6));
            }
            self.correct_u();
        }
    }

    /// u of e-mail among namesakes, from the counts of the pairs that are probably strangers. Of exact agreement it is
    /// not learned: most namesakes with one address *are* one person, and where nothing else is known of them EM could
    /// not tell. It follows from equal local parts at other domains, and the chance of equal domains.
    fn learn_namesakes(&mut self, strangers: &[f64]) {
        let Some(other) = strangers.get(2..).map(|s| s.iter().sum::<f64>()).filter(|t| *t > 0.0) else {
            return;
        };
        for (u, count) in self.u_namesakes.iter_mut().zip(strangers).skip(2) {
            *u = (count / other).max(1e-6);
        }
        let same_domain = self.same_domain.min(0.9);
        self.u_namesakes[1] = (self.u_namesakes[2] * same_domain / (1.0 - same_domain)).max(1e-6);
    }

    /// The priors that each stratum implies: its matches, over the chance that a match is in the stratum.
    fn estimate_prior(&mut self, strata: &[Stratum]) {
        for class in 0..2 {
            let mut implied: Vec<(f64, f64)> = Vec::new();
            for (stratum, mixture) in strata.iter().zip(&self.mixture) {
                // Only what households share can tell how many relatives there are.
                let telling = |at: usize| !stratum.tied[at] || self.shares[at];
                if class == 1 && !(0..self.m.len()).all(telling) {
                    continue;
                }
                let agree = |at: usize| match class {
                    0 => self.m[at][1],
                    _ => self.shared[at] * self.m[at][1] + (1.0 - self.shared[at]) * self.u[at][1],
                };
                let tied = (0..self.m.len()).filter(|at| stratum.tied[*at]);
                let reach: f64 = tied.map(|at| self.presence[at] * agree(at)).product();
                let found = stratum.pairs * mixture[class];
                implied.push((found / reach.max(1e-9) / self.pairs_all, found));
            }
            self.prior[class] = weighted_median(&mut implied).clamp(0.0, 0.5);
        }
        // A household of nine has four other people for each of its members, on average: more is not a household.
        self.prior[1] = self.prior[1].min(RELATIVES_MAX * self.records / self.pairs_all);
        self.prior[0] = self.prior[0].max(1e-12);
        if !self.households {
            self.prior[1] = 0.0;
        }
    }

    /// Among all pairs of one e-mail (or phone), how many are relatives to each match? This fixes how often relatives
    /// share it: nothing else tells so well, and what an address alone is worth hangs on it.
    fn estimate_sharing(&mut self, strata: &[Stratum]) {
        if self.prior[1] <= 0.0 {
            return;
        }
        for (stratum, [matches, relatives]) in strata.iter().zip(&self.mixture) {
            let mut tied = (0..self.m.len()).filter(|at| stratum.tied[*at]);
            let (Some(at), None) = (tied.next(), tied.next()) else { continue };
            if stratum.rule.keys.len() == 1 && self.shares[at] {
                let ratio = relatives / matches.max(1e-6) * self.prior[0] / self.prior[1];
                let alike = (ratio * self.m[at][1] - self.u[at][1]).max(0.0);
                self.shared[at] = (alike / self.m[at][1]).clamp(1e-4, 0.98);
            }
        }
    }

    /// Takes the matches among the random pairs out of u. Where records repeat often they are most of the exact
    /// agreements of a rare value.
    fn correct_u(&mut self) {
        let prior = self.prior[0];
        for at in 0..self.u.len() {
            for level in 1..self.u[at].len() {
                let random = self.random[at][level];
                let without = (random - prior * self.m[at][level]) / (1.0 - prior);
                self.u[at][level] = without.max(random * 0.005).max(1e-9);
            }
        }
    }

    /// No level may say more than exact agreement does: where data are few that is noise.
    fn bound_levels(&mut self) {
        for (m, u) in self.m.iter().zip(&mut self.u) {
            let most = m[1] / u[1];
            for level in 2..m.len() {
                u[level] = u[level].max(m[level] / most);
            }
        }
    }

    fn into_model(mut self, linker: &Linker, bound: &[Bound], blocking: Vec<Rule>) -> Model {
        self.bound_levels();
        let name =
            |slot: &usize| linker.features().get(*slot).map_or(String::new(), |f| f.column.name.clone());
        let comparisons = bound
            .iter()
            .enumerate()
            .map(|(at, b)| Comparison {
                aspect: b.aspect,
                columns: b.slots.iter().map(name).collect(),
                u_when_names_agree: match self.namesakes {
                    Some([_, _, email]) if email == at => {
                        self.u_namesakes[1..].iter().map(|u| u.clamp(1e-9, 1.0)).collect()
                    }
                    _ => Vec::new(),
                },
                shared_in_household: self.shared[at],
                levels: (1..self.m[at].len())
                    .map(|l| Level {
                        level: b.aspect.levels()[l].into(),
                        m: self.m[at][l].clamp(1e-6, 1.0),
                        u: self.u[at][l].clamp(1e-9, 1.0),
                    })
                    .collect(),
            })
            .collect();
        Model {
            format: FORMAT,
            prior_match: self.prior[0],
            prior_relative: self.prior[1],
            trained_on: linker.len() as u64,
            estimated: None,
            frequencies: None,
            calibration: Some(Calibration::unlabelled()),
            sources: Vec::new(),
            blocking,
            comparisons,
        }
    }
}

/// How many pairs could be compared.
fn pairs_all(linker: &Linker, clean: &[bool]) -> f64 {
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let mut counts: FxHashMap<u16, f64> = FxHashMap::default();
    for source in (0..linker.len() as u32).filter_map(|record| linker.source(record)) {
        *counts.entry(source).or_insert(0.0) += 1.0;
    }
    counts.retain(|source, _| linker.link_only() || clean.get(usize::from(*source)).is_some_and(|c| *c));
    let mut within: Vec<f64> = counts.into_values().map(pairs).collect();
    within.sort_unstable_by(f64::total_cmp);
    (pairs(linker.len() as f64) - within.iter().sum::<f64>()).max(1.0)
}

/// Where EM begins: agreement is likely, and the less likely the weaker the level.
fn first_m(levels: usize) -> Vec<f64> {
    let mut m: Vec<f64> = (0..levels).map(|l| 0.5f64.powi(l as i32)).collect();
    m[1] = 2.0;
    let total: f64 = m[1..].iter().sum();
    m.iter_mut().for_each(|p| *p /= total);
    m
}

/// A few imagined observations, so that a level never seen keeps a small probability.
fn prior_counts(levels: usize) -> Vec<f64> {
    let mut counts = vec![0.2; levels];
    counts[1] = 2.0;
    counts
}

/// What a household shares; given names, birth dates and personal codes it does not.
fn shares(aspect: Aspect) -> bool {
    use Aspect::{Email, FamilyName, Locality, Phone, Street};
    matches!(aspect, FamilyName | Street | Locality | Phone | Email)
}

fn same_domain(email: &Feature) -> f64 {
    let mut domains: FxHashMap<&str, f64> = FxHashMap::default();
    for value in &email.column.dict {
        let count = email.frequencies.values.count(text_hash(value));
        *domains.entry(value.rsplit('@').next().unwrap_or("")).or_insert(0.0) += f64::from(count);
    }
    let total = domains.values().sum::<f64>().max(1.0);
    domains.values().map(|count| (count / total).powi(2)).sum()
}

/// What a level that no random pair showed is taken to have been seen (Jeffreys' prior).
const UNSEEN: f64 = 0.5;

/// Levels whose probability for two random values follows from the frequencies: exact where a sample sees nothing.
fn exact_shares(linker: &Linker, bound: &Bound, pairs: f64) -> Vec<(usize, f64)> {
    if bound.aspect == Aspect::Locality {
        return Vec::new();
    }
    let Some(feature) = linker.features().get(bound.slots[0]) else { return Vec::new() };
    let exact = usual::beside(bound.aspect, feature.frequencies.values.chance_equal(), pairs).max(1e-9);
    match &feature.extra {
        Extra::Email(_) => {
            let local = feature.frequencies.pieces.chance_equal();
            vec![(1, exact), (2, (local - exact).max(1e-9))]
        }
        _ => vec![(1, exact)],
    }
}

/// How a pair of a stratum agrees, comparison by comparison; tied ones are left out.
pub(crate) fn pattern(
    linker: &Linker,
    bound: &[Bound],
    stratum: &Stratum,
    (a, b): (u32, u32),
    cache: &mut [Cache],
) -> Vec<u8> {
    let level = |(at, cache): (usize, &mut Cache)| match stratum.tied[at] {
        true => 0,
        false => bound[at].level(linker.features(), linker.row(a), linker.row(b), cache),
    };
    cache.iter_mut().enumerate().map(level).collect()
}

/// Counts of the agreement patterns of a stratum.
fn patterns(linker: &Linker, bound: &[Bound], stratum: &Stratum) -> Vec<(Vec<u8>, f64)> {
    let mut cache: Vec<Cache> = bound.iter().map(|_| Cache::new()).collect();
    let mut counts: FxHashMap<Vec<u8>, f64> = FxHashMap::default();
    for (a, b) in &stratum.sample {
        *counts.entry(pattern(linker, bound, stratum, (*a, *b), &mut cache)).or_insert(0.0) += 1.0;
    }
    let mut out: Vec<(Vec<u8>, f64)> = counts.into_iter().collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn weighted_median(values: &mut [(f64, f64)]) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|v| v.1).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    for (value, weight) in values.iter() {
        sum += weight;
        if sum >= half {
            return *value;
        }
    }
    0.0
}
