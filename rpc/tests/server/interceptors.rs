//! What stands around calls: interceptors, guards, metrics.

use std::sync::{Arc, Mutex};

use crate::common::{COUNT, PROGRAM, Probe};
use sunrpc::{
    client::{Client, Error},
    proto::{AuthStat, AuthSysParms, Credentials},
    server::{Call, Fault, Guarded, Interceptor, Server, only_auth_sys, only_local},
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
