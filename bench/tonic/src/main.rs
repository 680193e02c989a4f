//! Empty unary calls through tonic, both ends each on one thread, in the form that `bench/run` times:
//!
//! ```text
//! sunrpc-bench-tonic server tcp BYTES                       prints "port N", then answers until it is killed
//! sunrpc-bench-tonic client tcp BYTES PORT WARMUP CALLS     one call at a time; prints figures as c/clock.h does
//! sunrpc-bench-tonic window tcp WINDOW PORT MILLIS          WINDOW calls outstanding on one connection
//! ```
//!
//! BYTES is 0.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Server},
};

mod echo {
    include!(concat!(env!("OUT_DIR"), "/bench.Echo.rs"));
}

use echo::{
    echo_client::EchoClient,
    echo_server::{Echo, EchoServer},
};

/// An empty message, by a name that the stubs can have.
type Empty = ();

type Done = Result<(), Box<dyn Error>>;

const USAGE: &str = "usage: sunrpc-bench-tonic server tcp 0
       sunrpc-bench-tonic client tcp 0 PORT WARMUP CALLS
       sunrpc-bench-tonic window tcp WINDOW PORT MILLIS";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["server", "tcp", "0"] => serve().await,
        ["client", "tcp", "0", port, warmup, calls] => {
            one_at_a_time(connect(port).await?, warmup.parse()?, calls.parse()?).await
        }
        ["window", "tcp", window, port, millis] => {
            full(connect(port).await?, window.parse()?, Duration::from_millis(millis.parse()?))
                .await
        }
        _ => Err(USAGE.into()),
    }
}

struct Null;

#[tonic::async_trait]
impl Echo for Null {
    async fn null(&self, _request: Request<()>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

async fn serve() -> Done {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("port {}", listener.local_addr()?.port());
    let incoming = TcpListenerStream::new(listener);
    let server = Server::builder().tcp_nodelay(true).add_service(EchoServer::new(Null));
    Ok(server.serve_with_incoming(incoming).await?)
}

async fn connect(port: &str) -> Result<EchoClient<Channel>, Box<dyn Error>> {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?.tcp_nodelay(true);
    Ok(EchoClient::new(endpoint.connect().await?))
}

async fn one_at_a_time(mut client: EchoClient<Channel>, warmup: usize, calls: usize) -> Done {
    let mut took = Vec::with_capacity(calls);
    for number in 0..warmup + calls {
        let start = Instant::now();
        client.null(()).await?;
        if number >= warmup {
            took.push(start.elapsed().as_nanos());
        }
    }
    took.sort_unstable();
    let at = |place: usize| took.get(place).copied().ok_or("no calls");
    let (min, p50, p99) = (at(0)?, at(calls / 2)?, at((calls - 1) - calls / 100)?);
    println!("calls={calls} min_ns={min} p50_ns={p50} p99_ns={p99} max_ns={}", at(calls - 1)?);
    Ok(())
}

/// A task for each call outstanding, which calls again as soon as it is answered.
async fn full(client: EchoClient<Channel>, window: usize, millis: Duration) -> Done {
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..window {
        let mut client = client.clone();
        callers.spawn(async move {
            let mut calls = 0_u64;
            while began.elapsed() < millis {
                client.null(()).await?;
                calls += 1;
            }
            Ok::<_, Status>(calls)
        });
    }
    let mut calls = 0;
    while let Some(answered) = callers.join_next().await {
        calls += answered??;
    }
    println!("calls={calls} calls_per_s={:.0}", calls as f64 / began.elapsed().as_secs_f64());
    Ok(())
}
