//! The command line: Debian's, and what it lacks.

use clap::{ArgAction, Parser};
use sunrpc_portmap::{Netid, Uaddr};
use sunrpc_tools::{
    failure::Failure,
    portmapper::{self, Portmapper},
    words::{Program, host_and, too_much},
};

/// Shows what is registered with a portmapper, and asks whether it answers.
///
/// HOST may be HOST:PORT or the path of the portmapper's socket. Without HOST, --port and --unix it asks the
/// portmapper that $PORTMAP names or, where that says nothing, the one on this machine. PROGRAM is a number or a
/// name of /etc/rpc.
#[derive(Debug, Parser)]
#[command(
    name = "rpcinfo",
    version,
    max_term_width = 100,
    override_usage = "rpcinfo [-m | -s | -p] [HOST]\n       \
        rpcinfo -T NETID HOST PROGRAM [VERSION]\n       \
        rpcinfo [-n PORT] -t | -u HOST PROGRAM [VERSION]\n       \
        rpcinfo -a ADDRESS -T NETID PROGRAM [VERSION]\n       \
        rpcinfo -l [-T NETID] HOST PROGRAM VERSION\n       \
        rpcinfo -b [-T NETID] PROGRAM VERSION\n       \
        rpcinfo -d [-T NETID] PROGRAM VERSION"
)]
pub(crate) struct Args {
    /// List the ports that are registered, by version 2 of the portmapper's protocol
    #[arg(short = 'p', group = "task")]
    ports: bool,
    /// List each program in one line
    #[arg(short = 's', group = "task")]
    concise: bool,
    /// Show the portmapper's statistics
    #[arg(short = 'm', group = "task")]
    statistics: bool,
    /// List the ways to reach a version of a program
    #[arg(short = 'l', group = "task")]
    ways: bool,
    /// Ask by broadcast who has a version of a program
    #[arg(short = 'b', group = "task", conflicts_with = "reserved_port")]
    broadcast: bool,
    /// Take the registration of a version of a program back
    #[arg(short = 'd', group = "task")]
    delete: bool,
    /// Call procedure 0 of a program over TCP: does it answer?
    #[arg(short = 't', group = "task")]
    tcp: bool,
    /// The same over UDP
    #[arg(short = 'u', group = "task")]
    udp: bool,
    /// The same over this transport: tcp, udp, tcp6, udp6 or local
    #[arg(short = 'T', value_name = "NETID")]
    pub(crate) netid: Option<Netid>,
    /// The program's address, universal (127.0.0.1.8.1), 127.0.0.1:2049 or a path, so that the portmapper is not asked
    #[arg(short = 'a', value_name = "ADDRESS", requires = "netid", group = "task")]
    addr: Option<String>,
    /// The program's port, so that the portmapper is not asked
    #[arg(short = 'n', value_name = "PORT")]
    pub(crate) program_port: Option<u16>,
    #[command(flatten)]
    pub(crate) portmapper: Portmapper,
    /// Print JSON, one array
    #[arg(long)]
    pub(crate) json: bool,
    /// HOST, PROGRAM, VERSION: see above
    #[arg(value_name = "...", action = ArgAction::Append)]
    words: Vec<String>,
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Task<'a> {
    List(Option<&'a str>),
    Concise(Option<&'a str>),
    Ports(Option<&'a str>),
    Statistics(Option<&'a str>),
    Ways { host: &'a str, program: Program },
    Ping { host: &'a str, program: Program, netid: Netid },
    PingAt { addr: Uaddr, netid: Netid, program: Program },
    Broadcast(Program),
    Delete(Program),
}

impl Args {
    /// What the command line asks for.
    pub(crate) fn task(&self) -> Result<Task<'_>, Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let task = self.task_of(&words)?;
        if self.program_port.is_some() && !matches!(task, Task::Ping { .. }) {
            let message = "-n is a program's port, and goes with -t, -u or -T and a HOST; the portmapper's is --port";
            return Err(Failure::new(message));
        }
        Ok(task)
    }

    fn task_of<'a>(&'a self, words: &[&'a str]) -> Result<Task<'a>, Failure> {
        if let (Some(addr), Some(netid)) = (&self.addr, self.netid) {
            let addr = portmapper::address(addr, netid)?;
            return Ok(Task::PingAt { addr, netid, program: Program::from_words(words)? });
        }
        if self.broadcast || self.delete {
            let program = exactly(Program::from_words(words)?)?;
            let task = if self.broadcast { Task::Broadcast } else { Task::Delete };
            return Ok(task(program));
        }
        if self.ways {
            let (host, rest) = host_and(words)?;
            return Ok(Task::Ways { host, program: exactly(Program::from_words(rest)?)? });
        }
        if let Some(netid) = self.ping_netid() {
            let (host, rest) = host_and(words)?;
            return Ok(Task::Ping { host, program: Program::from_words(rest)?, netid });
        }
        let host = match words {
            [] => None,
            [host] => Some(*host),
            // As Debian's does: a program without an option is asked over TCP.
            [host, rest @ ..] if !self.ports && !self.concise && !self.statistics => {
                let program = Program::from_words(rest)?;
                return Ok(Task::Ping { host, program, netid: Netid::Tcp });
            }
            [_, extra, ..] => return Err(too_much(extra)),
        };
        Ok(if self.ports {
            Task::Ports(host)
        } else if self.concise {
            Task::Concise(host)
        } else if self.statistics {
            Task::Statistics(host)
        } else {
            Task::List(host)
        })
    }

    fn ping_netid(&self) -> Option<Netid> {
        if self.tcp {
            Some(Netid::Tcp)
        } else if self.udp {
            Some(Netid::Udp)
        } else {
            self.netid
        }
    }
}

fn exactly(program: Program) -> Result<Program, Failure> {
    match program.version {
        Some(_) => Ok(program),
        None => Err(Failure::new("which version? (see --help)")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn task(line: &str) -> String {
        let args = Args::parse_from(std::iter::once("rpcinfo").chain(line.split_whitespace()));
        args.task().map_or_else(|failure| failure.to_string(), |task| format!("{task:?}"))
    }

    #[test]
    fn debians_command_lines_are_understood() {
        Args::command().debug_assert();
        assert_eq!(task(""), "List(None)");
        assert_eq!(task("h"), "List(Some(\"h\"))");
        assert_eq!(task("-p"), "Ports(None)");
        assert_eq!(task("-s h"), "Concise(Some(\"h\"))");
        assert_eq!(task("-m h"), "Statistics(Some(\"h\"))");
        for line in ["-T udp6 h 7", "-u h 7 2", "-n 9 -t h 7", "h 7"] {
            assert!(task(line).starts_with("Ping {"), "{line}: {}", task(line));
        }
        assert_eq!(task("-a 127.0.0.1.0.1 -T tcp 7"), task("-a 127.0.0.1:1 -T tcp 7"));
        assert!(task("-a 127.0.0.1:1 -T tcp 7").starts_with("PingAt {"));
        assert!(task("-l h 7 1").starts_with("Ways {"));
        assert!(task("-b 7 1").starts_with("Broadcast("));
        assert!(task("-d -T tcp 7 1").starts_with("Delete("));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (line, said) in [
            ("-T tcp", "which host"),
            ("-t h", "which program of h?"),
            ("-d 7", "which version"),
            ("-l h 7", "which version"),
            ("-p h 7", "7 is one word too many"),
            ("-t h 7 1 2", "2 is one word too many"),
            ("-t h no-such-program", "no-such-program is no program"),
            ("-t h 7 new", "new is no version: a number"),
            ("-a zzz -T tcp 7", "zzz is no address of tcp, such as 127.0.0.1:2049"),
            ("-a 127.0.0.1:1 -T tcp6 7", "127.0.0.1:1 is no address of tcp6, such as [::1]:2049"),
            ("-a zzz -T local 7", "zzz is no address of local, such as /"),
            ("-a /s -T tcp 7", "/s is the path of a socket, which goes with -T local"),
            ("-n 9 -p", "-n is a program's port"),
        ] {
            assert!(task(line).contains(said), "{line}: {}", task(line));
        }
    }
}
