//! Words of a row filter, and what they mean together: `or` binds least, then `and`, then `not`.

use super::{BadFilter, Comparison, Operand, RowFilter};

/// Deeper than any policy that a person can read; it keeps a text of brackets off the stack.
const DEPTH_MAX: usize = 32;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    /// `"Order No"`: a name as it is, never a keyword.
    Quoted(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

struct Words {
    /// Each with its character, from 1.
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

pub(super) fn filter(text: &str) -> Result<RowFilter, BadFilter> {
    let end = text.chars().count() + 1;
    let mut words = Words { tokens: tokens(text)?, next: 0, end, depth: 0 };
    let filter = words.either()?;
    match words.peek() {
        None => Ok(filter),
        Some(_) => Err(words.wrong("here the filter should end, or go on with `and` or `or`")),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, BadFilter> {
    const SIGNS: [&str; 10] = ["<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ","];
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(c) = chars.get(i).copied() {
        let start = i;
        let run = |test: fn(char) -> bool| chars.iter().skip(start).take_while(|c| test(**c)).count();
        let sign = SIGNS.iter().find(|s| s.chars().eq(chars.iter().skip(start).take(s.len()).copied()));
        let token = if c.is_whitespace() {
            i += 1;
            continue;
        } else if c == '\'' || c == '"' {
            let (inner, length) = quoted(chars.get(start..).unwrap_or_default(), c)
                .ok_or_else(|| BadFilter { at: start + 1, message: format!("this {c} is never closed") })?;
            i += length;
            if c == '"' { Token::Quoted(inner) } else { Token::Text(inner) }
        } else if c.is_ascii_digit() || c == '-' {
            i += run(|c| c.is_ascii_digit() || "-+.eE".contains(c));
            Token::Number(chars.iter().take(i).skip(start).collect())
        } else if c.is_alphabetic() || c == '_' {
            i += run(|c| c.is_alphanumeric() || c == '_' || c == '.');
            Token::Word(chars.iter().take(i).skip(start).collect())
        } else if let Some(sign) = sign {
            i += sign.len();
            Token::Sign(sign)
        } else {
            return Err(BadFilter { at: start + 1, message: format!("{c:?} means nothing here") });
        };
        found.push((start + 1, token));
    }
    Ok(found)
}

/// The text between quotes, a doubled quote being one, and how many characters it takes.
fn quoted(chars: &[char], quote: char) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut i = 1;
    loop {
        let c = *chars.get(i)?;
        i += 1;
        if c == quote {
            if chars.get(i) != Some(&quote) {
                return Some((inner, i));
            }
            i += 1;
        }
        inner.push(c);
    }
}

impl Words {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn wrong(&self, message: impl Into<String>) -> BadFilter {
        BadFilter { at: self.tokens.get(self.next).map_or(self.end, |(at, _)| *at), message: message.into() }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.next += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<RowFilter, BadFilter> {
        let first = self.both()?;
        let mut parts = vec![first];
        while self.keyword("or") {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, RowFilter::Or))
    }

    fn both(&mut self) -> Result<RowFilter, BadFilter> {
        let mut parts = vec![self.part()?];
        while self.keyword("and") {
            parts.push(self.part()?);
        }
        Ok(one_or(parts, RowFilter::And))
    }

    fn part(&mut self) -> Result<RowFilter, BadFilter> {
        if self.depth == DEPTH_MAX {
            return Err(self.wrong(format!("more than {DEPTH_MAX} within each other")));
        }
        self.depth += 1;
        let part = if self.keyword("not") {
            RowFilter::Not(Box::new(self.part()?))
        } else if self.sign("(") {
            let inner = self.either()?;
            if !self.sign(")") {
                return Err(self.wrong("`)` is missing"));
            }
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(part)
    }

    fn test(&mut self) -> Result<RowFilter, BadFilter> {
        let column = self.column()?;
        if self.keyword("is") {
            let not = self.keyword("not");
            if !self.keyword("null") {
                return Err(self.wrong("`is` is followed by `null` or `not null`"));
            }
            let null = RowFilter::IsNull(column);
            return Ok(if not { RowFilter::Not(Box::new(null)) } else { null });
        }
        let not = self.keyword("not");
        if self.keyword("in") {
            let inside = RowFilter::In(column, self.list()?);
            return Ok(if not { RowFilter::Not(Box::new(inside)) } else { inside });
        }
        let comparison = match self.peek() {
            Some(Token::Sign("=")) if !not => Comparison::Equal,
            Some(Token::Sign("<>" | "!=")) if !not => Comparison::Unequal,
            Some(Token::Sign("<")) if !not => Comparison::Less,
            Some(Token::Sign("<=")) if !not => Comparison::LessOrEqual,
            Some(Token::Sign(">")) if !not => Comparison::More,
            Some(Token::Sign(">=")) if !not => Comparison::MoreOrEqual,
            _ => return Err(self.wrong("a comparison, `in` or `is` is missing")),
        };
        self.next += 1;
        Ok(RowFilter::Compare(column, comparison, self.operand()?))
    }

    fn column(&mut self) -> Result<String, BadFilter> {
        const KEYWORDS: [&str; 8] = ["and", "or", "not", "in", "is", "null", "true", "false"];
        let name = match self.peek() {
            Some(Token::Quoted(name)) => Some(name.clone()),
            Some(Token::Word(word))
                if !word.contains('.') && !KEYWORDS.iter().any(|k| word.eq_ignore_ascii_case(k)) =>
            {
                Some(word.clone())
            }
            _ => None,
        };
        let name = name.ok_or_else(|| self.wrong("a column of the table is missing"))?;
        self.next += 1;
        Ok(name)
    }

    fn list(&mut self) -> Result<Vec<Operand>, BadFilter> {
        if !self.sign("(") {
            return Err(self.wrong("`in` is followed by a list in brackets"));
        }
        let mut operands = vec![self.operand()?];
        while self.sign(",") {
            operands.push(self.operand()?);
        }
        if self.sign(")") { Ok(operands) } else { Err(self.wrong("`,` or `)` is missing")) }
    }

    fn operand(&mut self) -> Result<Operand, BadFilter> {
        let operand = match self.peek() {
            Some(Token::Text(text)) => Some(Operand::Text(text.clone())),
            Some(Token::Number(text)) => {
                let whole = text.parse().map(Operand::Whole).ok();
                let number = || text.parse().ok().filter(|n: &f64| n.is_finite()).map(Operand::Number);
                whole.or_else(number)
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Some(Operand::Truth(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Some(Operand::Truth(false)),
            Some(Token::Word(word)) => match word.strip_prefix("user.") {
                Some(name) if !name.is_empty() => Some(Operand::Attribute(name.to_string())),
                _ => None,
            },
            _ => None,
        };
        let operand = operand.ok_or_else(|| {
            self.wrong("a value is missing: 'text', a number, true, false or user.something")
        })?;
        self.next += 1;
        Ok(operand)
    }
}

fn one_or(mut parts: Vec<RowFilter>, many: fn(Vec<RowFilter>) -> RowFilter) -> RowFilter {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
