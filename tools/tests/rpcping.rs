//! The program `rpcping` against programs of this process, found through a portmapper of this process.

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;
use sunrpc::{
    Transport,
    server::{Call, Fault, Limits, Peer, Running, Server, Service},
};
use sunrpc_portmap::{
    Netid, Portmap, Portmapper, Uaddr,
    rpcb::{Rpcb, RpcbV4, RpcbV4Server},
};
use sunrpc_tests::{
    isolated::isolated,
    needs::RPCBIND,
    process::{Daemon, Finished, command, eventually, run},
    service::{does, null},
    wire,
};
use tempfile::TempDir;

const PROGRAM: u32 = 0x2000_0867;

/// A version of the program, which notes who has called it.
fn version(version: u32, peers: Arc<Mutex<Vec<Peer>>>) -> impl Service {
    does(PROGRAM, version, move |call, args, results| {
        peers.lock().unwrap().push(*call.peer());
        results.put(&args.get::<()>()?)
    })
}

/// A portmapper, and the program behind it: versions 1 and 2, over TCP and UDP.
struct Here {
    portmapper: Portmapper,
    server: Running,
    peers: Arc<Mutex<Vec<Peer>>>,
}

impl Here {
    fn new() -> Self {
        let here = Self::without_registrations();
        here.register(Transport::Tcp);
        here.register(Transport::Udp);
        here
    }

    fn without_registrations() -> Self {
        let peers = Arc::default();
        let server = Server::builder();
        let server = [1, 2]
            .into_iter()
            .fold(server, |server, number| server.service(version(number, Arc::clone(&peers))));
        let server = server.listen("127.0.0.1:0").bind().unwrap().spawn().unwrap();
        Self { portmapper: Portmapper::bind("127.0.0.1:0").unwrap(), server, peers }
    }

    fn addr(&self) -> SocketAddr {
        self.portmapper.tcp_addr().unwrap()
    }

    fn register(&self, transport: Transport) {
        let port = self.server.tcp_addr().unwrap().port();
        Portmap::connect(self.addr()).unwrap().set(PROGRAM, 2, transport, port).unwrap();
    }

    /// With HOST and PROGRAM, and these besides.
    fn command(&self, args: &str) -> Command {
        rpcping(&format!("{} {PROGRAM} {args}", self.addr()))
    }

    /// Who has called so far.
    fn called(&self) -> Vec<Peer> {
        self.peers.lock().unwrap().clone()
    }

    fn run(&self, args: &str) -> Finished {
        run(&mut self.command(args))
    }
}

fn rpcping(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rpcping"));
    command.env_remove("PORTMAP").env("LC_ALL", "C").args(args.split_whitespace());
    command
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished}"))
}

/// The rows of a JSON answer, by name.
fn names(all: &Value) -> Vec<&str> {
    let rows = all["transports"].as_array().expect("rows");
    rows.iter().map(|row| row["name"].as_str().expect("a name")).collect()
}

/// Checks that a row agrees with itself; returns how many calls it tells of.
fn calls(row: &Value) -> u64 {
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value} in {row}"));
    let buckets = row["histogram"].as_array().expect("buckets");
    let (calls, lost) = (number(&row["calls"]), number(&row["lost"]));
    assert_eq!(buckets.iter().map(|bucket| number(&bucket["calls"])).sum::<u64>(), calls - lost);
    let order = ["min", "p50", "p90", "p99", "max"].map(|name| number(&row["nanoseconds"][name]));
    assert!(order.is_sorted() && order[0] > 0, "{row}");
    let mean = row["nanoseconds"]["mean"].as_f64().expect("a mean");
    assert!(order[0] as f64 <= mean && mean <= order[4] as f64, "{row}");
    let bounds = [&buckets[0]["from"], &buckets[buckets.len() - 1]["to"]].map(number);
    assert_eq!([order[0], order[4]], bounds, "{row}");
    calls
}

#[test]
fn udp_and_tcp_are_measured_by_the_same_number_of_calls() {
    let here = Here::new();
    let all = json(&here.run("--json -c 70 --warm-up 5").ok());
    assert_eq!(names(&all), ["udp", "tcp"]);
    assert_eq!((&all["program"], &all["version"]), (&PROGRAM.into(), &2.into()), "the highest");
    for row in all["transports"].as_array().unwrap() {
        assert_eq!(calls(row), 70, "{row}");
        assert_eq!((&row["lost"], &row["error"]), (&0.into(), &Value::Null));
        assert_eq!(row["address"], here.server.tcp_addr().unwrap().to_string());
    }
    let called = here.called();
    assert_eq!(called.len(), 2 * 75, "nothing but the calls and their warm-up");
    for turn in called.chunks(2) {
        assert_eq!(
            [turn[0], turn[1]].map(|peer| peer.transport()),
            [Transport::Udp, Transport::Tcp]
        );
    }
}

#[test]
fn a_table_a_comparison_and_a_plot_are_shown() {
    let here = Here::new();
    let shown = here.run("1 -c 20 --connect").ok();
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert!(lines[0].starts_with(&format!("NULL calls to program {PROGRAM} version 1")), "{shown}");
    assert!(lines.iter().all(|line| line.len() <= 80), "{shown}");
    for (row, figures) in [("udp ", 10), ("tcp ", 10), ("tcp+connect ", 10)] {
        let is_row = |line: &&&str| line.starts_with(row) && line.contains(" 20 ");
        let line = lines.iter().find(is_row).unwrap_or_else(|| panic!("{row}: {shown}"));
        assert_eq!(line.split_whitespace().count(), figures, "{shown}");
    }
    for compared in ["udp is ", "tcp+connect is "] {
        let is_so = |line: &&str| line.starts_with(compared) && line.ends_with("x of tcp at p50");
        assert!(lines.iter().any(is_so), "{compared}: {shown}");
    }
    assert!(shown.stdout.contains('#'), "{shown}");
    let callers: HashSet<Peer> = here.called().into_iter().collect();
    assert_eq!(callers.len(), 2 + 22, "each call of tcp+connect, and of its warm-up, comes anew");
}

#[test]
fn blocks_are_drawn_where_the_locale_has_them() {
    let here = Here::new();
    let shown = run(here.command("-c 5").env("LC_ALL", "de_DE.utf8")).ok();
    assert!(shown.stdout.contains('█') && !shown.stdout.contains('#'), "{shown}");
}

#[test]
fn a_socket_in_the_file_system_is_another_transport() {
    let folder = TempDir::new().unwrap();
    let (ours, theirs) = (folder.path().join("portmap"), folder.path().join("program"));
    let service = null(PROGRAM, 1);
    let builder = Server::builder().service(service).listen_unix(&theirs);
    let _server = builder.bind().unwrap().spawn().unwrap();
    let builder = Portmapper::builder().listen("127.0.0.1:0").listen_unix(&ours);
    let _portmapper = builder.spawn().unwrap();
    let addr = Uaddr::Local(theirs.to_str().unwrap().to_owned());
    Portmap::connect(ours.clone()).unwrap().set_addr(PROGRAM, 1, Netid::Local, &addr).unwrap();
    let args = format!("-T local --connect -c 9 {} {PROGRAM}", ours.display());
    let shown = run(&mut rpcping(&args)).ok();
    assert!(shown.stdout.contains("x of local at p50"), "{shown}");
    let all = json(&run(rpcping(&args).arg("--json")).ok());
    assert_eq!(names(&all), ["local", "local+connect"]);
    for row in all["transports"].as_array().unwrap() {
        assert_eq!(calls(row), 9);
        assert_eq!(row["address"], theirs.to_str().unwrap());
    }
}

#[test]
fn what_is_not_registered_is_left_out_unless_it_is_asked_for() {
    let here = Here::without_registrations();
    let none = here.run("").exits(1);
    assert!(none.stderr.contains("is not registered over udp"), "{none}");
    assert!(none.stderr.contains("there is nothing to measure"), "{none}");
    here.register(Transport::Tcp);
    let one = here.run("-c 3 --json").ok();
    assert_eq!(names(&json(&one)), ["tcp"]);
    assert!(one.stderr.contains("is not registered over udp"), "{one}");
    let asked = here.run("-c 3 --json -T udp -T tcp").exits(1);
    assert!(asked.stderr.contains("rpcping: udp: program"), "{asked}");
    let all = json(&asked);
    assert_eq!(names(&all), ["udp", "tcp"]);
    assert_eq!(all["transports"][0]["calls"], 0);
    assert_eq!(calls(&all["transports"][1]), 3, "the other goes on");
}

#[test]
fn a_program_can_be_called_without_a_portmapper() {
    let here = Here::without_registrations();
    let addr = here.server.tcp_addr().unwrap();
    let (port, uaddr) = (addr.port(), Uaddr::from(addr));
    for args in [format!("-n {port} 127.0.0.1 {PROGRAM}"), format!("-a {uaddr} {PROGRAM}")] {
        let all = json(&run(rpcping(&args).args(["-c", "3", "--json"])).ok());
        assert_eq!(names(&all), ["udp", "tcp"]);
    }
}

/// A server that waits for less than the pause between two calls closes the connection meanwhile.
#[test]
fn a_connection_that_its_server_has_closed_is_made_again() {
    let mut limits = Limits::default();
    limits.idle_timeout = Duration::from_millis(20);
    let server =
        Server::builder().limits(limits).service(version(1, Arc::default())).listen("127.0.0.1:0");
    let server = server.bind().unwrap().spawn().unwrap();
    let port = server.tcp_addr().unwrap().port();
    let way = format!("-n {port} 127.0.0.1 {PROGRAM} -T tcp -c 2 -i 1.1 --warm-up 1 --json");
    let all = json(&run(&mut rpcping(&way)).ok());
    assert_eq!(calls(&all["transports"][0]), 2, "{all}");
}

#[test]
fn what_cannot_be_called_is_said_so() {
    let here = Here::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (args, said) in [
        (format!("{} {PROGRAM} 9", here.addr()), "versions 1 to 2 of this program (PROG_MISMATCH)"),
        (format!("{nobody} {PROGRAM}"), "is one running there?"),
        (format!("-n {} 127.0.0.1 {PROGRAM}", nobody.port()), "cannot reach"),
        (format!("-a zzz {PROGRAM}"), "zzz is no address of udp"),
        (format!("-n {} 127.0.0.1 99", here.addr().port()), "(PROG_UNAVAIL)"),
    ] {
        let finished = run(rpcping(&args).args(["--timeout", "5"])).exits(1);
        assert!(finished.stderr.contains(said), "{said}: {finished}");
        assert!(!finished.stdout.contains("p50"), "there is no table: {finished}");
    }
}

/// A server over UDP alone, and what it answers to each transaction id.
fn udp(mut answer: impl FnMut(u32) -> Option<Vec<u8>> + Send + 'static) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok((_, from)) = socket.recv_from(&mut buffer) {
            let xid = u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]);
            if let Some(reply) = answer(xid) {
                socket.send_to(&reply, from).unwrap();
            }
        }
    });
    port
}

/// The number of a call among all that came, whether it came once or more often.
#[derive(Default)]
struct Seen(Vec<u32>);

impl Seen {
    fn number(&mut self, xid: u32) -> usize {
        self.0.iter().position(|known| *known == xid).unwrap_or_else(|| {
            self.0.push(xid);
            self.0.len() - 1
        })
    }
}

#[test]
fn what_is_sent_again_is_told() {
    let mut datagrams = 0;
    let port = udp(move |xid| {
        datagrams += 1;
        (datagrams % 2 == 1).then(|| wire::success(xid, &[]))
    });
    let args = format!("-T udp -n {port} --warm-up 1 -c 3 --json 127.0.0.1 {PROGRAM} 1");
    let row = &json(&run(&mut rpcping(&args)).ok())["transports"][0];
    assert_eq!(calls(row), 3);
    assert_eq!(row["lost"], 0);
    assert!(row["resent"].as_u64() >= Some(3), "each call but the warm-up's: {row}");
}

#[test]
fn a_lost_call_is_counted_and_the_others_go_on() {
    let mut seen = Seen::default();
    let port = udp(move |xid| (seen.number(xid) != 1).then(|| wire::success(xid, &[])));
    let args = "-T udp --warm-up 0 -c 3 --timeout 2 127.0.0.1";
    let args = format!("{args} {PROGRAM} 1 --json -n {port}");
    let row = &json(&run(&mut rpcping(&args)).ok())["transports"][0];
    assert_eq!((calls(row), &row["lost"]), (3, &1.into()));
}

#[test]
fn who_never_answers_is_not_waited_for_again_and_again() {
    let port = udp(|_| None);
    let args = format!("-T udp --timeout 0.1 -n {port} 127.0.0.1 {PROGRAM} 1");
    let finished = run(&mut rpcping(&args)).exits(1);
    assert!(finished.stderr.contains("no reply within 100ms"), "{finished}");
}

#[test]
fn a_failure_ends_one_row_and_the_others_go_on() {
    let here = Here::without_registrations();
    here.register(Transport::Tcp);
    let mut seen = Seen::default();
    let port = udp(move |xid| {
        Some(if seen.number(xid) < 5 { wire::success(xid, &[]) } else { wire::prog_unavail(xid) })
    });
    Portmap::connect(here.addr()).unwrap().set(PROGRAM, 2, Transport::Udp, port).unwrap();
    let finished = here.run("2 --warm-up 1 -c 30 --json").exits(1);
    let all = json(&finished);
    assert_eq!((calls(&all["transports"][0]), calls(&all["transports"][1])), (4, 30));
    let error = all["transports"][0]["error"].as_str().expect("an error");
    let said = format!("version 2 at 127.0.0.1:{port} is not available: ");
    assert!(error.contains(&said) && error.contains("(PROG_UNAVAIL)"), "{error}");
    assert!(finished.stderr.contains(&format!("rpcping: udp: {error}")), "{finished}");
}

#[test]
fn an_interrupt_ends_it_and_shows_what_there_is() {
    let here = Here::new();
    let measuring = Daemon::start(&mut here.command("-c 1000000 --warm-up 1 --json"));
    eventually("some calls", || here.called().len() > 20);
    measuring.signal("INT");
    let all = json(&measuring.wait().ok());
    let [udp, tcp] = [0, 1].map(|row| calls(&all["transports"][row]));
    assert!((tcp..=tcp + 1).contains(&udp) && tcp < 1_000_000, "{udp} and {tcp}");
}

#[test]
fn an_interrupt_ends_a_pause_and_a_wait() {
    let here = Here::new();
    let pausing = Daemon::start(&mut here.command("2 -i 86400 --warm-up 0"));
    eventually("a call", || !here.called().is_empty());
    pausing.signal("INT");
    let _ = pausing.wait();
    let (called, calls) = std::sync::mpsc::channel();
    let port = udp(move |_| {
        called.send(()).unwrap();
        None
    });
    let args = format!("-T udp --timeout 86400 -n {port} 127.0.0.1 {PROGRAM} 1");
    let waiting = Daemon::start(&mut rpcping(&args));
    calls.recv().unwrap();
    waiting.signal("INT");
    let _ = waiting.wait().exits(1);
}

/// The call that comes over the next connection.
fn called(listener: &TcpListener) -> (TcpStream, u32) {
    let mut stream = listener.accept().unwrap().0;
    let mut call = [0; 44];
    stream.read_exact(&mut call).unwrap();
    (stream, u32::from_be_bytes([call[4], call[5], call[6], call[7]]))
}

fn answer((mut stream, xid): (TcpStream, u32)) -> TcpStream {
    stream.write_all(&wire::record(&wire::success(xid, &[]))).unwrap();
    stream
}

#[test]
fn an_interrupt_ends_the_wait_over_a_connection_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let args =
        format!("-T tcp --connect --warm-up 0 --timeout 86400 -n {port} 127.0.0.1 {PROGRAM} 1");
    let waiting = Daemon::start(&mut rpcping(&args));
    let _answered = answer(called(&listener));
    let _silent = called(&listener);
    waiting.signal("INT");
    let ended = waiting.wait().exits(1);
    assert!(ended.stdout.contains("p50") && ended.stderr.is_empty(), "{ended}");
}

#[test]
fn the_plot_is_written_as_svg() {
    let here = Here::new();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plot.svg");
    let _ = run(here.command("-c 10 --connect --plot").arg(&file)).ok();
    let svg = std::fs::read_to_string(&file).unwrap();
    for name in ["udp:", "tcp:", "tcp+connect:", &PROGRAM.to_string()] {
        assert!(svg.contains(name), "{name} in {svg}");
    }
    well_formed(&svg);
    let nowhere = run(here.command("-c 1 --plot").arg(file.join("plot.svg"))).exits(1);
    assert!(nowhere.stderr.contains("the plot cannot be written to"), "{nowhere}");
    assert!(nowhere.stdout.contains("p50"), "the table is shown: {nowhere}");
}

#[test]
fn a_plot_of_another_kind_is_refused() {
    let said = run(Command::new(env!("CARGO_BIN_EXE_rpcping")).args(["h", "7", "--plot", "a.png"]))
        .exits(2);
    assert!(said.stderr.contains("expected a name that ends in .svg"), "{said}");
}

#[test]
fn the_plot_is_written_though_nobody_reads_the_table() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plot.svg");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut ping = rpcping(&format!("-T tcp --warm-up 0 -c 1 -n {port} 127.0.0.1 {PROGRAM} 1"));
    let mut ping = ping.arg("--plot").arg(&file).stdout(Stdio::piped()).spawn().unwrap();
    let call = called(&listener);
    drop(ping.stdout.take());
    let _answered = answer(call);
    assert!(ping.wait().unwrap().success());
    well_formed(&std::fs::read_to_string(&file).unwrap());
}

/// Checks that every element ends where it should.
fn well_formed(xml: &str) {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("an end of the tag");
        assert!(!text.contains('>'), "{text}");
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {xml}");
        } else if !tag.ends_with('/') && !name.starts_with(['?', '!']) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} in {xml}");
}

/// A portmapper that knows one address.
struct Knows(String);

impl RpcbV4 for Knows {
    fn getaddr(&self, _: &Call<'_>, _: Rpcb) -> Result<String, Fault> {
        Ok(self.0.clone())
    }
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let folder = TempDir::new().unwrap();
    let [evil, path] = ["\u{202e}evil", "portmap"].map(|name| folder.path().join(name));
    let service = RpcbV4Server(Knows(evil.to_str().unwrap().to_owned()));
    let builder = Server::builder().service(service).listen_unix(&path);
    let _portmapper = builder.bind().unwrap().spawn().unwrap();
    let args = format!("-T local {} {PROGRAM} 1 -c 1", path.display());
    let refused = run(&mut rpcping(&args)).exits(1);
    let builder = Server::builder().service(null(PROGRAM, 1)).listen_unix(&evil);
    let _program = builder.bind().unwrap().spawn().unwrap();
    let [shown, json] =
        ["", "--json"].map(|json| run(&mut rpcping(&format!("{args} {json}"))).ok());
    for text in [refused.stderr, shown.stdout, json.stdout] {
        assert!(text.contains("/\\u{202e}evil") || text.contains("/\\\\u{202e}evil"), "{text}");
        assert!(text.chars().all(|c| matches!(c, '\n' | ' '..='~')), "{text:?}");
    }
}

#[test]
fn rpcbind_is_measured_over_all_transports() {
    isolated(&[RPCBIND], || {
        let _rpcbind = Daemon::start(command("rpcbind").arg("-f"));
        eventually("rpcbind to listen", || std::path::Path::new("/run/rpcbind.sock").exists());
        let args = "-T udp -T tcp -T local --connect -c 20 --json localhost portmapper";
        let all = json(&run(&mut rpcping(args)).ok());
        assert_eq!(names(&all), ["udp", "tcp", "tcp+connect", "local", "local+connect"]);
        assert!(all["transports"].as_array().unwrap().iter().all(|row| calls(row) == 20));
        assert_eq!(all["version"], 4);
        let args = "-T udp6 -T tcp6 -c 20 --json ::1 100000 4";
        let all = json(&run(&mut rpcping(args)).ok());
        assert_eq!(names(&all), ["udp6", "tcp6"]);
    });
}
