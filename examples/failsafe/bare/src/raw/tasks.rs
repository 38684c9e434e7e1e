//! The export, and its three tasks.

use super::Node;
use aingle_wasm_nano::{
    Events, Executor, Kernel, Mailbox, Mutex, Native, Queue, Semaphore, Task, TimeoutError, WaitError,
};
use core::pin::pin;

impl Node {
    const fn new() -> Self {
        Self {
            kernel: Kernel::new(),
            permits: Semaphore::new(0),
            mutex: Mutex::new(),
            queue: Queue::new(),
            mailbox: Mailbox::new(),
            events: Events::new(0),
        }
    }
}

/// Waits for an interrupt, and hands its time on.
async fn sense(node: &Node) -> Result<(), WaitError> {
    loop {
        node.kernel.interrupts().any(&node.kernel, 1).await?;
        node.queue.send(&node.kernel, node.kernel.now()).await?;
        node.permits.release(&node.kernel);
    }
}

/// Takes times, one each millisecond, with a mutex.
async fn take(node: &Node) -> Result<(), WaitError> {
    loop {
        node.permits.acquire(&node.kernel).await?;
        let time = node.queue.receive(&node.kernel).await?;
        let locked = node.mutex.lock(&node.kernel).await?;
        node.kernel.sleep(1000).await?;
        drop(locked);
        node.mailbox.post(&node.kernel, time);
        node.events.set(&node.kernel, 1);
    }
}

/// Waits for both, with a timeout.
async fn watch(node: &Node) -> Result<(), WaitError> {
    loop {
        match node.kernel.timeout(5000, node.events.all(&node.kernel, 1)).await {
            Ok(event) => drop(event?),
            Err(TimeoutError::Elapsed) => {}
            Err(TimeoutError::Wait(error)) => return Err(error),
        }
        let locked = node.mutex.lock(&node.kernel).await?;
        drop(locked);
        node.mailbox.receive(&node.kernel).await?;
    }
}

/// Runs the three tasks.
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> u32 {
    let node = Node::new();
    let mut sense = pin!(Some(sense(&node)));
    let mut take = pin!(Some(take(&node)));
    let mut watch = pin!(Some(watch(&node)));
    let mut executor = Executor::new(&node.kernel, Native);
    if let [Some(first), Some(second), Some(third)] = [Task::new(0), Task::new(1), Task::new(2)] {
        // No task is taken yet, and none is empty.
        let _ = executor.spawn(first, sense.as_mut());
        let _ = executor.spawn(second, take.as_mut());
        let _ = executor.spawn(third, watch.as_mut());
    }
    executor.run(|_, _| {});
    executor.polls()
}
