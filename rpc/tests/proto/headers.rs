//! The header of a call is read in one of two ways, and means the same in both.

use crate::common::call;
use sunrpc::{
    proto::{CallHeader, MsgBody, RpcMsg},
    xdr::Reader,
};

/// What most calls have is read all at once. Each word of it may be another.
#[test]
fn a_header_that_is_almost_plain_is_read_as_any_other() {
    for place in 0..10 {
        for value in [0, 1, 2, 4, 8, u32::MAX] {
            let mut message = call(7, 1, 3, &[9; 3]);
            message[4 * place..4 * place + 4].copy_from_slice(&value.to_be_bytes());
            let (mut one, mut other) = (Reader::new(&message), Reader::new(&message));
            let call = match CallHeader::decode(&mut one) {
                Ok((xid, CallHeader::Call(body))) => Some((xid, body, one.rest())),
                _ => None,
            };
            let any = match other.get::<RpcMsg<'_>>() {
                Ok(RpcMsg { xid, body: MsgBody::Call(body) }) => Some((xid, body, other.rest())),
                _ => None,
            };
            assert_eq!(call, any, "{value} as word {place}");
        }
    }
}
