//! Errors as Python's `kith.KithError`, a `ValueError` with `code` and `help`.

use pyo3::prelude::*;

/// An error with a code of the registry.
#[derive(Clone, Debug)]
pub struct Fault {
    code: &'static str,
    message: String,
    help: String,
}

impl Fault {
    /// What is wrong, and how to mend it.
    pub fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), help: help.into() }
    }

    /// The same as a Python exception.
    pub fn raise(self, py: Python<'_>) -> PyErr {
        let class = py.import("kith._errors").and_then(|module| module.getattr("KithError"));
        match class.and_then(|class| class.call1((self.code, self.message, self.help))) {
            Ok(error) => PyErr::from_value(error),
            Err(error) => error,
        }
    }
}

/// The helps speak of the command line; here they speak of arguments.
impl From<kith_dedupe::Error> for Fault {
    fn from(error: kith_dedupe::Error) -> Fault {
        let help = match error.code() {
            "K-DEDUPE-LINK-ONLY" => {
                "Give a list of two or more frames, or a frame with a column `source`.".into()
            }
            "K-DEDUPE-NOTHING" => {
                format!("{} Or say what they mean: columns={{\"nm\": \"full_name\"}}.", error.help())
            }
            "K-MODEL-FIT" => "Look at `columns`, or estimate the model anew by leaving `model` out.".into(),
            _ => error.help().replace("--id", "`id=`"),
        };
        Fault { code: error.code(), message: error.to_string(), help }
    }
}

impl From<kith_resolve::Error> for Fault {
    fn from(error: kith_resolve::Error) -> Fault {
        kith_dedupe::Error::from(error).into()
    }
}
