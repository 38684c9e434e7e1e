//! The task in which a guest answers one request.

use crate::error::{Error, ErrorKind};
use tokio::task::JoinHandle;

/// Task of one request. The guest is stopped when this is dropped.
pub struct Task(Option<JoinHandle<Result<(), Error>>>);

impl Task {
    /// Starts it.
    pub fn spawn(work: impl Future<Output = Result<(), Error>> + Send + 'static) -> Self {
        Self(Some(tokio::spawn(work)))
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Result<(), Error> {
        let Some(task) = &mut self.0 else { return Ok(()) };
        match task.await {
            Ok(ended) => ended,
            Err(_) => Err(ErrorKind::Trap { reason: "a host function panicked".into() }.into()),
        }
    }

    /// Lets it go on to its end.
    pub fn let_go(&mut self) {
        self.0 = None;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
