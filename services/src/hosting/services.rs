//! The services of this crate, each on sockets of its own.

use std::{io, net::SocketAddr, thread, time::Duration};

use sunrpc::server::{Limits, Pool, Server};

use super::host::{Host, Named};
use crate::{
    daytime::Daytime,
    doctor::{Doctor, SessionLimits},
    idl::{
        daytime::{DAYTIME_PROG, DAYTIME_VERS, DaytimeV1Server},
        doctor::{DOCTOR_PROG, DOCTOR_VERS, DoctorV1Server},
        passcheck::{PASSCHECK_PROG, PASSCHECK_VERS},
    },
    passcheck::{Passcheck, PasscheckServer},
};

/// The time of day, at that address; port 0 lets the system choose.
pub fn daytime(service: Daytime, at: SocketAddr) -> io::Result<Host> {
    let named = Named { name: "daytime", program: DAYTIME_PROG, version: DAYTIME_VERS };
    Host::bind(named, Server::builder().service(DaytimeV1Server(service)), at)
}

/// Memory for the doctor's last replies over UDP, in bytes: some 3000 at their longest. A call that is sent
/// again after its reply was forgotten would move him twice.
const DOCTORS_DUPLICATES: usize = 4 << 20;

/// The doctor, at that address.
pub fn doctor(limits: SessionLimits, at: SocketAddr) -> io::Result<Host> {
    let named = Named { name: "doctor", program: DOCTOR_PROG, version: DOCTOR_VERS };
    let service = DoctorV1Server(Doctor::new(limits));
    let mut server = Limits::default();
    // The connection of a patient who thinks for long lasts as long as his session.
    server.duplicates.max_bytes = DOCTORS_DUPLICATES;
    server.idle_timeout = limits.idle.saturating_add(Duration::from_secs(60));
    Host::bind(named, Server::builder().service(service).limits(server), at)
}

/// The check of passwords, at that address.
pub fn passcheck(service: Passcheck, at: SocketAddr, pool: Pool) -> io::Result<Host> {
    let named = Named { name: "passcheck", program: PASSCHECK_PROG, version: PASSCHECK_VERS };
    let service = PasscheckServer::new(service);
    Host::bind(named, Server::builder().blocking_service(service, pool), at)
}

/// As many threads as the machine has processors, 8 at the most, and 8 calls that wait for each; behind those
/// the service says that it is busy.
///
/// A check takes 19 MiB and about 23 ms: 152 MiB at once, and 200 ms for who waits longest.
pub fn passcheck_pool() -> Pool {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(8);
    Pool { workers, queue: workers.saturating_mul(8) }
}
