//! Messages put together by hand, and sockets to send them through: nothing here comes from the code under test.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use crate::patience::{LOOK, Wait};

/// How long a connection, or room for what is sent, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// `AUTH_NONE`, twice: the credential and the verifier of a plain call.
pub const NO_AUTH: [u32; 4] = [0, 0, 0, 0];

/// XDR units.
#[must_use]
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A call without credentials: 40 bytes and its arguments.
#[must_use]
pub fn call(xid: u32, program: u32, version: u32, procedure: u32, args: &[u8]) -> Vec<u8> {
    call_as(xid, program, version, procedure, &words(&NO_AUTH), args)
}

/// A call with credential and verifier as they are to travel.
#[must_use]
pub fn call_as(
    xid: u32,
    program: u32,
    version: u32,
    procedure: u32,
    auth: &[u8],
    args: &[u8],
) -> Vec<u8> {
    [&words(&[xid, 0, 2, program, version, procedure])[..], auth, args].concat()
}

/// Opaque bytes with length and padding.
#[must_use]
pub fn opaque(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).expect("a length of 32 bits");
    let mut out = words(&[len]);
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// The reply of a call that succeeded.
#[must_use]
pub fn success(xid: u32, results: &[u8]) -> Vec<u8> {
    [&words(&[xid, 1, 0, 0, 0, 0])[..], results].concat()
}

/// `PROG_UNAVAIL`.
#[must_use]
pub fn prog_unavail(xid: u32) -> Vec<u8> {
    words(&[xid, 1, 0, 0, 0, 1])
}

/// `PROG_MISMATCH`.
#[must_use]
pub fn prog_mismatch(xid: u32, low: u32, high: u32) -> Vec<u8> {
    words(&[xid, 1, 0, 0, 0, 2, low, high])
}

/// `PROC_UNAVAIL`.
#[must_use]
pub fn proc_unavail(xid: u32) -> Vec<u8> {
    words(&[xid, 1, 0, 0, 0, 3])
}

/// `GARBAGE_ARGS`.
#[must_use]
pub fn garbage_args(xid: u32) -> Vec<u8> {
    words(&[xid, 1, 0, 0, 0, 4])
}

/// `SYSTEM_ERR`.
#[must_use]
pub fn system_err(xid: u32) -> Vec<u8> {
    words(&[xid, 1, 0, 0, 0, 5])
}

/// `RPC_MISMATCH`, versions 2 to 2.
#[must_use]
pub fn rpc_mismatch(xid: u32) -> Vec<u8> {
    words(&[xid, 1, 1, 0, 2, 2])
}

/// `AUTH_ERROR`.
#[must_use]
pub fn auth_error(xid: u32, stat: u32) -> Vec<u8> {
    words(&[xid, 1, 1, 1, stat])
}

/// `message` as a record of one fragment.
#[must_use]
pub fn record(message: &[u8]) -> Vec<u8> {
    fragment(message, true)
}

/// A fragment of a record.
#[must_use]
pub fn fragment(bytes: &[u8], last: bool) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).expect("a length of 31 bits");
    let mark = if last { 0x8000_0000 | len } else { len };
    [&mark.to_be_bytes(), bytes].concat()
}

/// A TCP connection.
#[derive(Debug)]
pub struct Tcp(pub TcpStream, Option<u32>);

impl Tcp {
    /// Connects.
    ///
    /// # Panics
    ///
    /// Nobody listens there.
    #[must_use]
    pub fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE).expect("a listener");
        stream.set_read_timeout(Some(LOOK)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        Self(stream, None)
    }

    /// The same, where the process with this id has to answer or to close promptly.
    #[must_use]
    pub fn served_by(self, process: u32) -> Self {
        Self(self.0, Some(process))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    ///
    /// The peer has closed.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// The next record; `None` where the peer has closed.
    ///
    /// # Panics
    ///
    /// Nothing comes in time, or a stream that ends within a record.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        for _ in 0..1000 {
            let mut mark = [0; 4];
            if !self.fill(&mut mark) {
                assert!(message.is_empty(), "closed within a record");
                return None;
            }
            let mark = u32::from_be_bytes(mark);
            let start = message.len();
            message.resize(start + (mark & 0x7fff_ffff) as usize, 0);
            assert!(self.fill(&mut message[start..]), "closed within a fragment");
            if mark & 0x8000_0000 != 0 {
                return Some(message);
            }
        }
        panic!("a record without end");
    }

    /// Sends a message as one record, and takes the answer.
    pub fn exchange(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        // Where the peer closes meanwhile, receiving says so.
        let _ = self.send(&record(message));
        self.receive()
    }

    /// Whether the whole of `buf` came; false where the peer closed before its first byte.
    fn fill(&mut self, buf: &mut [u8]) -> bool {
        let mut have = 0;
        let mut wait = Wait::new(self.1);
        while have < buf.len() {
            match self.0.read(&mut buf[have..]) {
                Ok(0) => {
                    assert_eq!(have, 0, "closed in the middle");
                    return false;
                }
                Ok(count) => have += count,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait.goes_on(),
                Err(error) => panic!("no answer: {error}"),
            }
        }
        true
    }
}

/// A UDP socket that talks to one server.
#[derive(Debug)]
pub struct Udp(pub UdpSocket, Option<u32>);

impl Udp {
    /// Connects over loopback.
    ///
    /// # Panics
    ///
    /// The system has no socket.
    #[must_use]
    pub fn connect(addr: SocketAddr) -> Self {
        Self::connect_from(if addr.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" }, addr)
    }

    /// Connects from whichever address leads there.
    ///
    /// # Panics
    ///
    /// The system has no socket.
    #[must_use]
    pub fn connect_from_anywhere(addr: SocketAddr) -> Self {
        Self::connect_from("0.0.0.0:0", addr)
    }

    fn connect_from(local: &str, addr: SocketAddr) -> Self {
        let socket = UdpSocket::bind(local).expect("a socket");
        socket.connect(addr).expect("an address");
        socket.set_read_timeout(Some(LOOK)).expect("a timeout");
        Self(socket, None)
    }

    /// The same, where the process with this id has to answer promptly.
    #[must_use]
    pub fn served_by(self, process: u32) -> Self {
        Self(self.0, Some(process))
    }

    /// Sends a datagram.
    ///
    /// # Panics
    ///
    /// It cannot be sent.
    pub fn send(&self, message: &[u8]) {
        self.0.send(message).expect("a datagram sent");
    }

    /// The next datagram.
    ///
    /// # Panics
    ///
    /// None comes in time.
    #[must_use]
    pub fn receive(&self) -> Vec<u8> {
        let mut buf = vec![0; 1 << 16];
        let mut wait = Wait::new(self.1);
        loop {
            match self.0.recv(&mut buf) {
                Ok(count) => {
                    buf.truncate(count);
                    return buf;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait.goes_on(),
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }

    /// Sends a datagram and takes the answer.
    #[must_use]
    pub fn exchange(&self, message: &[u8]) -> Vec<u8> {
        self.send(message);
        self.receive()
    }
}
