//! Time limits and cancellation of some of a connection's calls.

use std::{
    io::Write,
    net::UdpSocket,
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    ECHO, PATIENCE, PROGRAM, Probe, WAIT, connected, next_record, reply_to, start_pool, success,
    udp,
};
use sunrpc::{
    Transport,
    client::{Cancel, Client, Error, Pending, ProgramClient},
    server::{Pool, Running},
};

/// How long something that ends "at once" takes at the most, on a machine that does a lot besides.
const SOON: Duration = Duration::from_secs(3);

fn start_probe(probe: &Probe) -> Running {
    start_pool(probe, Pool { workers: 8, queue: 64 })
}

fn each_transport(server: &Running) -> [Client; 2] {
    Transport::INET.map(|transport| {
        let builder = Client::builder().timeout(PATIENCE);
        builder.connect(transport, server.tcp_addr().unwrap()).unwrap()
    })
}

fn wait(client: &Client) -> Result<u32, Error> {
    client.call(PROGRAM, 1, WAIT, &1_u32)
}

fn start_wait(client: &Client) -> Pending<u32> {
    client.start(PROGRAM, 1, WAIT, &1_u32).unwrap()
}

fn echo(client: &Client) -> Result<Vec<u32>, Error> {
    client.call(PROGRAM, 1, ECHO, &vec![7_u32])
}

#[test]
fn a_time_limit_is_that_of_its_calls_alone() {
    let limit = Duration::from_millis(80);
    for transport in 0..2 {
        let probe = Probe::default();
        let server = start_probe(&probe);
        let client = &each_transport(&server)[transport];
        let quick = client.with_timeout(limit);
        thread::scope(|scope| {
            let patient = scope.spawn(|| wait(client));
            let ways: [&dyn Fn() -> Result<u32, Error>; 3] =
                [&|| wait(&quick), &|| start_wait(&quick).wait(), &|| {
                    futures_executor::block_on(start_wait(&quick))
                }];
            for way in ways {
                let began = Instant::now();
                let error = way().unwrap_err();
                assert!(matches!(error, Error::Timeout(after) if after == limit), "{error}");
                assert!((limit..SOON).contains(&began.elapsed()), "{:?}", began.elapsed());
            }
            assert_eq!(echo(&quick).unwrap(), [7]);
            probe.gate.open();
            assert_eq!(patient.join().unwrap().unwrap(), 1);
        });
    }
}

#[test]
fn a_reply_that_came_in_time_is_taken_even_if_nobody_looked_in_time() {
    let server = start_probe(&Probe::default());
    for client in each_transport(&server) {
        let limit = Duration::from_millis(50);
        let began = Instant::now();
        let call: Pending<Vec<u32>> =
            client.with_timeout(limit).start(PROGRAM, 1, ECHO, &vec![7_u32]).unwrap();
        client.flush().unwrap();
        // The server works in turn: the first has been answered when this one is. Nobody reads the first's reply yet.
        while began.elapsed() <= limit {
            thread::yield_now();
        }
        assert_eq!(call.wait().unwrap(), [7]);
        assert!(began.elapsed() < SOON);
    }
}

#[test]
fn a_started_call_has_its_time_from_the_start() {
    let probe = Probe::default();
    let server = start_probe(&probe);
    for client in each_transport(&server) {
        let limit = Duration::from_secs(1);
        let began = Instant::now();
        let call = start_wait(&client.with_timeout(limit));
        client.flush().unwrap();
        while began.elapsed() < limit * 9 / 10 {
            thread::yield_now();
        }
        let waiting = Instant::now();
        let error = call.wait().unwrap_err();
        assert!(matches!(error, Error::Timeout(_)), "{error}");
        assert!(waiting.elapsed() < limit * 2 / 3, "{:?}", waiting.elapsed());
    }
    probe.gate.open();
}

#[test]
fn a_started_call_whose_time_is_over_is_not_waited_for() {
    let probe = Probe::default();
    let server = start_probe(&probe);
    for client in each_transport(&server) {
        let limit = Duration::from_millis(50);
        let began = Instant::now();
        let call = start_wait(&client.with_timeout(limit));
        client.flush().unwrap();
        while began.elapsed() <= limit {
            thread::yield_now();
        }
        let error = call.wait().unwrap_err();
        assert!(matches!(error, Error::Timeout(_)), "{error}");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
    probe.gate.open();
}

/// Cancels what `call` waits for once `arrived` says that it waits, or is about to.
fn cancelled<R: Send>(
    client: &Client,
    arrived: impl FnOnce(),
    call: impl FnOnce(&Client) -> Result<R, Error> + Send,
) {
    let cancel = Cancel::new();
    let client = client.cancelled_by(&cancel);
    thread::scope(|scope| {
        let calling = scope.spawn(|| call(&client).map(|_| Instant::now()));
        arrived();
        assert!(!calling.is_finished());
        let began = Instant::now();
        cancel.cancel();
        let error = calling.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    });
    // Later ones do not begin.
    assert!(matches!(wait(&client), Err(Error::Cancelled)));
    assert!(matches!(client.start::<u32, u32>(PROGRAM, 1, WAIT, &1), Err(Error::Cancelled)));
    assert!(matches!(client.send(PROGRAM, 1, WAIT, &1_u32), Err(Error::Cancelled)));
}

#[test]
fn a_call_is_cancelled_however_it_waits() {
    let probe = Probe::default();
    let server = start_probe(&probe);
    let mut arrived = 0;
    let mut one_more = || {
        arrived += 1;
        probe.gate.arrived(arrived);
    };
    for client in each_transport(&server) {
        // As the one who reads the socket.
        cancelled(&client, &mut one_more, wait);
        cancelled(&client, &mut one_more, |client| start_wait(client).wait());
    }
    // As a task, and as one of several; the one who reads the socket goes on.
    let client = &each_transport(&server)[0];
    thread::scope(|scope| {
        let reading = scope.spawn(|| wait(client));
        one_more();
        cancelled(client, &mut one_more, wait);
        cancelled(client, &mut one_more, |client| futures_executor::block_on(start_wait(client)));
        assert!(!reading.is_finished());
        probe.gate.open();
        assert_eq!(reading.join().unwrap().unwrap(), 1);
    });
    assert_eq!(echo(client).unwrap(), [7]);
}

#[test]
fn a_cancelled_leader_ends_while_others_are_answered() {
    let (client, mut server) = connected();
    let cancel = Cancel::new();
    let client = client.cancelled_by(&cancel);
    thread::scope(|scope| {
        let calling = scope.spawn(|| wait(&client));
        let call = next_record(&mut server);
        let others = reply_to(&[!call[0], 0, 0, 0], 0);
        let began = Instant::now();
        cancel.cancel();
        while !calling.is_finished() {
            server.write_all(&others).unwrap();
            thread::sleep(Duration::from_millis(2));
            assert!(began.elapsed() < SOON, "still waiting");
        }
        let error = calling.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error:?}");
    });
}

#[test]
fn a_cancelled_leader_lets_another_read() {
    let server = udp();
    let client = Client::builder()
        .timeout(PATIENCE)
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    let cancel = Cancel::new();
    let cancelled = client.cancelled_by(&cancel);
    let receive = |socket: &UdpSocket| {
        let mut message = [0; 100];
        let (_, peer) = socket.recv_from(&mut message).unwrap();
        (success(&message, &[]), peer)
    };
    thread::scope(|scope| {
        let leading = scope.spawn(|| cancelled.call::<(), ()>(PROGRAM, 1, 0, &()));
        receive(&server);
        let following = scope.spawn(|| client.call::<(), ()>(PROGRAM, 1, 0, &()));
        let (reply, peer) = receive(&server);
        cancel.cancel();
        assert!(matches!(leading.join().unwrap(), Err(Error::Cancelled)));
        server.send_to(&reply, peer).unwrap();
        following.join().unwrap().unwrap();
    });
}

/// What rpcgen writes.
struct Typed(Client);

impl ProgramClient for Typed {
    const PROGRAM: u32 = PROGRAM;
    const VERSION: u32 = 1;

    fn new(client: Client) -> Self {
        Self(client)
    }

    fn client(&self) -> &Client {
        &self.0
    }
}

#[test]
fn a_typed_client_has_the_same_of_itself() {
    let silent = udp();
    let typed = Typed::new(Client::udp(silent.local_addr().unwrap()).unwrap());
    let error = wait(typed.with_timeout(Duration::from_millis(20)).client()).unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(wait(typed.cancelled_by(&cancel).client()), Err(Error::Cancelled)));
}
