//! The reference page of contexts, Markdown.

use super::{KEYS, STEP_KEYS, TEMPLATES};
use crate::event::context::{OBJECTS_MAX, STEPS_MAX};

/// The page.
pub fn render_reference() -> String {
    let mut out = HEAD.to_string();
    table(&mut out, KEYS);
    out.push_str("\n## Steps\n\nA `[[context.step]]` belongs to the `[[context]]` above it.\n\n");
    table(&mut out, STEP_KEYS);
    out.push_str(RULES);
    out.push_str(&format!(
        "- An object keeps its newest {STEPS_MAX} steps one by one. Of earlier ones there remain their number, their first and last time, what \
         they added and subtracted together, and the last word of each rule on the state and of all on value, label and currency. \
         As of a time before they ended, nothing more is known than that the object was there.\n\
         - Somebody with more than {OBJECTS_MAX} objects of one kind is a till or a test and no person: none of them is kept, their \
         traits have no value, and the profile says so.\n"
    ));
    out.push_str("\n## Templates\n\nEach is what a `[[context]]` with `template = \"…\"` begins with.\n");
    for (name, text) in TEMPLATES {
        out.push_str(&format!("\n### {name}\n\n```toml\n{text}```\n"));
    }
    out
}

fn table(out: &mut String, keys: &[(&str, &str, &str, &str)]) {
    out.push_str("| Key | Type | Default | Meaning |\n|-|-|-|-|\n");
    for (key, kind, default, text) in keys {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
}

const HEAD: &str = "\
# Contexts: the events of one order, ticket or subscription

Generated from `kith_core::config::contexts`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

Events that share an id are one object with a state, a worth and a history:

```toml
[[context]]
template = \"order\"                  # order, subscription, ticket, case, booking, loyalty, lead, course

[[context]]                         # or of your own
name = \"loan\"
id = \"properties.loan_id\"
value = \"properties.amount\"
ended = [\"repaid\", \"refused\"]
void = [\"refused\"]

[[context.step]]
event = \"Loan Requested\"
state = \"requested\"
value = \"set\"

[[context.step]]
event = \"Loan Refused\"
state = \"refused\"

[[context.step]]
event = [\"Instalment Paid\", \"Loan Repaid\"]
value = \"subtract\"
emptied = \"repaid\"

[[trait]]                           # what is derived from them: traits.md
name = \"open_loans\"
context = \"loan\"
open = true
aggregate = \"count\"
```

";

const RULES: &str = "
## Rules

- The first step that wants an event counts; steps of the file come before those of its template. An event without the object's id,
  or with a state that nobody has declared, changes nothing.
- Steps are ordered by the time when they happened, not by arrival: a late or back-dated event lands in its place. Of two at one
  time, the one whose rule stands later in the file comes later. So write rules in the order of a life.
- `value = set + added - subtracted`: the last value that was set counts, and what was added and subtracted is kept beside it. An order
  that is sent twice counts once; a refund that is dated before its order counts. In a state that is void the value is 0.
  Without `below_zero` it is never less than 0: a refund of more than the order leaves 0.
- A refund without an amount takes what the listed goods cost; without goods, or without anything to subtract from, all of it.
- Who leaves a state in which it was over is open again: `closed_at` is the beginning of the last time that it was over.
- An object belongs to a person, over all their identities: the visitor who placed the order and the user who cancelled it. Where two
  persons have events of one id, each has an object of their own events.
- Values are exact to a millionth, up to 9,000,000,000,000 either way; a greater one is none. Ids have up to 200 bytes; labels and
  states are cut there.
";
