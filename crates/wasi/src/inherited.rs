//! Standard output and standard error of the process. Wasmtime's own write on the thread of the guest, where no timeout
//! ends a write into a pipe that nobody reads. These write only when the system says that there is room.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::AsyncWrite;
use tokio::time::Sleep;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// What a pipe with room has room for at least: `PIPE_BUF`, which POSIX lets be no less than 512.
const ROOM: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// How long to wait before the system is asked again.
const PAUSE: Duration = Duration::from_millis(1);

/// Output of the process.
#[derive(Debug, Clone, Copy)]
pub enum Inherited {
    Stdout,
    Stderr,
}

/// The last byte that programs wrote to the standard output of this process.
static LAST: AtomicU8 = AtomicU8::new(NEWLINE);

const NEWLINE: u8 = b'\n';

/// Returns whether what programs wrote to the standard output of this process, by
/// [`Output::Inherit`](crate::Output::Inherit), ends within a line.
#[must_use]
pub fn stdout_is_within_line() -> bool {
    LAST.load(Relaxed) != NEWLINE
}

impl Inherited {
    fn with<T>(self, act: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>) -> io::Result<T> {
        let result = match self {
            Self::Stdout => act(io::stdout().as_fd()),
            Self::Stderr => act(io::stderr().as_fd()),
        };
        Ok(result?)
    }

    /// Returns whether a write would not wait. An error counts, which the write then finds.
    fn has_room(self) -> io::Result<bool> {
        self.with(|fd| {
            let mut polled = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
            Ok(poll(&mut polled, Some(&Timespec::default()))? > 0)
        })
    }

    fn write_all(self, mut bytes: &[u8]) -> io::Result<()> {
        if let (Self::Stdout, Some(last)) = (self, bytes.last()) {
            LAST.store(*last, Relaxed);
        }
        while !bytes.is_empty() {
            let written = self.with(|fd| rustix::io::retry_on_intr(|| rustix::io::write(fd, bytes)))?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

impl IsTerminal for Inherited {
    fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout => io::IsTerminal::is_terminal(&io::stdout()),
            Self::Stderr => io::IsTerminal::is_terminal(&io::stderr()),
        }
    }
}

impl StdoutStream for Inherited {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Waiting { stream: *self, pause: None })
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(*self)
    }
}

impl OutputStream for Inherited {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.write_all(&bytes).map_err(stream_error)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let room = self.has_room().map_err(stream_error)?;
        Ok(if room { ROOM } else { 0 })
    }
}

/// One of them as components of WASI 0.3 write to it.
struct Waiting {
    stream: Inherited,
    pause: Option<Pin<Box<Sleep>>>,
}

impl AsyncWrite for Waiting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        while !self.stream.has_room()? {
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(PAUSE)));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let part = bytes.get(..ROOM).unwrap_or(bytes);
        self.stream.write_all(part)?;
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Inherited {
    async fn ready(&mut self) {
        while let Ok(false) = self.has_room() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn stream_error(error: io::Error) -> StreamError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => StreamError::Closed,
        _ => StreamError::LastOperationFailed(error.into()),
    }
}
