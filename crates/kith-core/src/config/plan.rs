//! The keys of a source of events that say what its tracking plan is and what becomes of what is not in it.

use super::walk::Section;
use super::write::{entry, quoted};
use super::{ConfigError, TrackingPlan};
use crate::event::plan::{self, Policy, PropertyPolicy, Treatment, ViolationKind};
use crate::suggest::closest;

/// The keys, for the configuration and its reference page: name, values, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    (
        "tracking_plan",
        "path",
        "none",
        "The plan's file, relative to `kith.toml`. Several sources may name the same.",
    ),
    (
        "unplanned_events",
        "allow, block",
        "`allow`",
        "A track call whose name the plan does not have is taken and noted, or refused and kept aside.",
    ),
    (
        "invalid_events",
        "allow, block",
        "`allow`",
        "An event whose content is not as the plan says is taken and noted, or refused and kept aside.",
    ),
    (
        "unplanned_properties",
        "allow, omit, block",
        "`allow`",
        "Properties and traits that the plan does not name stay and are noted, are cut out of the event, or make it refused.",
    ),
];

const POLICIES: [(&str, Policy); 2] = [("allow", Policy::Allow), ("block", Policy::Block)];
const PROPERTY_POLICIES: [(&str, PropertyPolicy); 3] =
    [("allow", PropertyPolicy::Allow), ("omit", PropertyPolicy::Omit), ("block", PropertyPolicy::Block)];

/// The reference page.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, values, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {values} | {default} | {text} |\n"));
    }
    out.push_str(VIOLATIONS);
    for (kind, text) in ViolationKind::ALL {
        out.push_str(&format!("| `{}` | `{}` | {text} |\n", kind.name(), kind.code()));
    }
    out.push_str(KEYWORDS);
    out.push_str(&plan::keywords().iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Tracking plans

Generated from `kith_core::config::plan`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.

A source of kind `events` may name a plan and say what becomes of what is not in it:

```toml
[[source]]
name = \"web\"
kind = \"events\"
write_key = \"wk_web_7d1f0b3a\"
tracking_plan = \"plan.json\"
unplanned_events = \"block\"
unplanned_properties = \"omit\"
```

| key | values | default | meaning |
|---|---|---|---|
";

const VIOLATIONS: &str = "
A refused event is kept with the reason, the field and its original, and can be replayed. `allow` notes: the event shows its
`violations` to whoever reads it, under the plan of then.

| violation | code when refused | what it says |
|---|---|---|
";

const KEYWORDS: &str = "
## The file

JSON, in one of the shapes that products export:

- Segment (Config API, exports) and RudderStack: `{\"rules\": {\"events\": [{\"name\", \"version\", \"rules\": {schema}}], \"identify\": {schema},
  \"group\": {schema}, \"global\": {schema}}}`. An event may name its call in `eventType`; `page` and `screen` are read like `identify`.
- Segment (Public API): `{\"rules\": [{\"type\": \"TRACK\", \"key\", \"version\", \"jsonSchema\"}]}`, also within `data`.

A schema is that of the whole event (`properties.properties.…`, `properties.traits.…`, `properties.context.…`); one that speaks of none
of these is that of its properties or traits. Of several versions, `context.protocols.event_version` names the one that counts; an event
that names none is of the oldest. Calls of which the plan says nothing are only held to `global`.

## Schemas

JSON Schema, drafts 4 to 2020-12. A keyword that is not here makes the plan an error, so that no rule is silently ignored; references
lead within the same schema. Patterns run in linear time and know no looking ahead or behind. Of formats, `date-time`, `date`,
`email`, `uuid`, `uri`, `ipv4` and `ipv6` are checked. `unevaluatedProperties` counts as `additionalProperties` and is refused beside keywords that
combine schemas.

";

const TAIL: &str = "

A property is unplanned where the schemas of its object name some properties and not this one, or `additionalProperties` is `false`.
With `additionalProperties` said to be `true` or a schema, nothing in that object is unplanned.
";

/// Reads them.
pub(super) fn plan(section: &Section) -> Result<Option<TrackingPlan>, ConfigError> {
    let treatment = Treatment {
        unplanned_events: word(section, "unplanned_events", &POLICIES)?,
        invalid_events: word(section, "invalid_events", &POLICIES)?,
        unplanned_properties: word(section, "unplanned_properties", &PROPERTY_POLICIES)?,
    };
    if let Some((path, _)) = section.text("tracking_plan")? {
        return Ok(Some(TrackingPlan { path: path.into(), treatment }));
    }
    // Without a plan these words would be ignored.
    match KEYS.iter().find_map(|(key, ..)| section.get(key).map(|node| (key, node))) {
        None => Ok(None),
        Some((key, node)) => {
            let message = format!("{key:?} is said, and there is no tracking plan");
            Err(section.value(
                node.span(),
                message,
                "add tracking_plan = \"plan.json\", or take the line out",
            ))
        }
    }
}

fn word<T: Copy + Default>(section: &Section, key: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
    let Some((word, span)) = section.text(key)? else { return Ok(T::default()) };
    words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
        let help = match closest(&word, names.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            // RudderStack's and Segment's words for the same.
            None => {
                format!("the words are: {} (block keeps the event aside: a quarantine)", names.join(", "))
            }
        };
        section.value(span, format!("{word:?} is not what {key} can be"), help)
    })
}

/// Writes them.
pub(super) fn write(out: &mut String, plan: &TrackingPlan) {
    entry(out, "tracking_plan", &quoted(&plan.path.to_string_lossy()), "");
    let Treatment { unplanned_events, invalid_events, unplanned_properties } = plan.treatment;
    said(out, "unplanned_events", unplanned_events, &POLICIES);
    said(out, "invalid_events", invalid_events, &POLICIES);
    said(out, "unplanned_properties", unplanned_properties, &PROPERTY_POLICIES);
}

fn said<T: PartialEq + Default>(out: &mut String, key: &str, value: T, words: &[(&str, T)]) {
    if let Some((name, _)) = words.iter().find(|(_, word)| *word == value && value != T::default()) {
        entry(out, key, &quoted(name), "");
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::event::plan::{Policy, PropertyPolicy, Treatment};

    const SOURCE: &str = "[project]\nname = \"a\"\n[[source]]\nname = \"web\"\nkind = \"events\"\nwrite_key = \"wk_web_1234\"\n";

    #[test]
    fn a_plan_and_what_becomes_of_what_is_not_in_it() {
        let text = format!(
            "{SOURCE}tracking_plan = \"plan.json\"\nunplanned_events = \"block\"\nunplanned_properties = \"omit\"\n"
        );
        let config = parse(&text, "kith.toml").expect("a configuration");
        let plan = config.sources[0].plan.clone().expect("a plan");
        let treatment = Treatment {
            unplanned_events: Policy::Block,
            invalid_events: Policy::Allow,
            unplanned_properties: PropertyPolicy::Omit,
        };
        assert_eq!((plan.path.to_str(), plan.treatment), (Some("plan.json"), treatment));
        assert_eq!(parse(&config.to_toml(), "kith.toml").expect("a configuration"), config);
    }

    #[test]
    fn the_reference_page_is_current() {
        crate::reference::is_current("tracking-plans.md", &super::render_reference());
    }

    #[test]
    fn a_word_that_would_be_ignored_is_refused() {
        let line = |line: &str| {
            let error = parse(&format!("{SOURCE}{line}\n"), "kith.toml").expect_err("refused");
            (error.line, error.code, error.help)
        };
        let (at, code, help) = line("tracking_plan = \"p.json\"\ninvalid_events = \"blok\"");
        assert_eq!((at, code, help.as_str()), (8, "K-CONFIG-VALUE", "did you mean \"block\"?"));
        assert_eq!(line("invalid_events = \"block\"").1, "K-CONFIG-VALUE");
        let csv = SOURCE.replace("events", "csv").replace("write_key = \"wk_web_1234\"", "path = \"a.csv\"");
        assert!(parse(&format!("{csv}tracking_plan = \"p\"\n"), "kith.toml").is_err());
    }
}
