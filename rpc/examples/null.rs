//! Times NULL calls: `null server` prints its port; `null client tcp|udp ADDR CALLS` prints p50 and p99.
use std::time::Instant;
use sunrpc::{
    client::Client,
    server::{Args, Call, Fault, Results, Server, Service},
};
struct Null;
impl Service for Null {
    fn program(&self) -> u32 {
        0x2000_0001
    }
    fn version(&self) -> u32 {
        1
    }
    fn dispatch(
        &self,
        _call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        results.put(&args.get::<()>()?)
    }
}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "server" {
        let s = Server::builder().service(Null).listen("127.0.0.1:0").bind()?;
        println!("{}", s.tcp_addr().unwrap());
        s.run()?;
        return Ok(());
    }
    let c = if args[2] == "tcp" { Client::tcp(&args[3])? } else { Client::udp(&args[3])? };
    let n: usize = args[4].parse()?;
    if let Some(window) = args.get(5) {
        let window: usize = window.parse()?;
        let b = Instant::now();
        for _ in 0..n / window {
            let started = (0..window)
                .map(|_| c.start::<(), ()>(0x2000_0001, 1, 0, &()))
                .collect::<Result<Vec<_>, _>>()?;
            for pending in started {
                pending.wait()?;
            }
        }
        println!(
            "{} window {window}: {:.3} M/s",
            args[2],
            n as f64 / b.elapsed().as_secs_f64() / 1e6
        );
        return Ok(());
    }
    let mut t = Vec::with_capacity(n);
    for i in 0..n + 1000 {
        let b = Instant::now();
        let () = c.call(0x2000_0001, 1, 0, &())?;
        if i >= 1000 {
            t.push(b.elapsed().as_nanos());
        }
    }
    t.sort();
    println!("{} p50={} p99={}", args[2], t[n / 2], t[n * 99 / 100]);
    Ok(())
}
