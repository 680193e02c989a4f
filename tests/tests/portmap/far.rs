//! Callers from another machine: here, from another network namespace at the end of a cable (immunity 22, 24, 26).

use std::process::Command;

use sunrpc_tests::{
    build::program,
    hex,
    isolated::isolated,
    needs::Need,
    process::{Daemon, command, eventually, run},
    wire::{Udp, auth_error, call, opaque, success, words},
};

use crate::ours::{
    CALLIT, DUMP, GETPORT, GETSTAT, PORTMAP, Portmap, SET, UNSET, XID, number, rpcb, v2,
};

const DAYTIME: u32 = 0x2000_0867;
const HERE: &str = "10.9.0.1:111";
const TOO_WEAK: u32 = 5;

/// A cable to another machine.
const CABLE: &str = "
    ip netns add far
    ip link add near0 type veth peer name far0 netns far
    ip addr add 10.9.0.1/24 dev near0
    ip link set near0 up
    ip -n far addr add 10.9.0.2/24 dev far0
    ip -n far link set far0 up
    ip -n far link set lo up
";

/// A portmapper that listens to both sides, and a service that it knows.
fn machine() -> (Portmap, Daemon) {
    let _ =
        run(command("sh").args(["-ec", CABLE]).env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")).ok();
    eventually("the cable to carry", || {
        run(command("ip").args(["link", "show", "near0"])).ok().stdout.contains("LOWER_UP")
    });
    let portmap = Portmap::start(&["--listen", "127.0.0.1", "--listen", "10.9.0.1"]);
    let mut serve = Command::new(program("services"));
    let mut services = Daemon::start(serve.args(["serve", "daytime"]));
    let _ = services.line_with("ready daytime");
    eventually("the service to register", || portmap.port_of(DAYTIME, 1, 6) != 0);
    (portmap, services)
}

/// What comes back for `message` when it is sent from the other machine.
fn from_afar(transport: &str, message: &[u8]) -> Vec<Vec<u8>> {
    let mut sender = command("ip");
    sender.args(["netns", "exec", "far", env!("CARGO_BIN_EXE_sender"), transport, HERE]);
    let said = run(sender.arg(hex::encode(message))).ok();
    said.stdout.lines().map(|line| hex::decode(line).expect("an answer")).collect()
}

/// Immunity 26: only this machine registers. The answer says why; nothing changes.
#[test]
fn registering_from_afar() {
    isolated(&[Need::Ours], || {
        let (portmap, _services) = machine();
        let port = portmap.port_of(DAYTIME, 1, 6);
        let texts: [&[u8]; 3] = [b"tcp", b"10.9.0.2.8.1", b"superuser"];
        for transport in ["udp", "tcp"] {
            for message in [
                v2(SET, [0x2000_4242, 1, 6, 2000]),
                v2(UNSET, [DAYTIME, 1, 6, 0]),
                rpcb(3, SET, [0x2000_4242, 1], texts),
                rpcb(3, UNSET, [DAYTIME, 1], texts),
                rpcb(4, SET, [0x2000_4242, 1], texts),
                rpcb(4, UNSET, [DAYTIME, 1], texts),
            ] {
                assert_eq!(from_afar(transport, &message), [auth_error(XID, TOO_WEAK)]);
            }
        }
        assert_eq!(portmap.port_of(DAYTIME, 1, 6), port);
        assert_eq!(portmap.port_of(0x2000_4242, 1, 6), 0);
        // Looking up is everybody's.
        let answers = from_afar("udp", &v2(GETPORT, [DAYTIME, 1, 6, 0]));
        assert_eq!(answers.iter().map(|reply| number(reply)).collect::<Vec<_>>(), [port]);
        portmap.unharmed();
    });
}

/// Immunity 22: who forges an address gets nobody flooded: no answer over UDP is longer than what asked for it.
#[test]
fn amplification() {
    isolated(&[Need::Ours], || {
        let (portmap, _services) = machine();
        for number in 0..100 {
            let message = v2(SET, [0x2000_5000 + number, 1, 17, 3000]);
            assert_eq!(crate::ours::number(&portmap.udp().exchange(&message)), 1);
        }
        for (version, procedure) in
            [(2, DUMP), (3, DUMP), (4, DUMP), (4, GETSTAT), (4, 10), (4, 11)]
        {
            for padding in [0, 4] {
                let message = call(XID, PORTMAP, version, procedure, &vec![0; padding]);
                for reply in from_afar("udp", &message) {
                    assert!(
                        reply.len() <= message.len(),
                        "version {version} procedure {procedure}: {} bytes for {}",
                        reply.len(),
                        message.len()
                    );
                }
            }
        }
        // From the machine itself, the list is there.
        let list = portmap.udp().exchange(&call(XID, PORTMAP, 2, DUMP, &[]));
        assert!(list.len() > 2000, "{} bytes", list.len());
        portmap.unharmed();
    });
}

/// Immunity 24: nobody is called on a stranger's behalf. The service sees nothing, the stranger gets nothing.
#[test]
fn indirect_calls() {
    isolated(&[Need::Ours], || {
        let (portmap, _services) = machine();
        let mut victim = Daemon::start(&mut Command::new(env!("CARGO_BIN_EXE_victim")));
        let ready = victim.line();
        let udp = ready.split("udp=").nth(1).expect("an address");
        let udp: std::net::SocketAddr = udp.trim().parse().expect("an address");
        let (program_number, version, count) = (0x2000_0099, 2, 7);
        let set = v2(SET, [program_number, version, 17, udp.port().into()]);
        assert_eq!(number(&portmap.udp().exchange(&set)), 1);

        let args = [words(&[program_number, version, count]), opaque(&[])].concat();
        for _ in 0..3 {
            let callit = call(XID, PORTMAP, 2, CALLIT, &args);
            assert!(from_afar("udp", &callit).is_empty(), "an answer to CALLIT");
            for speaking in [3, 4] {
                let callit = call(XID, PORTMAP, speaking, CALLIT, &args);
                assert!(from_afar("udp", &callit).is_empty(), "an answer to CALLIT");
            }
            for reply in from_afar("tcp", &call(XID, PORTMAP, 2, CALLIT, &args)) {
                assert_ne!(reply.get(..24), Some(&success(XID, &[])[..]), "it was passed on");
            }
        }
        // The first call that the service has seen.
        let reply = Udp::connect(udp).exchange(&call(8, program_number, version, count, &[]));
        assert_eq!(reply, success(8, &words(&[1])));
        portmap.unharmed();
    });
}
