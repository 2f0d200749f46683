//! An application as the file says it.

use super::super::super::write::{entry, line, quoted};
use super::{JsonKind, KINDS, Paging, Resource, Rest, RestAuth, RestSign};

impl Rest {
    /// As the file says it, the tables last.
    pub(in super::super) fn write(&self, out: &mut String) {
        entry(out, "url", &quoted(&self.url), "");
        self.auth.write(out);
        if self.allow_http {
            entry(out, "allow_http", "true", "");
        }
        self.resources.iter().for_each(|resource| resource.write(out));
    }
}

impl RestAuth {
    /// Who asks, as the file says it.
    pub(in super::super) fn write(&self, out: &mut String) {
        match self {
            RestAuth::Nobody => {}
            RestAuth::Bearer(token) => entry(out, "bearer", &quoted(&token.to_text()), ""),
            RestAuth::Basic(user, secret) => {
                entry(out, "username", &quoted(user), "");
                entry(out, "password", &quoted(&secret.to_text()), "");
            }
            RestAuth::Header(name, secret) => {
                entry(out, "header", &quoted(name), "");
                entry(out, "key", &quoted(&secret.to_text()), "");
            }
        }
    }
}

impl Resource {
    fn write(&self, out: &mut String) {
        line(out, "");
        line(out, "[[connection.resource]]");
        entry(out, "table", &quoted(&self.table), "");
        entry(out, "path", &quoted(&self.path), "");
        if !self.rows.is_empty() {
            entry(out, "rows", &quoted(&self.rows), "");
        }
        let word = |kind: &JsonKind| KINDS.iter().find(|(_, k)| k == kind).map_or("text", |(word, _)| word);
        let pairs = |pairs: Vec<String>| format!("{{ {} }}", pairs.join(", "));
        let columns =
            self.columns.iter().map(|(name, kind)| format!("{} = {}", quoted(name), quoted(word(kind))));
        entry(out, "columns", &pairs(columns.collect()), "");
        if !self.filters.is_empty() {
            let filters = self.filters.iter().map(|filter| {
                let sign = match filter.sign {
                    RestSign::Equal => "",
                    RestSign::AtLeast => " >=",
                    RestSign::AtMost => " <=",
                };
                format!("{} = {}", quoted(&format!("{}{sign}", filter.column)), quoted(&filter.param))
            });
            entry(out, "filters", &pairs(filters.collect()), "");
        }
        let numbered = |out: &mut String, word: &str, param: &str, first: u64| {
            entry(out, "paging", &quoted(word), "");
            entry(out, "param", &quoted(param), "");
            entry(out, "first", &first.to_string(), "");
        };
        match &self.paging {
            Paging::None => {}
            Paging::Page(param, first) => numbered(out, "page", param, *first),
            Paging::Offset(param, first) => numbered(out, "offset", param, *first),
            Paging::Link => entry(out, "paging", &quoted("link"), ""),
            Paging::Cursor(param, next) => {
                entry(out, "paging", &quoted("cursor"), "");
                entry(out, "param", &quoted(param), "");
                entry(out, "next", &quoted(next), "");
            }
        }
        if let Some((param, size)) = &self.size {
            entry(out, "size", &size.to_string(), "");
            entry(out, "size_param", &quoted(param), "");
        }
    }
}
