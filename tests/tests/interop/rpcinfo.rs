//! Debian's `rpcinfo` asks our portmapper and calls our services.

use sunrpc_tests::{
    isolated::isolated,
    needs::{Need, RPCINFO},
    process::{Finished, command, eventually, run},
};

use crate::ours::{PROGRAMS, Services, is_registered, portmap};

fn rpcinfo(args: &[&str]) -> Finished {
    run(command("rpcinfo").args(args)).ok()
}

/// Program, version, protocol and port of each row of `rpcinfo -p`, sorted.
fn rows(listed: &str) -> Vec<(u32, u32, String, u16)> {
    let row = |line: &str| {
        let mut parts = line.split_whitespace();
        let program = parts.next()?.parse().ok()?;
        let version = parts.next()?.parse().ok()?;
        let protocol = parts.next()?.to_owned();
        Some((program, version, protocol, parts.next()?.parse().ok()?))
    };
    let mut rows: Vec<_> = listed.lines().filter_map(row).collect();
    rows.sort();
    rows
}

#[test]
fn lists_what_is_registered_and_nothing_else() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&[]);
        let names = PROGRAMS.map(|(name, _)| name);
        let services = Services::registered(&names);
        let mut expected = Vec::new();
        for version in 2..=4 {
            expected.extend(["tcp", "udp"].map(|at| (100_000, version, at.to_owned(), 111)));
        }
        for (name, number) in PROGRAMS {
            for transport in ["tcp", "udp"] {
                expected.push((number, 1, transport.to_owned(), services.port(name, transport)));
            }
        }
        let listed = rpcinfo(&["-p", "127.0.0.1"]);
        assert_eq!(rows(&listed.stdout), expected, "{listed}");
        // Its other formats go through versions 3 and 4.
        let short = rpcinfo(&["-s", "127.0.0.1"]);
        let long = rpcinfo(&["127.0.0.1"]);
        for (_, number) in PROGRAMS {
            assert!(short.stdout.contains(&number.to_string()), "{short}");
            assert!(long.stdout.contains(&number.to_string()), "{long}");
        }
    });
}

/// `-T tcp`, `-T udp`, `-t` and `-u` reach each service, with its version and without.
#[test]
fn reaches_every_service() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&[]);
        let _services = Services::registered(&PROGRAMS.map(|(name, _)| name));
        for number in PROGRAMS.map(|(_, number)| number).into_iter().chain([100_000]) {
            let number = number.to_string();
            let versions = if number == "100000" { 2..=4 } else { 1..=1 };
            for how in [&["-T", "tcp"][..], &["-T", "udp"], &["-t"], &["-u"]] {
                let all = [how, &["127.0.0.1", &number]].concat();
                for version in versions.clone() {
                    let version = version.to_string();
                    let ready = format!("program {number} version {version} ready and waiting");
                    let one = rpcinfo(&[&all[..], &[&version]].concat());
                    assert!(one.stdout.contains(&ready), "{one}");
                    let any = rpcinfo(&all);
                    assert!(any.stdout.contains(&ready), "{any}");
                }
            }
        }
    });
}

/// What is not there is reported as not there.
#[test]
fn is_told_what_is_not_there() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&[]);
        let _services = Services::registered(&["daytime"]);
        let daytime = PROGRAMS[0].1.to_string();
        for how in ["-t", "-u"] {
            let unknown = run(command("rpcinfo").args([how, "127.0.0.1", "536870913", "1"]));
            assert!(!unknown.status.success(), "{unknown}");
            assert!(unknown.stderr.contains("Program not registered"), "{unknown}");
            let version = run(command("rpcinfo").args([how, "127.0.0.1", &daytime, "7"]));
            assert!(!version.status.success(), "{version}");
            let said = format!("{}{}", version.stdout, version.stderr);
            assert!(said.contains("low version = 1, high version = 1"), "{version}");
        }
    });
}

/// Without a host, `rpcinfo` comes through the socket in the file system.
#[test]
fn comes_through_the_socket_in_the_file_system() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&["--unix", "/run/rpcbind.sock"]);
        let _services = Services::registered(&["daytime"]);
        let daytime = PROGRAMS[0].1.to_string();
        let listed = rpcinfo(&["-p"]);
        assert!(listed.stdout.contains(&daytime), "{listed}");
        let _ = rpcinfo(&["-s"]);
        // And takes a registration back, as root may.
        let _ = rpcinfo(&["-d", &daytime, "1"]);
        let listed = rpcinfo(&["-p"]);
        assert!(!listed.stdout.contains(&daytime), "{listed}");
    });
}

/// A service that is told to stop takes its registration back; the others keep theirs.
#[test]
fn sees_a_service_come_and_go() {
    isolated(&[Need::Ours, RPCINFO], || {
        let _portmap = portmap(&[]);
        let _doctor = Services::registered(&["doctor"]);
        for signal in ["TERM", "INT"] {
            let daytime = Services::registered(&["daytime"]);
            daytime.daemon.signal(signal);
            let _ = daytime.daemon.wait().exits(0);
            assert!(!is_registered("daytime"), "after SIG{signal}");
            assert!(is_registered("doctor"), "after SIG{signal}");
        }
    });
}

/// A service that cannot reach the portmapper says so, serves, keeps trying, and registers when it appears.
#[test]
fn sees_a_service_that_was_there_before_the_portmapper() {
    isolated(&[Need::Ours, RPCINFO], || {
        let mut daytime = Services::start(&["daytime"]);
        daytime.daemon.complains_of("127.0.0.1:111");
        let _portmap = portmap(&[]);
        eventually("the service to register", || is_registered("daytime"));
        daytime.daemon.signal("TERM");
        let _ = daytime.daemon.wait().exits(0);
        assert!(!is_registered("daytime"));
    });
}
