//! Other people's programs against ours, each test in a network of its own where port 111 is free: Debian's `rpcinfo`,
//! clients and servers that C's rpcgen and libtirpc make of `idl/daytime.x`, Java's Remote Tea, Python's PyVISA-py,
//! NFS-Ganesha, libnfs, tshark's view of what is sent, and a kernel that loses it.

mod c_client;
mod c_server;
mod capture;
mod java;
mod loss;
mod nfs;
mod ours;
mod python;
mod rpccall;
mod rpcinfo;
