//! An application as it stands in the file.

use super::super::super::ConfigError;
use super::super::super::source::password;
use super::super::super::walk::Section;
use super::super::files::{allow_http, key, of_this_machine};
use super::{JsonKind, KINDS, Paging, RESOURCE_KEYS, Resource, Rest, RestAuth, RestFilter, RestSign};
use std::ops::Range;

/// Reads what a connection of kind `rest` says.
pub(in super::super) fn rest(section: &Section) -> Result<Rest, ConfigError> {
    let allow_http = allow_http(section)?;
    let url = address(section, allow_http)?;
    let auth = auth(section)?;
    let Some(node) = section.get("resource") else {
        let help = "add a [[connection.resource]] with table, path and columns";
        let message = format!("{} has no table", section.name);
        return Err(section.text.error("K-CONFIG-MISSING", section.span.clone(), message, help));
    };
    let list =
        node.get_ref().as_array().ok_or_else(|| section.wrong_type(node, "resource", "a list of tables"))?;
    let mut resources: Vec<Resource> = Vec::new();
    for node in list.iter() {
        let inner = section.as_section(node, "[[connection.resource]]")?;
        let resource = resource(&inner)?;
        if resources.iter().any(|known| known.table == resource.table) {
            let message = format!("there are two tables with the name {:?}", resource.table);
            let help = "give each table its own name";
            return Err(section.text.error("K-CONFIG-DUPLICATE", node.span(), message, help));
        }
        resources.push(resource);
    }
    Ok(Rest { url, auth, allow_http, resources })
}

/// Reads a server that is asked by HTTP, whose tables it knows itself.
pub(in super::super) fn server(section: &Section) -> Result<Rest, ConfigError> {
    let allow_http = allow_http(section)?;
    let url = address(section, allow_http)?;
    Ok(Rest { url, auth: auth(section)?, allow_http, resources: Vec::new() })
}

fn address(section: &Section, allow_http: bool) -> Result<String, ConfigError> {
    let (url, span) = section.needed("url", "url = \"https://api.example.org/v2\"")?;
    let (scheme, rest) = url.split_once("://").unwrap_or(("", &url));
    let rest = rest.trim_end_matches('/');
    let odd = |c: char| "?#@\\".contains(c) || c.is_whitespace() || c.is_control();
    if !matches!(scheme, "http" | "https") || rest.is_empty() || rest.contains(odd) {
        let help =
            "for example url = \"https://api.example.org/v2\"; who asks goes into bearer, username or header";
        return Err(section.value(span, "the URL is not one of an application".into(), help));
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if scheme == "http" && !allow_http && !of_this_machine(authority) {
        let help = "use https://, or write allow_http = true if the network is yours alone";
        return Err(section.value(span, "data would cross the network unencrypted".into(), help));
    }
    Ok(format!("{scheme}://{rest}"))
}

pub(in super::super) fn auth(section: &Section) -> Result<RestAuth, ConfigError> {
    let half = |there: &str, missing: &str| {
        let span = section.get(there).map_or(section.span.clone(), |node| node.span());
        section.value(
            span,
            format!("{there:?} needs {missing:?}"),
            format!("add {missing}, or take {there} out"),
        )
    };
    let mut found = Vec::new();
    found.extend(key(section, "bearer")?.map(RestAuth::Bearer));
    match (section.text("username")?, password(section)?) {
        (Some((user, _)), Some(secret)) => found.push(RestAuth::Basic(user, secret)),
        (None, None) => {}
        (Some(_), None) => return Err(half("username", "password")),
        (None, Some(_)) => return Err(half("password", "username")),
    }
    match (section.text("header")?, key(section, "key")?) {
        (Some((name, span)), Some(secret)) => {
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
                let help = "for example header = \"X-Api-Key\"";
                return Err(section.value(span, format!("{name:?} is not a header"), help));
            }
            found.push(RestAuth::Header(name, secret));
        }
        (None, None) => {}
        (Some(_), None) => return Err(half("header", "key")),
        (None, Some(_)) => return Err(half("key", "header")),
    }
    if found.len() > 1 {
        let help = "keep one of bearer, username with password, and header with key";
        return Err(section.value(
            section.span.clone(),
            "who asks is said in more than one way".into(),
            help,
        ));
    }
    Ok(found.pop().unwrap_or(RestAuth::Nobody))
}

fn resource(section: &Section) -> Result<Resource, ConfigError> {
    section.only(&RESOURCE_KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    let (table, _) = section.needed("table", "table = \"contacts\"")?;
    let (path, span) = section.needed("path", "path = \"contacts\"")?;
    let path = path.trim_start_matches('/').to_string();
    let walks = |part: &str| matches!(part, "" | "." | "..");
    let odd = |c: char| "?#\\%".contains(c) || c.is_whitespace() || c.is_control();
    if path.split('/').any(walks) || path.contains(odd) || path.contains("//") {
        let help = "for example path = \"contacts\"; parameters go into filters";
        return Err(section.value(span, "the path is not one of a resource".into(), help));
    }
    let rows = pointer(section, "rows")?.unwrap_or_default();
    let columns = columns(section)?;
    let filters = filters(section, &columns)?;
    let paging = paging(section)?;
    let size = whole(section, "size")?.map(|size| (text(section, "size_param", "limit"), size));
    let size = size.map(|(param, size)| param.map(|param| (param, size))).transpose()?;
    Ok(Resource { table, path, rows, columns, filters, paging, size })
}

fn columns(section: &Section) -> Result<Vec<(String, JsonKind)>, ConfigError> {
    let Some(table) = section.section("columns")?.filter(|table| !table.entries().is_empty()) else {
        let help = "add for example: columns = { id = \"whole\", name = \"text\" }";
        let message = format!("{} has no columns", section.name);
        return Err(section.text.error("K-CONFIG-MISSING", section.span.clone(), message, help));
    };
    let kind = |(name, span): (String, Range<usize>)| {
        let found = KINDS.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind);
        let message = format!("{name:?} is not what a column can hold");
        found.ok_or_else(|| table.value(span, message, "use text, whole, number or truth"))
    };
    let names = table.entries().into_iter().map(|(key, _)| key.get_ref().to_string());
    names.map(|name| Ok((name.clone(), kind(table.needed(&name, "id = \"whole\"")?)?))).collect()
}

fn filters(section: &Section, columns: &[(String, JsonKind)]) -> Result<Vec<RestFilter>, ConfigError> {
    let Some(table) = section.section("filters")? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (key, _) in table.entries() {
        let name = key.get_ref().as_ref();
        let (column, sign) = match (name.strip_suffix(">="), name.strip_suffix("<=")) {
            (Some(column), _) => (column.trim(), RestSign::AtLeast),
            (_, Some(column)) => (column.trim(), RestSign::AtMost),
            _ => (name.strip_suffix('=').unwrap_or(name).trim(), RestSign::Equal),
        };
        if !columns.iter().any(|(known, _)| known == column) {
            let help = "name a column of this table, then >= or <= where it is not compared by =";
            return Err(table.value(key.span(), format!("{column:?} is no column of this table"), help));
        }
        let (param, _) = table.needed(name, "id = \"id\"")?;
        all.push(RestFilter { column: column.into(), sign, param });
    }
    Ok(all)
}

fn paging(section: &Section) -> Result<Paging, ConfigError> {
    let Some((word, span)) = section.text("paging")? else { return Ok(Paging::None) };
    let param = |usual: &str| text(section, "param", usual);
    let first = |usual: u64| Ok::<_, ConfigError>(whole(section, "first")?.unwrap_or(usual));
    match word.as_str() {
        "none" => Ok(Paging::None),
        "link" => Ok(Paging::Link),
        "page" => Ok(Paging::Page(param("page")?, first(1)?)),
        "offset" => Ok(Paging::Offset(param("offset")?, first(0)?)),
        "cursor" => {
            section.needed("next", "next = \"/meta/next\"")?;
            Ok(Paging::Cursor(param("cursor")?, pointer(section, "next")?.unwrap_or_default()))
        }
        _ => {
            let help = "use none, page, offset, cursor or link";
            Err(section.value(span, format!("{word:?} is not a way to ask for the next rows"), help))
        }
    }
}

fn text(section: &Section, key: &str, usual: &str) -> Result<String, ConfigError> {
    Ok(section.text(key)?.map_or_else(|| usual.to_string(), |(text, _)| text))
}

fn pointer(section: &Section, key: &str) -> Result<Option<String>, ConfigError> {
    let Some((text, span)) = section.text(key)? else { return Ok(None) };
    match text.starts_with('/') {
        true => Ok(Some(text)),
        false => Err(section.value(
            span,
            format!("{text:?} is not a JSON pointer"),
            "begin it with /, as in \"/data\"",
        )),
    }
}

fn whole(section: &Section, key: &str) -> Result<Option<u64>, ConfigError> {
    let Some((number, span)) = section.number(key)? else { return Ok(None) };
    if number.fract() != 0.0 || !(0.0..=1e9).contains(&number) {
        return Err(section.value(
            span,
            format!("{key} = {number} is out of range"),
            "use a whole number up to 1000000000",
        ));
    }
    Ok(Some(number as u64))
}
