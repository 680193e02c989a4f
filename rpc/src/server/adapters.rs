//! Services made of services, and what stands around all of them.

use super::{Args, Call, Fault, Interceptor, Results, Service};

/// A service that says of its procedures which may run twice, instead of what it said before: those need no memory of
/// their replies ([`Service::is_idempotent`]).
///
/// ```
/// use sunrpc::server::{Idempotent, Service};
///
/// fn reads_only(service: impl Service) -> impl Service {
///     Idempotent::new(service, |_procedure| true)
/// }
/// ```
#[derive(Debug)]
pub struct Idempotent<S, F> {
    service: S,
    which: F,
}

impl<S: Service, F: Fn(u32) -> bool + Send + Sync + 'static> Idempotent<S, F> {
    /// Those procedures of `service` may run twice for whose numbers `which` returns true.
    pub const fn new(service: S, which: F) -> Self {
        Self { service, which }
    }
}

impl<S: Service, F: Fn(u32) -> bool + Send + Sync + 'static> Service for Idempotent<S, F> {
    fn program(&self) -> u32 {
        self.service.program()
    }

    fn version(&self) -> u32 {
        self.service.version()
    }

    fn name(&self) -> &'static str {
        self.service.name()
    }

    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        self.service.procedure_name(procedure)
    }

    fn is_idempotent(&self, procedure: u32) -> bool {
        (self.which)(procedure)
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.service.dispatch(call, args, results)
    }

    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.service.overloaded(call, args, results)
    }
}

/// An [`Interceptor`] that runs every call inside a `tracing` span named `call`, with program, procedure and peer, and
/// tells of every fault.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traced;

impl Interceptor for Traced {
    fn around(
        &self,
        call: &Call<'_>,
        next: &mut dyn FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let span = tracing::info_span!(
            "call",
            program = call.program_name(),
            version = call.version(),
            procedure = call.procedure_name().unwrap_or_default(),
            number = call.procedure(),
            peer = %call.peer(),
        );
        let _inside = span.enter();
        next().inspect_err(|fault| tracing::info!(%fault, "refused"))
    }
}
