fn main() -> sunrpc_rpcgen::Result {
    sunrpc_rpcgen::compile("hello.x")
}
