//! NFS-Ganesha, whose RPC is ntirpc, registers with our portmapper; our client writes a file there and reads it again.

use std::{fs, process::Command};

use sunrpc::{
    Transport,
    client::{Builder, Client, Error, ProgramClient},
    proto::{AuthStat, AuthSysParms, Credentials},
};
use sunrpc_portmap::{Address, Portmap, connect_with};
use sunrpc_tests::{
    isolated::isolated,
    needs::{GANESHA, GANESHA_MEM, Need},
    process::{Daemon, command, eventually},
};
use tempfile::TempDir;

use super::interface::{
    Create3args, Create3res, Createhow3, Diropargs3, MOUNT_PROGRAM, MOUNT_V3, MountV3Client,
    Mountres3, NFS_PROGRAM, NFS_V3, NfsFh3, NfsV3Client, Read3args, Read3res, Readdirplus3args,
    Readdirplus3res, Sattr3, SetTime, StableHow, TimeHow, Write3args, Write3res,
};
use crate::ours::portmap;

/// What is written.
const LEN: u32 = 200_000;

#[test]
fn keeps_a_file_of_ours() {
    isolated(&[Need::Ours, GANESHA, GANESHA_MEM], || {
        let _portmap = portmap(&["--unix", "/run/rpcbind.sock"]);
        let folder = TempDir::new().expect("a folder");
        let mut ganesha = Daemon::start(&mut serve(&folder));
        let portmap = Portmap::connect(Address::default()).expect("our portmapper");
        let is_there = |program, version| {
            portmap.get_port(program, version, Transport::Tcp).expect("an answer").is_some()
        };
        eventually("Ganesha to register", || {
            assert!(ganesha.is_alive(), "{}", ganesha.stderr());
            is_there(MOUNT_PROGRAM, MOUNT_V3) && is_there(NFS_PROGRAM, NFS_V3)
        });
        let root = mount();
        let bytes: Vec<u8> = (0..LEN).flat_map(u32::to_be_bytes).take(LEN as usize).collect();
        let client: NfsV3Client = reach(Transport::Tcp);
        let file = create(&client, &root, "written");
        write(&client, &file, &bytes);
        assert!(read(&client, &file, 0, LEN) == bytes, "over tcp");
        let anybody: NfsV3Client = reach_by(user(), Transport::Tcp);
        let refused = anybody.read(&Read3args { file: file.clone(), offset: 0, count: LEN });
        assert!(matches!(refused, Err(Error::Auth(AuthStat::TooWeak))), "{refused:?}");
        assert_eq!(names(&client, &root), ["written"]);
        let client: NfsV3Client = reach(Transport::Udp);
        assert!(read(&client, &file, 1000, 8192) == bytes[1000..][..8192], "over udp");
    });
}

/// Its command, with a folder in memory to serve.
fn serve(folder: &TempDir) -> Command {
    let config = folder.path().join("config");
    // In memory, so many bytes of each file are kept.
    let text = "NFS_CORE_PARAM { Protocols = 3; }\n\
        NFSv4 { Graceless = true; }\n\
        MEM { Inode_Size = 262144; }\n\
        EXPORT { Export_Id = 1; Path = /mem; Pseudo = /mem; Protocols = 3; Access_Type = RW; Squash = None;\n\
        SecType = sys; PrivilegedPort = true; FSAL { Name = MEM; } }\n";
    fs::write(&config, text).expect("a file");
    let mut ganesha = command("ganesha.nfsd");
    ganesha.args(["-F", "-L", "STDERR", "-f"]).arg(config).arg("-p").arg(folder.path().join("pid"));
    ganesha
}

/// A client of one of its programs, who says who he is, from a port that vouches for him.
fn reach<P: ProgramClient>(transport: Transport) -> P {
    reach_by(user().reserved_port(), transport)
}

fn reach_by<P: ProgramClient>(builder: Builder, transport: Transport) -> P {
    connect_with(Address::default(), transport, builder).expect("Ganesha")
}

fn user() -> Builder {
    Client::builder().credentials(Credentials::Sys(AuthSysParms::of_this_process()))
}

/// The handle of the folder.
fn mount() -> NfsFh3 {
    let client: MountV3Client = reach(Transport::Tcp);
    let exports = client.export().expect("an answer");
    assert_eq!(exports.iter().map(|export| &export.ex_dir[..]).collect::<Vec<_>>(), ["/mem"]);
    match client.mnt("/mem").expect("an answer") {
        Mountres3::Mnt3Ok(mounted) => NfsFh3 { data: mounted.fhandle },
        refused @ Mountres3::Default(_) => panic!("{refused:?}"),
    }
}

fn create(client: &NfsV3Client, dir: &NfsFh3, name: &str) -> NfsFh3 {
    let now = || SetTime::Default(TimeHow::SetToServerTime);
    let sattr =
        Sattr3 { mode: Some(0o644), uid: None, gid: None, size: None, atime: now(), mtime: now() };
    let place = Diropargs3 { dir: dir.clone(), name: name.to_owned() };
    let args = Create3args { r#where: place, how: Createhow3::Guarded(sattr) };
    match client.create(&args).expect("an answer") {
        Create3res::Nfs3Ok(created) => created.obj.expect("a handle"),
        refused @ Create3res::Default(..) => panic!("{refused:?}"),
    }
}

fn write(client: &NfsV3Client, file: &NfsFh3, bytes: &[u8]) {
    let args = Write3args {
        file: file.clone(),
        offset: 0,
        count: LEN,
        stable: StableHow::FileSync,
        data: bytes.to_vec(),
    };
    match client.write(&args).expect("an answer") {
        Write3res::Nfs3Ok(written) => assert_eq!(written.count, args.count),
        refused @ Write3res::Default(..) => panic!("{refused:?}"),
    }
}

fn read(client: &NfsV3Client, file: &NfsFh3, offset: u64, count: u32) -> Vec<u8> {
    match client.read(&Read3args { file: file.clone(), offset, count }).expect("an answer") {
        Read3res::Nfs3Ok(read) => read.data,
        refused @ Read3res::Default(..) => panic!("{refused:?}"),
    }
}

/// What is in a folder.
fn names(client: &NfsV3Client, dir: &NfsFh3) -> Vec<String> {
    let args = Readdirplus3args {
        dir: dir.clone(),
        cookie: 0,
        cookieverf: [0; 8],
        dircount: 4096,
        maxcount: 65536,
    };
    match client.readdirplus(&args).expect("an answer") {
        Readdirplus3res::Nfs3Ok(read) => {
            let names = read.entries.into_iter().map(|entry| entry.name);
            names.filter(|name| !name.starts_with('.')).collect()
        }
        refused @ Readdirplus3res::Default(..) => panic!("{refused:?}"),
    }
}
