//! Listeners and connections of either family: TCP and `AF_UNIX`.

use std::{
    fs,
    io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write},
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use mio::{
    Interest, Registry, Token,
    event::Source,
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
};
use nix::sys::socket::{UnixCredentials, getsockopt, sockopt::PeerCredentials};
use socket2::{Domain, SockAddr, Socket, Type};

use super::{Peer, call::User, programs::Route};
use crate::{Transport, pieces, transport::canonical};

/// What connections are accepted from.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixPath),
}

/// A listener in the file system.
pub(super) struct UnixPath {
    listener: UnixListener,
    /// What it has made there, which goes with it.
    made: Option<(PathBuf, FileId)>,
}

/// Device and inode.
type FileId = (u64, u64);

/// A connection.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    pub(super) fn unix(path: &Path) -> io::Result<Self> {
        let explain = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot listen on {}: {error}", path.display()))
        };
        remove_stale(path).map_err(explain)?;
        let listener = UnixListener::bind(path).map_err(explain)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).map_err(explain)?;
        let made = (path.to_owned(), file_id(path).map_err(explain)?);
        Ok(Self::Unix(UnixPath { listener, made: Some(made) }))
    }

    pub(super) fn adopt_unix(listener: std::os::unix::net::UnixListener) -> Self {
        Self::Unix(UnixPath { listener: UnixListener::from_std(listener), made: None })
    }

    /// The address of a TCP listener.
    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }

    pub(super) fn accept(&self) -> io::Result<(Stream, Route)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, addr) = listener.accept()?;
                let route = Route {
                    peer: Peer::inet(Transport::Tcp, addr),
                    local: stream.local_addr().ok().map(canonical),
                };
                Ok((Stream::Tcp(stream), route))
            }
            Self::Unix(UnixPath { listener, .. }) => {
                let (stream, _) = listener.accept()?;
                let user = getsockopt(&stream, PeerCredentials).ok().map(User::from);
                Ok((Stream::Unix(stream), Route { peer: Peer::unix(user), local: None }))
            }
        }
    }
}

/// Removes a socket that a server left behind: one that nobody listens on. Anything else stays.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Where it would block, a server listens that is slow to accept.
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "another server listens there")),
    }
}

fn file_id(path: &Path) -> io::Result<FileId> {
    fs::symlink_metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

impl Drop for UnixPath {
    fn drop(&mut self) {
        let Some((path, made)) = &self.made else { return };
        // Another server's may stand there by now.
        if file_id(path).is_ok_and(|id| id == *made)
            && let Err(error) = fs::remove_file(path)
        {
            tracing::debug!(path = %path.display(), %error, "socket left behind");
        }
    }
}

impl From<UnixCredentials> for User {
    fn from(user: UnixCredentials) -> Self {
        // A process of which this one's namespace does not know is shown as 0.
        Self { uid: user.uid(), pid: Some(user.pid()).filter(|pid| *pid != 0) }
    }
}

impl Stream {
    /// Sets what a fresh connection needs: every reply is one write, so waiting for more to send only delays it.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            Self::Unix(_) => Ok(()),
        }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => {
                let mut stream: &TcpStream = stream;
                stream.read(buffer)
            }
            Stream::Unix(stream) => {
                let mut stream: &UnixStream = stream;
                stream.read(buffer)
            }
        }
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => {
                let mut stream: &TcpStream = stream;
                stream.read_vectored(buffers)
            }
            Stream::Unix(stream) => {
                let mut stream: &UnixStream = stream;
                stream.read_vectored(buffers)
            }
        }
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => {
                let mut stream: &TcpStream = stream;
                stream.write(bytes)
            }
            Stream::Unix(stream) => {
                let mut stream: &UnixStream = stream;
                stream.write(bytes)
            }
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => pieces::send(stream, slices),
            Stream::Unix(stream) => pieces::send(stream, slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hands an event source's registration to whichever of the two it is.
macro_rules! source {
    ($type:ty { $($variant:pat => $inner:expr),* $(,)? }) => {
        impl Source for $type {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                match self { $($variant => $inner.register(registry, token, interests)),* }
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                match self { $($variant => $inner.reregister(registry, token, interests)),* }
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                match self { $($variant => $inner.deregister(registry)),* }
            }
        }
    };
}

source!(Listener { Self::Tcp(inner) => inner, Self::Unix(unix) => unix.listener });
source!(Stream { Self::Tcp(inner) => inner, Self::Unix(inner) => inner });

#[cfg(test)]
mod tests {
    use nix::libc::ucred;

    use super::*;

    #[test]
    fn a_user_is_known_though_his_process_is_not() {
        let peer =
            |pid| Peer::unix(Some(UnixCredentials::from(ucred { pid, uid: 7, gid: 8 }).into()));
        assert_eq!((peer(0).uid(), peer(0).pid()), (Some(7), None));
        assert_eq!((peer(9).uid(), peer(9).pid()), (Some(7), Some(9)));
    }
}
