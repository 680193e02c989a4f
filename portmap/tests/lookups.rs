//! Real clients and a real portmapper, on ports that the system picks.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    process,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use sunrpc::{
    Transport,
    client::{self, Client, ProgramClient},
    proto::AuthStat,
    server::{Call, Fault, Server, Service},
};
use sunrpc_portmap::{
    Address, Error, Netid, Owner, Portmap, Portmapper, Registrar, Registration, RegistryLimits,
    Uaddr, connect,
    pmap::{CallArgs, Mapping, PmapV2, PmapV2Client, PmapV2Server, Pmaplist},
    rpcb::{RPCBPROG, Rpcb, RpcbRmtcallargs, RpcbV3Client, RpcbV4Client},
};
use sunrpc_tests::service::does;

const PROGRAM: u32 = 0x2000_0001;

/// A portmapper on loopback and on a socket in the file system, and a client over each transport.
struct Setup {
    portmapper: Portmapper,
    clients: Vec<Portmap>,
    path: PathBuf,
}

impl Setup {
    fn new(name: &str) -> Self {
        Self::with(name, RegistryLimits::default())
    }

    fn with(name: &str, limits: RegistryLimits) -> Self {
        let path = std::env::temp_dir().join(format!("portmap-{name}-{}.sock", process::id()));
        let portmapper = Portmapper::builder()
            .listen("127.0.0.1:0")
            .listen_unix(&path)
            .registry_limits(limits)
            .spawn()
            .expect("portmapper");
        let addr = portmapper.tcp_addr().expect("TCP");
        let clients = vec![
            Portmap::connect(addr).expect("TCP"),
            Portmap::connect_with(addr, Transport::Udp, Client::builder()).expect("UDP"),
            Portmap::connect(path.clone()).expect("AF_UNIX"),
        ];
        Self { portmapper, clients, path }
    }

    fn tcp(&self) -> &Portmap {
        &self.clients[0]
    }

    fn v3(&self) -> RpcbV3Client {
        RpcbV3Client::new(self.tcp().client().clone())
    }

    fn v4(&self) -> RpcbV4Client {
        RpcbV4Client::new(self.tcp().client().clone())
    }

    fn unix(&self) -> &Portmap {
        &self.clients[2]
    }
}

fn is_refused(answer: Result<(), Error>) -> bool {
    matches!(answer, Err(Error::Refused { .. }))
}

#[test]
fn every_transport_sets_looks_up_and_takes_back() {
    let setup = Setup::new("transports");
    for client in &setup.clients {
        client.set(PROGRAM, 1, Transport::Tcp, 4001).unwrap();
        client.set(PROGRAM, 1, Transport::Udp, 4002).unwrap();
        client.set(PROGRAM, 1, Transport::Udp, 4002).unwrap(); // The same again.
        assert!(is_refused(client.set(PROGRAM, 1, Transport::Udp, 4003)), "another port");
        for asking in &setup.clients {
            assert_eq!(asking.get_port(PROGRAM, 1, Transport::Tcp).unwrap(), Some(4001));
            assert_eq!(asking.get_port(PROGRAM, 1, Transport::Udp).unwrap(), Some(4002));
            assert_eq!(asking.get_port(PROGRAM, 7, Transport::Udp).unwrap(), Some(4002));
            assert_eq!(asking.get_port(PROGRAM + 1, 1, Transport::Tcp).unwrap(), None);
            let listed = Mapping { prog: PROGRAM, vers: 1, prot: 6, port: 4001 };
            assert!(asking.dump().unwrap().contains(&listed));
        }
        assert!(client.unset(PROGRAM, 1).unwrap());
        assert!(!client.unset(PROGRAM, 1).unwrap(), "nothing is left to take back");
    }
}

#[test]
fn a_server_that_starts_again_takes_its_place() {
    let setup = Setup::new("again");
    let clients = setup.clients.iter().take(2).cycle();
    for (client, (port, taken_back)) in clients.zip([(4001, 0), (4001, 0), (4002, 1), (4002, 1)]) {
        setup.unix().replace(PROGRAM, 1, port).unwrap();
        for transport in Transport::INET {
            assert_eq!(client.get_port(PROGRAM, 1, transport).unwrap(), Some(port));
        }
        // What is there already stays, without a moment of nothing.
        assert_eq!(setup.v4().getstat().unwrap()[0].unsetinfo, taken_back);
    }
    setup.tcp().unset(PROGRAM, 1).unwrap();
    setup.unix().replace(PROGRAM, 1, 4003).unwrap();
    let refused = setup.tcp().replace(PROGRAM, 1, 4004).unwrap_err();
    let told = format!("program {PROGRAM} version 1 over tcp");
    assert!(refused.to_string().contains(&told), "somebody else's: {refused}");
    assert_eq!(setup.tcp().get_port(PROGRAM, 1, Transport::Tcp).unwrap(), Some(4003));
}

/// Whoever asks for a version that is not registered is told the port of another one.
#[test]
fn versions_at_one_port_are_registered_each() {
    let setup = Setup::new("versions");
    let registered =
        || setup.tcp().dump().unwrap().iter().filter(|entry| entry.prog == PROGRAM).count();
    let portmap = setup.portmapper.tcp_addr().unwrap();
    let at = (Ipv4Addr::LOCALHOST, 4001).into();
    let registrars = [1, 2].map(|version| Registrar::start(portmap, PROGRAM, version, at).unwrap());
    assert_eq!(registered(), 4);
    drop(registrars);
    assert_eq!(registered(), 0);
    for version in [1, 2] {
        setup.tcp().replace(PROGRAM, version, 4001).unwrap();
    }
    assert_eq!(registered(), 4);
}

#[test]
fn a_server_at_one_address_is_registered_there() {
    let setup = Setup::new("there");
    let portmap = setup.portmapper.tcp_addr().unwrap();
    for (at, told) in [("127.0.0.2:4001", "127.0.0.2.15.161"), ("0.0.0.0:4001", "127.0.0.1.15.161")]
    {
        let registrar = Registrar::start(portmap, PROGRAM, 1, at.parse().unwrap()).unwrap();
        for client in &setup.clients[..2] {
            let found = client.get_addr(PROGRAM, 1).unwrap().map(|addr| addr.to_string());
            assert_eq!(found.as_deref(), Some(told));
        }
        drop(registrar);
        assert_eq!(setup.tcp().get_addr(PROGRAM, 1).unwrap(), None);
    }
}

/// Knows version 2 alone, and remembers what it was told.
#[derive(Clone, Default)]
struct Old(Arc<Mutex<Vec<Mapping>>>);

impl PmapV2 for Old {
    fn set(&self, _: &Call<'_>, map: Mapping) -> Result<bool, Fault> {
        self.0.lock().unwrap().push(map);
        Ok(true)
    }

    fn dump(&self, _: &Call<'_>) -> Result<Vec<Pmaplist>, Fault> {
        Ok(Vec::new())
    }
}

#[test]
fn where_no_address_can_be_registered_the_port_is() {
    let old = Old::default();
    let server = Server::builder().service(PmapV2Server(old.clone())).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let at = "127.0.0.2:4001".parse().unwrap();
    drop(Registrar::start(server.tcp_addr().unwrap(), PROGRAM, 1, at).unwrap());
    let told = [6, 17].map(|prot| Mapping { prog: PROGRAM, vers: 1, prot, port: 4001 });
    assert_eq!(*old.0.lock().unwrap(), told);
}

#[test]
fn half_a_registration_is_taken_back_too() {
    let limits = RegistryLimits { max_registrations: 1, ..RegistryLimits::default() };
    let setup = Setup::with("half", limits);
    let registered =
        || setup.tcp().dump().unwrap().iter().filter(|entry| entry.prog == PROGRAM).count();
    let portmap = setup.portmapper.tcp_addr().unwrap();
    let at = (Ipv4Addr::LOCALHOST, 4001).into();
    let registrar = Registrar::start(portmap, PROGRAM, 1, at).unwrap();
    assert_eq!(registered(), 1);
    drop(registrar);
    assert_eq!(registered(), 0);
}

#[test]
fn that_it_cannot_be_asked_is_said_with_what_to_do() {
    let nobody = Portmap::connect("127.0.0.1:1".parse::<Address>().unwrap()).unwrap_err();
    let said = nobody.to_string();
    assert!(said.starts_with("the portmapper at 127.0.0.1:1 cannot be asked: "), "{said}");
    assert!(said.contains("is one running there? (start `portmap`, or"), "{said}");
}

#[test]
fn versions_3_and_4_speak_of_addresses() {
    let setup = Setup::new("addresses");
    let any = Uaddr::Inet((Ipv4Addr::UNSPECIFIED, 4001).into());
    let v6 = Uaddr::parse(Netid::Tcp6, "::1.15.161").unwrap();
    setup.tcp().set_addr(PROGRAM, 2, Netid::Tcp, &any).unwrap();
    setup.tcp().set_addr(PROGRAM, 2, Netid::Tcp6, &v6).unwrap();
    // An address that stands for all becomes the one by which the caller came.
    let here = Uaddr::Inet((Ipv4Addr::LOCALHOST, 4001).into());
    assert_eq!(setup.tcp().get_addr(PROGRAM, 2).unwrap(), Some(here.clone()));
    assert_eq!(setup.tcp().get_addr(PROGRAM, 9).unwrap(), Some(here.clone()), "another version");
    assert_eq!(setup.tcp().get_addr(PROGRAM + 1, 2).unwrap(), None);
    let exactly = |version| Rpcb { r_prog: PROGRAM, r_vers: version, ..nobody() };
    assert_eq!(setup.v4().getversaddr(&exactly(2)).unwrap(), here.to_string());
    assert_eq!(setup.v4().getversaddr(&exactly(9)).unwrap(), "");
    assert_eq!(setup.v3().getaddr(&exactly(2)).unwrap(), here.to_string());
    let ways = setup.tcp().get_addr_list(PROGRAM, 2).unwrap();
    assert_eq!(ways.iter().map(|way| way.r_nc_netid.as_str()).collect::<Vec<_>>(), ["tcp"]);
    // Version 2 sees only what it can express; the others see both.
    let of = |program| move |entry: &&Rpcb| entry.r_prog == program;
    assert_eq!(setup.tcp().dump_all().unwrap().iter().filter(of(PROGRAM)).count(), 2);
    let seen = setup.tcp().dump().unwrap();
    assert_eq!(seen.iter().filter(|entry| entry.prog == PROGRAM).count(), 1);
    assert!(seen.iter().all(|entry| matches!(entry.prot, 6 | 17)));
    // One transport goes, then all that is left.
    assert!(setup.tcp().unset_addr(PROGRAM, 2, Some(Netid::Tcp)).unwrap());
    assert_eq!(setup.tcp().get_addr(PROGRAM, 2).unwrap(), None);
    assert!(setup.tcp().unset_addr(PROGRAM, 2, None).unwrap());
    assert!(!setup.tcp().unset_addr(PROGRAM, 2, None).unwrap());
}

#[test]
fn addresses_are_translated_and_the_time_is_told() {
    let setup = Setup::new("translate");
    for version in [3, 4] {
        let (netbuf, back) = if version == 3 {
            let netbuf = setup.v3().uaddr2_taddr("127.0.0.1.0.111").unwrap();
            let back = setup.v3().taddr2_uaddr(&netbuf).unwrap();
            (netbuf, back)
        } else {
            let netbuf = setup.v4().uaddr2_taddr("127.0.0.1.0.111").unwrap();
            let back = setup.v4().taddr2_uaddr(&netbuf).unwrap();
            (netbuf, back)
        };
        assert_eq!(netbuf.buf.len(), 16);
        assert_eq!(back, "127.0.0.1.0.111");
    }
    assert!(setup.v4().uaddr2_taddr("zzz").unwrap().buf.is_empty());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!(now.as_secs().abs_diff(setup.v3().gettime().unwrap().into()) <= 2);
}

#[test]
fn what_a_caller_says_of_itself_does_not_count() {
    let setup = Setup::new("claims");
    let ours = Rpcb {
        r_prog: PROGRAM,
        r_vers: 1,
        r_netid: "tcp".into(),
        r_addr: "0.0.0.0.16.1".into(),
        r_owner: "superuser".into(),
    };
    let over_unix = RpcbV4Client::new(setup.unix().client().clone());
    assert!(over_unix.set(&ours).unwrap());
    let listed = setup.tcp().dump_all().unwrap();
    let entry = listed.iter().find(|entry| entry.r_prog == PROGRAM).unwrap();
    let me = rustix::process::getuid().as_raw();
    let name = if me == 0 { "superuser".to_owned() } else { me.to_string() };
    assert_eq!(entry.r_owner, name, "as the kernel says, not the caller");
    assert!(!setup.v4().unset(&ours).unwrap(), "nobody over TCP is superuser");
    assert!(over_unix.unset(&ours).unwrap());
}

#[test]
fn the_portmapper_itself_cannot_be_set_or_unset() {
    let setup = Setup::new("hijack");
    let before = setup.tcp().dump_all().unwrap();
    for client in &setup.clients {
        assert!(is_refused(client.set(RPCBPROG, 2, Transport::Tcp, 4001)));
        assert!(is_refused(client.set(RPCBPROG, 5, Transport::Tcp, 4001)));
        assert!(!client.unset(RPCBPROG, 2).unwrap());
        assert!(!client.unset_addr(RPCBPROG, 4, None).unwrap());
    }
    assert_eq!(setup.tcp().dump_all().unwrap(), before);
}

#[test]
fn garbage_is_answered_with_false_and_leaves_nothing() {
    let setup = Setup::new("garbage");
    let before = setup.tcp().dump_all().unwrap();
    let v2 = PmapV2Client::new(setup.tcp().client().clone());
    for (prot, port) in [(6, 70_000), (6, 0), (6, u32::MAX), (0, 4001), (u32::MAX, 4001)] {
        assert!(!v2.set(&Mapping { prog: PROGRAM, vers: 1, prot, port }).unwrap());
    }
    let long = "x".repeat(4000);
    for (netid, addr) in [
        ("", "0.0.0.0.16.1"),
        (&*long, "0.0.0.0.16.1"),
        ("sctp", "0.0.0.0.16.1"),
        ("tcp", "zzz"),
        ("tcp", ""),
        ("tcp", &*long),
        ("tcp", "0.0.0.0.0.0"),
        ("tcp6", "0.0.0.0.16.1"),
        ("local", "not/absolute"),
    ] {
        let wanted = Rpcb { r_netid: netid.into(), r_addr: addr.into(), ..of(PROGRAM) };
        assert!(!setup.v3().set(&wanted).unwrap(), "{netid:.9} {addr:.9}");
        assert!(!setup.v4().set(&wanted).unwrap(), "{netid:.9} {addr:.9}");
    }
    assert_eq!(setup.tcp().dump_all().unwrap(), before);
}

#[test]
fn ports_below_1024_are_roots_to_give() {
    let setup = Setup::new("privileged");
    assert!(is_refused(setup.tcp().set(PROGRAM, 1, Transport::Tcp, 1023)));
    setup.tcp().set(PROGRAM, 1, Transport::Tcp, 1024).unwrap();
    let is_root = rustix::process::getuid().is_root();
    assert_eq!(is_refused(setup.unix().set(PROGRAM, 2, Transport::Tcp, 1023)), !is_root);
}

#[test]
fn insecure_lets_everybody_give_any_port() {
    let portmapper = Portmapper::builder().listen("127.0.0.1:0").insecure(true).spawn().unwrap();
    let client = Portmap::connect(portmapper.tcp_addr().unwrap()).unwrap();
    client.set(PROGRAM, 1, Transport::Tcp, 80).unwrap();
    assert!(is_refused(client.set(RPCBPROG, 2, Transport::Tcp, 80)), "but the portmapper's own");
}

#[test]
fn one_owner_cannot_fill_the_table() {
    let limits = RegistryLimits { max_registrations: 10, max_per_owner: 3 };
    let setup = Setup::with("full", limits);
    let made = (0..20)
        .filter(|version| setup.tcp().set(PROGRAM, *version, Transport::Tcp, 4001).is_ok())
        .count();
    assert_eq!(made, 3);
}

#[test]
fn a_long_table_is_listed_whole() {
    let all = 8192;
    let setup = Setup::with("long", RegistryLimits { max_per_owner: all, ..Default::default() });
    let path = Uaddr::Local(format!("/{}", "x".repeat(sunrpc_portmap::MAX_PATH - 1)));
    for program in (PROGRAM..).take(all) {
        setup.unix().set_addr(program, 1, Netid::Local, &path).unwrap();
    }
    let listed = setup.tcp().dump_all().unwrap();
    assert_eq!(listed.iter().filter(|entry| entry.r_prog >= PROGRAM).count(), all);
}

#[test]
fn two_portmappers_in_one_process_do_not_meet() {
    let (one, two) = (Setup::new("one"), Setup::new("two"));
    one.tcp().set(PROGRAM, 1, Transport::Tcp, 4001).unwrap();
    assert_eq!(two.tcp().get_port(PROGRAM, 1, Transport::Tcp).unwrap(), None);
}

#[test]
fn a_program_is_found_and_connected_to() {
    let setup = Setup::new("connect");
    let other = Portmapper::bind("127.0.0.1:0").unwrap();
    let (addr, there) = (other.tcp_addr().unwrap(), setup.tcp().client().server().addr().unwrap());
    // Each lists itself, so each can be found through itself.
    for transport in Transport::INET {
        let found: PmapV2Client = connect(addr, transport).unwrap();
        assert_eq!(found.client().server().addr(), Some(addr));
        found.null().unwrap();
    }
    let through_unix: PmapV2Client = connect(setup.path.clone(), Transport::Tcp).unwrap();
    assert_eq!(through_unix.client().server().addr(), Some(there));
}

#[derive(Debug)]
struct Missing;

impl ProgramClient for Missing {
    const PROGRAM: u32 = PROGRAM;
    const VERSION: u32 = 1;

    fn new(_: Client) -> Self {
        Self
    }

    fn client(&self) -> &Client {
        unreachable!("it is never connected")
    }
}

#[test]
fn what_cannot_be_reached_is_said_with_what_to_try_next() {
    let setup = Setup::new("errors");
    let addr = setup.tcp().client().server().addr().unwrap();
    let absent = connect::<Missing>(addr, Transport::Udp).unwrap_err();
    assert!(matches!(absent, Error::NotRegistered { .. }));
    let said = absent.to_string();
    assert!(said.contains(&addr.to_string()) && said.contains("over udp"), "{said}");
    // Registered, but nobody listens: the port of a socket that is closed again.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    setup.tcp().set(PROGRAM, 1, Transport::Tcp, dead.port()).unwrap();
    let stale = connect::<Missing>(addr, Transport::Tcp).unwrap_err();
    assert!(matches!(stale, Error::Program { .. }), "{stale}");
    let nobody = connect::<Missing>(Address::from(dead), Transport::Tcp).unwrap_err();
    assert!(matches!(nobody, Error::Portmap { .. }), "{nobody}");
    assert!(nobody.to_string().contains("start `portmap`"), "{nobody}");
}

/// A client over UDP that soon gives up.
fn hasty(portmapper: &Portmapper) -> PmapV2Client {
    let quick = Client::builder().timeout(Duration::from_millis(300));
    let client = quick.connect(Transport::Udp, portmapper.udp_addr().unwrap()).unwrap();
    ProgramClient::new(client)
}

/// A program that doubles, and one that may not be reached through the portmapper.
const DOUBLER: u32 = PROGRAM;
const NFS: u32 = 100_003;

fn doubler(program: u32) -> impl Service {
    does(program, 1, |call, args, results| match call.procedure() {
        0 => results.put(&args.get::<()>()?),
        _ => results.put(&args.get::<u32>()?.saturating_mul(2)),
    })
}

fn call_of(prog: u32, proc: u32) -> CallArgs {
    let args = if proc == 0 { Vec::new() } else { 21_u32.to_be_bytes().to_vec() };
    CallArgs { prog, vers: 1, proc, args }
}

#[test]
fn calls_are_passed_on_only_where_that_is_enabled() {
    let services = Server::builder()
        .service(doubler(DOUBLER))
        .service(doubler(NFS))
        .listen_udp("127.0.0.1:0")
        .bind()
        .unwrap()
        .spawn()
        .unwrap();
    let port = services.udp_addr().unwrap().port();
    for enabled in [false, true] {
        let portmapper =
            Portmapper::builder().listen("127.0.0.1:0").enable_callit(enabled).spawn().unwrap();
        let client = Portmap::connect(portmapper.tcp_addr().unwrap()).unwrap();
        for program in [DOUBLER, NFS] {
            client.set(program, 1, Transport::Udp, port).unwrap();
        }
        let udp = hasty(&portmapper);
        let answer = udp.callit(&call_of(DOUBLER, 1));
        if enabled {
            let answer = answer.unwrap();
            assert_eq!((answer.port, answer.res), (port.into(), 42_u32.to_be_bytes().to_vec()));
            assert_eq!(udp.callit(&call_of(NFS, 0)).unwrap().port, u32::from(port));
        } else {
            assert!(matches!(answer, Err(client::Error::Timeout(_))), "silence: {answer:?}");
        }
        for (program, procedure) in [(NFS, 1), (RPCBPROG, 0), (RPCBPROG, 1), (DOUBLER + 1, 0)] {
            let refused = udp.callit(&call_of(program, procedure));
            assert!(matches!(refused, Err(client::Error::Timeout(_))), "{program}: {refused:?}");
        }
        let tcp = RpcbV4Client::new(client.client().clone());
        let indirect =
            |prog| RpcbRmtcallargs { prog, vers: 1, proc: 1, args: 21_u32.to_be_bytes().to_vec() };
        match tcp.indirect(&indirect(DOUBLER)) {
            Ok(answer) if enabled => assert_eq!(answer.results, 42_u32.to_be_bytes()),
            Err(client::Error::Auth(AuthStat::TooWeak)) if !enabled => {}
            other => panic!("{other:?}"),
        }
        let refused = tcp.indirect(&indirect(NFS));
        assert!(matches!(refused, Err(client::Error::Auth(AuthStat::TooWeak))), "{refused:?}");
        let stats = tcp.getstat().unwrap();
        let counted = stats[2].rmtinfo.iter().map(|c| (c.prog, c.success, c.failure, c.indirect));
        let answered = i32::from(enabled);
        let expected = [(NFS, 0, 1, 1), (DOUBLER, answered, 1 - answered, 1)];
        assert_eq!(counted.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_table_is_shown_and_dead_entries_are_dropped() {
    let setup = Setup::new("table");
    setup.tcp().set(PROGRAM, 1, Transport::Tcp, 4001).unwrap();
    let table = setup.portmapper.table();
    let dead = table.registrations().into_iter().find(|entry| entry.program == PROGRAM).unwrap();
    let moved = Registration { owner: Owner::User(7), ..dead.clone() };
    assert!(!table.drop_dead(&moved).unwrap(), "that is another registration");
    assert!(table.drop_dead(&dead).unwrap());
    assert!(!table.drop_dead(&dead).unwrap());
    assert_eq!(setup.tcp().get_port(PROGRAM, 1, Transport::Tcp).unwrap(), None);
    let metrics = table.metrics();
    for line in [
        "portmap_sets_total{version=\"2\"} 1",
        "portmap_calls_total{version=\"2\",procedure=\"3\"} 1",
        "portmap_lookups_total{version=\"2\",program=\"536870913\",program_version=\"1\",netid=\"tcp\",found=\"false\"} 1",
        "portmap_registrations{netid=\"tcp\"} 3",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}

#[test]
fn statistics_count_what_was_done() {
    let setup = Setup::new("stats");
    setup.tcp().set(PROGRAM, 1, Transport::Tcp, 4001).unwrap();
    assert!(is_refused(setup.tcp().set(PROGRAM, 1, Transport::Tcp, 4002)));
    setup.tcp().get_port(PROGRAM, 1, Transport::Tcp).unwrap();
    setup.tcp().get_port(PROGRAM, 1, Transport::Udp).unwrap();
    setup.tcp().unset(PROGRAM, 1).unwrap();
    let [two, three, four] = setup.v4().getstat().unwrap();
    assert_eq!(&two.info[..5], [0, 2, 1, 2, 0]);
    assert_eq!((two.setinfo, two.unsetinfo), (1, 1));
    let lookups: Vec<_> = two.addrinfo.iter().map(|l| (&*l.netid, l.success, l.failure)).collect();
    assert_eq!(lookups, [("tcp", 1, 0), ("udp", 0, 1)]);
    assert_eq!(three.info, [0; 13]);
    assert_eq!(four.info[12], 1);
}

fn nobody() -> Rpcb {
    of(0)
}

fn of(program: u32) -> Rpcb {
    Rpcb {
        r_prog: program,
        r_vers: 1,
        r_netid: String::new(),
        r_addr: String::new(),
        r_owner: String::new(),
    }
}

/// It was not passed on: nothing is remembered of it.
#[test]
fn a_call_that_was_refused_is_passed_on_once_it_may_be() {
    let portmapper = Portmapper::builder().listen("127.0.0.1:0").enable_callit(true).spawn();
    let portmapper = portmapper.unwrap();
    let server = Server::builder().service(doubler(DOUBLER)).listen_udp("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let client = Portmap::connect(portmapper.tcp_addr().unwrap()).unwrap();
    let (often, patience) = (Duration::from_millis(20), Duration::from_secs(20));
    let stubborn = Client::builder().timeout(patience).retransmit(often, often);
    let udp = stubborn.connect(Transport::Udp, portmapper.udp_addr().unwrap()).unwrap();
    let udp = PmapV2Client::new(udp);
    let calling = thread::spawn(move || udp.callit(&call_of(DOUBLER, 1)));
    let v4 = RpcbV4Client::new(client.client().clone());
    let began = Instant::now();
    while v4.getstat().unwrap()[0].rmtinfo.is_empty() {
        assert!(began.elapsed() < patience, "it never came");
    }
    let port = server.udp_addr().unwrap().port();
    client.set(DOUBLER, 1, Transport::Udp, port).unwrap();
    assert_eq!(calling.join().unwrap().unwrap().res, 42_u32.to_be_bytes());
}
