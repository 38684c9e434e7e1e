//! A slow and lossy network between a server and its clients, made of a proxy. To TCP, a packet that is lost is one that comes late, with everything
//! behind it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep_until};

/// What the network does.
#[derive(Clone, Copy)]
pub struct Weather {
    /// How long a piece takes: between a half of it and all of it.
    pub delay: Duration,
    /// One of so many pieces is lost, and comes after [`AGAIN`].
    pub lost: u64,
    /// At one of so many pieces, the connection breaks.
    pub breaks: u64,
}

/// The time after which TCP sends again what was not acknowledged, at least.
const AGAIN: Duration = Duration::from_millis(200);

/// A way to a server. It is there until the runtime of the test ends.
pub struct Link {
    address: SocketAddr,
    lost: Arc<AtomicU64>,
    broken: Arc<AtomicU64>,
}

impl Link {
    /// Makes a way to the server of a URL.
    pub async fn to(url: &str, weather: Weather, seed: u64) -> Self {
        let server = url.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let link = Self { address, lost: Arc::default(), broken: Arc::default() };
        let (lost, broken) = (Arc::clone(&link.lost), Arc::clone(&link.broken));
        tokio::spawn(async move {
            for number in seed.. {
                let Ok((client, _)) = listener.accept().await else { return };
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let way = |seed| Way { weather, random: seed, lost: Arc::clone(&lost) };
                let (there, back) = (way(2 * number + 1), way(2 * number + 2));
                let broken = Arc::clone(&broken);
                tokio::spawn(async move {
                    tokio::select! {
                        () = there.carry(from_client, to_server) => {}
                        () = back.carry(from_server, to_client) => {}
                    }
                    broken.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        link
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// How many pieces were lost, and how many connections ended.
    pub fn counts(&self) -> (u64, u64) {
        (self.lost.load(Ordering::Relaxed), self.broken.load(Ordering::Relaxed))
    }
}

struct Way {
    weather: Weather,
    random: u64,
    lost: Arc<AtomicU64>,
}

impl Way {
    fn below(&mut self, bound: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound
    }

    /// Carries what one side says to the other, in order, until one of them ends or the connection breaks.
    async fn carry(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (pieces, mut due) = unbounded_channel::<(Instant, Vec<u8>)>();
        let arrives = async move {
            while let Some((at, piece)) = due.recv().await {
                sleep_until(at).await;
                if to.write_all(&piece).await.is_err() {
                    return;
                }
            }
        };
        let leaves = async move {
            let mut buffer = vec![0; 1 << 14];
            while let Ok(len @ 1..) = from.read(&mut buffer).await {
                if self.below(self.weather.breaks) == 0 {
                    return;
                }
                let half = self.weather.delay / 2;
                let mut takes = half + Duration::from_nanos(self.below(half.as_nanos() as u64));
                if self.below(self.weather.lost) == 0 {
                    takes += AGAIN;
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
                if pieces.send((Instant::now() + takes, buffer[..len].to_vec())).is_err() {
                    return;
                }
            }
        };
        tokio::select! { () = arrives => {}, () = leaves => {} }
    }
}
