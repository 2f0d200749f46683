//! Every code, in alphabetical order, in two files.

mod first;
mod second;

use super::Code;

/// A list of codes: code, whose, whether to retry, what happened, how to mend it.
macro_rules! codes {
    ($($code:literal $whose:ident $retry:ident $summary:literal $help:literal;)*) => {
        pub(super) const CODES: &[$crate::error::Code] = &[$($crate::error::Code {
            code: $code,
            whose: $crate::error::Whose::$whose,
            retry: codes!(@$retry),
            summary: $summary,
            help: $help,
        }),*];
    };
    (@once) => { false };
    (@retry) => { true };
}
use codes;

/// Every code, in alphabetical order.
pub const CODES: &[Code] = &joined();

const COUNT: usize = first::CODES.len() + second::CODES.len();

const fn joined() -> [Code; COUNT] {
    let mut all = [first::CODES[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        let before = first::CODES.len();
        all[at] = if at < before { first::CODES[at] } else { second::CODES[at - before] };
        at += 1;
    }
    all
}
