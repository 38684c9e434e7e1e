//! All short histories of the primitives, so that the translated code can be compared with other builds of the same source.

use aingle_wasm_nano::{
    Events, Executor, Kernel, Mailbox, Mutex, Queue, Semaphore, Shim, Step, Task, TimeoutError, WaitError,
};
use core::cell::Cell;
use core::pin::pin;

/// Things that can happen: see [`World::happen`].
const EVENTS: u32 = 10;
/// Most things of a history.
pub const LONGEST: u32 = 4;
/// Histories of at most [`LONGEST`] things.
pub const COUNT: u32 = 11_111;
/// Hash of all of them. Another one means that the primitives, or what a build makes of them, have changed.
pub const HASH: u32 = 0x95FF_76C5;

/// Most steps after a history until all tasks wait.
const STEPS: usize = 40;

/// Plays all histories of at most so many things. Returns a hash of what came of them.
#[must_use]
pub fn play_all(longest: u32) -> u32 {
    let hash = Hash(Cell::new(1));
    for len in 0..=longest {
        (0..EVENTS.pow(len)).for_each(|history| play(history, len, &hash));
    }
    hash.0.get()
}

/// A hash of numbers (FNV-1a, word by word).
struct Hash(Cell<u32>);

impl Hash {
    fn add(&self, number: u32) {
        self.0.set((self.0.get() ^ number).wrapping_mul(0x0100_0193).rotate_left(7));
    }
}

/// A board whose clock stands still between two events.
struct Board<'a> {
    now: Cell<u32>,
    lines: Cell<u32>,
    hash: &'a Hash,
}

impl Shim for Board<'_> {
    fn register_read(&self, _address: u32) -> u32 {
        0
    }

    fn register_write(&self, _address: u32, _value: u32) {}

    fn interrupt_poll(&self) -> u32 {
        self.lines.take()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        self.hash.add(deadline.unwrap_or(u32::MAX));
    }

    fn tick(&self) -> u32 {
        self.now.get()
    }
}

/// What the tasks share.
struct World<'a> {
    kernel: Kernel,
    permits: Semaphore,
    mutex: Mutex,
    queue: Queue<u32, 1>,
    mailbox: Mailbox<u32>,
    events: Events,
    hash: &'a Hash,
}

impl World<'_> {
    /// Takes permits, and holds the mutex for two ticks with each.
    async fn hold(&self) -> Result<(), WaitError> {
        loop {
            self.permits.acquire(&self.kernel).await?;
            let locked = self.mutex.lock(&self.kernel).await?;
            self.kernel.sleep(2).await?;
            drop(locked);
            self.hash.add(1);
        }
    }

    /// Sends, and waits for mail with a timeout.
    async fn send(&self) -> Result<(), WaitError> {
        for number in 0.. {
            self.queue.send(&self.kernel, number).await?;
            match self.kernel.timeout(3, self.mailbox.receive(&self.kernel)).await {
                Ok(mail) => self.hash.add(mail?),
                Err(TimeoutError::Elapsed) => self.hash.add(2),
                Err(TimeoutError::Wait(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Receives with the mutex, after an event or an interrupt.
    async fn receive(&self) -> Result<(), WaitError> {
        loop {
            let locked = self.mutex.lock(&self.kernel).await?;
            self.events.any(&self.kernel, 1).await?;
            self.hash.add(self.queue.receive(&self.kernel).await?);
            drop(locked);
            self.kernel.interrupts().all(&self.kernel, 2).await?;
            self.hash.add(3);
        }
    }

    /// Lets something happen, by its number.
    fn happen(&self, event: u32, board: &Board<'_>) {
        match event {
            0 => self.hash.add(self.permits.release(&self.kernel).into()),
            1 => self.events.set(&self.kernel, 1),
            2 => drop(self.mailbox.post(&self.kernel, 50)),
            3 => board.now.set(board.now.get().wrapping_add(1)),
            4 => board.now.set(board.now.get().wrapping_add(3)),
            5 => board.lines.set(2),
            6 => self.hash.add(self.queue.try_receive(&self.kernel).unwrap_or(5)),
            7..=9 => {
                if let Some(task) = Task::new((event - 7) as u8) {
                    self.kernel.cancel(task);
                }
            }
            _ => {}
        }
    }
}

/// Plays one history: a step follows each thing that happens, and in the end as many as there are.
fn play(history: u32, len: u32, hash: &Hash) {
    let world = World {
        kernel: Kernel::new(),
        permits: Semaphore::new(0),
        mutex: Mutex::new(),
        queue: Queue::new(),
        mailbox: Mailbox::new(),
        events: Events::new(0),
        hash,
    };
    let board = Board { now: Cell::new(u32::MAX - 2), lines: Cell::new(0), hash };
    let mut hold = pin!(Some(world.hold()));
    let mut send = pin!(Some(world.send()));
    let mut receive = pin!(Some(world.receive()));
    let mut executor = Executor::new(&world.kernel, &board);
    if let [Some(first), Some(second), Some(third)] = [Task::new(0), Task::new(1), Task::new(2)] {
        // No task is taken yet, and none is empty.
        let _ = executor.spawn(first, hold.as_mut());
        let _ = executor.spawn(second, send.as_mut());
        let _ = executor.spawn(third, receive.as_mut());
    }
    for _ in 0..3 {
        note(executor.step(), hash);
    }
    let mut rest = history;
    for _ in 0..len {
        world.happen(rest % EVENTS, &board);
        rest /= EVENTS;
        note(executor.step(), hash);
    }
    for _ in 0..STEPS {
        if note(executor.step(), hash) {
            break;
        }
    }
    hash.add(executor.polls());
    hash.add(world.mutex.holder().map_or(9, |task| task.number().into()));
    hash.add(world.queue.len() as u32);
}

/// Notes what a step was. Returns whether no task is ready.
fn note(step: Step<WaitError>, hash: &Hash) -> bool {
    let (kind, task) = match step {
        Step::Polled(task) => (0, task.number()),
        Step::Ended(task, _) => (1, task.number()),
        Step::Cancelled(task) => (2, task.number()),
        Step::Slept => (3, 0),
        Step::Finished => (4, 0),
    };
    hash.add(kind << 8 | u32::from(task));
    kind > 2
}
