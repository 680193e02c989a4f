//! What stands around every call, and what stands before one service.

use super::{Args, Call, Fault, Results, Service};
use crate::proto::{AuthStat, Credentials};

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

/// A service that answers only calls which a check lets through. NULL is let through always.
///
/// ```
/// use sunrpc::server::{Guarded, Service, only_local};
///
/// fn guard(service: impl Service) -> impl Service {
///     Guarded::new(service, only_local)
/// }
/// ```
#[derive(Debug)]
pub struct Guarded<S, F> {
    service: S,
    check: F,
}

impl<S: Service, F: Fn(&Call<'_>) -> Result<(), Fault> + Send + Sync + 'static> Guarded<S, F> {
    /// Puts `check` before `service`.
    pub const fn new(service: S, check: F) -> Self {
        Self { service, check }
    }

    fn check(&self, call: &Call<'_>) -> Result<(), Fault> {
        if call.procedure() == 0 { Ok(()) } else { (self.check)(call) }
    }
}

/// A check for [`Guarded`]: the caller is on this machine. Others are told `AUTH_TOOWEAK`.
///
/// # Errors
///
/// He is not.
pub fn only_local(call: &Call<'_>) -> Result<(), Fault> {
    if call.peer().is_local() { Ok(()) } else { Err(Fault::Auth(AuthStat::TooWeak)) }
}

/// A check for [`Guarded`]: the caller says who he is, with `AUTH_SYS`. Others are told `AUTH_TOOWEAK`.
///
/// # Errors
///
/// He does not.
pub fn only_auth_sys(call: &Call<'_>) -> Result<(), Fault> {
    match call.credentials() {
        Credentials::Sys(_) => Ok(()),
        Credentials::None => Err(Fault::Auth(AuthStat::TooWeak)),
    }
}

impl<S: Service, F: Fn(&Call<'_>) -> Result<(), Fault> + Send + Sync + 'static> Service
    for Guarded<S, F>
{
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
        self.service.is_idempotent(procedure)
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.check(call)?;
        self.service.dispatch(call, args, results)
    }

    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.check(call)?;
        self.service.overloaded(call, args, results)
    }
}
