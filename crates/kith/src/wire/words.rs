//! What kind of statement a text is, by its first words. What reads goes to the engine; what belongs to a connection is answered
//! here; what writes is refused.

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Nothing but blanks and comments.
    Empty,
    /// For the engine.
    Read,
    /// `BEGIN`.
    Begin,
    /// `COMMIT` or `ROLLBACK`, by its tag.
    End(&'static str),
    /// `SET name TO value`; `None` = the default.
    Set(String, Option<String>),
    /// `SET TRANSACTION …`, savepoints, `DISCARD`, `UNLISTEN`: nothing to do. Its tag.
    Nothing(&'static str),
    /// `SHOW name`.
    Show(String),
    /// `DEALLOCATE name`; `None` = all.
    Deallocate(Option<String>),
    /// `CLOSE` of a cursor, `COPY`, `DECLARE`, `PREPARE`: what is not here, and what to do instead.
    Missing(&'static str, &'static str),
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

/// The length of what begins here and is one piece: quotes, comments, dollar quotes, words, single signs.
fn piece(text: &str) -> usize {
    let until =
        |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    let first = text.chars().next().unwrap_or(' ');
    let word = |from: usize| {
        let long =
            text[from..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - from);
        from + long
    };
    match first {
        '\'' | '"' => quoted(text, first, false),
        'e' | 'E' if text[1..].starts_with('\'') => 1 + quoted(&text[1..], '\'', true),
        '-' if text.starts_with("--") => until("\n", 2),
        '/' if text.starts_with("/*") => comment(text),
        '$' => match text[1..].find('$').map(|at| &text[..at + 2]) {
            Some(tag) if tag[1..tag.len() - 1].chars().all(|c| c.is_alphabetic() || c == '_') => {
                until(tag, tag.len())
            }
            _ => word(1),
        },
        c if c.is_alphanumeric() || c == '_' => word(0),
        c => c.len_utf8(),
    }
}

fn quoted(text: &str, quote: char, backslash: bool) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        // A doubled quote ends one piece and begins the next, which comes to the same.
        match c {
            _ if escaped => escaped = false,
            '\\' if backslash => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Comments may stand in comments.
fn comment(text: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let rest = text.get(at..).unwrap_or_default();
        let (open, close) = (rest.find("/*"), rest.find("*/"));
        match (open, close) {
            (Some(o), Some(c)) if o < c => (depth, at) = (depth + 1, at + o + 2),
            (_, Some(c)) => (depth, at) = (depth - 1, at + c + 2),
            _ => return text.len(),
        }
    }
    at
}

/// The pieces that say something.
fn words(text: &str) -> Vec<Word<'_>> {
    let (mut found, mut start) = (Vec::new(), 0);
    while start < text.len() {
        let long = piece(&text[start..]).max(1);
        let one = &text[start..start + long];
        if !one.trim().is_empty() && !one.starts_with("--") && !one.starts_with("/*") {
            found.push(Word { text: one, start });
        }
        start += long;
    }
    found
}

/// The statements of a text, and where each begins.
pub fn split(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut start) = (Vec::new(), 0);
    for end in words(text).iter().filter(|word| word.text == ";").map(|word| word.start) {
        found.push((start, &text[start..end]));
        start = end + 1;
    }
    found.push((start, &text[start..]));
    found.retain(|(_, one)| !words(one).is_empty());
    found
}

/// The text of a value: without quotes.
fn plain(word: &str) -> String {
    let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote {
        Some(quote) => word.trim_matches(quote).to_string(),
        None => word.to_ascii_lowercase(),
    }
}

/// What a statement is.
pub fn statement(text: &str) -> Statement {
    let words: Vec<&str> = words(text).iter().map(|word| word.text).collect();
    let upper: Vec<String> = words.iter().take(4).map(|word| word.to_ascii_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    match upper.as_slice() {
        [] => Statement::Empty,
        ["BEGIN", ..] | ["START", "TRANSACTION", ..] => Statement::Begin,
        ["COMMIT" | "END", ..] => Statement::End("COMMIT"),
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", _, "TO", ..] => Statement::Nothing("ROLLBACK"),
        ["ROLLBACK" | "ABORT", ..] => Statement::End("ROLLBACK"),
        ["SAVEPOINT", ..] => Statement::Nothing("SAVEPOINT"),
        ["RELEASE", ..] => Statement::Nothing("RELEASE"),
        ["SET", "TRANSACTION", ..] | ["SET", "SESSION", "CHARACTERISTICS", ..] => Statement::Nothing("SET"),
        ["SET", "SESSION" | "LOCAL", ..] => set(&words[2..]),
        ["SET", ..] => set(&words[1..]),
        ["RESET", a, ".", b] => Statement::Set(format!("{a}.{b}").to_ascii_lowercase(), None),
        ["SHOW", a, ".", b] => Statement::Show(format!("{a}.{b}").to_ascii_lowercase()),
        ["RESET", name] => Statement::Set(name.to_ascii_lowercase(), None),
        ["SHOW", "TABLES" | "COLUMNS" | "FUNCTIONS", ..] => Statement::Read,
        ["SHOW", "TRANSACTION", ..] => Statement::Show("transaction_isolation".into()),
        ["SHOW", "TIME", "ZONE"] => Statement::Show("timezone".into()),
        ["SHOW", name] => Statement::Show(name.to_ascii_lowercase()),
        ["DISCARD", "ALL"] => Statement::Nothing("DISCARD ALL"),
        ["DISCARD", ..] => Statement::Nothing("DISCARD"),
        ["UNLISTEN", ..] => Statement::Nothing("UNLISTEN"),
        ["DEALLOCATE", "PREPARE", ..] => deallocate(words.get(2)),
        ["DEALLOCATE", ..] => deallocate(words.get(1)),
        ["DECLARE" | "FETCH" | "MOVE", ..] => Statement::Missing(
            "there are no cursors by name here",
            "Leave the name out: rows are streamed, and a fetch size is kept to.",
        ),
        ["CLOSE", ..] => Statement::Nothing("CLOSE CURSOR"),
        ["COPY", ..] => Statement::Missing("COPY is not here", "Use SELECT: its rows are streamed."),
        ["PREPARE" | "EXECUTE", ..] => Statement::Missing(
            "PREPARE and EXECUTE as statements are not here",
            "Use the prepared statements of your driver.",
        ),
        ["LISTEN" | "NOTIFY" | "LOCK", ..] => {
            Statement::Missing("there is nothing to wait for or to lock here", "Ask with SELECT.")
        }
        _ => Statement::Read,
    }
}

fn deallocate(name: Option<&&str>) -> Statement {
    let name = name.map(|name| plain(name)).filter(|name| name != "all");
    Statement::Deallocate(name)
}

fn set(words: &[&str]) -> Statement {
    let upper = |at: usize| words.get(at).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let (name, rest) = match (upper(0).as_str(), upper(1).as_str()) {
        ("TIME", "ZONE") => ("timezone".to_string(), words.get(2..)),
        ("NAMES", _) => ("client_encoding".to_string(), words.get(1..)),
        // Settings of our own have two words, as PostgreSQL wants it of all that are not its own.
        (_, ".") => (words.iter().take(3).map(|word| plain(word)).collect(), words.get(4..)),
        _ => (words.first().map(|word| plain(word)).unwrap_or_default(), words.get(2..)),
    };
    let values: Vec<String> = rest.unwrap_or_default().iter().map(|word| plain(word)).collect();
    let value = values.concat().replace(',', ", ");
    Statement::Set(name, Some(value).filter(|value| value != "default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_its_statements_end() {
        let text = "SELECT ';' ; -- a; b\n SELECT \"x;\", E'\\';', $$;$$, $1 /* ; /* ; */ ; */;; COMMIT;";
        let cut: Vec<&str> = split(text).into_iter().map(|(_, one)| one.trim()).collect();
        assert_eq!(cut.len(), 3, "{cut:?}");
        assert_eq!((cut[0], cut[2]), ("SELECT ';'", "COMMIT"));
        assert!(split(" ; /* nothing */ ;").is_empty());
        for odd in ["'", "\"", "/*", "$", "$$", "$a$", "E'\\", "--", "é;ü", "$é$;", "e"] {
            let _ = (split(odd), statement(odd));
        }
    }

    #[test]
    fn first_words_say_what_it_is() {
        let set = |name: &str, value: &str| Statement::Set(name.into(), Some(value.into()));
        for (text, is) in [
            ("", Statement::Empty),
            ("-- hello\n", Statement::Empty),
            ("begin read only", Statement::Begin),
            ("/* x */ SET extra_float_digits = 3", set("extra_float_digits", "3")),
            ("SET application_name = 'My App'", set("application_name", "My App")),
            ("SET kith.purpose = 'support'", set("kith.purpose", "support")),
            ("SET search_path TO master, \"Source\"", set("search_path", "master, Source")),
            ("SET SESSION search_path = DEFAULT", Statement::Set("search_path".into(), None)),
            ("set time zone 'UTC'", set("timezone", "UTC")),
            ("SHOW TRANSACTION ISOLATION LEVEL", Statement::Show("transaction_isolation".into())),
            ("SHOW TABLES", Statement::Read),
            ("ROLLBACK TO SAVEPOINT a", Statement::Nothing("ROLLBACK")),
            ("END", Statement::End("COMMIT")),
            ("DEALLOCATE ALL", Statement::Deallocate(None)),
            ("DELETE FROM x", Statement::Read),
            ("WITH a AS (SELECT 1) SELECT * FROM a", Statement::Read),
        ] {
            assert_eq!(statement(text), is, "{text}");
        }
    }
}
