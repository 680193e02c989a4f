//! Python's PyVISA-py, which speaks RPC without a line of C: it talks to an instrument of ours (VXI-11), and a server of
//! its own is called by our client.

use std::{
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use sunrpc::{
    Transport,
    client::{Error, ProgramClient},
    server::{Call, Fault, Server},
};
use sunrpc_portmap::{Address, connect};
use sunrpc_tests::{
    isolated::isolated,
    needs::{Need, PYVISA},
    process::{Daemon, run},
};

use crate::ours::{portmap, serve};

sunrpc::include_x!(
    #[allow(unreachable_pub, dead_code, reason = "what rpcgen emits is whole, and public")]
    mod turning
);
sunrpc::include_x!(
    #[allow(unreachable_pub, dead_code, reason = "what rpcgen emits is whole, and public")]
    mod vxi11
);
use turning::{TURNING_PROG, TurningV1Client};
use vxi11::{
    CreateLinkParms, CreateLinkResp, DEVICE_CORE, DEVICE_CORE_VERSION, DeviceCoreV1,
    DeviceCoreV1Server, DeviceError, DeviceLink, DeviceReadParms, DeviceReadResp, DeviceWriteParms,
    DeviceWriteResp,
};

/// `reason` of a read that has come to the end of what there is.
const END: i32 = 4;
/// `error` of a link that does not exist.
const INVALID_LINK: i32 = 4;
/// The one link.
const LINK: i32 = 7;

/// Says how it is called, and how many questions it was asked before. A few bytes at a time.
#[derive(Default)]
struct Instrument(Mutex<State>);

#[derive(Default)]
struct State {
    questions: usize,
    answer: Vec<u8>,
}

impl Instrument {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeviceCoreV1 for Instrument {
    fn create_link(&self, _: &Call<'_>, args: CreateLinkParms) -> Result<CreateLinkResp, Fault> {
        let error = if args.device == "inst0" { 0 } else { 3 };
        Ok(CreateLinkResp { error, lid: LINK, abort_port: 0, max_recv_size: 1024 })
    }

    fn device_write(&self, _: &Call<'_>, args: DeviceWriteParms) -> Result<DeviceWriteResp, Fault> {
        let mut state = self.state();
        let asked = String::from_utf8_lossy(&args.data);
        state.answer = match asked.trim() {
            "*IDN?" => b"sunrpc,instrument,0,1\n".to_vec(),
            "COUNT?" => format!("{}\n", state.questions).into_bytes(),
            _ => b"what?\n".to_vec(),
        };
        state.questions += 1;
        let error = if args.lid == LINK { 0 } else { INVALID_LINK };
        Ok(DeviceWriteResp { error, size: u32::try_from(args.data.len()).unwrap_or(u32::MAX) })
    }

    fn device_read(&self, _: &Call<'_>, args: DeviceReadParms) -> Result<DeviceReadResp, Fault> {
        let answer = &mut self.state().answer;
        let count = answer.len().min(args.request_size as usize).min(5);
        let data = answer.drain(..count).collect();
        Ok(DeviceReadResp { error: 0, reason: if answer.is_empty() { END } else { 0 }, data })
    }

    fn destroy_link(&self, _: &Call<'_>, args: DeviceLink) -> Result<DeviceError, Fault> {
        Ok(DeviceError { error: if args == LINK { 0 } else { INVALID_LINK } })
    }
}

/// Debian's own Python, whatever else is there.
fn python(script: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let mut python = Command::new("/usr/bin/python3");
    python.arg(script).env_remove("PYTHONPATH").env_remove("PYTHONHOME");
    python
}

#[test]
fn measures_with_an_instrument_of_ours() {
    isolated(&[Need::Ours, PYVISA], || {
        let _portmap = portmap(&[]);
        let builder = Server::builder().service(DeviceCoreV1Server(Instrument::default()));
        let _server = serve(builder, &[(DEVICE_CORE, DEVICE_CORE_VERSION)]);
        let said = run(python("query.py").args(["*IDN?", "COUNT?", "COUNT?", "nonsense"])).ok();
        assert_eq!(said.stdout, "sunrpc,instrument,0,1\n1\n2\nwhat?\n", "{said}");
    });
}

#[test]
fn serves_our_client() {
    isolated(&[Need::Ours, PYVISA], || {
        let _portmap = portmap(&[]);
        for transport in Transport::INET {
            let mut server = Daemon::start(python("server.py").arg(transport.to_string()));
            assert_eq!(server.line(), "ready", "{}", server.stderr());
            let client: TurningV1Client =
                connect(Address::default(), transport).expect("the server");
            assert_eq!(client.turn("abcde").expect("an answer"), "edcba", "{transport}");
            let call = |version, procedure| {
                client.client().call::<(), ()>(TURNING_PROG, version, procedure, &())
            };
            let error = call(1, 9).unwrap_err();
            assert!(matches!(error, Error::ProcUnavail), "{transport}: {error}");
            let error = call(2, 1).unwrap_err();
            let is_told = matches!(error, Error::ProgMismatch { low: 1, high: 1 });
            assert!(is_told, "{transport}: {error}");
            let error = call(1, 1).unwrap_err();
            assert!(matches!(error, Error::GarbageArgs), "{transport}: {error}");
        }
    });
}
