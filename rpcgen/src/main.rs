//! The rpcgen program.

fn main() -> std::process::ExitCode {
    sunrpc_rpcgen::cli::main()
}
