//! Universal addresses and network ids.

use sunrpc_portmap::{MAX_PATH, Netid, Uaddr};

use crate::input::Input;

/// A network id, then an address: as text, and as a `sockaddr`.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let netid = Netid::ALL[usize::from(input.byte()) % 5];
    if let Some(addr) = Uaddr::from_sockaddr(input.0) {
        check(&addr);
    }
    let Ok(text) = str::from_utf8(input.0) else { return };
    if let Ok(named) = text.parse::<Netid>() {
        assert!(named.name().eq_ignore_ascii_case(text));
    }
    if let Some(addr) = Uaddr::parse(netid, text) {
        assert!(text.len() <= MAX_PATH);
        assert_eq!(Uaddr::parse(netid, &addr.to_string()), Some(addr.clone()), "{text:?}");
        check(&addr);
    }
}

/// Addresses of every kind.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "127.0.0.1.0.111",
        "0.0.0.0.255.255",
        "::1.0.111",
        "::ffff:1.2.3.4.1.0",
        "/run/rpcbind.sock",
        "tcp6",
    ];
    let mut seeds = Vec::new();
    for (place, netid) in (0..5).zip(Netid::ALL) {
        for text in texts {
            seeds.push([&[place], text.as_bytes()].concat());
            if let Some(addr) = Uaddr::parse(netid, text) {
                seeds.push([&[place], &addr.to_sockaddr()[..]].concat());
            }
        }
    }
    seeds
}

/// What is accepted can be shown and sent in either form.
fn check(addr: &Uaddr) {
    let text = addr.to_string();
    assert!(!text.chars().any(char::is_control), "{text:?} in a line of a log");
    let netid = match addr {
        Uaddr::Inet(inner) if inner.is_ipv4() => Netid::Tcp,
        Uaddr::Inet(_) => Netid::Tcp6,
        Uaddr::Local(_) => Netid::Local,
    };
    assert_eq!(Uaddr::parse(netid, &text).as_ref(), Some(addr), "{text:?}");
    assert_eq!(Uaddr::from_sockaddr(&addr.to_sockaddr()).as_ref(), Some(addr), "{text:?}");
}
