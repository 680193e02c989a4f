//! The command line.

use std::path::PathBuf;

use clap::Parser;
use sunrpc_portmap::{Netid, Uaddr};
use sunrpc_rpcgen::{Builder, schema::Schema};
use sunrpc_tools::{
    json::Layout,
    portmapper::{self, Portmapper},
};

use crate::trouble::Trouble;

/// Calls any procedure of any RPC service, by its .x file, and prints the result as JSON.
///
/// PROCEDURE is a name, a number, or what stands behind a `_` in a name: `get` is DAYTIME_GET. Of several versions
/// that have it the highest is called. The portmapper of HOST (HOST, HOST:PORT or, with -T local, its path) says where
/// the program is, unless -a or -n does.
///
/// ARGUMENT is a string's own text, an enum's name, the digits of opaque data, and otherwise JSON. Where it is no
/// string, @FILE reads JSON from a file, - from standard input. What begins with a dash and is no number stands
/// behind --.
///
/// It ends with status 1 where the server could not be asked or has refused, and with 2 where the command line or the
/// file is wrong.
#[derive(Debug, Parser)]
#[command(
    name = "rpccall",
    version,
    max_term_width = 100,
    override_usage = "rpccall [OPTIONS] FILE.x                               what can be called\n       \
        rpccall [OPTIONS] FILE.x --describe PROCEDURE          how, by an example\n       \
        rpccall [OPTIONS] FILE.x HOST PROCEDURE [ARGUMENT]...\n       \
        rpccall [OPTIONS] FILE.x -a ADDRESS PROCEDURE [ARGUMENT]...",
    after_help = "Example, where `services serve` and its portmapper run:\n  \
        rpccall idl/daytime.x\n  \
        rpccall idl/daytime.x 127.0.0.1:11111 get\n  \
        rpccall idl/doctor.x 127.0.0.1:11111 say '{\"session\": 7, \"words\": \"I am sad\"}'"
)]
pub(crate) struct Args {
    /// The file that defines the service
    #[arg(value_name = "FILE.x")]
    pub(crate) file: PathBuf,
    /// HOST, PROCEDURE, ARGUMENT: see above
    #[arg(value_name = "...", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Show what a procedure takes and answers
    #[arg(long, value_name = "PROCEDURE", conflicts_with_all = ["words", "addr"])]
    describe: Option<String>,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// How to call: tcp, udp, tcp6, udp6 or local
    #[arg(short = 'T', value_name = "NETID", default_value = "tcp")]
    pub(crate) netid: Netid,
    /// The program's address, universal (127.0.0.1.8.1), 127.0.0.1:2049 or a path, so that no portmapper is asked
    #[arg(short = 'a', value_name = "ADDRESS", conflicts_with_all = ["program_port", "port", "unix"])]
    addr: Option<String>,
    /// The program's port at HOST, so that no portmapper is asked
    #[arg(short = 'n', value_name = "PORT", conflicts_with_all = ["port", "unix"])]
    program_port: Option<u16>,
    /// Call as this process's user (AUTH_SYS) rather than as nobody (AUTH_NONE)
    #[arg(long)]
    pub(crate) auth_sys: bool,
    /// Print JSON in one line
    #[arg(long)]
    compact: bool,
    /// A folder in which #include looks
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    include_paths: Vec<PathBuf>,
    /// Define a macro of the file
    #[arg(short = 'D', long = "define", value_name = "NAME[=VALUE]")]
    defines: Vec<String>,
    /// A file that is read first, as if the file included it
    #[arg(long = "prelude", value_name = "FILE.x")]
    preludes: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) portmapper: Portmapper,
}

/// Which of several programs and versions is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// The program, by its name or its number, where the file has several
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) program: Option<String>,
    /// The program's version, where it is not to be the highest of the file
    #[arg(long, value_name = "VERSION")]
    pub(crate) program_version: Option<u32>,
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Task<'a> {
    List,
    Describe(&'a str),
    Call { server: Server<'a>, procedure: &'a str, words: &'a [String] },
}

/// Where the program is.
#[derive(Debug)]
pub(crate) enum Server<'a> {
    /// Where the portmapper of a host says.
    Of(&'a str),
    /// At a port of a host.
    Port(&'a str, u16),
    /// There.
    At(Uaddr),
}

impl Args {
    /// What the file says.
    pub(crate) fn schema(&self) -> Result<Schema, Trouble> {
        let builder = self.include_paths.iter().fold(Builder::new(), Builder::include_path);
        let builder = self.preludes.iter().fold(builder, Builder::prelude);
        let builder = self.defines.iter().fold(builder, |builder, define| {
            // As for C's compilers, a macro without a value is 1.
            let (name, value) = define.split_once('=').unwrap_or((define, "1"));
            builder.define(name, value)
        });
        builder.schema(&self.file).map_err(Trouble::File)
    }

    /// What the command line asks for.
    pub(crate) fn task(&self) -> Result<Task<'_>, Trouble> {
        if let Some(procedure) = &self.describe {
            return Ok(Task::Describe(procedure));
        }
        match (&self.addr, self.words.as_slice()) {
            (None, []) => Ok(Task::List),
            (None, [host]) => Err(Trouble::misuse(format_args!(
                "which procedure of {host}? (rpccall {} shows them)",
                self.file.display()
            ))),
            (None, [host, procedure, words @ ..]) => {
                let server = match self.program_port {
                    Some(port) => Server::Port(host, port),
                    None => Server::Of(host),
                };
                Ok(Task::Call { server, procedure, words })
            }
            (Some(_), []) => Err(Trouble::misuse("which procedure? (see --help)")),
            (Some(addr), [procedure, words @ ..]) => {
                let server =
                    Server::At(portmapper::address(addr, self.netid).map_err(Trouble::Misuse)?);
                Ok(Task::Call { server, procedure, words })
            }
        }
    }

    /// How JSON is printed.
    pub(crate) fn layout(&self) -> Layout {
        if self.compact { Layout::Line } else { Layout::Lines }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn task(line: &str) -> String {
        let args = Args::parse_from(std::iter::once("rpccall").chain(line.split_whitespace()));
        args.task().map_or_else(|trouble| trouble.to_string(), |task| format!("{task:?}"))
    }

    #[test]
    fn command_lines_are_understood() {
        Args::command().debug_assert();
        for (line, meant) in [
            ("a.x", "List"),
            ("a.x --describe get", "Describe(\"get\")"),
            ("a.x h get", "Call { server: Of(\"h\"), procedure: \"get\", words: [] }"),
            (
                "a.x -n 7 h add -5 -1.5 --compact",
                "Port(\"h\", 7), procedure: \"add\", words: [\"-5\", \"-1.5\"]",
            ),
            ("a.x h put -- -x", "words: [\"-x\"]"),
            ("a.x h put -", "words: [\"-\"]"),
            ("a.x -a 127.0.0.1.8.1 get", "At(Inet(127.0.0.1:2049)), procedure: \"get\""),
            ("a.x -a 127.0.0.1:2049 get", "At(Inet(127.0.0.1:2049))"),
            ("a.x -T local -a /s get", "At(Local(\"/s\"))"),
            ("a.x -a nowhere get", "nowhere is no address of tcp"),
            ("a.x -a 127.0.0.1.8.1", "which procedure?"),
            ("a.x h", "which procedure of h? (rpccall a.x shows them)"),
        ] {
            assert!(task(line).contains(meant), "{line}: {}", task(line));
        }
    }
    #[test]
    fn who_says_where_the_program_is_names_no_portmapper_besides() {
        for options in
            ["-a /s -n 1", "-a /s --port 1", "-a /s --unix /p", "-n 1 --port 1", "-n 1 --unix /p"]
        {
            let line = format!("rpccall a.x get {options}");
            let error = Args::try_parse_from(line.split_whitespace()).expect_err(options);
            assert!(error.to_string().contains("cannot be used with"), "{error}");
        }
    }
}
