//! The time of day, over the network.

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::{HERE, client, start};
use sunrpc::Transport;
use sunrpc_services::{daytime::Daytime, hosting, idl::daytime::DaytimeV1Client};

#[test]
fn tells_the_hosts_time_over_both_transports() {
    let ready = start(hosting::daytime(Daytime::default(), HERE));
    for transport in Transport::INET {
        let daytime: DaytimeV1Client = client(&ready, transport);
        daytime.null().expect("an answer");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let moment = daytime.get().expect("a moment");
        let told =
            Duration::new(moment.seconds.try_into().expect("after 1970"), moment.nanoseconds);
        assert!(told.abs_diff(now) < Duration::from_secs(60), "{moment:?}");
        assert!(!moment.zone.is_empty());
        let text = daytime.text().expect("a text");
        assert_eq!(text.len(), "Fri Nov 20 22:06:53 2026".len(), "{text}");
    }
}

#[test]
fn both_transports_share_a_port() {
    let ready = start(hosting::daytime(Daytime::default(), HERE));
    assert_eq!(ready.tcp(), ready.udp());
    let line = ready.to_string();
    let port = ready.tcp().port();
    assert_eq!(
        line,
        format!("ready daytime prog=536873063 vers=1 tcp=127.0.0.1:{port} udp=127.0.0.1:{port}")
    );
}
