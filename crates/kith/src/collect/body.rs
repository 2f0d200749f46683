//! The body of a request, within bounds of size, time and memory.
//!
//! Whether it is compressed is said by `Content-Encoding` and by its first bytes, never by its content type: rudder-sdk-node
//! sends gzip as a form. What it inflates to is bounded like what is sent plainly, so a bomb costs no more than an honest
//! body of the largest size.

use super::Collection;
use super::answer::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures::StreamExt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body of 500 KB at 20 KB a second, which is a bad mobile connection.
const BODY_SECONDS_MAX: u64 = 25;

/// Nothing at all for this long is no connection.
const SILENCE_SECONDS_MAX: u64 = 8;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A body that was read, and the memory that it counts for until it is dropped.
pub struct Received {
    /// Its bytes, inflated.
    pub bytes: Vec<u8>,
    _places: Places,
}

/// Reads a body.
pub async fn read(body: Body, headers: &HeaderMap, collection: &Collection) -> Result<Received, Refusal> {
    let most = collection.limits.batch_bytes;
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > most as u64) {
        return Err(Refusal::too_large(most));
    }
    let mut places = Places::of(&collection.bytes);
    let reading = received(body, most, &mut places);
    let sent = match tokio::time::timeout(Duration::from_secs(BODY_SECONDS_MAX), reading).await {
        Ok(sent) => sent?,
        Err(_) => return Err(Refusal::slow()),
    };
    let coding =
        headers.get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok()).unwrap_or_default();
    let before = sent.len();
    let bytes = inflated(sent, coding, most)?;
    places.take(bytes.len().saturating_sub(before))?;
    Ok(Received { bytes, _places: places })
}

async fn received(body: Body, most: usize, places: &mut Places) -> Result<Vec<u8>, Refusal> {
    let mut parts = body.into_data_stream();
    let mut all = Vec::new();
    loop {
        let silence = Duration::from_secs(SILENCE_SECONDS_MAX);
        match tokio::time::timeout(silence, parts.next()).await {
            Err(_) => return Err(Refusal::slow()),
            Ok(None) => return Ok(all),
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "a body ended early");
                return Err(Refusal::slow());
            }
            Ok(Some(Ok(part))) if all.len() + part.len() > most => return Err(Refusal::too_large(most)),
            Ok(Some(Ok(part))) => {
                places.take(part.len())?;
                all.extend_from_slice(&part);
            }
        }
    }
}

/// Memory that is taken, by the byte.
struct Places {
    all: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Places {
    fn of(all: &Arc<Semaphore>) -> Places {
        Places { all: all.clone(), taken: None }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        let bytes = u32::try_from(bytes).map_err(|_| Refusal::busy())?;
        let more = self.all.clone().try_acquire_many_owned(bytes).map_err(|_| Refusal::busy())?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// What was sent, inflated to `most` bytes at the most.
fn inflated(sent: Vec<u8>, coding: &str, most: usize) -> Result<Vec<u8>, Refusal> {
    let plain =
        || sent.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|byte| b"{[".contains(byte));
    let zlib = sent.first() == Some(&0x78);
    match coding.trim().to_ascii_lowercase().as_str() {
        _ if sent.starts_with(&GZIP_MAGIC) => bounded(MultiGzDecoder::new(&sent[..]), most),
        "" | "identity" => Ok(sent),
        // A proxy has inflated it already and left the header.
        "gzip" | "x-gzip" | "deflate" if plain() => Ok(sent),
        "deflate" if zlib => bounded(ZlibDecoder::new(&sent[..]), most),
        "deflate" => bounded(DeflateDecoder::new(&sent[..]), most),
        _ => Err(Refusal::encoding(
            "the body is not in the encoding that its head names, or in one that is not known",
        )),
    }
}

fn bounded(packed: impl Read, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    match packed.take(most as u64 + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > most => Err(Refusal::too_large(most)),
        Ok(_) => Ok(bytes),
        Err(error) => Err(Refusal::encoding(&format!("the body can not be inflated: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const BODY: &[u8] = br#"{"batch":[]}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn code(result: Result<Vec<u8>, Refusal>) -> &'static str {
        result.expect_err("refused").code()
    }

    #[test]
    fn every_encoding_of_the_clients() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(BODY).expect("memory");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::fast());
        deflate.write_all(BODY).expect("memory");
        let twice = [gzip(&BODY[..4]), gzip(&BODY[4..])].concat();
        let sent = [
            (BODY.to_vec(), ""),
            (BODY.to_vec(), "identity"),
            (BODY.to_vec(), "gzip"),
            (gzip(BODY), "gzip"),
            (gzip(BODY), "GZIP"),
            (gzip(BODY), ""),
            (twice, "gzip"),
            (zlib.finish().expect("memory"), "deflate"),
            (deflate.finish().expect("memory"), "deflate"),
        ];
        for (bytes, coding) in sent {
            assert_eq!(inflated(bytes, coding, 1_000).ok().as_deref(), Some(BODY), "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_large() {
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() < 60_000, "1000:1");
        assert_eq!(code(inflated(bomb, "gzip", 500_000)), "K-COLLECT-LARGE");
    }

    #[test]
    fn what_is_no_encoding_is_refused() {
        let whole = gzip(BODY);
        let cut = whole[..whole.len() - 6].to_vec();
        for (bytes, coding) in [(cut, "gzip"), (b"\x00\x01".to_vec(), "gzip"), (b"\x0b\x02".to_vec(), "br")] {
            assert_eq!(code(inflated(bytes, coding, 1_000)), "K-COLLECT-ENCODING", "{coding}");
        }
    }
}
