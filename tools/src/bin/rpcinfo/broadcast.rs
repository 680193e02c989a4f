//! Who has a program?

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    time::{Duration, Instant},
};

use nix::ifaddrs::getifaddrs;
use serde::Serialize;
use sunrpc::{
    proto::{AcceptStat, CallBody, MsgBody, OpaqueAuth, ReplyBody, RpcMsg, Xids},
    xdr::{Reader, Sink as _},
};
use sunrpc_portmap::pmap::{CallArgs, CallResult, PMAP_PROG, PMAP_VERS, PMAPPROC_CALLIT};

use crate::{
    args::{Args, Program},
    failure::Failure,
    output::Output,
};

/// The longest answer that is looked at.
const LONGEST: usize = 8192;
/// How many answers are shown.
const MAX_ANSWERS: usize = 1024;
/// How often the question is sent, evenly over the time there is.
const TIMES: u32 = 3;

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    address: String,
    port: u32,
}

/// `-b`: asks every portmapper of the networks this machine is in (version 2, CALLIT of procedure 0). Those that have
/// the program answer, unless they do not pass calls on.
pub(crate) fn ask(args: &Args, program: Program, output: &Output) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("broadcast failed: {error}"));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(failed)?;
    socket.set_broadcast(true).map_err(failed)?;
    let xid = Xids::new().next();
    let question = question(xid, program)?;
    let networks = broadcast_addresses()?;
    let mut answers = BTreeSet::new();
    for _ in 0..TIMES {
        let mut sent = Err(io::Error::other("no network to ask"));
        for network in &networks {
            sent = socket.send_to(&question, SocketAddrV4::new(*network, args.port)).or(sent);
        }
        sent.map_err(failed)?;
        let patience = args.timeout.checked_div(TIMES).unwrap_or(args.timeout);
        collect(&socket, xid, patience, &mut answers, output).map_err(failed)?;
    }
    if output.json {
        return output.json(&answers);
    }
    Ok(())
}

fn question(xid: u32, program: Program) -> Result<Vec<u8>, Failure> {
    let body = CallBody {
        program: PMAP_PROG,
        version: PMAP_VERS,
        procedure: PMAPPROC_CALLIT,
        cred: OpaqueAuth::NONE,
        verf: OpaqueAuth::NONE,
    };
    let args = CallArgs {
        prog: program.number,
        vers: program.version.unwrap_or_default(),
        proc: 0,
        args: Vec::new(),
    };
    let mut message = Vec::new();
    message
        .put(&RpcMsg { xid, body: MsgBody::Call(body) })
        .and_then(|()| message.put(&args))
        .map_err(Failure::new)?;
    Ok(message)
}

/// Shows who answers, each once, until the time is up.
fn collect(
    socket: &UdpSocket,
    xid: u32,
    patience: Duration,
    answers: &mut BTreeSet<Answer>,
    output: &Output,
) -> io::Result<()> {
    let began = Instant::now();
    let mut buffer = [0; LONGEST];
    while let Some(left) = patience.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        socket.set_read_timeout(Some(left))?;
        let (count, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if is_timeout(&error) => break,
            Err(error) => return Err(error),
        };
        let Some(port) = answer(buffer.get(..count).unwrap_or_default(), xid) else { continue };
        let answer = shown(from, port);
        if answers.len() >= MAX_ANSWERS || answers.contains(&answer) {
            continue;
        }
        if !output.json {
            output
                .line(&format!("{}\t{}", answer.address, from.ip()))
                .map_err(|failure| io::Error::other(failure.to_string()))?;
        }
        answers.insert(answer);
    }
    Ok(())
}

fn shown(from: SocketAddr, port: u32) -> Answer {
    let address = format!("{}.{}.{}", from.ip(), (port >> 8) & 0xff, port & 0xff);
    Answer { address, port }
}

/// The port in an answer to our question; `None` where it is no such answer.
fn answer(message: &[u8], xid: u32) -> Option<u32> {
    let mut from = Reader::new(message);
    let reply: RpcMsg<'_> = from.get().ok()?;
    let MsgBody::Reply(ReplyBody::Accepted(accepted)) = reply.body else { return None };
    if reply.xid != xid || accepted.stat != AcceptStat::Success {
        return None;
    }
    from.get::<CallResult>().ok().map(|result| result.port)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The broadcast addresses of this machine's networks.
fn broadcast_addresses() -> Result<BTreeSet<Ipv4Addr>, Failure> {
    let failed = |error| Failure::new(format!("cannot list this machine's networks: {error}"));
    let addresses: BTreeSet<Ipv4Addr> = getifaddrs()
        .map_err(failed)?
        .filter_map(|interface| interface.broadcast?.as_sockaddr_in().map(|addr| addr.ip()))
        .filter(|address| !address.is_loopback() && !address.is_unspecified())
        .collect();
    if addresses.is_empty() {
        return Err(Failure::new(
            "broadcast failed: this machine is in no network that can be asked",
        ));
    }
    Ok(addresses)
}
