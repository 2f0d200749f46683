//! A connection's two directions: messages in, bytes out. Memory grows only with what has come, never with what was announced.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The most that one message may have. The text of a query may have 16 KiB, so this leaves room for values.
const MESSAGE_MAX: usize = 4 << 20;
/// The most that is read ahead while a query runs.
const AHEAD_MAX: usize = 64 << 10;
/// What waits to be sent is sent from here on.
pub const SEND_FROM: usize = 64 << 10;

/// TCP, with or without TLS.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// One client's line.
pub struct Line {
    socket: Box<dyn Socket>,
    input: Vec<u8>,
    /// What is to be sent.
    pub out: Vec<u8>,
}

impl Line {
    /// Over a socket.
    pub fn new(socket: Box<dyn Socket>) -> Line {
        Line { socket, input: Vec::new(), out: Vec::new() }
    }

    /// The socket again; `None` if the client has already sent more than it should.
    pub fn into_socket(self) -> Option<Box<dyn Socket>> {
        self.input.is_empty().then_some(self.socket)
    }

    async fn more(&mut self) -> io::Result<()> {
        self.input.reserve(8 << 10);
        match self.socket.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Waits for as many bytes.
    async fn need(&mut self, bytes: usize) -> io::Result<()> {
        while self.input.len() < bytes {
            self.more().await?;
        }
        Ok(())
    }

    /// The length that stands at a place, within its bounds; it counts itself.
    fn length(&self, at: usize, max: usize) -> io::Result<usize> {
        let bytes = self.input.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()).unwrap_or_default();
        match u32::from_be_bytes(bytes) as usize {
            length if (4..=max).contains(&length) => Ok(length),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a message has no length that can be")),
        }
    }

    /// A packet of the beginning, which has no kind.
    pub async fn packet(&mut self, max: usize) -> io::Result<Vec<u8>> {
        self.need(4).await?;
        let length = self.length(0, max)?;
        self.need(length).await?;
        Ok(self.input.drain(..length).skip(4).collect())
    }

    /// The next message: kind and body.
    pub async fn message(&mut self, max: Option<usize>) -> io::Result<(u8, Vec<u8>)> {
        self.need(5).await?;
        let length = self.length(1, max.unwrap_or(MESSAGE_MAX))?;
        self.need(1 + length).await?;
        let kind = self.input[0];
        Ok((kind, self.input.drain(..=length).skip(5).collect()))
    }

    /// Comes back when the client has hung up. May be dropped at any time.
    pub async fn left(&mut self) {
        while self.input.len() < AHEAD_MAX {
            if self.more().await.is_err() {
                return;
            }
        }
        std::future::pending().await
    }

    /// Sends what waits. May be dropped at any time: what was not sent waits on.
    pub async fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            let sent = self.socket.write(&self.out).await?;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.out.drain(..sent);
        }
        self.socket.flush().await
    }
}
