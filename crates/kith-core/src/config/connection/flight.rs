//! A server of Arrow Flight SQL.

use super::super::ConfigError;
use super::super::walk::Section;
use super::super::write::{entry, quoted};
use super::RestAuth;
use super::files::{allow_http, of_this_machine};
use super::rest::auth;

/// A server of Arrow Flight SQL.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flight {
    /// Host and port.
    pub authority: String,
    /// Whether it is reached by TLS.
    pub tls: bool,
    /// How it is told who asks: by a token, or by a user with a password.
    pub auth: RestAuth,
    /// Whether a server of another machine may be reached without TLS.
    pub allow_http: bool,
}

impl Flight {
    /// Its address, as in the file.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "grpc+tls" } else { "grpc" }, self.authority)
    }

    /// As the file says it.
    pub(super) fn write(&self, out: &mut String) {
        entry(out, "url", &quoted(&self.url()), "");
        self.auth.write(out);
        if self.allow_http {
            entry(out, "allow_http", "true", "");
        }
    }
}

pub(super) fn flight(section: &Section) -> Result<Flight, ConfigError> {
    let allow_http = allow_http(section)?;
    let (url, span) = section.needed("url", "url = \"grpc+tls://warehouse.example.org:443\"")?;
    let (scheme, authority) = url.split_once("://").unwrap_or(("", &url));
    let authority = authority.trim_end_matches('/').to_string();
    let odd = |c: char| "/?#@\\".contains(c) || c.is_whitespace() || c.is_control();
    let tls = match scheme {
        "grpc+tls" => true,
        "grpc" | "grpc+tcp" => false,
        _ => {
            let help = "for example url = \"grpc+tls://warehouse.example.org:443\"";
            return Err(section.value(span, "the URL is not one of Flight SQL".into(), help));
        }
    };
    if authority.is_empty() || authority.contains(odd) {
        let help =
            "host and port: grpc+tls://warehouse.example.org:443; who asks goes into bearer or username";
        return Err(section.value(span, "the URL is not one of Flight SQL".into(), help));
    }
    if !tls && !allow_http && !of_this_machine(&authority) {
        let help = "use grpc+tls://, or write allow_http = true if the network is yours alone";
        return Err(section.value(span, "data would cross the network unencrypted".into(), help));
    }
    let auth = auth(section)?;
    Ok(Flight { authority, tls, auth, allow_http })
}
