//! A server to be ill-treated: it stands on `sunrpc` alone, with limits from its command line, and prints
//! `ready tcp=ADDR udp=ADDR`.
//!
//! ```text
//! victim [read=MS] [idle=MS] [write=MS] [record=BYTES] [queue=BYTES] [connections=N]
//! ```

use std::{
    env,
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sunrpc::{
    server::{Fault, Limits, Server, Service},
    xdr::{Array, List, Opaque, Str},
};
use sunrpc_tests::service::does;

/// The program; it has versions 2 and 4.
const PROGRAM: u32 = 0x2000_0099;

fn victim(version: u32) -> impl Service {
    let count = AtomicU32::new(0);
    does(PROGRAM, version, move |call, args, results| {
        match call.procedure() {
            0 => results.put(&args.get::<()>()?),
            // ECHO: opaque<> to opaque<>
            1 => results.put_as::<Opaque, _>(&args.get_as::<Opaque, &[u8]>()?),
            // NAME: string<64> to string<64>
            2 => results.put_as::<Str<64>, _>(&args.get_as::<Str<64>, String>()?),
            // SUM: unsigned<> to unsigned
            3 => {
                let numbers = args.get_as::<Array<u32>, Vec<u32>>()?;
                results.put(&numbers.into_iter().fold(0_u32, u32::wrapping_add))
            }
            // LENGTH: string *list to unsigned
            4 => {
                let list = args.get_as::<List<Str<16>>, Vec<String>>()?;
                results.put(&u32::try_from(list.len()).map_err(|_| Fault::SystemErr)?)
            }
            // NOT: bool to bool
            5 => results.put(&!args.get::<bool>()?),
            // FILL: unsigned to opaque<> of that length
            6 => {
                let len: u32 = args.get()?;
                results.put_as::<Opaque<{ 1 << 20 }>, _>(&vec![0xaa; len.min(1 << 20) as usize])
            }
            // COUNT: how often this was called
            7 => {
                args.get::<()>()?;
                results.put(&(count.fetch_add(1, Ordering::Relaxed) + 1))
            }
            // PANIC, a number that no flipped bit makes
            0x7ead_beef => panic!("asked to panic"),
            _ => Err(Fault::ProcUnavail),
        }
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut limits = Limits::default();
    for arg in env::args().skip(1) {
        let (name, value) = arg.split_once('=').ok_or("name=value")?;
        let value: u32 = value.parse()?;
        let time = Duration::from_millis(value.into());
        match name {
            "read" => limits.read_timeout = time,
            "idle" => limits.idle_timeout = time,
            "write" => limits.write_timeout = time,
            "record" => limits.records.max_record_bytes = usize::try_from(value)?,
            "queue" => limits.max_reply_queue_bytes = usize::try_from(value)?,
            "connections" => limits.max_connections = usize::try_from(value)?,
            _ => return Err(format!("no limit {name}").into()),
        }
    }
    let server = [2, 4]
        .into_iter()
        .fold(Server::builder(), |builder, version| builder.service(victim(version)))
        .limits(limits)
        .listen("127.0.0.1:0")
        .bind()?;
    let (tcp, udp) = (server.tcp_addr().ok_or("no TCP")?, server.udp_addr().ok_or("no UDP")?);
    println!("ready tcp={tcp} udp={udp}");
    Ok(server.run()?)
}
