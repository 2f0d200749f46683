use super::*;
use crate::config::{Config, parse};

fn parsed(body: &str) -> Result<Config, ConfigError> {
    parse(&format!("[project]\nname = \"t\"\n{body}"), "kith.toml")
}

#[test]
fn every_template_stands_in_one_line() {
    for (name, _) in TEMPLATES {
        let config =
            parsed(&format!("[[context]]\ntemplate = \"{name}\"\n")).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.contexts[0].name, *name);
        assert!(!config.contexts[0].rules.is_empty(), "{name}");
        let again = parse(&config.to_toml(), "again").unwrap_or_else(|e| panic!("{e}\n{}", config.to_toml()));
        assert_eq!(again, config, "what is written is read again");
    }
}

#[test]
fn what_the_file_says_holds_before_the_template() {
    let body = "[[context]]\nname = \"purchase\"\ntemplate = \"order\"\nsource = \"shop\"\nid = \"properties.no\"\nbelow_zero = true\n\
        [[context.step]]\nevent = \"Order Completed\"\nstate = \"bought\"\nvalue = \"add\"\nof = \"properties.sum\"\nwhere = { \"properties.test\" = false }\n\
        [[trait]]\nname = \"seats\"\ncontext = \"purchase\"\naggregate = \"max\"\nof = \"properties.seats\"\nwindow = \"36 hours\"\nopen = false\n\
        state = \"bought\"\nwhere = { currency = \"EUR\", \"properties.kind\" = 7 }\n";
    let config = parsed(body).unwrap_or_else(|e| panic!("{e}"));
    let order = &config.contexts[0];
    assert_eq!((order.name.as_str(), order.id.as_slice()), ("purchase", &["properties.no".to_string()][..]));
    assert_eq!(order.rules[0].state.as_deref(), Some("bought"), "its own steps come first");
    assert!(order.rules.len() > 5 && order.negative, "the others are the template's");
    assert_eq!(order.kept, ["properties.seats", "properties.kind"], "what a trait asks for is kept");
    let again = parse(&config.to_toml(), "again").unwrap_or_else(|e| panic!("{e}\n{}", config.to_toml()));
    assert_eq!(again, config);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_help() {
    let step = "[[context.step]]\nevent = \"E\"\nstate = \"s\"\n";
    for (body, word) in [
        ("[[context]]\ntemplate = \"ordre\"".to_string(), "not known"),
        (format!("[[context]]\n{step}"), "no \"name\""),
        ("[[context]]\nname = \"x\"".into(), "no step"),
        (format!("[[context]]\nname = \"a b\"\n{step}"), "can not be the name"),
        (format!("[[context]]\nname = \"x\"\nid = \"order_id\"\n{step}"), "no part of an event"),
        (format!("[[context]]\nname = \"x\"\nended = [\"t\"]\n{step}"), "leads to the state \"t\""),
        (format!("[[context]]\nname = \"x\"\nbelow_zero = 1\n{step}"), "should be true or false"),
        (format!("[[context]]\nname = \"x\"\n{step}lines = \"properties.l\""), "no use for one"),
        ("[[context]]\nname = \"x\"\n[[context.step]]\nstate = \"s\"".into(), "no \"event\""),
        ("[[context]]\ntemplate = \"order\"\n[[context]]\ntemplate = \"order\"".into(), "two contexts"),
        ("[context]\ntemplate = \"order\"".into(), "list of tables"),
    ] {
        let error = parsed(&body).expect_err(&body);
        assert!(error.message.contains(word), "{body}: {}", error.message);
        assert!(!error.help.is_empty());
    }
    for (body, word) in [
        ("context = \"ordre\"\naggregate = \"count\"", "no context"),
        ("context = \"order\"\naggregate = \"sum\"", "needs a value"),
        ("context = \"order\"\naggregate = \"sum\"\nof = \"total\"", "nothing that an object has"),
        ("context = \"order\"\naggregate = \"count\"\nstate = \"canceled\"", "no state of"),
        ("context = \"order\"\naggregate = \"count\"\nevent = \"E\"", "not a key"),
        ("context = \"order\"\naggregate = \"count\"\nwindow = \"90\"", "not a time"),
        ("aggregate = \"count\"\nopen = true", "not a key"),
    ] {
        let text = format!("[[context]]\ntemplate = \"order\"\n[[trait]]\nname = \"x\"\n{body}");
        let error = parsed(&text).expect_err(body);
        assert!(error.message.contains(word), "{body}: {}", error.message);
    }
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("contexts.md", &render_reference());
}
