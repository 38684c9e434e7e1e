#!/usr/bin/env bash
# async-nats 0.51.0 makes no key-value bucket on nats-server 2.9.10, and finds and uses one that is there.
#
# Version:  async-nats 0.51.0 (crates.io); nats-server 2.9.10-1+b3, the one of Debian 12.
# Expected: key-value buckets are there since server 2.6.2, so a bucket is made, or the error says that the server is too old. A server of 2.9.10
#           makes the same bucket when it is asked for it as the stream that it is.
# Happens:  create_key_value asks for the account first. That server's account has no reserved_memory and no reserved_storage, which the
#           client's type has no default for, so nothing is made and the error is one of JSON: no field, no version. update_key_value
#           asks for the account too. A stream with the settings of a bucket is made, found as a bucket, and takes keys.
# Source:   NATS ADR-8 (a bucket is a stream named KV_ and its name); the client's types of $JS.API.INFO.
# For us:   docs/FLEET-HOSTS.md promises server 2.9: crates/fleet makes its buckets as streams, and reads their settings back.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download --quiet nats-server=2.9.10-1+b3 > apt.log 2>&1
dpkg -x nats-server_*.deb nats
mkdir -p probe/src
cat > probe/Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"

[dependencies]
async-nats = { version = "=0.51.0", default-features = false, features = ["jetstream", "kv", "nuid", "ring"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat > probe/src/main.rs <<'RUST'
use async_nats::jetstream::{self, kv, stream};

fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "made".into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = async_nats::connect(std::env::args().nth(1).unwrap()).await.unwrap();
    println!("server {}", client.server_info().version);
    let context = jetstream::new(client);
    let bucket = kv::Config { bucket: "first".into(), ..Default::default() };
    println!("as a bucket: {}", told(context.create_key_value(bucket).await));
    let stream = stream::Config {
        name: "KV_second".into(),
        subjects: vec!["$KV.second.>".into()],
        max_messages_per_subject: 1,
        allow_rollup: true,
        deny_delete: true,
        ..Default::default()
    };
    println!("as a stream: {}", told(context.create_stream(stream).await));
    let store = context.get_key_value("second").await.unwrap();
    println!("first put: revision {}", store.put("key", "value".into()).await.unwrap());
}
RUST
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cargo build --quiet --manifest-path probe/Cargo.toml --target-dir target
nats/usr/sbin/nats-server -a 127.0.0.1 -p "$port" -js -sd "$dir/store" > nats.log 2>&1 &
server=$!
for _ in $(seq 100); do grep -q "Server is ready" nats.log && break; sleep 0.1; done
target/debug/probe "127.0.0.1:$port" > seen
cat > expected <<'TEXT'
server 2.9.10
as a bucket: JetStream error: error: request failed: data did not match any variant of untagged enum Response
as a stream: made
first put: revision 1
TEXT
cat seen
diff expected seen
