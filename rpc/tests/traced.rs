//! What `Traced` tells a subscriber of `tracing`. Whether anybody listens is kept for the whole process, so nothing
//! else is tested here.

mod common;

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
    time::Instant,
};

use common::call;
use sunrpc::server::{Args, Call, Fault, Results, Server, Service, Traced};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// A service whose procedure 1 alone there is.
struct Named;

impl Service for Named {
    fn program(&self) -> u32 {
        common::PROGRAM
    }

    fn version(&self) -> u32 {
        1
    }

    fn name(&self) -> &'static str {
        "NAMED"
    }

    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        (procedure == 1).then_some("WORK")
    }

    fn dispatch(&self, call: &Call<'_>, _: Args<'_>, _: &mut Results<'_>) -> Result<(), Fault> {
        tracing::info!("at work");
        if call.procedure() == 1 { Ok(()) } else { Err(Fault::ProcUnavail) }
    }
}

/// Notes spans and events, in the order in which they come.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, what: &str) {
        self.0.lock().unwrap().push(what.to_owned());
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.note(&format!("{}{}", span.metadata().name(), fields.0));
        span::Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.note(fields.0.trim_start());
    }

    fn enter(&self, _: &span::Id) {
        self.note("in");
    }

    fn exit(&self, _: &span::Id) {
        self.note("out");
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

#[test]
fn a_call_runs_inside_a_span_with_its_names_and_a_fault_is_told() {
    let notes = Notes::default();
    let mut core = Server::builder().service(Named).intercept(Traced).core();
    let peer = "192.0.2.7:700".parse().unwrap();
    tracing::subscriber::with_default(notes.clone(), || {
        for procedure in [1, 9] {
            let call = call(procedure, 1, procedure, &[]);
            core.datagram(peer, &call, Instant::now(), &mut Vec::new());
        }
    });
    let work = r#"call program="NAMED" version=1 procedure="WORK" number=1 peer=udp:192.0.2.7:700"#;
    let none = r#"call program="NAMED" version=1 procedure="" number=9 peer=udp:192.0.2.7:700"#;
    let refused = "message=refused fault=PROC_UNAVAIL";
    assert_eq!(
        *notes.0.lock().unwrap(),
        [work, "in", "message=at work", "out", none, "in", "message=at work", refused, "out"]
    );
}
