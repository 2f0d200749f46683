//! What a column holds, in words that a policy can go by: the semantic fields, and what no field of a customer is.

use crate::field::{Field, Privacy};
use crate::suggest::closest;
use std::collections::BTreeSet;
use std::fmt;

/// Labels beside the fields: name, how sensitive, one sentence.
const MORE: &[(&str, Privacy, &str)] = &[
    ("ip_address", Privacy::Identifying, "Address of a device in the Internet."),
    ("location", Privacy::Personal, "Where somebody was."),
    ("payment_card", Privacy::Identifying, "Number of a payment card."),
    ("bank_account", Privacy::Identifying, "Number of a bank account, such as an IBAN."),
    ("password", Privacy::Identifying, "A password, a key or a hash of one."),
    ("free_text", Privacy::Identifying, "Text that people wrote, in which anything may stand."),
    ("payload", Privacy::Identifying, "A document as it was sent, in which anything may stand."),
    ("health", Privacy::Special, "Health (GDPR, article 9)."),
    ("belief", Privacy::Special, "Religion, conviction, politics, trade union (GDPR, article 9)."),
    ("origin", Privacy::Special, "Race or ethnic origin (GDPR, article 9)."),
    ("sexuality", Privacy::Special, "Sex life or orientation (GDPR, article 9)."),
    ("biometric", Privacy::Special, "Genetic or biometric data (GDPR, article 9)."),
    ("criminal", Privacy::Special, "Convictions and offences (GDPR, article 10)."),
];

/// One of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(&'static str);

impl Label {
    /// All of them: the fields first.
    pub fn all() -> impl Iterator<Item = Label> {
        Field::ALL.iter().map(|field| Label(field.name())).chain(MORE.iter().map(|(name, ..)| Label(name)))
    }

    /// The label of that name.
    pub fn parse(name: &str) -> Result<Label, UnknownLabel> {
        Label::all()
            .find(|label| label.0 == name)
            .ok_or_else(|| UnknownLabel { name: name.chars().take(80).collect() })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// How sensitive what bears it is.
    pub fn privacy(self) -> Privacy {
        match MORE.iter().find(|(name, ..)| *name == self.0) {
            Some((_, privacy, _)) => *privacy,
            None => self.0.parse().map_or(Privacy::Special, Field::privacy),
        }
    }

    /// One sentence for people.
    pub fn describe(self) -> &'static str {
        match MORE.iter().find(|(name, ..)| *name == self.0) {
            Some((.., text)) => text,
            None => self.0.parse().map_or("", Field::describe),
        }
    }
}

impl From<Field> for Label {
    fn from(field: Field) -> Label {
        Label(field.name())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A word that is no label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a label{}", self.near())]
pub struct UnknownLabel {
    /// The word as given.
    pub name: String,
}

impl UnknownLabel {
    fn near(&self) -> String {
        let near = closest(&self.name, Label::all().map(Label::name));
        near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
    }
}

/// What is known of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// What it holds.
    pub labels: BTreeSet<Label>,
    /// How sensitive it is, at least as much as each label says. `None` = nobody has looked at it yet.
    pub privacy: Option<Privacy>,
}

impl Labelled {
    /// A column at which nobody has looked.
    pub fn unknown() -> Labelled {
        Labelled { labels: BTreeSet::new(), privacy: None }
    }

    /// A column that holds these; without any it says nothing of a person.
    pub fn of(labels: impl IntoIterator<Item = Label>) -> Labelled {
        let labels: BTreeSet<Label> = labels.into_iter().collect();
        let privacy = labels.iter().map(|label| label.privacy()).max().unwrap_or(Privacy::Public);
        Labelled { labels, privacy: Some(privacy) }
    }

    /// The same, and not less sensitive than this.
    pub fn at_least(mut self, privacy: Privacy) -> Labelled {
        self.privacy = Some(self.privacy.map_or(privacy, |known| known.max(privacy)));
        self
    }

    /// What is made of both; of something unknown it is unknown.
    pub fn and(mut self, other: Labelled) -> Labelled {
        self.labels.extend(other.labels);
        self.privacy = self.privacy.zip(other.privacy).map(|(a, b)| a.max(b));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_found_by_its_name_once() {
        let all: Vec<Label> = Label::all().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for label in all {
            assert_eq!(Label::parse(label.name()), Ok(label));
            assert!(!label.describe().is_empty(), "{label}");
        }
        assert_eq!(Label::from(Field::Email).privacy(), Privacy::Identifying);
        let wrong = Label::parse("emial").expect_err("no label");
        assert_eq!(wrong.to_string(), "\"emial\" is not a label; did you mean \"email\"?");
    }

    #[test]
    fn the_strictest_label_counts() {
        let label = |name| Label::parse(name).expect("a label");
        assert_eq!(Labelled::of([]).privacy, Some(Privacy::Public));
        let both = Labelled::of([label("city")]).and(Labelled::of([label("health")]));
        assert_eq!((both.privacy, both.labels.len()), (Some(Privacy::Special), 2));
        assert_eq!(both.clone().and(Labelled::unknown()).privacy, None, "what is made of something unknown");
        assert_eq!(
            Labelled::of([label("country")]).at_least(Privacy::Personal).privacy,
            Some(Privacy::Personal)
        );
        assert_eq!(both.at_least(Privacy::Personal).privacy, Some(Privacy::Special), "never less");
    }
}
