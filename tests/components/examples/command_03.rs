//! A command of WASI 0.3 that does what its arguments say.
#![cfg(target_os = "wasi")]

use std::process::exit;
use wasip3::cli::{environment, exit as cli_exit, stdin, stdout};
use wasip3::clocks::monotonic_clock;
use wasip3::filesystem::{preopens, types as files};
use wasip3::http::client;
use wasip3::http::types::{Fields, Request, Scheme};
use wasip3::sockets::ip_name_lookup;
use wasip3::{wit_future, wit_stream};

wasip3::cli::command::export!(Command);

struct Command;

impl wasip3::exports::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
        match words[..] {
            ["echo", ..] => say(&format!("{}\n", words[1..].join(" "))).await,
            ["part", text] => say(text).await,
            ["env"] => say(&format!("{:?}\n", environment::get_environment())).await,
            ["stdin"] => {
                let (bytes, ended) = stdin::read_via_stream();
                let bytes = bytes.collect().await;
                say(&format!("{} {:?}\n", bytes.len(), ended.await)).await;
            }
            ["cat", path] => say(&cat(path).await).await,
            ["write", path, text] => say(&format!("{:?}\n", write(path, text).await)).await,
            ["resolve", name] => {
                let found = ip_name_lookup::resolve_addresses(name.to_owned()).await;
                say(&format!("{:?}\n", found.map(|found| !found.is_empty()))).await;
            }
            ["get", address] => say(&format!("{}\n", get(address).await)).await,
            ["error"] => return Err(()),
            ["exit", code] => cli_exit::exit_with_code(code.parse().expect("a code")),
            ["abort"] => exit(2),
            ["trap"] => core::arch::wasm32::unreachable(),
            ["sleep"] => monotonic_clock::wait_for(60_000_000_000).await,
            ["endless", text] => {
                say(&format!("{text}\n")).await;
                loop {
                    std::hint::black_box(());
                }
            }
            ["loop"] => loop {
                std::hint::black_box(());
            },
            ["allocate", size] => {
                let bytes = vec![1u8; size.parse().expect("a size")];
                say(&format!("{}\n", bytes.iter().filter(|byte| **byte == 1).count())).await;
            }
            _ => say("nothing\n").await,
        }
        Ok(())
    }
}

async fn say(text: &str) {
    let (mut writer, reader) = wit_stream::new();
    let written = stdout::write_via_stream(reader);
    let left = writer.write_all(text.as_bytes().to_vec()).await;
    drop(writer);
    assert!(left.is_empty() && written.await.is_ok(), "standard output is open");
}

/// Finds the directory that a path begins with, and the rest of the path.
fn find(path: &str) -> Result<(files::Descriptor, String), files::ErrorCode> {
    let found = preopens::get_directories().into_iter().find_map(|(directory, name)| {
        let rest = path.strip_prefix(&name)?;
        Some((directory, rest.trim_start_matches('/').to_owned()))
    });
    found.ok_or(files::ErrorCode::NoEntry)
}

async fn open(
    path: &str,
    how: files::OpenFlags,
    flags: files::DescriptorFlags,
) -> Result<files::Descriptor, files::ErrorCode> {
    let (directory, rest) = find(path)?;
    directory.open_at(files::PathFlags::SYMLINK_FOLLOW, rest, how, flags).await
}

async fn cat(path: &str) -> String {
    let opened = open(path, files::OpenFlags::empty(), files::DescriptorFlags::READ).await;
    match opened {
        Ok(file) => String::from_utf8_lossy(&file.read_via_stream(0).0.collect().await).into_owned(),
        Err(error) => format!("{error:?}\n"),
    }
}

async fn write(path: &str, text: &str) -> Result<(), files::ErrorCode> {
    let file = open(path, files::OpenFlags::CREATE, files::DescriptorFlags::WRITE).await?;
    let (mut writer, reader) = wit_stream::new();
    let written = file.write_via_stream(reader, 0);
    writer.write_all(text.as_bytes().to_vec()).await;
    drop(writer);
    written.await
}

/// Sends a request, and returns the status and the body, or the error.
async fn get(address: &str) -> String {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(Fields::new(), None, trailers, None);
    let set = request.set_scheme(Some(&Scheme::Http)).and(request.set_authority(Some(address)));
    assert!(set.and(request.set_path_with_query(Some("/"))).is_ok(), "an address");
    match client::send(request).await {
        Ok(response) => {
            let status = response.get_status_code();
            let (_, done) = wit_future::new(|| Ok(()));
            let body = wasip3::http::types::Response::consume_body(response, done).0.collect().await;
            format!("{status} {}", String::from_utf8_lossy(&body))
        }
        Err(error) => format!("{error:?}"),
    }
}
