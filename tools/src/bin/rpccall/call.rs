//! The call.

use sunrpc::{
    client::{Client, Error},
    proto::{AuthSysParms, RecordError},
    xdr::Raw,
};
use sunrpc_portmap::LONGEST_ANSWER;
use sunrpc_rpcgen::schema::{Schema, Type};
use sunrpc_tools::{dynamic, failure::Failure, output::Output};

use crate::{
    args::{Args, Server},
    arguments,
    find::Target,
    trouble::Trouble,
};

/// Some servers take no longer arguments.
const LONG: usize = 8 << 10;

/// Calls a procedure and prints its result.
pub(crate) fn call(
    args: &Args,
    schema: &Schema,
    target: &Target<'_>,
    server: &Server<'_>,
    words: &[String],
    output: &Output,
) -> Result<(), Trouble> {
    let encoded = arguments::encode(schema, target, words)?;
    let client = connect(args, target, server)?;
    let numbers = (target.program.number, target.version.number, target.procedure.number);
    let results = client
        .call_as::<Raw, Raw, [u8], Vec<u8>>(numbers.0, numbers.1, numbers.2, &encoded)
        .map_err(|error| failed(args, target, &client, encoded.len(), &error))?;
    let result = &target.procedure.result;
    let json = dynamic::decode(schema, result, &results, "the result", args.layout())
        .map_err(|error| misunderstood(target, &client, &error))?;
    if *schema.resolved(result) != Type::Void {
        output.whole(&json)?;
    }
    Ok(())
}

fn connect(args: &Args, target: &Target<'_>, server: &Server<'_>) -> Result<Client, Failure> {
    let (netid, program) = (args.netid, target.program.number);
    let addr = match server {
        Server::At(addr) => addr.clone(),
        Server::Port(host, port) => args.portmapper.at_port(host, *port, netid)?,
        Server::Of(host) => {
            args.portmapper.locate(host, (program, target.version.number), netid)?
        }
    };
    let client = args.portmapper.client();
    let client = match args.auth_sys {
        true => client.credentials(AuthSysParms::of_this_process().into()),
        false => client,
    };
    args.portmapper.reach_by(client, program, &addr, netid)
}

/// Why there is no reply, or none with results, and what to do.
fn failed(
    args: &Args,
    target: &Target<'_>,
    client: &Client,
    sent: usize,
    error: &Error,
) -> Failure {
    let advice = match error {
        Error::ProgUnavail => {
            format!(
                "; program {} is elsewhere, or {} is another service's file",
                target.program.number, target.program.name
            )
        }
        Error::ProgMismatch { .. } => format!(
            "; version {} was called, --program-version names another one of the file",
            target.version.number
        ),
        Error::Auth(_) if !args.auth_sys => "; --auth-sys says who calls".to_owned(),
        Error::Timeout(_) => {
            "; it may have run all the same (--timeout SECONDS waits longer)".to_owned()
        }
        Error::Record(RecordError::TooLong) => {
            format!(" of {LONGEST_ANSWER} bytes; it has run all the same")
        }
        Error::Disconnected | Error::Io(_) if sent > LONG => {
            format!("; perhaps its {sent} bytes of arguments are more than the server takes")
        }
        _ => String::new(),
    };
    let (name, server) = (&target.procedure.name, client.server());
    Failure::new(format_args!("{name} at {server} failed: {error}{advice}"))
}

/// That a reply is none of this type.
fn misunderstood(target: &Target<'_>, client: &Client, error: &dynamic::Error) -> Failure {
    let (name, server) = (&target.procedure.name, client.server());
    Failure::new(format_args!(
        "{name} at {server} has run, but {error}: most often its .x file is another one"
    ))
}
