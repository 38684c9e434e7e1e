use super::*;
use axum::routing::{get, post};
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use tokio::runtime::Runtime;

/// Serves these routes, and runs a client, which is given the address. Returns when the server has ended.
fn with_server(app: Router, client: impl FnOnce(SocketAddr) + Send + 'static) {
    Runtime::new().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_end, ended) = watch::channel(false);
        let timeout = Duration::from_secs(60);
        let answering = Answering {
            app,
            clients: Clients::All,
            max_body: usize::MAX,
            timeout,
            is_asked: Arc::default(),
            ended: Arc::new(ended),
        };
        let client = tokio::task::spawn_blocking(move || client(address));
        connections::serve(listener, answering, timeout, async { client.await.unwrap() }).await;
    });
}

/// Sends a request on an open connection, and returns the answer.
fn sent(stream: &mut TcpStream, line: &str) -> String {
    write!(stream, "{line} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody").unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).unwrap();
    answer.truncate(read);
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_panic_is_told_to_its_client_and_the_server_goes_on() {
    async fn panics(_: String) -> &'static str {
        panic!("secrets");
    }
    let app = Router::new().route("/", get(|| async { "well" })).route("/panics", post(panics));
    with_server(app, |address| {
        let mut stream = TcpStream::connect(address).unwrap();
        for _ in 0..2 {
            let answer = sent(&mut stream, "POST /panics");
            assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
            assert!(answer.contains("\"kind\":\"host_panic\"") && !answer.contains("secrets"), "{answer}");
            // On the same connection.
            let answer = sent(&mut stream, "GET /");
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("well"), "{answer}");
        }
        assert!(sent(&mut TcpStream::connect(address).unwrap(), "GET /").starts_with("HTTP/1.1 200"));
    });
}
