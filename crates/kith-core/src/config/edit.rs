//! Changing a configuration in its text, so that comments, order and spelling of the rest stay. The caller reads the
//! result back before it believes it.

use super::{MatchRule, write};
use toml::de::DeTable;

/// The text with another `confidence` in `[project]`; the same text if it has no such table or is not TOML.
pub fn with_confidence(text: &str, confidence: f64) -> String {
    let Ok(root) = DeTable::parse(text) else { return text.to_string() };
    let Some(node) = root.get_ref().get("project") else { return text.to_string() };
    let Some(table) = node.get_ref().as_table() else { return text.to_string() };
    if let Some(value) = table.get("confidence") {
        let mut changed = text.to_string();
        changed.replace_range(value.span(), &confidence.to_string());
        return changed;
    }
    // Behind the name, which every project has: there it is of the same table, whatever follows.
    let Some(name) = table.get("name") else { return text.to_string() };
    let end = text.get(name.span().end..).and_then(|rest| rest.find('\n'));
    let (at, before) = match end {
        Some(end) => (name.span().end + end + 1, ""),
        None => (text.len(), "\n"),
    };
    let mut changed = text.to_string();
    changed.insert_str(at, &format!("{before}confidence = {confidence}\n"));
    changed
}

/// The text with these `[[rule]]` tables instead of those it has; they come last. Comments inside of the old ones go
/// with them.
pub fn with_rules(text: &str, rules: &[MatchRule]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            inside = trimmed.replace(' ', "").starts_with("[[rule]]");
        }
        if !inside {
            kept.push_str(line);
        }
    }
    let mut changed = kept.trim_end().to_string();
    changed.push('\n');
    for rule in rules {
        changed.push('\n');
        write::rule(&mut changed, rule);
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_changes() {
        let text = "# mine\n[project]\nconfidence = 0.95  # as agreed\nname = \"a\"\n";
        assert_eq!(with_confidence(text, 0.9), text.replace("0.95", "0.9"));
        let none = "[project]\nname = \"a\"  # b\n[survivorship]\n";
        assert_eq!(
            with_confidence(none, 0.9),
            "[project]\nname = \"a\"  # b\nconfidence = 0.9\n[survivorship]\n"
        );
        assert_eq!(
            with_confidence("[project]\nname = \"a\"", 0.8),
            "[project]\nname = \"a\"\nconfidence = 0.8\n"
        );
        for text in [text, none] {
            let read = super::super::parse(&with_confidence(text, 0.999), "kith.toml");
            assert_eq!(read.map(|c| c.project.confidence), Ok(0.999));
        }
        assert_eq!(with_confidence("not = = toml", 0.9), "not = = toml");
    }

    #[test]
    fn rules_are_replaced_and_the_rest_stays() {
        let own = "# mine\n[project]\nname = \"a\"  # b\n";
        let old = "[[ rule ]]\nname = \"x\"\nfields = [\n  \"email\",\n]\nverdict = \"match\"\n";
        let rest = "[survivorship]  # c\nemail = [\"rank\"]\n";
        let text = format!("{own}{old}{rest}");
        assert_eq!(with_rules(&text, &[]), format!("{own}{rest}"));
        let read = |text: &str| super::super::parse(text, "kith.toml").map(|c| c.rules);
        let rules = read(&text).expect("valid");
        let again = with_rules(&with_rules(&text, &rules), &rules);
        assert_eq!(read(&again), Ok(rules), "{again}");
        assert!(again.starts_with(&format!("{own}{rest}")), "{again}");
    }
}
