//! An export for each operation of kernel, executor and primitives. A wait is made, polled once and dropped.

use super::Node;
use aingle_wasm_nano::{Body, Executor, Native, Step, Task};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

/// The executor, and a body for its tasks.
pub struct Running {
    executor: Executor<'static, Native, ()>,
    body: Ended,
}

/// A body that ends at its first poll.
struct Ended;

impl Body<()> for Ended {
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn clear(self: Pin<&mut Self>) {}

    fn is_empty(&self) -> bool {
        false
    }
}

/// What came of a wait: nothing yet, something, or an error.
fn poll<T, E>(wait: impl Future<Output = Result<T, E>>) -> u64 {
    match pin!(wait).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => 0,
        Poll::Ready(Ok(_)) => 1,
        Poll::Ready(Err(_)) => 2,
    }
}

/// Exports operations. Their type is one that a host calls: the address of the state, and a value.
macro_rules! operations {
    ($($name:ident($state:ident: $State:ty, $value:ident) $body:block)*) => {$(
        // SAFETY: no other function of the module has this name.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name($state: $State, $value: u32) -> u64 $body
    )*};
}

operations! {
    sleep(node: &Node, ticks) { poll(node.kernel.sleep(ticks)) }
    timeout(node: &Node, ticks) { poll(node.kernel.timeout(ticks, node.events.all(&node.kernel, 1))) }
    yield_now(node: &Node, _value) { poll(async { node.kernel.yield_now().await; Ok::<(), ()>(()) }) }
    cancel(node: &Node, task) { Task::new(task as u8).map(|task| node.kernel.cancel(task)).is_some().into() }
    wake(node: &Node, task) { Task::new(task as u8).map(|task| node.kernel.wake(task)).is_some().into() }
    acquire(node: &Node, _value) { poll(node.permits.acquire(&node.kernel)) }
    try_acquire(node: &Node, _value) { node.permits.try_acquire().into() }
    release(node: &Node, _value) { node.permits.release(&node.kernel).into() }
    lock(node: &Node, _value) { poll(node.mutex.lock(&node.kernel)) }
    send(node: &Node, message) { poll(node.queue.send(&node.kernel, message)) }
    try_send(node: &Node, message) { node.queue.try_send(&node.kernel, message).is_ok().into() }
    receive(node: &Node, _value) { poll(node.queue.receive(&node.kernel)) }
    try_receive(node: &Node, _value) { node.queue.try_receive(&node.kernel).is_some().into() }
    post(node: &Node, message) { node.mailbox.post(&node.kernel, message).is_some().into() }
    collect(node: &Node, _value) { poll(node.mailbox.receive(&node.kernel)) }
    try_collect(node: &Node, _value) { node.mailbox.try_receive().is_some().into() }
    set(node: &Node, flags) { node.events.set(&node.kernel, flags); 0 }
    clear(node: &Node, flags) { node.events.clear(flags).into() }
    any(node: &Node, flags) { poll(node.events.any(&node.kernel, flags)) }
    all(node: &Node, flags) { poll(node.events.all(&node.kernel, flags)) }
    spawn(running: &'static mut Running, task) {
        let Running { executor, body } = running;
        Task::new(task as u8).is_some_and(|task| executor.spawn(task, Pin::<&mut Ended>::new(body)).is_ok()).into()
    }
    end(running: &mut Running, task) {
        Task::new(task as u8).is_some_and(|task| running.executor.cancel(task)).into()
    }
    step(running: &mut Running, _value) { matches!(running.executor.step(), Step::Finished).into() }
}
