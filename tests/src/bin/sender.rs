//! Sends one message from wherever it runs, another network among them, and prints in hexadecimal what comes back
//! before the answer to the portmapper's NULL call that it sends behind it.
//!
//! ```text
//! sender tcp|udp ADDR HEX
//! ```

use std::{env, error::Error};

use sunrpc_tests::{
    hex,
    wire::{Tcp, Udp, call, record, success},
};

/// The answer to it ends the wait.
const LAST: u32 = 0x5e5e_5e5e;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let [_, transport, addr, message] = &args[..] else {
        return Err("usage: sender tcp|udp ADDR HEX".into());
    };
    let (addr, message) = (addr.parse()?, hex::decode(message)?);
    let null = call(LAST, 100_000, 2, 0, &[]);
    let print = |reply: Vec<u8>| {
        let more = reply != success(LAST, &[]);
        if more {
            println!("{}", hex::encode(&reply));
        }
        more
    };
    if transport == "udp" {
        let socket = Udp::connect_from_anywhere(addr);
        socket.send(&message);
        socket.send(&null);
        for _ in 0..100 {
            if !print(socket.receive()) {
                return Ok(());
            }
        }
    } else {
        let mut stream = Tcp::connect(addr);
        let _ = stream.send(&[record(&message), record(&null)].concat());
        for _ in 0..100 {
            match stream.receive() {
                Some(reply) => {
                    if !print(reply) {
                        return Ok(());
                    }
                }
                None => {
                    println!("closed");
                    return Ok(());
                }
            }
        }
    }
    Err("answers without end".into())
}
