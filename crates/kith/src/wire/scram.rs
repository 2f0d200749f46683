//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the side that checks: a password is never sent and never kept.
//!
//! 1. The client says who it is, and a nonce; we add ours, the salt and the rounds.
//! 2. The client proves that it knows the password; we prove that we know its verifier.
//! 3. Who does not exist has a salt as well, always the same, and all is computed for them as for others.

use crate::kept::same;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Rounds for a new password: every sign-in costs the client some 10 ms.
pub const ROUNDS: NonZeroU32 = NonZeroU32::new(32_768).unwrap();

/// What is kept of a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// Rounds of PBKDF2.
    pub rounds: NonZeroU32,
    /// Base64.
    pub salt: String,
    /// Base64.
    pub stored_key: String,
    /// Base64.
    pub server_key: String,
}

fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

impl Verifier {
    /// Of a password.
    pub fn of(password: &str, salt: &[u8], rounds: NonZeroU32) -> Verifier {
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password.as_bytes(), &mut salted);
        let stored = digest::digest(&digest::SHA256, mac(&salted, b"Client Key").as_ref());
        Verifier {
            rounds,
            salt: STANDARD.encode(salt),
            stored_key: STANDARD.encode(stored),
            server_key: STANDARD.encode(mac(&salted, b"Server Key")),
        }
    }

    /// Whether it is that of a password, where one is sent: over Flight SQL.
    pub fn fits(&self, password: &str) -> bool {
        let (Ok(salt), Ok(stored)) = (STANDARD.decode(&self.salt), STANDARD.decode(&self.stored_key)) else {
            return false;
        };
        STANDARD
            .decode(Verifier::of(password, &salt, self.rounds).stored_key)
            .is_ok_and(|made| same(&made, &stored))
    }

    /// Of somebody who does not exist: nobody's password fits.
    pub fn of_nobody(secret: &[u8], name: &str) -> Verifier {
        let part = |what: &str| mac(secret, format!("{what} {name}").as_bytes());
        Verifier {
            rounds: ROUNDS,
            salt: STANDARD.encode(&part("salt").as_ref()[..16]),
            stored_key: STANDARD.encode(part("stored")),
            server_key: STANDARD.encode(part("server")),
        }
    }
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    header: String,
    nonce: String,
    /// What both sides have said so far.
    said: String,
}

/// The value of `key=` in a message.
fn attribute<'a>(message: &'a str, key: &str) -> Option<&'a str> {
    message.split(',').find_map(|part| part.strip_prefix(key)?.strip_prefix('='))
}

impl Exchange {
    /// Takes the client's first message; gives the exchange and our answer. `None` = it makes no sense.
    pub fn begin(verifier: Verifier, first: &str, our_nonce: &str) -> Option<(Exchange, String)> {
        // `p=` would bind to the TLS channel, which we do not offer.
        let header = ["n,,", "y,,"].into_iter().find(|header| first.starts_with(header))?;
        let bare = &first[header.len()..];
        let theirs = attribute(bare, "r").filter(|nonce| !nonce.is_empty())?;
        if bare.starts_with("m=") {
            return None;
        }
        let nonce = format!("{theirs}{our_nonce}");
        let answer = format!("r={nonce},s={},i={}", verifier.salt, verifier.rounds);
        let said = format!("{bare},{answer}");
        Some((Exchange { verifier, header: header.to_string(), nonce, said }, answer))
    }

    /// Takes the client's proof; gives ours. `None` = it is not who it says.
    pub fn end(self, last: &str) -> Option<String> {
        let (without_proof, proof) = last.rsplit_once(",p=")?;
        let bound = attribute(without_proof, "c") == Some(&STANDARD.encode(&self.header));
        let same_nonce = attribute(without_proof, "r") == Some(&self.nonce);
        let said = format!("{},{without_proof}", self.said);
        let stored = STANDARD.decode(&self.verifier.stored_key).ok()?;
        let server = STANDARD.decode(&self.verifier.server_key).ok()?;
        let signature = mac(&stored, said.as_bytes());
        let proof = STANDARD.decode(proof).ok().filter(|proof| proof.len() == 32)?;
        let key: Vec<u8> = proof.iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        let shown = digest::digest(&digest::SHA256, &key);
        let fits = same(shown.as_ref(), &stored);
        (fits && bound && same_nonce).then(|| format!("v={}", STANDARD.encode(mac(&server, said.as_bytes()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "rOprNGfwEbeRWgbNEkqO";
    const OURS: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const PROOF: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    fn begin(password: &str) -> (Exchange, String) {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = Verifier::of(password, &salt, NonZeroU32::new(4096).unwrap());
        Exchange::begin(verifier, &format!("n,,n=user,r={THEIRS}"), OURS).unwrap()
    }

    /// The example of RFC 7677.
    #[test]
    fn it_speaks_as_the_standard_says() {
        let (exchange, answer) = begin("pencil");
        assert_eq!(answer, format!("r={THEIRS}{OURS},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        assert_eq!(exchange.end(PROOF).unwrap(), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_password_that_is_sent_is_held_to_the_verifier() {
        let verifier = Verifier::of("pencil", b"salt", NonZeroU32::new(64).unwrap());
        assert!(verifier.fits("pencil") && !verifier.fits("pencils") && !verifier.fits(""));
        assert!(!Verifier::of_nobody(b"secret", "ada").fits("pencil"));
        assert!(!Verifier { salt: "!".into(), ..verifier }.fits("pencil"));
    }

    #[test]
    fn another_password_another_nonce_and_another_binding_are_refused() {
        assert_eq!(begin("pencils").0.end(PROOF), None);
        assert_eq!(begin("pencil").0.end(&PROOF.replace("biws", "eSws")), None);
        assert_eq!(begin("pencil").0.end(&PROOF.replace("rOpr", "rOpx")), None);
        for rubbish in ["", ",p=", "c=biws,p=!!", "c=biws,r=x,p=AAAA"] {
            assert_eq!(begin("pencil").0.end(rubbish), None, "{rubbish}");
        }
        for rubbish in ["", "n,,", "p=tls-unique,,n=,r=x", "n,a=b,n=,r=x", "n,,m=x,r=y", "n,,n=,r="] {
            let nobody = Verifier::of_nobody(b"secret", "ada");
            assert!(Exchange::begin(nobody, rubbish, OURS).is_none(), "{rubbish}");
        }
        assert_eq!(Verifier::of_nobody(b"s", "ada"), Verifier::of_nobody(b"s", "ada"), "each time the same");
    }
}
