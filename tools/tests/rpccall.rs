//! The program `rpccall` against servers of this process, kind and hostile ones.

use std::{
    net::SocketAddr,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use sunrpc::{
    Transport,
    proto::{AuthStat, Credentials},
    server::{Fault, Running, Server, Service},
    xdr::Raw,
};
use sunrpc_portmap::{Netid, Portmap, Portmapper, Uaddr};
use sunrpc_tests::{
    build::top,
    process::{Finished, run, run_with_input},
    service::does,
    wire::{opaque, words},
};

/// What is called, of one type to the same type, so that a server can answer with what it was sent.
const FILE: &str = "
    enum mode { MODE_FAST, MODE_SAFE = 7 };
    struct point { int x; string name<8>; point *next; };
    union answer switch (mode m) { case MODE_FAST: hyper number; default: void; };
    typedef opaque key<4>;
    struct deep { struct { key keys<>; } inner; mode *how; };
    /* Echoes. */
    program ECHO_PROG {
        version ECHO_VERS {
            void ECHO_NULL(void) = 0;
            string ECHO_TEXT(string) = 1;
            mode ECHO_MODE(mode) = 2;
            point ECHO_POINT(point) = 3;     /* A list. */
            answer ECHO_ANSWER(answer) = 4;
            key ECHO_KEY(key) = 5;
            int ECHO_INT(int) = 6;
            answer ECHO_TWO(mode which, hyper number) = 7;
            deep ECHO_DEEP(deep) = 9;
            int ECHO_SAME(int) = 10;
            int ECHO_Same(int) = 11;
        } = 1;
        version ECHO_VERS_2 { int ECHO_INT(int) = 6; unsigned ECHO_CALLER(void) = 8; } = 2;
    } = 0x20000779;
    program OTHER_PROG { version OTHER_VERS { int OTHER_ONE(void) = 1; } = 1; } = 0x20000780;
";
const ECHO: u32 = 0x2000_0779;

/// What a server does with a call.
#[derive(Clone)]
enum Act {
    /// Answers with the arguments.
    Echo,
    /// Answers with these bytes.
    Say(Vec<u8>),
    /// Answers with the caller's user.
    Caller,
    Refuse(Fault),
}

/// A version of the program, and a count of its calls.
fn acting(version: u32, act: Act, calls: Arc<AtomicU32>) -> impl Service {
    does(ECHO, version, move |call, args, results| {
        calls.fetch_add(1, Ordering::Relaxed);
        let args: Vec<u8> = args.get_as::<Raw, _>()?;
        match &act {
            Act::Echo => results.put_as::<Raw, _>(&args),
            Act::Say(bytes) => results.put_as::<Raw, _>(bytes),
            Act::Caller => results.put(&match call.credentials() {
                Credentials::Sys(sys) => sys.uid,
                _ => u32::MAX,
            }),
            Act::Refuse(fault) => Err(*fault),
        }
    })
}

/// A server, and how often it was called.
struct Served {
    addr: SocketAddr,
    calls: Arc<AtomicU32>,
    _running: Running,
}

fn serve(act: Act) -> Served {
    let calls = Arc::default();
    let service = |version| acting(version, act.clone(), Arc::clone(&calls));
    let server = Server::builder().service(service(1)).service(service(2)).listen("127.0.0.1:0");
    let running = server.bind().expect("a port").spawn().expect("a thread");
    Served { addr: running.tcp_addr().expect("TCP"), _running: running, calls }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// The file, for one test.
fn file(test: &str) -> PathBuf {
    let path = folder().join(format!("rpccall-{test}.x"));
    std::fs::write(&path, FILE).expect("it is written");
    path
}

fn rpccall<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rpccall"));
    command.args(args);
    command
}

/// Calls a server that is known by its address.
fn at(test: &str, server: &Served, args: &[&str]) -> Finished {
    let (file, addr) = (file(test), server.addr.to_string());
    let options = [file.to_str().expect("a path"), "-a", &addr, "--timeout", "20", "--compact"];
    run(&mut rpccall(options.into_iter().chain(args.iter().copied())))
}

#[test]
fn what_can_be_called_is_listed() {
    let doctor = top().join("idl/doctor.x");
    let doctor = doctor.to_str().expect("a path");
    let list = run(&mut rpccall([doctor])).ok();
    assert_eq!(
        list.stdout,
        "DOCTOR_PROG 536877414 (0x20001966) version 1\n     \
         0  DOCTOR_NULL() -> void\n     \
         1  DOCTOR_OPEN() -> open_result              Opens a session with a greeting.\n     \
         2  DOCTOR_SAY(remark) -> doctor_reply        Says something to the doctor and hears his answer.\n     \
         3  DOCTOR_CLOSE(session_id) -> doctor_reply  Closes a session and hears the farewell.\n"
    );
    let say = run(&mut rpccall([doctor, "--describe", "say"])).ok();
    assert!(
        say.stdout.starts_with("DOCTOR_SAY(remark) -> doctor_reply\nSays something to"),
        "{say}"
    );
    assert!(say.stdout.contains("struct remark {\n    session_id session;"), "{say}");
    let example = format!(
        "\nFor example:\nrpccall {doctor} HOST DOCTOR_SAY '{{\"session\": 1, \"words\": \"text\"}}'\n\
         {{\n  \"DOCTOR_OK\": \"text\"\n}}\n"
    );
    assert!(say.stdout.ends_with(&example), "{say}");
    let deep = run(rpccall([]).arg(file("list")).args(["--describe", "deep"])).ok();
    let shown = "ECHO_DEEP(deep) -> deep\n\nenum mode { MODE_FAST, MODE_SAFE = 7 };\n\ntypedef opaque key<4>;\n\n\
                 struct deep { struct { key keys<>; } inner; mode *how; };\n\nFor example:\n";
    assert!(deep.stdout.starts_with(shown), "{deep}");
    let second = run(rpccall([]).arg(file("list")).args(["--program-version", "2"])).ok();
    assert!(
        second
            .stdout
            .starts_with("ECHO_PROG 536872825 (0x20000779) version 2\n     6  ECHO_INT(int)")
    );
}

#[test]
fn a_portmapper_says_where_to_call() {
    let portmapper = Portmapper::bind("127.0.0.1:0").expect("a port");
    let addr = portmapper.tcp_addr().expect("TCP");
    let client = Portmap::connect(addr).expect("a connection");
    let served = serve(Act::Echo);
    client.set(ECHO, 1, Transport::Tcp, served.addr.port()).expect("registered");
    let (host, file) = (addr.to_string(), file("portmapper"));
    let file = file.to_str().expect("a path");
    let greeted = run(&mut rpccall([file, &host, "echo_text", "Grüße"])).ok();
    assert_eq!(greeted.stdout, "\"Grüße\"\n");
    let port = served.addr.port().to_string();
    let by_port =
        run(rpccall([file, "-n", &port, "127.0.0.1", "int", "-5"]).arg("--program-version=1"));
    assert_eq!(by_port.ok().stdout, "-5\n");
    let nobody = run(&mut rpccall([file, &host, "one"])).exits(1);
    assert!(nobody.stderr.contains("program 536872832 is not registered over tcp"), "{nobody}");
    // The portmapper itself, by its own files.
    let idl = |name: &str| top().join("idl").join(name).display().to_string();
    let mapping = format!(r#"{{"prog": {ECHO}, "vers": 1, "prot": 6, "port": 0}}"#);
    for netid in ["tcp", "udp"] {
        let getport =
            [&idl("portmap.x"), "-T", netid, &host, "getport", &mapping].map(String::from);
        let found = run(&mut rpccall(getport.iter().map(String::as_str))).ok();
        assert_eq!(found.stdout, format!("{port}\n"));
    }
    let rpcb = idl("rpcb.x");
    let dump = run(&mut rpccall([&rpcb, &host, "dump"])).ok();
    let dump: serde_json::Value = serde_json::from_str(&dump.stdout).expect("JSON");
    let ours = dump.as_array().expect("a list").iter().map(|entry| &entry["rpcb_map"]);
    let uaddr = Uaddr::parse(
        Netid::Tcp,
        &format!("0.0.0.0.{}.{}", served.addr.port() >> 8, served.addr.port() & 0xff),
    );
    let wanted = uaddr.expect("an address").to_string();
    let found: Vec<_> =
        ours.filter(|map| map["r_prog"] == ECHO && map["r_addr"] == *wanted).collect();
    assert_eq!(found.len(), 1, "{dump}");
}

#[test]
fn arguments_have_many_forms() {
    let served = serve(Act::Echo);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("point.json"), r#"{"x": 3, "name": "p", "next": null}"#)
        .expect("written");
    let from_file = format!("@{}", folder.join("point.json").display());
    let point = r#"{"x": -1, "name": "a", "next": {"x": 2, "name": "\u001b", "next": null}}"#;
    for (args, result) in [
        (&["text", "@/etc/passwd"][..], "\"@/etc/passwd\""),
        (&["text", "-"], "\"-\""),
        (&["text", "7"], "\"7\""),
        (&["text", "--", "--x"], "\"--x\""),
        (&["1", "", "--program", "0x20000779"], "\"\""),
        (&["mode", "MODE_SAFE"], "\"MODE_SAFE\""),
        (&["0x2", "7"], "\"MODE_SAFE\""),
        (&["mode", "\"MODE_FAST\""], "\"MODE_FAST\""),
        (&["ECHO_POINT", &from_file], r#"{"x": 3, "name": "p", "next": null}"#),
        (&["point", point], point),
        (&["answer", r#"{"MODE_FAST": 9007199254740993}"#], r#"{"MODE_FAST": 9007199254740993}"#),
        (&["answer", "\"MODE_SAFE\""], "\"MODE_SAFE\""),
        (&["key", "00FF"], "\"00ff\""),
        (&["two", "MODE_FAST", "\"-9007199254740993\""], r#"{"MODE_FAST": -9007199254740993}"#),
        (&["int", "-7"], "-7"),
        (&["null", "--program", "echo_prog"], ""),
        (&["ECHO_Same", "5"], "5"),
    ] {
        let said = at("forms", &served, args).ok();
        assert_eq!(said.stdout.trim_end(), result, "{args:?}");
    }
    let (file, addr) = (file("stdin"), served.addr.to_string());
    let args = [file.to_str().expect("a path"), "-a", &addr, "point", "-"];
    let said = run_with_input(&mut rpccall(args), point).ok();
    assert_eq!(said.stdout.lines().nth(1), Some("  \"x\": -1,"), "{said}");
}

#[test]
fn more_than_a_server_takes_is_told() {
    let served = serve(Act::Echo);
    let path = folder().join("rpccall-long.json");
    let deep =
        format!(r#"{{"inner": {{"keys": [{}"00"]}}, "how": null}}"#, r#""00","#.repeat(199_999));
    std::fs::write(&path, deep).expect("written");
    let said = at("long", &served, &["deep", &format!("@{}", path.display())]).exits(1);
    let told = "perhaps its 1600008 bytes of arguments are more than the server takes";
    assert!(said.stderr.contains(told), "{said}");
}

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    let served = serve(Act::Echo);
    for (args, told) in [
        (&["txt", "a"][..], "no procedure is called txt; did you mean TEXT?"),
        (&["nothing"], "no procedure is called nothing (ECHO_NULL, ECHO_TEXT,"),
        (
            &["1", "a"],
            "1 may be one of several procedures (ECHO_TEXT of ECHO_PROG version 1, OTHER_ONE of OTHER_PROG version 1)",
        ),
        (&["same", "1"], "same may be one of several procedures (ECHO_SAME of"),
        (&["int", "1", "--program-version", "3"], "the file has no version 3 (1, 2)"),
        (&["int", "1", "--program", "9"], "the file has no program 9 (ECHO_PROG, OTHER_PROG)"),
        (
            &["text"],
            "ECHO_TEXT(string<>) -> string<> takes 1 argument, not 0; for example: ECHO_TEXT text",
        ),
        (&["two", "MODE_FAST"], "takes 2 arguments, not 1; for example: ECHO_TWO MODE_FAST 1"),
        (
            &["point", "{"],
            "argument 1 cannot be read as JSON: EOF while parsing an object at line 1 column 1; for example",
        ),
        (&["point", "@/nowhere"], "argument 1 cannot be read as JSON: /nowhere: No such file"),
        (&["point", "@/dev/zero"], "cannot be read as JSON: /dev/zero: longer than 16777216 bytes"),
        (
            &["point", r#"{"x": 1, "name": "123456789", "next": null}"#],
            "argument 1: .name: 9 bytes, at most 8 are allowed",
        ),
        (&["mode", "MODE_SLOW"], "argument 1: no member of mode is `MODE_SLOW`"),
        (&["two", "MODE_FAST", "x"], "argument 2 cannot be read as JSON: expected value"),
    ] {
        let said = at("mistakes", &served, args).exits(2);
        assert!(
            said.stderr.starts_with("rpccall: ") && said.stderr.contains(told),
            "{args:?} {said}"
        );
    }
    assert_eq!(served.calls.load(Ordering::Relaxed), 0, "something was sent");
    for (file, told) in [
        (
            "idl/bad/missing_brace.x",
            "error[X105]: expected `}` behind the fields, found `const`\n --> ",
        ),
        ("idl/dayteim.x", "dayteim.x: No such file or directory (os error 2); did you mean `"),
    ] {
        let file = top().join(file);
        let said = run(rpccall([]).arg(&file)).exits(2);
        assert!(said.stderr.contains(told), "{said}");
    }
}

#[test]
fn what_the_server_refuses_is_told_with_what_to_do() {
    for (fault, told) in [
        (
            Fault::ProcUnavail,
            "the program has no such procedure, or its server leaves it out (PROC_UNAVAIL)",
        ),
        (Fault::GarbageArgs, "(GARBAGE_ARGS): most often its .x file is another one"),
        (Fault::SystemErr, "the server failed, or is too busy (SYSTEM_ERR"),
        (
            Fault::Auth(AuthStat::TooWeak),
            "refuses the caller (AUTH_TOOWEAK); --auth-sys says who calls",
        ),
    ] {
        let served = serve(Act::Refuse(fault));
        let said = at("refused", &served, &["text", "a"]).exits(1);
        let place = format!("rpccall: ECHO_TEXT at {} failed: ", served.addr);
        assert!(said.stderr.starts_with(&place) && said.stderr.contains(told), "{said}");
    }
    let huge = at("refused", &serve(Act::Say(vec![0; 4 << 20])), &["text", "a"]).exits(1);
    assert!(huge.stderr.contains("the limit of 4194304 bytes; it has run all the same"), "{huge}");
    let other = at("refused", &serve(Act::Echo), &["one"]).exits(1);
    assert!(
        other.stderr.contains("(PROG_UNAVAIL); program 536872832 is elsewhere, or OTHER_PROG"),
        "{other}"
    );
    let newer = folder().join("rpccall-newer.x");
    std::fs::write(&newer, FILE.replace("} = 2;", "} = 5;")).expect("it is written");
    let (served, newer) = (serve(Act::Echo), newer.display().to_string());
    let addr = served.addr.to_string();
    let said = run(&mut rpccall([&newer, "-a", &addr, "int", "7"])).exits(1);
    let told = "has versions 1 to 2 of this program (PROG_MISMATCH); version 5 was called";
    assert!(said.stderr.contains(told), "{said}");
    let old = run(rpccall([&newer, "-a", &addr, "int", "7"]).arg("--program-version=1")).ok();
    assert_eq!(old.stdout, "7\n");
}

#[test]
fn who_calls_is_said_where_that_is_asked_for() {
    let served = serve(Act::Caller);
    let me = std::fs::metadata("/proc/self").expect("this process").uid().to_string();
    assert_eq!(at("caller", &served, &["caller"]).ok().stdout.trim_end(), u32::MAX.to_string());
    assert_eq!(at("caller", &served, &["caller", "--auth-sys"]).ok().stdout.trim_end(), me);
}

#[test]
fn hostile_results_are_told_and_nothing_of_them_is_obeyed() {
    for (procedure, results, told) in [
        (
            "text",
            words(&[u32::MAX]),
            "the result: truncated: 4294967295 bytes needed, 0 left at byte 4",
        ),
        ("text", words(&[1, 0x6100_0001]), "the result: padding that is not zero at byte 7"),
        ("text", words(&[0, 0]), "the result: 4 bytes left over at byte 4"),
        ("mode", words(&[1]), "the result: the enum mode has no value 1 at byte 0"),
        ("point", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1].repeat(1000), "more than 120 levels deep"),
    ] {
        let argument = match procedure {
            "point" => r#"{"x": 1, "name": "", "next": null}"#,
            "mode" => "0",
            _ => "a",
        };
        let said = at("hostile", &serve(Act::Say(results)), &[procedure, argument]).exits(1);
        assert!(
            said.stderr.contains("has run, but the result: ") && said.stderr.contains(told),
            "{said}"
        );
        assert!(said.stdout.is_empty() && said.stderr.len() < 600, "{said}");
    }
    let escapes = opaque("\u{1b}[2J\u{9b}\u{202e}".as_bytes());
    let said = at("hostile", &serve(Act::Say(escapes)), &["text", "a"]).ok();
    assert_eq!(said.stdout, "\"\\u001b[2J\\u009b\\u202e\"\n");
    let latin = at("hostile", &serve(Act::Say(words(&[1, 0xff00_0000]))), &["text", "a"]).ok();
    assert_eq!(latin.stdout, "{\"hex\": \"ff\"}\n");
}

#[test]
fn nothing_of_a_file_is_obeyed() {
    let path = folder().join("rpccall-obeyed.x");
    let file = "struct s { int x; /* \u{1b}]0;x\u{7} \u{9b} */\r\n};\r\n\
        program P { version V {\r\n/* \u{9b}2J \u{202e} */\r\n s GET(void) = 1; } = 1; } = 7;";
    std::fs::write(&path, file).expect("it is written");
    let list = run(rpccall([]).arg(&path)).ok().stdout;
    let get = run(rpccall([]).arg(&path).args(["--describe", "get"])).ok().stdout;
    let shown = "\nstruct s { int x; /* \\u001b]0;x\\u0007 \\u009b */\n};\n";
    assert!(get.contains(shown), "{get:?}");
    assert!((list + &get).chars().all(|c| matches!(c, '\n' | ' '..='~')));
    let wrong = folder().join("rpccall-obeyed\u{1b}.x");
    std::fs::write(&wrong, file.replace("int x", "none x")).expect("it is written");
    let told = run(rpccall([]).arg(&wrong)).exits(2).stderr;
    assert!(told.contains("rpccall-obeyed\\u001b.x:1:12"), "{told:?}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
}

/// An old one and a new one, for example.
#[test]
fn programs_of_one_number_are_different_ones() {
    let path = folder().join("rpccall-same.x");
    let program = |name, ty| {
        format!("program {name} {{ version V_{name} {{ {ty} GET(void) = 1; }} = 1; }} = 7;")
    };
    std::fs::write(&path, program("OLD", "int") + &program("NEW", "bool")).expect("it is written");
    let list = run(rpccall([]).arg(&path)).ok().stdout;
    assert!(list.contains("OLD 7 (") && list.contains("NEW 7 ("), "{list}");
    let get = run(rpccall([]).arg(&path).args(["--describe", "get"])).exits(2);
    assert!(get.stderr.contains("GET of OLD version 1, GET of NEW version 1"), "{get}");
}
