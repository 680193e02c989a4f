//! The .x compiler: a library for build.rs and the rpcgen program.
