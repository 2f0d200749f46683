//! Rules of the house that a machine can hold: crates depend in one direction, functions fit on a screen, files do not grow
//! without end.

use std::path::{Path, PathBuf};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 300;

/// Files that are longer than the rule and may not grow further. A ratchet: lower a number whenever one shrinks.
const LONG_FILES: &[(&str, usize)] = &[
    // Lists: a line or three per entry.
    ("crates/kith-core/src/error/codes/first.rs", 400),
    ("crates/kith-engine/src/profile/shape.rs", 470),
    ("crates/kith-core/src/standard/tests.rs", 430),
    ("crates/kith-engine/src/init.rs", 340),
    ("crates/kith-engine/src/tabular/csv.rs", 350),
    ("crates/kith-resolve/src/train.rs", 600),
];

/// Functions that are longer than the rule, the same way.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[
    ("crates/kith-core/src/recognise/profile.rs", "fit", 75),
    ("crates/kith-engine/tests/it/story.rs", "from_three_sources_to_one_profile_over_several_loads", 105),
    ("crates/kith-resolve/examples/er.rs", "main", 115),
];

/// Which of our crates each may use. *Core decides, resolve matches, live remembers, engine moves, the app listens.*
const MAY_USE: &[(&str, &[&str])] = &[
    ("kith-core", &[]),
    ("kith-resolve", &[]),
    ("kith-live", &["kith-core"]),
    ("kith-dedupe", &["kith-core", "kith-resolve"]),
    ("kith-govern", &["kith-core"]),
    ("kith-stream", &["kith-core", "kith-live"]),
    ("kith-engine", &["kith-core", "kith-resolve", "kith-dedupe", "kith-govern", "kith-live", "kith-stream"]),
    ("kith", &["kith-core", "kith-resolve", "kith-dedupe", "kith-live", "kith-engine"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// All our Rust files: path from the root, and text.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut files = Vec::new();
    rust_files(&root.join("crates"), &mut files);
    rust_files(&root.join("sdk/python/src"), &mut files);
    assert!(files.len() > 20, "the crates are where they should be");
    let name = |p: &Path| p.strip_prefix(&root).unwrap_or(p).to_string_lossy().into_owned();
    files.iter().map(|p| (name(p), std::fs::read_to_string(p).expect("readable"))).collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let mut wrong = Vec::new();
    for (name, may) in MAY_USE {
        let manifest =
            std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).expect("a manifest");
        let used = manifest.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        for used in used.filter(|u| u.starts_with("kith-") && !may.contains(u)) {
            wrong.push(format!("{name}/Cargo.toml uses {used}"));
        }
    }
    for (file, text) in sources() {
        let Some((_, may)) =
            MAY_USE.iter().find(|(name, _)| file.starts_with(&format!("crates/{name}/src/")))
        else {
            continue;
        };
        for (other, _) in MAY_USE.iter().filter(|(other, _)| !may.contains(other) && *other != "kith") {
            let own = file.starts_with(&format!("crates/{other}/"));
            let path = format!("{}::", other.replace('-', "_"));
            if !own && text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(&path)) {
                wrong.push(format!("{file} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction of the crates:\n{}", wrong.join("\n"));
}

#[test]
fn http_words_stop_at_the_api() {
    let allowed = [
        "crates/kith/src/api/",
        "crates/kith/src/collect/",
        "crates/kith/src/server.rs",
        "crates/kith/src/ui.rs",
        "crates/kith/tests/",
        // An application that is asked.
        "crates/kith-engine/src/remote/rest/http.rs",
    ];
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|(file, _)| !allowed.iter().any(|a| file.starts_with(a)))
        .filter(|(_, text)| text.contains("StatusCode") || text.contains("axum::"))
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "HTTP outside of the API: {wrong:?}");
}

/// Whoever makes a context of the query library, or opens a lake table, reads around the policy: so few may, and none of them
/// with text of a user.
#[test]
fn only_a_session_takes_the_text_of_a_query() {
    const MAKE_CONTEXTS: &[&str] = &[
        "crates/kith-engine/src/govern/session.rs",
        // Kith's own plans over its own files.
        "crates/kith-engine/src/exec/batch.rs",
        "crates/kith-engine/src/exec/cluster/client.rs",
        "crates/kith-engine/src/exec/cluster/mod.rs",
        "crates/kith-engine/src/lake/events/read.rs",
        // The session's own, with fewer files: no text goes into it, and its table stands under the policy.
        "crates/kith-engine/src/remote/files/delta.rs",
        // A source's own table on its way into the log, whole: no text goes into it.
        "crates/kith-engine/src/connect/connection.rs",
        // A table on its way into its copy, and both sides compared: no text goes into it, and the copy stands under the policy.
        "crates/kith-engine/src/copies/refresh.rs",
        "crates/kith-engine/src/copies/check.rs",
    ];
    const OPEN_TABLES: &[&str] = &[
        "crates/kith-engine/src/exec/catalog.rs",
        "crates/kith-engine/src/lake/",
        "crates/kith-engine/src/remote/files/delta.rs",
    ];
    let own = |file: &String| file.contains("/src/") && !file.ends_with("tests.rs");
    let mut wrong = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| own(file)) {
        let uses = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let may = |list: &[&str]| list.iter().any(|allowed| file.starts_with(allowed));
        let contexts = [
            "SessionContext::",
            "SessionStateBuilder::new",
            "DataFrame::new",
            "sql_to_statement",
            "create_logical_plan",
        ];
        if uses(&contexts) && !may(MAKE_CONTEXTS) {
            wrong.push(format!("{file} makes a context"));
        }
        if uses(&["open_delta(", ".table_provider()"]) && !may(OPEN_TABLES) {
            wrong.push(format!("{file} opens a table"));
        }
    }
    assert!(wrong.is_empty(), "use Project::session:\n{}", wrong.join("\n"));
}

#[test]
fn functions_fit_on_a_screen() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        for (name, lines) in functions(&text) {
            let allowed = LONG_FUNCTIONS
                .iter()
                .find(|(f, n, _)| *f == file && *n == name)
                .map_or(FUNCTION_LINES_MAX, |l| l.2);
            if lines > allowed {
                long.push(format!("{file}: {name} has {lines} lines, at most {allowed}"));
            }
        }
    }
    assert!(long.is_empty(), "cut these up:\n{}", long.join("\n"));
}

/// Name and length of each function; rustfmt puts the closing brace under the beginning of the function's line.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words = trimmed.split("fn ").next().unwrap_or_default();
        let begins = trimmed.contains("fn ")
            && words
                .split_whitespace()
                .all(|w| ["pub", "pub(crate)", "pub(super)", "async", "const"].contains(&w));
        if !begins {
            continue;
        }
        let indent = &line[..line.len() - trimmed.len()];
        let closing = format!("{indent}}}");
        let end = lines[start..].iter().position(|l| *l == closing);
        let one_liner = trimmed.ends_with('}') || trimmed.ends_with(';');
        if let (Some(length), false) = (end, one_liner) {
            let name =
                trimmed.split("fn ").nth(1).and_then(|r| r.split(['(', '<']).next()).unwrap_or_default();
            found.push((name.to_string(), length + 1));
        }
    }
    found
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().count();
        let allowed = LONG_FILES.iter().find(|(f, _)| *f == file).map_or(FILE_LINES_MAX, |l| l.1);
        if lines > allowed {
            long.push(format!("{file} has {lines} lines, at most {allowed}"));
        }
    }
    assert!(long.is_empty(), "divide these, or lower a ratchet:\n{}", long.join("\n"));
}
