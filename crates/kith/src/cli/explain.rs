//! `kith explain A B`: the evidence for and against two records being the same person, drawn as a waterfall.

use super::failure::Failure;
use super::output::{Output, printable};
use super::{Context, lookup, open};
use clap::Args;
use kith_engine::shape::{FieldWeight, PairExplanation, Record};

/// The drawing's width; with its labels it fits into 100 columns.
const BAR_COLUMNS: usize = 34;

/// The level of a comparison that could not be made: it adds no evidence.
const MISSING: &str = "missing";

const AFTER_HELP: &str = "\
A and B are `source:key` (crm:1017), another identifier with its value (email:ada@example.org), or a node id.

Examples:
  kith explain crm:1017 shop:88
  kith explain 12 93 --json

Each bit of weight doubles the odds. The prior says how unlikely two records taken at random are to be one person.";

/// Why two records are, or are not, the same person.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Explain {
    /// One record.
    a: String,
    /// The other.
    b: String,
}

impl Explain {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let (a, b) = (lookup(&self.a)?, lookup(&self.b)?);
        let explanation = open(context)?.explain(&a, &b)?;
        if out.json {
            return out.document(&explanation);
        }
        for line in drawing(&explanation, out) {
            out.line(line)?;
        }
        Ok(())
    }
}

/// One step of the waterfall: what it is, and from where to where it goes.
struct Step {
    name: String,
    note: String,
    bits: f64,
    from: f64,
}

fn steps(explanation: &PairExplanation) -> Vec<Step> {
    let mut at = 0.0;
    let mut steps = Vec::new();
    let mut add = |name: String, note: String, bits: f64| {
        steps.push(Step { name, note, bits, from: at });
        at += bits;
    };
    add("Prior".into(), "two records at random".into(), explanation.prior_bits);
    for field in explanation.fields.iter().filter(|field| field.level != MISSING) {
        add(field.label.clone(), note(field), field.weight_bits);
    }
    steps
}

fn note(field: &FieldWeight) -> String {
    let side = |value: &Option<String>| value.as_deref().map_or("–".to_string(), printable);
    match (&field.left, &field.right) {
        (Some(l), Some(r)) if l == r => format!("{}: {}", field.level, printable(l)),
        (l, r) => format!("{}: {} | {}", field.level, side(l), side(r)),
    }
}

fn drawing(explanation: &PairExplanation, out: &Output) -> Vec<String> {
    let steps = steps(explanation);
    let ends = steps.iter().flat_map(|s| [s.from, s.from + s.bits]);
    let low = ends.clone().fold(0.0, f64::min);
    let high = ends.fold(0.0, f64::max);
    let mut lines =
        vec![out.bold(&format!("{}  and  {}", title(&explanation.a), title(&explanation.b))), String::new()];
    for step in &steps {
        let bar = bar(step, low, high);
        let bar = if step.bits >= 0.0 { out.green(&bar) } else { out.red(&bar) };
        let note = out.faint(&shortened(&step.note, 44));
        lines.push(format!("{:<14} {:>+7.1}  {bar}  {note}", shortened(&step.name, 14), step.bits));
    }
    let missing = explanation.fields.iter().filter(|field| field.level == MISSING);
    let missing: Vec<&str> = missing.map(|field| field.label.as_str()).collect();
    if !missing.is_empty() {
        lines.push(out.faint(&format!("Says nothing, since a side is missing: {}.", missing.join(", "))));
    }
    let sum = out.bold(&format!("{:+.1} bits", explanation.weight_bits));
    let probability = out.bold(&percent(explanation.probability));
    lines.push(String::new());
    lines.push(format!("Together {sum}: the same person with probability {probability}."));
    lines.extend(explanation.decided.map(|same| match same {
        true => {
            "People have decided, all the same: one person. `kith decisions` says who and why.".to_string()
        }
        false => {
            "People have decided, all the same: two people. `kith decisions` says who and why.".to_string()
        }
    }));
    lines
}

fn bar(step: &Step, low: f64, high: f64) -> String {
    let span = (high - low).max(f64::EPSILON);
    let column = |bits: f64| (((bits - low) / span) * BAR_COLUMNS as f64).round() as usize;
    let (from, to) = (column(step.from), column(step.from + step.bits));
    let (start, end) = (from.min(to), from.max(to));
    let zero = column(0.0);
    let cell = |i: usize| match i {
        i if i >= start && i < end => '█',
        i if start == end && i == start => '▏',
        i if i == zero => '┊',
        _ => ' ',
    };
    (0..=BAR_COLUMNS).map(cell).collect()
}

fn title(record: &Record) -> String {
    let value =
        |name: &str| record.values.iter().find(|v| v.field.name() == name).map(|v| v.original.as_str());
    let name = match (value("full_name"), value("given_name"), value("family_name")) {
        (Some(full), _, _) => format!("{full} "),
        // Parts of one whole name carry the whole as their original.
        (_, Some(given), Some(family)) if given == family => format!("{given} "),
        (_, Some(given), Some(family)) => format!("{given} {family} "),
        _ => String::new(),
    };
    printable(&format!("{name}({}:{})", record.source.as_str(), record.key))
}

/// `99.98 %`, and never 100 % for what is not certain.
fn percent(probability: f64) -> String {
    match probability {
        p if p > 0.9999 && p < 1.0 => "over 99.99 %".into(),
        p if p < 0.0001 && p > 0.0 => "under 0.01 %".into(),
        p => format!("{:.2} %", 100.0 * p),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_begins_where_the_last_one_ended() {
        let step = |from, bits| Step { name: String::new(), note: String::new(), bits, from };
        let prior = bar(&step(0.0, -17.0), -17.0, 17.0);
        let field = bar(&step(-17.0, 34.0), -17.0, 17.0);
        assert_eq!(prior.chars().filter(|c| *c == '█').count(), 17);
        assert_eq!(field.chars().filter(|c| *c == '█').count(), 34);
        assert_eq!(prior.chars().count(), BAR_COLUMNS + 1);
    }

    #[test]
    fn what_is_not_certain_is_never_shown_as_certain() {
        assert_eq!(percent(0.999_999), "over 99.99 %");
        assert_eq!(percent(0.5), "50.00 %");
    }
}
