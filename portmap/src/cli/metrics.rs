//! Statistics for Prometheus, over HTTP.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use sunrpc_portmap::Table;

/// How long one request may take in all. They are answered one after the other.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest request.
const MAX_REQUEST: usize = 8 << 10;
/// How long to wait where the system has no descriptor for a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// A socket on which statistics will be served.
pub(super) struct Metrics {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Metrics {
    pub(super) fn bind(addr: SocketAddr) -> io::Result<Self> {
        let failed = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot serve metrics on {addr}: {error}"))
        };
        let listener = TcpListener::bind(addr).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, addr })
    }

    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves on a thread of its own, until the process ends.
    pub(super) fn spawn(self, table: Table) -> io::Result<()> {
        thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            for stream in self.listener.incoming() {
                match stream {
                    Ok(stream) => {
                        if let Err(error) = answer(stream, &table) {
                            tracing::debug!(%error, "metrics: connection lost");
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "metrics: cannot accept");
                        thread::sleep(PAUSE);
                    }
                }
            }
        })?;
        Ok(())
    }
}

fn answer(mut stream: TcpStream, table: &Table) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let (status, body) = match path(&head(&mut stream)?) {
        Some("/metrics") => ("200 OK", table.metrics()),
        Some(_) => ("404 Not Found", "see /metrics\n".to_owned()),
        None => ("400 Bad Request", "GET /metrics\n".to_owned()),
    };
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(response.as_bytes())
}

/// A request up to the empty line behind its head; what follows does not matter.
fn head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let began = Instant::now();
    let (mut head, mut chunk) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < MAX_REQUEST {
        let left = PATIENCE.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        head.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    Ok(head)
}

/// What a GET asks for.
fn path(head: &[u8]) -> Option<&str> {
    let line = str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let mut words = line.split(' ');
    let is_get = words.next() == Some("GET");
    let path = words.next().filter(|_| is_get)?;
    let version = words.next()?;
    version.starts_with("HTTP/1.").then(|| path.split('?').next().unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_has_a_path() {
        assert_eq!(path(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), Some("/metrics"));
        assert_eq!(path(b"GET /metrics?x=1 HTTP/1.0\r\n\r\n"), Some("/metrics"));
        for head in
            ["", "GET", "GET /metrics", "POST /metrics HTTP/1.1\r\n", "GET / HTTP/2\r\n", "\u{0}"]
        {
            assert_eq!(path(head.as_bytes()), None, "{head:?}");
        }
        assert_eq!(path(b"\xff\xff"), None);
    }
}
