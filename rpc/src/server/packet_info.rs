//! Which address of the machine a datagram came to, and sending from it (`IP_PKTINFO`, RFC 3542 section 6).

use std::{
    io::{self, IoSlice, IoSliceMut},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::fd::AsRawFd,
};

use mio::net::UdpSocket;
use nix::{
    cmsg_space,
    libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo},
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage,
        recvmsg, sendmsg, setsockopt,
        sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo},
    },
};

/// The address that a datagram came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) ip: IpAddr,
    /// The interface, of which an address of IPv6 may be one.
    interface: u32,
}

/// Has the system tell of each datagram of this socket which address it came to, and the room that this takes; `None`
/// where it does not.
pub(super) fn ask_for(socket: &UdpSocket) -> Option<Vec<u8>> {
    let asked = match socket.local_addr().ok()? {
        SocketAddr::V4(_) => setsockopt(socket, Ipv4PacketInfo, &true),
        SocketAddr::V6(_) => setsockopt(socket, Ipv6RecvPacketInfo, &true),
    };
    asked.ok()?;
    Some(cmsg_space!(in_pktinfo, in6_pktinfo))
}

/// The next datagram's length, who sent it, and which address it came to.
pub(super) fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
    info: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<Asked>)> {
    let mut pieces = [IoSliceMut::new(buffer)];
    let received =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut pieces, Some(info), MsgFlags::empty())?;
    let sender = received.address.as_ref().and_then(addr).ok_or(io::ErrorKind::InvalidData)?;
    // Where the system tells more than there is room for, the address is left for it to choose.
    let asked = received.cmsgs().ok().and_then(|mut all| all.find_map(|message| asked(&message)));
    Ok((received.bytes, sender, asked))
}

/// Sends a datagram from that address.
pub(super) fn send(
    socket: &UdpSocket,
    message: &[u8],
    to: SocketAddr,
    from: Asked,
) -> io::Result<usize> {
    let (socket, pieces, flags) = (socket.as_raw_fd(), [IoSlice::new(message)], MsgFlags::empty());
    let sent = match (to, from.ip) {
        (SocketAddr::V4(to), IpAddr::V4(ip)) => {
            let own = in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
            let info = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: own, ipi_addr: own };
            let info = [ControlMessage::Ipv4PacketInfo(&info)];
            sendmsg(socket, &pieces, &info, flags, Some(&SockaddrIn::from(to)))
        }
        (SocketAddr::V6(to), IpAddr::V6(ip)) => {
            let own = in6_addr { s6_addr: ip.octets() };
            let ipi6_ifindex = if ip.is_unicast_link_local() { from.interface } else { 0 };
            let info = in6_pktinfo { ipi6_addr: own, ipi6_ifindex };
            let info = [ControlMessage::Ipv6PacketInfo(&info)];
            sendmsg(socket, &pieces, &info, flags, Some(&SockaddrIn6::from(to)))
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    };
    sent.map_err(io::Error::from)
}

fn addr(from: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = from.as_sockaddr_in().map(|from| SocketAddr::V4((*from).into()));
    v4.or_else(|| from.as_sockaddr_in6().map(|from| SocketAddr::V6((*from).into())))
}

/// What can be answered from: of what was sent to many, the system says which of its own addresses stands for them
/// (IPv4).
fn asked(message: &ControlMessageOwned) -> Option<Asked> {
    match message {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            let ip = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes());
            Some(Asked { ip: ip.into(), interface: 0 })
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => {
            let ip = IpAddr::from(info.ipi6_addr.s6_addr);
            (!ip.is_multicast()).then_some(Asked { ip, interface: info.ipi6_ifindex })
        }
        _ => None,
    }
}
