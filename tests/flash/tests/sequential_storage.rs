//! The same campaign on another store, as it is: the campaign finds the loss that its users know (issue 136).

use aingle_wasm_flash_model::campaign::{self, Extent, Life, Stop};
use aingle_wasm_flash_model::{Fault, Flash, Random, Rules};
use embedded_storage::nor_flash::{NorFlash as _, ReadNorFlash as _};
use embedded_storage_async::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};
use std::task::{Context, Poll, Waker};

const WORD: usize = 1;
const PAGE: usize = 128;
const PAGES: usize = 2;

/// The model, with the traits that the store wants.
struct Lent<'a>(&'a mut Flash<WORD, PAGE>);

impl ErrorType for Lent<'_> {
    type Error = Fault;
}

impl ReadNorFlash for Lent<'_> {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl NorFlash for Lent<'_> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        self.0.erase(from, to)
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.0.write(offset, bytes)
    }
}

impl MultiwriteNorFlash for Lent<'_> {}

/// Runs a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the model never waits"),
    }
}

type Store<'a> = MapStorage<u8, Lent<'a>, Cache<Uncached, Uncached, Uncached, u8>>;

/// One counter in the store, raised by each step.
#[derive(Clone, Debug)]
struct Counter {
    steps: usize,
    acknowledged: Option<u64>,
    asked: Option<u64>,
    /// Decides the values.
    seed: u64,
    boots: u64,
}

impl Counter {
    fn access<T>(
        flash: &mut Flash<WORD, PAGE>,
        ask: impl AsyncFnOnce(&mut Store<'_>) -> Result<T, sequential_storage::Error<Fault>>,
    ) -> Result<T, Stop> {
        let config = MapConfig::new(0..(PAGE * PAGES) as u32);
        let answer = now(ask(&mut MapStorage::new(Lent(flash), config, Cache::new_uncached())));
        answer
            .map_err(|error| if flash.is_off() { Stop::PowerOff } else { Stop::Broken(format!("{error:?}")) })
    }
}

impl Life<WORD, PAGE> for Counter {
    type Device = ();

    fn steps(&self) -> usize {
        self.steps
    }

    fn restarts(&self, _step: usize) -> bool {
        true
    }

    fn boot(&mut self, flash: &mut Flash<WORD, PAGE>) -> Result<(), Stop> {
        self.boots += 1;
        let found = Self::access(flash, async |store| store.fetch_item::<u64>(&mut [0; 64], &0).await)?;
        if found != self.acknowledged && found != self.asked {
            let expected = (self.acknowledged, self.asked);
            return Err(Stop::Broken(format!("lost: expected {expected:?}, found {found:?}")));
        }
        self.acknowledged = found;
        self.asked = None;
        Ok(())
    }

    fn step(&mut self, step: usize, (): &mut (), flash: &mut Flash<WORD, PAGE>) -> Result<(), Stop> {
        let value = Random::new(self.seed ^ (step as u64) << 16 ^ self.boots << 32).number();
        self.asked = Some(value);
        Self::access(flash, async |store| store.store_item(&mut [0; 64], &0, &value).await)?;
        self.acknowledged = Some(value);
        Ok(())
    }
}

/// Runs the first store with its cuts. Of 400 seeds, 8 show a loss: the values decide whether torn bytes and the next
/// header read as a header together.
fn campaign(second_every: usize, seed: u64) -> Result<campaign::Count, Box<campaign::Failure>> {
    let life = Counter { steps: 3, acknowledged: None, asked: None, seed, boots: 0 };
    let flash = Flash::new(PAGES, Rules::PLAIN, 1);
    campaign::run(&life, &flash, Extent { second_every, steps: Some((0, 1)), ..Extent::FULL })
}

#[test]
fn two_interrupted_stores_lose_an_acknowledged_item_there() {
    let failure = campaign(1, 123).expect_err("the loss is found");
    println!("{failure}");
    assert!(failure.what.starts_with("lost: ") && failure.what.ends_with("found None"), "{failure}");
    assert!(failure.second.is_some(), "{failure}");
}

#[test]
fn one_interrupted_store_loses_an_acknowledged_item_there_if_the_next_value_is_another() {
    let failure = campaign(0, 211).expect_err("the loss is found");
    println!("{failure}");
    assert!(failure.what.contains("lost: ") && failure.second.is_none(), "{failure}");
}

#[test]
fn other_values_survive_the_same_cuts_there() {
    let count = campaign(1, 0).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(count.single > 50 && count.double > 1000, "{count:?}");
}
