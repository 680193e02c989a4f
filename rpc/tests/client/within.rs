//! What a user brings calls through the very client that it is brought to.

use std::sync::{Arc, Mutex, OnceLock, atomic::Ordering};

use crate::common::{COUNT, PATIENCE, PROGRAM, Probe, start_probe};
use sunrpc::{
    Transport,
    client::{Builder, Client, Error, Flavor, Interceptor, Outgoing},
    proto::{OpaqueAuth, OwnedAuth},
};

/// A call within one, by a client that is known once it is connected.
#[derive(Clone, Default)]
struct Within {
    client: Arc<OnceLock<Client>>,
    /// Who calls within a call does not do so within that one, too.
    busy: Arc<Mutex<()>>,
}

impl Within {
    fn call(&self) {
        let Some((client, _busy)) = self.client.get().zip(self.busy.try_lock().ok()) else {
            return;
        };
        let quick = client.with_timeout(PATIENCE / 4);
        quick.call::<(), u32>(PROGRAM, 1, COUNT, &()).unwrap();
    }
}

impl Interceptor for Within {
    fn before(&self, _: &Outgoing<'_>) -> Result<(), Error> {
        self.call();
        Ok(())
    }

    fn after(&self, _: &Outgoing<'_>, _: Result<(), &Error>, _: std::time::Duration) {
        self.call();
    }
}

impl Flavor for Within {
    fn credential(&self) -> OwnedAuth {
        self.call();
        OwnedAuth::default()
    }

    fn check(&self, _: u32, _: &OpaqueAuth<'_>) -> bool {
        true
    }
}

/// Calls in every way, with so many calls within each.
fn each_way(build: impl Fn(Within) -> Builder, within_each: u32) {
    for transport in Transport::INET {
        let (probe, within) = (Probe::default(), Within::default());
        let server = start_probe(&probe);
        let client = build(within.clone()).connect(transport, server.tcp_addr().unwrap()).unwrap();
        within.client.set(client.clone()).unwrap();
        let start = || client.start::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
        client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
        start().wait().unwrap();
        futures_executor::block_on(start()).unwrap();
        assert_eq!(probe.count.load(Ordering::SeqCst), 3 * within_each);
    }
}

#[test]
fn interceptors_may_call() {
    each_way(|within| Client::builder().intercept(within), 2);
}

#[test]
fn flavors_may_call_for_a_credential() {
    each_way(|within| Client::builder().flavor(within), 1);
}
