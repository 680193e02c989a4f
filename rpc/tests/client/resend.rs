//! How soon a client sends a call again (UDP): as the server's time to answer says.

use std::{thread, time::Duration};

use crate::common::{PATIENCE, PROGRAM, serves, success, udp};
use sunrpc::{Transport, client::Client, server::Server};

#[test]
fn a_server_that_takes_its_time_is_given_it() {
    let slow = serves(PROGRAM, |_, _, results| {
        thread::sleep(Duration::from_millis(60));
        results.put(&())
    });
    let server = Server::builder().service(slow).listen("127.0.0.1:0").bind().unwrap();
    let server = server.spawn().unwrap();
    let client = Client::builder()
        .retransmit(Duration::from_millis(20), PATIENCE)
        .timeout(PATIENCE)
        .connect(Transport::Udp, server.udp_addr().unwrap())
        .unwrap();
    let sent_again = |_| {
        let before = client.stats().retransmissions;
        client.call::<(), ()>(PROGRAM, 1, 1, &()).unwrap();
        client.stats().retransmissions > before
    };
    let calls: Vec<bool> = (0..40).map(sent_again).collect();
    assert!(calls[0], "the first is sent again");
    assert!(calls.windows(5).any(|calls| calls == [false; 5]), "{calls:?}");
}

#[test]
fn what_is_lost_on_the_way_to_a_quick_server_is_soon_sent_again() {
    let server = udp();
    // Unless it learns better, it would never send again in its time.
    let client = Client::builder()
        .retransmit(PATIENCE * 3, PATIENCE * 3)
        .timeout(PATIENCE)
        .connect(Transport::Udp, server.local_addr().unwrap())
        .unwrap();
    // Some of them are measured.
    const CALLS: usize = 400;
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut call = [0; 100];
            for number in 0..CALLS + 2 {
                let (_, caller) = server.recv_from(&mut call).unwrap();
                if number != CALLS {
                    server.send_to(&success(&call, &[]), caller).unwrap();
                }
            }
        });
        (0..=CALLS).for_each(|_| client.call::<(), ()>(PROGRAM, 1, 0, &()).unwrap());
    });
    assert_eq!(client.stats().retransmissions, 1);
}
