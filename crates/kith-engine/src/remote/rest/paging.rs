//! Where the next rows of a resource are. Whatever an answer says, it is a place at the same host.

use super::fault;
use super::http::Answer;
use super::page::scalar_at;
use super::schema::Api;
use crate::error::Result;
use kith_core::config::{Paging, Resource};
use reqwest::Url;
use std::collections::HashSet;

/// Pages of one scan.
const PAGES: usize = 100_000;

/// The address of the first page, with conditions that are asked.
pub(super) fn first(api: &Api, resource: &Resource, asked: &[(String, String)]) -> Result<Url> {
    let address = format!("{}/{}", api.rest.url, resource.path);
    let mut url = Url::parse(&address).map_err(|_| fault::refused(&api.name, "its url can not be used"))?;
    for (param, value) in asked {
        url.query_pairs_mut().append_pair(param, value);
    }
    if let Some((param, size)) = &resource.size {
        url.query_pairs_mut().append_pair(param, &size.to_string());
    }
    if let Paging::Page(param, first) | Paging::Offset(param, first) = &resource.paging {
        url.query_pairs_mut().append_pair(param, &first.to_string());
    }
    Ok(url)
}

/// The way from page to page of one scan.
pub(super) struct Walk {
    /// Where it began.
    first: Url,
    pages: u64,
    rows: u64,
    seen: HashSet<String>,
}

impl Walk {
    pub fn new(first: Url) -> Walk {
        Walk { seen: HashSet::from([first.to_string()]), first, pages: 0, rows: 0 }
    }

    /// The address of the next page after one with so many rows; `None` = there is none.
    pub fn next(
        &mut self,
        api: &Api,
        resource: &Resource,
        at: &Url,
        answer: &Answer,
        rows: usize,
    ) -> Result<Option<Url>> {
        self.pages += 1;
        self.rows += rows as u64;
        let next = match &resource.paging {
            Paging::None => None,
            // The end is a page without rows: one that is short may be one that the application has cut.
            Paging::Page(..) | Paging::Offset(..) if rows == 0 => None,
            Paging::Page(param, first) => Some(with(&self.first, param, &(first + self.pages).to_string())),
            Paging::Offset(param, first) => Some(with(&self.first, param, &(first + self.rows).to_string())),
            Paging::Cursor(param, pointer) => {
                let cursor = scalar_at(&answer.body, pointer);
                let cursor = cursor.map_err(|why| fault::answer(&resource.table, &api.name, why))?;
                cursor.map(|cursor| with(&self.first, param, &cursor))
            }
            Paging::Link => match answer.link.as_deref().and_then(linked) {
                None => None,
                Some(target) => Some(beside(api, at, target)?),
            },
        };
        let Some(next) = next else { return Ok(None) };
        if !self.seen.insert(next.to_string()) {
            return Err(fault::answer(&resource.table, &api.name, "its pages lead in a circle"));
        }
        if self.seen.len() > PAGES {
            let why = format!("it has more than {PAGES} pages");
            return Err(fault::answer(&resource.table, &api.name, &why));
        }
        Ok(Some(next))
    }
}

/// The same address with another value of a parameter.
fn with(url: &Url, param: &str, value: &str) -> Url {
    let others: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| name != param).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(param, value);
    url
}

/// An address that an answer names, if the same host is asked.
fn beside(api: &Api, at: &Url, target: &str) -> Result<Url> {
    let next = at.join(target).map_err(|_| fault::refused(&api.name, "its next page has no address"))?;
    match next.origin() == at.origin() && next.username().is_empty() && next.password().is_none() {
        true => Ok(next),
        false => Err(fault::refused(&api.name, "its next page is at another host, which is not asked")),
    }
}

/// The target of `rel="next"` in a header `Link` (RFC 8288).
fn linked(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, params) = after.split_once('>')?;
        let end = params.find('<').unwrap_or(params.len());
        let is_next = |param: &str| {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && words.any(|word| word.eq_ignore_ascii_case("next"))
        };
        if params[..end].split([';', ',']).any(is_next) {
            return Some(target);
        }
        rest = &params[end..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn the_next_page_is_found_among_links() {
        for (header, wanted) in [
            ("<https://a/x?page=2>; rel=\"next\"", Some("https://a/x?page=2")),
            ("<a,b;c>; rel=prev, </y>; title=\"x\"; REL=\"last next\"", Some("/y")),
            ("<x>; rel=nextish", None),
            ("<x", None),
            ("next", None),
        ] {
            assert_eq!(linked(header), wanted, "{header}");
        }
    }
}
