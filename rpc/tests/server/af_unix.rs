//! Sockets in the file system.

use std::{
    fs,
    io::ErrorKind,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    path::Path,
};

use crate::common::{COUNT, PROGRAM, Probe, WHO};
use sunrpc::{
    client::{Client, Error},
    server::Server,
};

fn bind(path: &Path) -> std::io::Result<Server> {
    Server::builder().service(Probe::default()).listen_unix(path).bind()
}

#[test]
fn af_unix_tells_who_calls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.sock");
    let server = bind(&path).unwrap().spawn().unwrap();
    let client = Client::unix(&path).unwrap();
    let uid: Option<u32> = client.call(PROGRAM, 1, WHO, &()).unwrap();
    assert_eq!(uid, Some(own_uid()));
    assert!(bind(&path).is_err(), "a socket that somebody listens on was taken");
    server.stop().unwrap();
    assert!(!path.exists());
    assert!(matches!(
        client.call::<(), u32>(PROGRAM, 1, COUNT, &()),
        Err(Error::Disconnected | Error::Io(_))
    ));
}

/// This process's user, by way of a file it makes.
fn own_uid() -> u32 {
    tempfile::tempfile().unwrap().metadata().unwrap().uid()
}

#[test]
fn a_socket_that_nobody_listens_on_any_more_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.sock");
    drop(UnixListener::bind(&path).unwrap());
    let _server = bind(&path).unwrap().spawn().unwrap();
    Client::unix(&path).unwrap().call::<(), ()>(PROGRAM, 1, 0, &()).unwrap();
}

#[test]
fn a_file_that_is_no_socket_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    fs::write(&path, "precious").unwrap();
    assert_eq!(bind(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

/// Who may do what, the services say; the kernel tells them who calls.
#[test]
fn every_user_may_connect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.sock");
    let _server = bind(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o666);
}
