//! What stands around every call.

use super::{Call, Fault};

/// Stands around every call that reaches a service: to measure, to log, or to refuse.
/// [`Builder::intercept`](super::Builder::intercept) adds one; the first added stands outermost.
pub trait Interceptor: Send + Sync + 'static {
    /// Runs the call with `next`, once, or refuses it.
    ///
    /// # Errors
    ///
    /// What the caller is to be told; most often what `next` returned.
    fn around(
        &self,
        call: &Call<'_>,
        next: &mut dyn FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault>;
}

/// Runs `work` inside all of `interceptors`.
pub(super) fn run_inside(
    interceptors: &[Box<dyn Interceptor>],
    call: &Call<'_>,
    work: &mut dyn FnMut() -> Result<(), Fault>,
) -> Result<(), Fault> {
    match interceptors.split_first() {
        None => work(),
        Some((outer, inner)) => outer.around(call, &mut || run_inside(inner, call, work)),
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
