//! Changing one value of a configuration in its text, so that comments, order and spelling of the rest stay.

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
}
