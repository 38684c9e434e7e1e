//! A component that does what its first argument says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rest: Vec<&str> = arguments.iter().skip(2).map(String::as_str).collect();
    match arguments.get(1).map(String::as_str) {
        None => {}
        Some("echo") => println!("{}", rest.join(" ")),
        Some("env") => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
        Some("cat") => match std::fs::read_to_string(rest[0]) {
            Ok(text) => print!("{text}"),
            Err(error) => println!("{:?}", error.kind()),
        },
        Some("write") => println!("{:?}", std::fs::write(rest[0], rest[1]).map_err(|error| error.kind())),
        Some("stdin") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).expect("text");
            println!("{}", text.len());
        }
        Some("exit") => std::process::exit(rest[0].parse().expect("a number")),
        Some("endless") => {
            println!("{}", rest.join(" "));
            loop {
                std::hint::black_box(());
            }
        }
        Some("loop") => loop {
            std::hint::black_box(());
        },
        Some("sleep") => std::thread::sleep(std::time::Duration::from_secs(60)),
        Some("allocate") => println!("{}", vec![1u8; rest[0].parse().expect("a number")].iter().filter(|byte| **byte == 1).count()),
        Some("recurse") => println!("{}", deep(1)),
        Some("connect") => println!("{}", connect(rest[0]).unwrap_or_else(|error| format!("{:?}", error.kind()))),
        Some("listen") => println!("{:?}", TcpListener::bind(rest[0]).map(drop).map_err(|error| error.kind())),
        Some("resolve") => println!("{:?}", rest[0].to_socket_addrs().map(|all| all.count() > 0).map_err(|_| ())),
        Some("send") => println!("{:?}", send(rest[0]).map_err(|error| error.kind())),
        Some(other) => panic!("no operation `{other}`"),
    }
}

/// Connects, and returns the answer to a line.
fn connect(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"hello\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn send(address: &str) -> std::io::Result<usize> {
    UdpSocket::bind("0.0.0.0:0")?.send_to(b"hello", address)
}

#[allow(unconditional_recursion)]
#[inline(never)]
fn deep(level: u64) -> u64 {
    let array = std::hint::black_box([level; 64]);
    array[7] + deep(level + 1) + array[9]
}
