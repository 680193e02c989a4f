//! `hello` serves; `hello NAME` asks to be greeted.
use hello::{HELLO_PROG, HELLO_VERS, HelloV1, HelloV1Client, HelloV1Server};
use sunrpc::Transport;
use sunrpc::server::{Call, Fault, Server};
use sunrpc_portmap::{Address, Portmap, connect};

sunrpc::include_x!(mod hello);

struct Hello;

impl HelloV1 for Hello {
    fn greet(&self, _call: &Call<'_>, name: String) -> Result<String, Fault> {
        Ok(format!("Hello, {name}!"))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let portmap = Address::from_env()?;
    if let Some(name) = std::env::args().nth(1) {
        let client: HelloV1Client = connect(portmap, Transport::Tcp)?;
        println!("{}", client.greet(&name)?);
        return Ok(());
    }
    let server = Server::builder().service(HelloV1Server(Hello)).listen("127.0.0.1:0").bind()?;
    let port = server.tcp_addr().ok_or("no port")?.port();
    Portmap::connect(portmap)?.replace(HELLO_PROG, HELLO_VERS, port)?;
    println!("ready hello port={port}");
    Ok(server.run()?)
}
