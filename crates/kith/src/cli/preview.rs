//! `kith preview` and `kith promote`: what a proposal would change, and making it so.

use super::decide::why;
use super::failure::{Exit, Failure};
use super::output::{Output, grouped, printable};
use super::{Context, open, probability};
use clap::Args;
use kith_engine::steward::preview_shape::{Preview as Shown, PreviewPerson, Proposal, Sample};
use kith_engine::steward::shape::Wish;
use std::path::PathBuf;

const PREVIEW_HELP: &str = "\
Without options: what the next resolution would change, by decisions that wait, rules of kith.toml or an edited model.toml.

Examples:
  kith preview
  kith preview --confidence 0.9
  kith preview --model candidate.toml --json
  kith preview --learn                          what the decisions so far teach the model
  kith preview --never crm:17 crm:18";

const PROMOTE_HELP: &str = "\
Give the digest of the preview that you have seen: if anything has changed since, nothing is done and you are told (exit code
4). Writes model.toml and the confidence in kith.toml, then resolves.

Examples:
  kith promote --model candidate.toml --digest 3f9c0a…
  kith promote --confidence 0.9";

/// What is proposed.
#[derive(Args)]
pub struct What {
    /// Another model: a file like model.toml.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The model as your decisions about pairs teach it.
    #[arg(long)]
    learn: bool,
    /// Another confidence at which profile ids are issued.
    #[arg(long, value_parser = probability, value_name = "PROBABILITY")]
    confidence: Option<f64>,
    /// Two records that would always be one person (repeat for more).
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    always: Vec<String>,
    /// Two records that would never be one person (repeat for more).
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    never: Vec<String>,
    /// A value that would link nobody (repeat for more).
    #[arg(long, num_args = 2, value_names = ["FIELD", "VALUE"])]
    block: Vec<String>,
    /// A decision that would be taken back, by its number (repeat for more).
    #[arg(long, value_name = "ID")]
    undo: Vec<u64>,
}

impl What {
    fn proposal(self) -> Result<Proposal, Failure> {
        let model = self.model.map(|file| {
            std::fs::read_to_string(&file).map_err(|e| {
                let help = "Check its name and its rights; `cp model.toml candidate.toml` makes a beginning.";
                let message = format!("{} can not be read: {e}", file.display());
                Failure::new(Exit::Configuration, "K-MODEL-READ", message, help)
            })
        });
        let pairs = |all: Vec<String>| -> Vec<(String, String)> {
            all.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
        };
        let always = pairs(self.always).into_iter().map(|(a, b)| Wish::Always { a, b });
        let never = pairs(self.never).into_iter().map(|(a, b)| Wish::Never { a, b });
        let block = pairs(self.block).into_iter().map(|(field, value)| Wish::Blocked { field, value });
        let decisions = always.chain(never).chain(block).collect();
        let (confidence, withdraw, learn) = (self.confidence, self.undo, self.learn);
        Ok(Proposal { model: model.transpose()?, learn, confidence, rules: None, decisions, withdraw })
    }
}

/// What a decision, a rule, a model or a confidence would change; nothing is written.
#[derive(Args)]
#[command(after_help = PREVIEW_HELP)]
pub struct Preview {
    #[command(flatten)]
    what: What,
}

/// Make it so, exactly as it was previewed.
#[derive(Args)]
#[command(after_help = PROMOTE_HELP)]
pub struct Promote {
    #[command(flatten)]
    what: What,
    /// The digest of the preview that you have seen.
    #[arg(long)]
    digest: Option<String>,
    /// Why; needed where decisions are taken or taken back.
    #[arg(long)]
    reason: Option<String>,
    /// Who decides [default: $USER].
    #[arg(long)]
    author: Option<String>,
}

impl Preview {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let proposal = self.what.proposal()?;
        let preview = open(context)?.preview(&proposal)?;
        if out.json {
            return out.document(&preview);
        }
        show(&preview, out)?;
        out.line(format!("Digest {}: `kith promote … --digest` does exactly this.", preview.digest))
    }
}

impl Promote {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let proposal = self.what.proposal()?;
        let author = self.author;
        let why = self.reason.map(|reason| why(reason, author));
        let promotion = open(context)?.promote(&proposal, self.digest.as_deref(), why.as_ref())?;
        if out.json {
            return out.document(&promotion);
        }
        show(&promotion.preview, out)?;
        let people = grouped(promotion.applied.profiles);
        out.line(format!("Done: {people} people. {:.1} s.", promotion.applied.seconds))
    }
}

fn show(preview: &Shown, out: &mut Output) -> Result<(), Failure> {
    if preview.unchanged {
        return out.line("No profile would change.");
    }
    for sample in &preview.samples {
        show_sample(sample, out)?;
    }
    let (before, after) = (&preview.before, &preview.after);
    let people = out.bold(&format!("{} → {}", grouped(before.profiles), grouped(after.profiles)));
    out.line(format!(
        "People {people}; largest {} → {} records; confidence {} → {}.",
        before.largest, after.largest, before.confidence, after.confidence
    ))?;
    out.line(format!(
        "{} come together with others, {} part, {} begin, {} end. {} people and {} records are affected.",
        grouped(preview.merged),
        grouped(preview.split),
        grouped(preview.created),
        grouped(preview.closed),
        grouped(preview.people_affected),
        grouped(preview.records_moved)
    ))
}

fn show_sample(sample: &Sample, out: &mut Output) -> Result<(), Failure> {
    out.line(out.bold(&sample.kind))?;
    for (sign, people) in [("-", &sample.before), ("+", &sample.after)] {
        for person in people {
            let line = format!("  {sign} {}", person_line(person));
            let line = if sign == "-" { out.red(&line) } else { out.green(&line) };
            out.line(line)?;
        }
    }
    Ok(())
}

fn person_line(person: &PreviewPerson) -> String {
    let id = person.profile_id.map_or_else(|| "(new)".to_string(), |id| id.to_string());
    let records: Vec<String> = person.records.iter().map(|r| format!("{}:{}", r.source, r.key)).collect();
    let more = if person.size as usize > records.len() { " …" } else { "" };
    let name = person.name.as_deref().unwrap_or("no name");
    printable(&format!("{id}  {name}: {}{more}", records.join(" ")))
}
