use super::*;
use crate::config::parse;

fn parsed(body: &str) -> Result<Definition, ConfigError> {
    let text = format!("[project]\nname = \"t\"\n[[trait]]\nname = \"x\"\n{body}");
    parse(&text, "kith.toml").map(|mut config| config.traits.remove(0))
}

#[test]
fn what_is_written_is_read_again() {
    let text = "[project]\nname = \"t\"\n[[trait]]\nname = \"x\"\nevent = [\"A\", \"B\"]\naggregate = \"sum\"\nof = \"properties.a.b\"\nwindow = \"36 hours\"\nwhere = { \"properties.c\" = 7, \"context.d\" = true }\n[[trait]]\nname = \"pages\"\ncall = \"page\"\naggregate = \"count\"\n";
    let config = parse(text, "kith.toml").expect("it can be read");
    assert_eq!(
        config.traits[0].only,
        [("properties.c".into(), "7".into()), ("context.d".into(), "true".into())]
    );
    let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
    assert_eq!(again.traits, config.traits);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_help() {
    for (body, word) in [
        ("aggregate = \"total\"", "not known"),
        ("aggregate = \"sum\"", "needs a value"),
        ("aggregate = \"count\"\nof = \"properties.x\"", "no value"),
        ("aggregate = \"sum\"\nof = \"total\"", "no part of an event"),
        ("aggregate = \"sum\"\nof = \"properties.\"", "no part of an event"),
        ("aggregate = \"top\"\nof = \"derived.chanel\"", "not derived"),
        ("aggregate = \"count\"\nwhere = { \"derived\" = true }", "not derived"),
        ("aggregate = \"count\"\nwindow = \"90\"", "not a time"),
        ("aggregate = \"count\"\nwindow = \"-1 days\"", "not a time"),
        ("aggregate = \"last\"\nof = \"properties.x\"\nwindow = \"1 day\"", "means nothing"),
        ("aggregate = \"count\"\ncall = \"tracks\"", "not known"),
        ("aggregate = \"count\"\nwhere = { total = \"1\" }", "no part of an event"),
    ] {
        let error = parsed(body).expect_err(body);
        assert!(error.message.contains(word), "{body}: {}", error.message);
        assert!(!error.help.is_empty());
    }
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("traits.md", &render_reference());
}
