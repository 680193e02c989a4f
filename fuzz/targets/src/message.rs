//! The RPC message, as a client and as a server read it.

use sunrpc::{
    proto::{CallHeader, Credentials, MsgBody, RpcMsg},
    xdr::{self, Reader},
};
use sunrpc_tests::wire;

use crate::kitchen;

/// The input is a message.
pub fn run(data: &[u8]) {
    let mut from = Reader::new(data);
    let msg = from.get::<RpcMsg<'_>>();
    let mut as_server = Reader::new(data);
    let header = CallHeader::decode(&mut as_server);
    match &msg {
        Ok(RpcMsg { xid, body: MsgBody::Call(call) }) => {
            assert_eq!(header, Ok((*xid, CallHeader::Call(*call))), "both read the same call");
            assert_eq!(from.rest(), as_server.rest(), "and the same arguments");
        }
        Ok(RpcMsg { body: MsgBody::Reply(_), .. }) => {
            assert!(header.is_err(), "a reply is no call: {header:?}");
        }
        Err(_) => {
            assert!(!matches!(header, Ok((_, CallHeader::Call(_)))), "{header:?} but {msg:?}");
        }
    }
    if let Ok(msg) = &msg {
        let back = xdr::encode(msg).expect("what was read can be written");
        assert_eq!(back, data[..from.offset()]);
    }
    if let Ok((_, CallHeader::Call(call))) = &header {
        let _ = Credentials::check(&call.cred);
    }
}

/// Calls, and replies of every kind.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = kitchen::calls();
    seeds.extend([
        wire::success(1, &[0, 0, 0, 7]),
        wire::prog_unavail(1),
        wire::prog_mismatch(1, 2, 4),
        wire::proc_unavail(1),
        wire::garbage_args(1),
        wire::system_err(1),
        wire::rpc_mismatch(1),
        wire::auth_error(1, 5),
        [wire::words(&[1, 1, 0, 2]), wire::opaque(b"shorthand"), wire::words(&[0])].concat(),
    ]);
    seeds
}
