//! ONC RPC version 2 (RFC 5531): messages, clients and servers over TCP and UDP.
