//! Rules of matching that somebody proposes: read by the same parser as those of `kith.toml`, so that they mean the same.

use super::preview::shape::RuleWish;
use crate::error::{Error, Result};
use kith_core::config::{self, MatchRule};

/// The proposed rules, checked.
pub(super) fn checked(wishes: &[RuleWish]) -> Result<Vec<MatchRule>> {
    let mut rules: Vec<MatchRule> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let rule = one(wish)?;
        if rules.iter().any(|r| r.name == rule.name) {
            let message = format!("there are two rules with the name {:?}", rule.name);
            return Err(Error::input("K-CONFIG-DUPLICATE", message, "Give each rule its own name."));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn one(wish: &RuleWish) -> Result<MatchRule> {
    let mut table = toml::Table::new();
    table.insert("name".into(), wish.name.clone().into());
    table.insert("fields".into(), wish.fields.clone().into());
    table.insert("verdict".into(), wish.verdict.clone().into());
    if let Some(confidence) = wish.confidence {
        table.insert("confidence".into(), confidence.into());
    }
    if let Some(group_max) = wish.group_max {
        table.insert("group_max".into(), i64::from(group_max).into());
    }
    let text = format!("[project]\nname = \"a\"\n[[rule]]\n{table}");
    let config = config::parse(&text, "the proposal")
        .map_err(|e| Error::input(e.code, format!("the rule {:?}: {}", wish.name, e.message), e.help))?;
    let nothing =
        || Error::input("K-CONFIG-VALUE", "the rule says nothing", "Give name, fields and verdict.");
    config.rules.into_iter().next().ok_or_else(nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposed_rule_is_checked_like_one_of_the_file() {
        let wish = |name: &str, fields: &[&str], verdict: &str, confidence| RuleWish {
            name: name.into(),
            fields: fields.iter().map(|f| f.to_string()).collect(),
            verdict: verdict.into(),
            confidence,
            group_max: None,
        };
        let good = wish("a \"b\"\n[x]", &["email", "family_name"], "match", Some(0.9));
        assert_eq!(checked(std::slice::from_ref(&good)).expect("good")[0].name, good.name);
        let code = |wish: RuleWish| checked(&[wish]).expect_err("bad").code();
        assert_eq!(code(wish("a", &["emial"], "match", None)), "K-CONFIG-FIELD");
        assert_eq!(code(wish("a", &[], "match", None)), "K-CONFIG-VALUE");
        assert_eq!(code(wish("a", &["email"], "differ", Some(0.9))), "K-CONFIG-VALUE");
        assert_eq!(checked(&[good.clone(), good]).expect_err("twice").code(), "K-CONFIG-DUPLICATE");
    }
}
