//! JSON as pieces of the text that it came in.
//!
//! serde_json checks the grammar (its scan of a value that is kept as text does not recurse, so depth costs no stack); what
//! comes out are slices of the input.

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// One member of an object.
#[derive(Clone, Debug)]
pub(in crate::event) struct Member<'a> {
    /// Its name as it was sent, with quotes.
    pub quoted: &'a str,
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its value as it was sent.
    pub value: &'a str,
}

/// The members of an object, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(in crate::event) struct Members<'a>(pub Vec<Member<'a>>);

impl<'a> Members<'a> {
    /// Of a text that begins with `{`.
    pub fn of(text: &'a str) -> serde_json::Result<Members<'a>> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = deserializer.deserialize_map(Collect)?;
        deserializer.end()?;
        Ok(members)
    }

    /// Where a member stands; the last one where there are several of the name.
    pub fn at(&self, name: &str) -> Option<usize> {
        self.0.iter().rposition(|member| member.name == name)
    }

    /// The value of a member; `null` is no value.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.at(name).map(|at| self.0[at].value).filter(|value| *value != "null")
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        // The clients of today send 8 to 14 members.
        let mut members = Vec::with_capacity(16);
        while let Some((quoted, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let quoted = quoted.get();
            let name = text(quoted).unwrap_or(Cow::Borrowed(quoted));
            members.push(Member { quoted, name, value: value.get() });
        }
        Ok(Members(members))
    }
}

/// Checks that a text is one JSON value.
pub(in crate::event) fn whole(text: &str) -> serde_json::Result<()> {
    serde_json::from_str::<&RawValue>(text).map(drop)
}

/// The elements of a list.
pub(in crate::event) fn elements(text: &str) -> serde_json::Result<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(text)?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

/// The text that a JSON text stands for; `None` = it is something else. Half of a surrogate pair, which JavaScript leaves
/// behind where it cuts a text in the middle of an emoji, becomes a replacement character.
pub(in crate::event) fn text(value: &str) -> Option<Cow<'_, str>> {
    let inside = value.strip_prefix('"')?.strip_suffix('"')?;
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    let mut deserializer = serde_json::Deserializer::from_str(value);
    deserializer.deserialize_byte_buf(Lossy).ok().map(Cow::Owned)
}

struct Lossy;

impl Visitor<'_> for Lossy {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The text that a JSON text stands for, exactly: `None` also where half of a surrogate pair would be lost.
pub(in crate::event) fn exact_text(value: &str) -> Option<Cow<'_, str>> {
    match text(value)? {
        Cow::Owned(_) => serde_json::from_str(value).ok().map(Cow::Owned),
        borrowed => Some(borrowed),
    }
}

/// True where lists and objects lie in each other more than `most` deep. Most texts hold too few brackets for that, and
/// counting them is ten times as fast as following them.
pub(in crate::event) fn deeper_than(text: &str, most: usize) -> bool {
    count(text, |b| b == b'{' || b == b'[') > most && depth(text) > most
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_text(&mut bytes),
            _ => {}
        }
    }
    deepest
}

fn skip_text(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

/// True where an object has more members than `most`. Each member has a colon.
pub(in crate::event) fn more_members_than(object: &str, most: usize) -> bool {
    count(object, |b| b == b':') > most && Members::of(object).is_ok_and(|members| members.0.len() > most)
}

fn count(text: &str, which: impl Fn(u8) -> bool) -> usize {
    text.bytes().filter(|b| which(*b)).count()
}
