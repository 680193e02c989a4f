//! `services` as a person runs it: servers, clients, the demonstration.

mod common;

use std::time::{Duration, Instant};

use common::{
    Accounts, CHEAP, Portmap,
    program::{Serving, services, told},
    unchosen_port,
};
use sunrpc::Transport;

/// `services NAME --portmap … --transport …`
fn client(
    portmap: &Portmap,
    transport: Transport,
    args: &[&str],
    input: &str,
) -> (String, String, i32) {
    let mut all = args.to_vec();
    all.extend(["--portmap", &portmap.at, "--transport", transport.name()]);
    told(&all, input)
}

#[test]
fn serves_all_and_unregisters_when_told_to_stop() {
    for signal in ["-TERM", "-INT"] {
        let (portmap, accounts) = (Portmap::start(), Accounts::new(CHEAP));
        let mut serving = Serving::start(&portmap.at, &accounts.path(), &[]);
        for (name, program) in
            [("daytime", 536_873_063), ("doctor", 536_877_414), ("passcheck", 536_877_432)]
        {
            let line = serving.line();
            let [tcp, udp] = Transport::INET.map(|way| portmap.port(program, way));
            assert_eq!(
                line,
                format!(
                    "ready {name} prog={program} vers=1 tcp=127.0.0.1:{tcp} udp=127.0.0.1:{udp}"
                )
            );
        }
        for transport in Transport::INET {
            let (out, error, status) = client(&portmap, transport, &["daytime"], "");
            assert_eq!((out.lines().count(), error.as_str(), status), (2, "", 0), "{out}");
            let said = "Men are all alike.\nHe says I'm depressed.\n\nunheard\n";
            let (out, error, status) = client(&portmap, transport, &["doctor"], said);
            assert_eq!(
                out,
                "How do you do. Please tell me your problem.\nIn what way?\n\
                 I am sorry to hear you are depressed.\nGoodbye. It was nice talking to you.\n"
            );
            assert_eq!((error.as_str(), status), ("", 0));
            for (args, input, said, expected) in [
                (["passcheck", "check", "alice"].as_slice(), "secret\n", "access granted\n", 0),
                (["passcheck", "alice"].as_slice(), "secret\n", "access granted\n", 0),
                (["passcheck"].as_slice(), "alice\nSecret\n", "access denied\n", 1),
            ] {
                let (out, error, status) = client(&portmap, transport, args, input);
                assert_eq!((out.as_str(), error.as_str(), status), (said, "", expected));
            }
        }
        let (rest, status) = serving.stop(signal);
        assert!(rest.is_empty(), "one line each, no more: {rest:?}");
        assert_eq!(status.code(), Some(0));
        for program in [536_873_063, 536_877_414, 536_877_432] {
            assert_eq!(Transport::INET.map(|way| portmap.port(program, way)), [0, 0]);
        }
    }
}

#[test]
fn serves_what_is_named_where_it_is_told() {
    let (portmap, accounts) = (Portmap::start(), Accounts::new(CHEAP));
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it");
    let port = free.port().to_string();
    let mut serving = Serving::start(&portmap.at, &accounts.path(), &["daytime", "--port", &port]);
    assert!(serving.line().contains(&format!(" tcp={free} udp={free}")));
    assert!(serving.stop("-TERM").0.is_empty());
    let many = ["serve", "doctor", "daytime", "--port", &port, "--portmap", &portmap.at];
    let (_, error, status) = told(&many, "");
    assert_eq!(status, 2);
    assert!(error.contains("is for one service, and 2 would serve"), "{error}");
}

/// The server's zone, not the client's. One with its rule in its name needs no data base.
#[test]
fn the_time_is_in_the_servers_zone() {
    for (zone, expected) in
        [("XYZ-5:30", "UTC+05:30 (XYZ)"), ("UTC0", "UTC+00:00"), ("No/Where", "UTC+00:00 (UTC)")]
    {
        let (portmap, accounts) = (Portmap::start(), Accounts::new(CHEAP));
        let mut serving = Serving::start_in_zone(zone, &portmap.at, &accounts.path(), &["daytime"]);
        serving.line();
        let (out, _, status) = client(&portmap, Transport::Udp, &["daytime"], "");
        assert!(status == 0 && out.contains(expected), "{zone}: {out}");
    }
}

#[test]
fn clients_say_what_was_tried_and_what_to_try() {
    let portmap = Portmap::start();
    for (name, transport) in [("daytime", Transport::Tcp), ("doctor", Transport::Udp)] {
        let (out, error, status) = client(&portmap, transport, &[name], "");
        assert_eq!((out.as_str(), status), ("", 2));
        let at = &portmap.at;
        assert_eq!(
            error,
            format!(
                "services: looked for {name} over {transport} with the portmapper at {at}: it is not \
                 registered there\n  start it: services serve {name} --portmap {at}\n"
            )
        );
    }
    let (_, error, status) = told(&["passcheck", "alice", "--portmap", "127.0.0.1:1"], "secret\n");
    assert_eq!(status, 2);
    assert!(error.contains("with the portmapper at 127.0.0.1:1: cannot reach"), "{error}");
    assert!(error.contains("--portmap HOST:PORT"), "{error}");
}

#[test]
fn a_service_that_was_killed_is_told_over_both_transports() {
    let (portmap, accounts) = (Portmap::start(), Accounts::new(CHEAP));
    let mut serving = Serving::start(&portmap.at, &accounts.path(), &["daytime"]);
    serving.line();
    serving.stop("-KILL");
    for transport in Transport::INET {
        let (_, error, status) = client(&portmap, transport, &["daytime"], "");
        assert_eq!(status, 2);
        for said in [
            "it is registered there, but does not answer: cannot reach 127.0.0.1:",
            &format!("start it again: services serve daytime --portmap {}", portmap.at),
        ] {
            assert!(error.contains(said), "{error}");
        }
    }
}

#[test]
fn an_environment_that_names_no_portmapper_is_told_as_such() {
    for args in [["daytime"].as_slice(), &["serve", "daytime"]] {
        let output = services().args(args).env("PORTMAP", "bad:port").output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            error.starts_with("services: $PORTMAP is \"bad:port\": a portmapper is at"),
            "{error}"
        );
    }
}

/// A socket that takes what comes and never answers.
#[test]
fn clients_wait_no_longer_than_they_are_told() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let at = silent.local_addr().expect("its address").to_string();
    let began = Instant::now();
    let args = ["daytime", "--transport", "udp", "--timeout", "0.3", "--portmap", &at];
    let (_, error, status) = told(&args, "");
    assert_eq!(status, 2);
    assert!(error.contains("no reply within 300ms"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_demonstration_shows_everything() {
    let began = Instant::now();
    let (out, error, status) = told(&["demo"], "");
    assert_eq!((error.as_str(), status), ("", 0), "{out}");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(out.lines().filter(|line| line.starts_with("ready ")).count(), 4, "{out}");
    for transport in Transport::INET {
        for name in ["daytime", "doctor", "passcheck"] {
            assert!(out.contains(&format!("\n{name} over {transport}, found at 127.0.0.1:")));
        }
        let rows = out.lines().filter(|line| line.trim_start().starts_with(transport.name()));
        let figures: Vec<&str> = rows.flat_map(str::split_whitespace).collect();
        assert_eq!(figures.len(), 5, "transport, calls, p50, p99, max: {figures:?}");
    }
    for said in ["In what way?", "access granted", "access denied"] {
        assert_eq!(out.matches(said).count(), 2, "{said}: {out}");
    }
}

/// What is empty is as good as unset.
#[test]
fn a_log_level_that_is_none_is_told() {
    for (level, told) in [("daytime=loud", "ignoring `daytime=loud`"), ("", " registered ")] {
        let portmap = Portmap::start();
        let mut serve = services();
        serve.args(["serve", "daytime", "--portmap", &portmap.at]).env("RUST_LOG", level);
        let (mut log, written) = std::io::pipe().expect("a pipe");
        let mut serving = Serving::spawn(serve.stderr(written));
        drop(serve);
        serving.line();
        serving.stop("-TERM");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut log, &mut said).expect("text");
        assert!(said.contains(told), "{level:?}: {said}");
    }
}

#[test]
fn nobody_need_read_what_is_said() {
    let closed = || std::io::pipe().expect("a pipe").1;
    let nobody = ["daytime", "--portmap", "127.0.0.1:1"];
    let unheard = services().args(nobody).stderr(closed()).status().expect("it runs");
    assert_eq!(unheard.code(), Some(2));
    let at = format!("127.0.0.1:{}", unchosen_port(0));
    let mut serve = services();
    serve.args(["serve", "daytime", "--portmap", &at]).stderr(closed());
    let mut serving = Serving::spawn(&mut serve);
    serving.line();
    // That there was no portmapper was logged, which has ended nothing.
    let portmap = Portmap::start_at(&at);
    let until = Instant::now() + Duration::from_secs(20);
    while portmap.port(536_873_063, Transport::Tcp) == 0 {
        assert!(Instant::now() < until, "it registers");
        std::thread::sleep(Duration::from_millis(5));
    }
    let ask = ["daytime", "--portmap", &portmap.at];
    assert!(services().args(ask).stdout(closed()).status().expect("it runs").success());
}
