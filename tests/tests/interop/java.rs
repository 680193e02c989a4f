//! Java's Remote Tea, an RPC without a line of C and with a compiler of `.x` files of its own: what it makes of
//! `tests/idl/mirror.x` calls our server, and is called by our client, one of everything that XDR has.

use std::{path::Path, process::Command};

use sunrpc::{
    Transport,
    client::{Error, ProgramClient},
    server::{Call, Fault, Server},
};
use sunrpc_portmap::{Address, connect};
use sunrpc_tests::{
    isolated::isolated,
    needs::{JAVAC, Need, REMOTE_TEA},
    process::{Daemon, run},
};
use tempfile::TempDir;

use crate::ours::{portmap, serve};

sunrpc::include_x!(
    #[allow(unreachable_pub, dead_code, reason = "what rpcgen emits is whole, and public")]
    mod mirror
);
use mirror::{
    MIRROR_PROG, MIRROR_VERS, MirrorColor, MirrorItem, MirrorPoint, MirrorShape, MirrorV1,
    MirrorV1Client, MirrorV1Server,
};

const NEEDS: [Need; 3] = [Need::Ours, JAVAC, REMOTE_TEA];
const JARS: &str = "/usr/share/java";

/// The programs in `tests/java/`, compiled with what `jrpcgen` makes of the interface.
struct Java(TempDir);

impl Java {
    fn compile() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = TempDir::new().expect("a folder");
        let stubs = folder.path().join("mirror");
        std::fs::create_dir(&stubs).expect("a folder");
        let mut jrpcgen = Command::new("java");
        jrpcgen.arg("-jar").arg(format!("{JARS}/jrpcgen.jar")).args(["-nobackup", "-p", "mirror"]);
        // It takes a path for one below where it runs.
        jrpcgen.arg("-d").arg(&stubs).current_dir(here.join("idl")).arg("mirror.x");
        let _ = run(&mut jrpcgen).ok();
        let mut javac = Command::new("javac");
        javac.arg("-cp").arg(format!("{JARS}/oncrpc.jar")).arg("-d").arg(folder.path());
        javac.arg("-sourcepath").arg(folder.path());
        javac.args(["Call.java", "Serve.java"].map(|name| here.join("java").join(name)));
        let _ = run(&mut javac).ok();
        Self(folder)
    }

    fn command(&self, class: &str) -> Command {
        let mut java = Command::new("java");
        let path = format!("{}:{JARS}/oncrpc.jar", self.0.path().display());
        // Without a file for `jps`, about which it may complain.
        java.args(["-XX:-UsePerfData", "-cp", &path, class]);
        java
    }
}

struct Mirror;

impl MirrorV1 for Mirror {
    fn mirror(&self, _: &Call<'_>, first: MirrorItem) -> Result<MirrorItem, Fault> {
        Ok(turned(first))
    }

    fn add(&self, _: &Call<'_>, one: i32, other: i32) -> Result<i32, Fault> {
        Ok(one.wrapping_add(other))
    }
}

#[test]
fn calls_a_server_of_ours() {
    isolated(&NEEDS, || {
        let java = Java::compile();
        let _portmap = portmap(&[]);
        let call = |transport: Transport| run(java.command("Call").arg(transport.to_string())).ok();
        for transport in Transport::INET {
            let said = call(transport);
            assert_eq!(said.stdout, "ONC/RPC program not registered\n", "{said}");
        }
        let builder = Server::builder().service(MirrorV1Server(Mirror));
        let _server = serve(builder, &[(MIRROR_PROG, MIRROR_VERS)]);
        for transport in Transport::INET {
            let said = call(transport);
            let item = |here, name: &str, what| {
                let len = name.len();
                format!("{here} -1 -2 1.5 -0.1 '{name}' {len} [1, 2, 3, 4, -5] [7, -7] {what}\n")
            };
            let expected = [
                item(false, "", "odd"),
                item(true, "bcd", "-1,-9223372036854775808"),
                item(true, "a", "red"),
                "-1\n".to_owned(),
                "ONC/RPC program version mismatch\n".to_owned(),
            ];
            assert_eq!(said.stdout, expected.concat(), "{said}");
        }
    });
}

#[test]
fn serves_our_client() {
    isolated(&NEEDS, || {
        let java = Java::compile();
        let _portmap = portmap(&[]);
        let mut server = Daemon::start(&mut java.command("Serve"));
        assert_eq!(server.line(), "ready", "{}", server.stderr());
        for transport in Transport::INET {
            let client: MirrorV1Client =
                connect(Address::default(), transport).expect("the server");
            let first = items();
            let answer = client.mirror(&first).expect("an answer");
            assert_eq!(answer, turned(first), "{transport}");
            assert_eq!(client.add(i32::MAX, i32::MIN).expect("an answer"), -1, "{transport}");
            let call = |program, version, procedure| {
                client.client().call::<(), ()>(program, version, procedure, &()).unwrap_err()
            };
            let error = call(MIRROR_PROG, MIRROR_VERS, 9);
            assert!(matches!(error, Error::ProcUnavail), "{transport}: {error}");
        }
    });
}

/// A list from its end to its beginning.
fn turned(mut item: MirrorItem) -> MirrorItem {
    let mut before = None;
    while let Some(next) = std::mem::replace(&mut item.next, before) {
        before = Some(Box::new(item));
        item = *next;
    }
    item
}

/// One for each arm of the union.
fn items() -> MirrorItem {
    let corner = MirrorPoint { x: i32::MIN, y: i64::MAX };
    let shapes = [
        MirrorShape::Red,
        MirrorShape::Green(corner),
        MirrorShape::Default(MirrorColor::Blue, "odd".to_owned()),
    ];
    let item = |next: Option<MirrorItem>, shape| {
        Some(MirrorItem {
            here: next.is_none(),
            count: u32::MAX,
            big: u64::MAX - 1,
            single: f32::MIN_POSITIVE,
            twice: -0.0,
            name: "x".repeat(64),
            blob: vec![0, 255, 3],
            id: [1, 2, 3, 4, 251],
            numbers: vec![i32::MIN; 8],
            shape,
            next: next.map(Box::new),
        })
    };
    shapes.into_iter().fold(None, item).expect("three items")
}
