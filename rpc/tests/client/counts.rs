//! What a client counts: what it sends again, and replies that nobody waits for.

use std::{
    net::{SocketAddr, UdpSocket},
    thread,
    time::Duration,
};

use crate::common::{PATIENCE, PROGRAM, success, udp};
use sunrpc::{
    Transport,
    client::{Client, Error, Pending, Stats},
};

/// A client that sends again after so long, and the socket of its server.
fn client(resend: Duration) -> (Client, UdpSocket) {
    let server = udp();
    let client = Client::builder()
        .retransmit(resend, resend)
        .timeout(PATIENCE)
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    (client, server)
}

fn start(client: &Client) -> Pending<()> {
    client.start(PROGRAM, 1, 0, &()).unwrap()
}

/// The next call that comes to a server: the reply to it, and who made it.
fn next_reply(server: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut call = [0; 100];
    let (_, caller) = server.recv_from(&mut call).unwrap();
    (success(&call, &[]), caller)
}

/// The counts once all that was sent to the client has been read, and a reply to one more call of it.
fn stats(client: &Client, server: &UdpSocket) -> Stats {
    pass_over_copies(server);
    let call = start(client);
    let (reply, caller) = next_reply(server);
    server.send_to(&reply, caller).unwrap();
    call.wait().unwrap();
    pass_over_copies(server);
    client.stats()
}

/// A call may have been sent more often than the server has looked.
fn pass_over_copies(server: &UdpSocket) {
    server.set_nonblocking(true).unwrap();
    while server.recv(&mut [0; 100]).is_ok() {}
    server.set_nonblocking(false).unwrap();
}

#[test]
fn a_reply_to_a_call_that_was_given_up_is_late() {
    let (client, server) = client(PATIENCE);
    drop(start(&client));
    let (reply, caller) = next_reply(&server);
    server.send_to(&reply, caller).unwrap();
    let counted = stats(&client, &server);
    assert_eq!((counted.calls, counted.late, counted.strays), (2, 1, 0));

    let hasty = client.with_timeout(Duration::from_millis(1));
    let error = hasty.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");
    let (reply, caller) = next_reply(&server);
    server.send_to(&reply, caller).unwrap();
    let counted = stats(&client, &server);
    assert_eq!((counted.calls, counted.late, counted.strays), (4, 2, 0));
}

#[test]
fn the_second_reply_to_a_call_that_was_sent_again_is_late() {
    let (client, server) = client(Duration::from_millis(10));
    let by_thread = || client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
    let by_task = || futures_executor::block_on(start(&client)).unwrap();
    for (count, call) in [(1, &by_thread as &(dyn Fn() + Sync)), (2, &by_task)] {
        thread::scope(|scope| {
            scope.spawn(call);
            let replies = [next_reply(&server), next_reply(&server)];
            for (reply, caller) in replies {
                server.send_to(&reply, caller).unwrap();
            }
        });
        let counted = stats(&client, &server);
        assert_eq!((counted.late, counted.strays), (count, 0));
        assert!(counted.retransmissions >= count, "{counted:?}");
    }
}

#[test]
fn a_reply_to_no_call_and_a_second_one_to_a_call_that_was_sent_once_are_strays() {
    let (client, server) = client(PATIENCE);
    let call = start(&client);
    let (reply, caller) = next_reply(&server);
    for message in [&success(&[9; 4], &[]), &reply, &reply] {
        server.send_to(message, caller).unwrap();
    }
    call.wait().unwrap();
    let counted = stats(&client, &server);
    assert_eq!((counted.late, counted.strays), (0, 2));
}
