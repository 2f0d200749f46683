//! Messages of PostgreSQL's protocol 3.0, as bytes.
//!
//! Fails: [`Malformed`] for whatever is not a message; nothing that a client can send makes it panic or take more memory than the
//! message may have.

/// What came is no message of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Reads the body of a message from its front.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a>(pub &'a [u8]);

impl<'a> Body<'a> {
    /// The next bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(Malformed("the message is too short"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes.
    pub fn i16(&mut self) -> Result<i16, Malformed> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// Four bytes.
    pub fn i32(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// A text that ends with a zero byte.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        let end = self.0.iter().position(|b| *b == 0).ok_or(Malformed("a text in the message has no end"))?;
        let text = self.take(end)?;
        self.take(1)?;
        std::str::from_utf8(text).map_err(|_| Malformed("a text in the message is not UTF-8"))
    }

    /// As many of something as a leading number says.
    pub fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = u16::from_be_bytes(self.array()?);
        (0..count).map(|_| one(self)).collect()
    }

    /// A value, or NULL.
    pub fn value(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length =
                    usize::try_from(length).map_err(|_| Malformed("a value has a negative length"))?;
                self.take(length).map(Some)
            }
        }
    }

    /// Says no to what should not be there.
    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed("the message is longer than what it says")) }
    }
}

/// What a client says once it has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// One text, any number of statements.
    Query(String),
    /// Keep a statement.
    Parse {
        /// What to call it.
        name: String,
        /// Its text.
        sql: String,
        /// Types of its parameters; 0 = to be found out.
        types: Vec<u32>,
    },
    /// Make a portal of a statement.
    Bind {
        /// What to call the portal.
        portal: String,
        /// Which statement.
        statement: String,
        /// 1 = binary: none = all text, one = for all.
        formats: Vec<i16>,
        /// The parameters.
        values: Vec<Option<Vec<u8>>>,
        /// The same for the columns of the answer.
        wanted: Vec<i16>,
    },
    /// What would come of a statement (`S`) or a portal (`P`).
    Describe(u8, String),
    /// Rows of a portal; 0 = all.
    Execute(String, i32),
    /// Forget a statement (`S`) or a portal (`P`).
    Close(u8, String),
    /// Send what is ready.
    Flush,
    /// An end of what belongs together.
    Sync,
    /// Good-bye.
    Terminate,
    /// Something of COPY or of a function call, neither of which is here.
    Other,
}

impl Ask {
    /// A message by its kind and body.
    pub fn of(kind: u8, body: &[u8]) -> Result<Ask, Malformed> {
        let mut body = Body(body);
        let ask = match kind {
            b'Q' => Ask::Query(body.text()?.to_string()),
            b'P' => Ask::Parse {
                name: body.text()?.to_string(),
                sql: body.text()?.to_string(),
                types: body.list(|b| Ok(b.i32()?.cast_unsigned()))?,
            },
            b'B' => Ask::Bind {
                portal: body.text()?.to_string(),
                statement: body.text()?.to_string(),
                formats: body.list(|b| b.i16())?,
                values: body.list(|b| Ok(b.value()?.map(<[u8]>::to_vec)))?,
                wanted: body.list(|b| b.i16())?,
            },
            b'D' => Ask::Describe(body.u8()?, body.text()?.to_string()),
            b'E' => Ask::Execute(body.text()?.to_string(), body.i32()?),
            b'C' => Ask::Close(body.u8()?, body.text()?.to_string()),
            b'H' => Ask::Flush,
            b'S' => Ask::Sync,
            b'X' => Ask::Terminate,
            b'd' | b'c' | b'f' | b'F' => return Ok(Ask::Other),
            _ => return Err(Malformed("a message of an unknown kind")),
        };
        body.end()?;
        Ok(ask)
    }
}

/// Writes one message at the end of what is to be sent.
pub fn message(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let start = out.len();
    out.extend([0; 4]);
    body(out);
    // A row is bounded by what a batch holds, far below 2 GiB.
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// A text and its zero; zeros within are left out.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|b| *b != 0));
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_said_to_be_none() {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..next() % 40).map(|_| if next() % 3 == 0 { 0 } else { next() }).collect();
            for kind in *b"QPBDECHSXdcfF?" {
                let _ = Ask::of(kind, &bytes);
            }
        }
        assert_eq!(Ask::of(b'P', b"\0SELECT 1\0\0"), Err(Malformed("the message is too short")));
        assert!(
            Ask::of(b'B', b"\0\0\0\0\0\x01\x7f\xff\xff\xff\0\0").is_err(),
            "a value longer than the message"
        );
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let bind = b"p\0s\0\0\x01\0\x01\0\x02\0\0\0\x02ab\xff\xff\xff\xff\0\0";
        let read = Ask::of(b'B', bind).unwrap();
        let values = vec![Some(b"ab".to_vec()), None];
        let (portal, statement) = ("p".to_string(), "s".to_string());
        assert_eq!(read, Ask::Bind { portal, statement, formats: vec![1], values, wanted: vec![] });
        let mut out = Vec::new();
        message(&mut out, b'C', |out| put_text(out, "SELECT 1"));
        assert_eq!(out, b"C\0\0\0\x0dSELECT 1\0");
    }
}
