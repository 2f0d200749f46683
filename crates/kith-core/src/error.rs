//! The registry of error codes: what each code means, who can mend it, whether trying again can help.
//!
//! A code is for ever: programs and people search for it. Every crate reports with codes of this list, which a test
//! of this module checks by reading their source. [`render_reference`] makes `docs/reference/errors.md` out of it.

mod codes;

pub use codes::CODES;

use std::fmt::Write;

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The person who gave the command, the configuration or the query.
    User,
    /// A file, a disk, a network, another system.
    External,
    /// Kith.
    Internal,
}

/// One code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// `K-AREA-WORD`.
    pub code: &'static str,
    /// Who can mend it.
    pub whose: Whose,
    /// True where the same thing can succeed later without anybody mending anything.
    pub retry: bool,
    /// What happened, in one sentence.
    pub summary: &'static str,
    /// How to mend it.
    pub help: &'static str,
}

/// The registered meaning of a code.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.code == code)
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(
        "# Errors\n\nGenerated from `kith_core::error`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew.\n\n\
         Every error says what happened, where, and how to mend it, and carries one of these codes. *User*: mend the\n\
         command, `kith.toml` or the query. *External*: a file, disk, network or other system. *Internal*: a defect of\n\
         Kith; please report it. *Retry*: the same may succeed later.\n",
    );
    let mut area = "";
    for code in CODES {
        let this = code.code.split('-').nth(1).unwrap_or_default();
        if this != area {
            area = this;
            // Writing to a String can not fail.
            let _ = write!(
                out,
                "\n## K-{area}\n\n| Code | Whose | Retry | What happened | How to mend it |\n|-|-|-|-|-|\n"
            );
        }
        let retry = if code.retry { "yes" } else { "no" };
        let _ = writeln!(
            out,
            "| `{}` | {:?} | {retry} | {} | {} |",
            code.code, code.whose, code.summary, code.help
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::is_current;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_reference_page_is_current() {
        is_current("errors.md", &render_reference());
    }

    #[test]
    fn codes_are_unique_sorted_and_well_formed() {
        for pair in CODES.windows(2) {
            let [a, b] = pair else { continue };
            assert!(a.code < b.code, "{} stands before {}", a.code, b.code);
        }
        for code in CODES {
            let words: Vec<_> = code.code.split('-').collect();
            assert!(words.len() >= 3 && words[0] == "K", "{}", code.code);
            assert!(code.summary.ends_with('.') && code.help.ends_with('.'), "{}", code.code);
            assert!(
                !code.summary.contains('|') && !code.help.contains('|'),
                "{} would break its table",
                code.code
            );
        }
    }

    /// Reads the source of every crate: a code that is not registered is one that nobody can look up.
    #[test]
    fn every_code_in_use_is_registered() {
        let mut files = Vec::new();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        rust_files(&crates, &mut files);
        rust_files(&crates.join("../sdk/python/src"), &mut files);
        let mut unknown = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("source is readable");
            for quoted in text.split('"').filter(|t| t.starts_with("K-") && t.len() > 4) {
                let shape = quoted.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
                if shape
                    && quoted.matches('-').count() >= 2
                    && !quoted.ends_with('-')
                    && find(quoted).is_none()
                {
                    unknown.push(format!("{quoted} in {}", file.display()));
                }
            }
        }
        assert!(unknown.is_empty(), "add to kith_core::error::CODES: {unknown:#?}");
    }

    fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("folder is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
                rust_files(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
}
