//! What stands around calls: interceptors, guards, metrics.

mod common;

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Instant,
};

use common::{COUNT, PROGRAM, Probe, call, words};
use sunrpc::{
    client::{Client, Error},
    proto::{AuthStat, AuthSysParms, Credentials},
    server::{Call, Fault, Guarded, Interceptor, Pool, Server, only_auth_sys, only_local},
};

/// Notes what passes, in and out, under its name; refuses procedure 99.
struct Gatekeeper(&'static str, Arc<Mutex<Vec<String>>>);

impl Interceptor for Gatekeeper {
    fn around(
        &self,
        call: &Call<'_>,
        next: &mut dyn FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let note = |what: &str| {
            self.1.lock().unwrap().push(format!("{} {what} {}", self.0, call.procedure()))
        };
        note("in");
        let result =
            if call.procedure() == 99 { Err(Fault::Auth(AuthStat::TooWeak)) } else { next() };
        note(if result.is_ok() { "out" } else { "fault" });
        result
    }
}

#[test]
fn interceptors_stand_around_each_other() {
    let notes = Arc::default();
    let server = Server::builder()
        .service(Probe::default())
        .intercept(Gatekeeper("outer", Arc::clone(&notes)))
        .intercept(Gatekeeper("inner", Arc::clone(&notes)))
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    let error = client.call::<(), u32>(PROGRAM, 1, 99, &()).unwrap_err();
    assert!(matches!(error, Error::Auth(AuthStat::TooWeak)), "{error}");
    assert_eq!(
        *notes.lock().unwrap(),
        ["outer in 2", "inner in 2", "inner out 2", "outer out 2", "outer in 99", "outer fault 99"]
    );
}

/// Runs a call twice.
struct Twice;

impl Interceptor for Twice {
    fn around(
        &self,
        _: &Call<'_>,
        next: &mut dyn FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        next().and_then(|()| next())
    }
}

#[test]
fn no_interceptor_runs_a_call_twice() {
    let probe = Probe::default();
    let server = Server::builder().service(probe.clone()).intercept(Twice).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let error = client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::SystemErr), "{error}");
    assert_eq!(probe.count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_guard_stands_before_a_full_pool_too() {
    let guarded =
        Guarded::new(Probe::default(), |_: &Call<'_>| Err(Fault::Auth(AuthStat::TooWeak)));
    let pool = Pool { workers: 1, queue: 0 };
    let server = Server::builder().blocking_service(guarded, pool).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Client::tcp(server.tcp_addr().unwrap()).unwrap();
    let error = client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::Auth(AuthStat::TooWeak)), "{error}");
}

#[test]
fn only_who_is_on_this_machine_is_local() {
    let guarded = Guarded::new(Probe::default(), only_local);
    let mut core = Server::builder().service(guarded).core();
    for (addr, is_local) in [
        ("127.0.0.1:9", true),
        ("127.9.9.9:9", true),
        ("[::1]:9", true),
        ("[::ffff:127.0.0.1]:9", true),
        ("192.0.2.1:9", false),
        ("[::ffff:192.0.2.1]:9", false),
        ("[2001:db8::1]:9", false),
        ("0.0.0.0:9", false),
    ] {
        let mut reply = Vec::new();
        let call = call(1, 1, COUNT, &[]);
        core.datagram(addr.parse().unwrap(), &call, Instant::now(), &mut reply);
        assert_eq!(words(&reply)[2] == 0, is_local, "{addr}");
    }
}

#[test]
fn a_guarded_service_answers_whom_it_may() {
    let signed = Probe { version: 2, ..Probe::default() };
    let server = Server::builder()
        .service(Guarded::new(Probe::default(), only_local))
        .service(Guarded::new(signed, only_auth_sys))
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let addr = server.tcp_addr().unwrap();
    let nobody = Client::tcp(addr).unwrap();
    nobody.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    nobody.call::<(), ()>(PROGRAM, 2, 0, &()).unwrap();
    let error = nobody.call::<(), u32>(PROGRAM, 2, COUNT, &()).unwrap_err();
    assert!(matches!(error, Error::Auth(AuthStat::TooWeak)), "{error}");
    let parms =
        AuthSysParms { stamp: 1, machine_name: "here".into(), uid: 7, gid: 7, gids: vec![] };
    let somebody = Client::builder()
        .credentials(Credentials::Sys(parms))
        .connect(sunrpc::Transport::Udp, addr)
        .unwrap();
    somebody.call::<(), u32>(PROGRAM, 2, COUNT, &()).unwrap();
}

#[cfg(feature = "metrics")]
#[test]
fn metrics_count_calls_and_faults() {
    let metrics = sunrpc::server::Metrics::new();
    let server = Server::builder()
        .service(Probe::default())
        .intercept(metrics.clone())
        .listen("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let client = Client::udp(server.udp_addr().unwrap()).unwrap();
    for _ in 0..5 {
        client.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    }
    client.call::<(), u32>(PROGRAM, 1, 99, &()).unwrap_err();
    let seen: Vec<_> =
        metrics.read().iter().map(|one| (one.procedure, one.calls, one.faults)).collect();
    assert_eq!(seen, [(COUNT, 5, 0), (u32::MAX, 1, 1)]);
}
