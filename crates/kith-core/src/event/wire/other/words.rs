//! Putting an event together: pieces of JSON as they were sent, under our names.

use crate::event::Call;
use crate::event::wire::json::{Member, Members};
use serde_json::Value;

/// An object that is being written.
#[derive(Default)]
pub(super) struct Words(String);

impl Words {
    /// An event of a call.
    pub fn of(call: Call) -> Words {
        let mut words = Words::default();
        words.text("type", Some(call.name()));
        words
    }

    /// A member whose value is JSON already.
    pub fn raw(&mut self, name: &str, value: Option<&str>) -> &mut Words {
        if let Some(value) = value.filter(|value| *value != "null" && !value.is_empty()) {
            self.put(&Value::from(name).to_string(), value);
        }
        self
    }

    /// A member whose value is a text.
    pub fn text(&mut self, name: &str, value: Option<&str>) -> &mut Words {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.put(&Value::from(name).to_string(), &Value::from(value).to_string());
        }
        self
    }

    /// A member that is an object, if anything is in it.
    pub fn object(&mut self, name: &str, object: Words) -> &mut Words {
        if !object.0.is_empty() {
            self.put(&Value::from(name).to_string(), &object.done());
        }
        self
    }

    /// Members as they were sent, but for some. Of several with one name the last one counts, as everywhere.
    pub fn rest(&mut self, members: &Members, but: impl Fn(&str) -> bool) -> &mut Words {
        let wanted =
            |(at, member): &(usize, &Member)| !but(&member.name) && members.at(&member.name) == Some(*at);
        for (_, member) in members.0.iter().enumerate().filter(wanted) {
            self.put(member.quoted, member.value);
        }
        self
    }

    fn put(&mut self, quoted: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(quoted);
        self.0.push(':');
        self.0.push_str(value);
    }

    /// The text.
    pub fn done(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}
