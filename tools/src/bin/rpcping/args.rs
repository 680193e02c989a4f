//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, value_parser};
use sunrpc_portmap::Netid;
use sunrpc_tools::{
    failure::Failure,
    portmapper::{Portmapper, seconds},
    words::{Program, host_and},
};

/// What a program is measured over, unless told otherwise.
const USUAL: [Netid; 2] = [Netid::Udp, Netid::Tcp];

/// Shows how long calls of a program take, over UDP and TCP side by side.
///
/// It calls procedure 0 (NULL), one call at a time, over each transport in turn, after a warm-up that is not counted.
/// Ctrl-C ends that early, and shows what there is. A call without a reply is counted as lost; any other failure ends
/// the calls over its transport, and so does a first call without a reply.
///
/// HOST may be HOST:PORT, where its portmapper has another port. PROGRAM is a number or a name of /etc/rpc. Without
/// VERSION it is the highest that the program has. The exit status is 0 where all transports answered.
#[derive(Debug, Parser)]
#[command(
    name = "rpcping",
    version,
    max_term_width = 100,
    override_usage = "rpcping [OPTIONS] HOST PROGRAM [VERSION]\n       \
        rpcping [OPTIONS] -a ADDRESS PROGRAM [VERSION]"
)]
pub(crate) struct Args {
    /// Call over this transport: tcp, udp, tcp6, udp6 or local; any number of times [default: those of udp and tcp
    /// that the program is registered over]
    #[arg(short = 'T', value_name = "NETID")]
    netids: Vec<Netid>,
    /// Show besides, for each transport with connections, what a call costs with a connection of its own
    #[arg(long)]
    pub(crate) connect: bool,
    /// How many calls over each transport
    #[arg(short, long, value_name = "N", default_value = "1000", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// How long to wait between calls, such as 1 [default: not at all]
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) interval: Option<Duration>,
    /// How many calls over each transport before those that count [default: a tenth of these]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(..=1_000_000))]
    warm_up: Option<u32>,
    /// The program's address, universal (127.0.0.1.8.1), 127.0.0.1:2049 or a path, so that no portmapper is asked
    #[arg(short = 'a', value_name = "ADDRESS", conflicts_with_all = ["program_port", "port", "unix"])]
    pub(crate) addr: Option<String>,
    /// The program's port, so that no portmapper is asked
    #[arg(short = 'n', value_name = "PORT", conflicts_with_all = ["port", "unix"])]
    pub(crate) program_port: Option<u16>,
    #[command(flatten)]
    pub(crate) portmapper: Portmapper,
    /// Write the plot to this file, as SVG
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    pub(crate) plot: Option<PathBuf>,
    /// Print JSON, one object: times in nanoseconds, with every histogram
    #[arg(long)]
    pub(crate) json: bool,
    /// HOST, PROGRAM, VERSION: see above
    #[arg(value_name = "...")]
    words: Vec<String>,
}

fn svg(name: &str) -> Result<PathBuf, &'static str> {
    let file = PathBuf::from(name);
    let is_svg = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
    if is_svg { Ok(file) } else { Err("expected a name that ends in .svg") }
}

impl Args {
    /// HOST, unless the program's address is given, and the program.
    pub(crate) fn target(&self) -> Result<(Option<&str>, Program), Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        if self.addr.is_some() {
            return Ok((None, Program::from_words(&words)?));
        }
        let (host, rest) = host_and(&words)?;
        Ok((Some(host), Program::from_words(rest)?))
    }

    /// What to call over.
    pub(crate) fn netids(&self) -> &[Netid] {
        if self.takes_what_there_is() { &USUAL } else { &self.netids }
    }

    /// Whether a transport that the program is not registered over may be left out.
    pub(crate) fn takes_what_there_is(&self) -> bool {
        self.netids.is_empty()
    }

    pub(crate) fn warm_up(&self) -> u32 {
        self.warm_up.unwrap_or(self.count.div_ceil(10))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn words_are_read_as_the_options_say() {
        Args::command().debug_assert();
        for (line, target) in [
            ("h 7", "Ok((Some(\"h\"), Program { number: 7, version: None }))"),
            ("h 7 2", "Ok((Some(\"h\"), Program { number: 7, version: Some(2) }))"),
            ("-a 127.0.0.1.1.1 7 2", "Ok((None, Program { number: 7, version: Some(2) }))"),
            ("", "Err(Failure(\"which host, and which program? (see --help)\"))"),
            ("h", "Err(Failure(\"which program of h? (see --help)\"))"),
            ("h 7 1 2", "Err(Failure(\"2 is one word too many (see --help)\"))"),
        ] {
            let args = Args::parse_from(["rpcping"].into_iter().chain(line.split_whitespace()));
            assert_eq!(format!("{:?}", args.target()), target, "{line}");
        }
    }
    #[test]
    fn who_says_where_the_program_is_names_no_portmapper_besides() {
        for options in
            ["-a /s -n 1", "-a /s --port 1", "-a /s --unix /p", "-n 1 --port 1", "-n 1 --unix /p"]
        {
            let line = format!("rpcping 7 {options}");
            let error = Args::try_parse_from(line.split_whitespace()).expect_err(options);
            assert!(error.to_string().contains("cannot be used with"), "{error}");
        }
    }
}
