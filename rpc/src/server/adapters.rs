//! Services made of services.

use super::{Args, Call, Fault, Results, Service};
use crate::proto::{AuthStat, Credentials};

/// A service that stands before another: what it does not answer itself, the other does. Every layer is a
/// [`Service`].
///
/// ```
/// use sunrpc::server::{Args, Call, Fault, Layer, Results, Service};
///
/// /// Answers nobody on a Sunday.
/// struct Weekdays<S>(S);
///
/// impl<S: Service> Layer for Weekdays<S> {
///     type Inner = S;
///
///     fn inner(&self) -> &S {
///         &self.0
///     }
///
///     fn dispatch(&self, call: &Call<'_>, args: Args<'_>, results: &mut Results<'_>) -> Result<(), Fault> {
///         if is_sunday() { Err(Fault::NoReply) } else { self.0.dispatch(call, args, results) }
///     }
/// }
/// # fn is_sunday() -> bool { false }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "neither a `Service` nor a `Layer`",
    note = "what implements a trait that rpcgen wrote (`FooV1`) is served in the struct of that name: `FooV1Server({Self})`"
)]
pub trait Layer: Send + Sync + 'static {
    /// The service behind this one.
    type Inner: Service;

    /// The service behind this one.
    fn inner(&self) -> &Self::Inner;

    /// See [`Service::is_idempotent`].
    fn is_idempotent(&self, procedure: u32) -> bool {
        self.inner().is_idempotent(procedure)
    }

    /// See [`Service::dispatch`].
    ///
    /// # Errors
    ///
    /// What the caller is to be told.
    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.inner().dispatch(call, args, results)
    }

    /// See [`Service::overloaded`].
    ///
    /// # Errors
    ///
    /// What the caller is to be told.
    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        self.inner().overloaded(call, args, results)
    }
}

impl<L: Layer> Service for L {
    fn program(&self) -> u32 {
        self.inner().program()
    }

    fn version(&self) -> u32 {
        self.inner().version()
    }

    fn name(&self) -> &'static str {
        self.inner().name()
    }

    fn procedure_name(&self, procedure: u32) -> Option<&'static str> {
        self.inner().procedure_name(procedure)
    }

    fn is_idempotent(&self, procedure: u32) -> bool {
        Layer::is_idempotent(self, procedure)
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        Layer::dispatch(self, call, args, results)
    }

    fn overloaded(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        Layer::overloaded(self, call, args, results)
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
        _ => Err(Fault::Auth(AuthStat::TooWeak)),
    }
}

/// A check for [`Guarded`]: the caller was accepted by a [`Flavor`](super::Flavor) of the server's, which knows his
/// name. Others are told `AUTH_TOOWEAK`.
///
/// # Errors
///
/// He was not.
pub fn only_principals(call: &Call<'_>) -> Result<(), Fault> {
    call.principal().map(|_| ()).ok_or(Fault::Auth(AuthStat::TooWeak))
}

impl<S: Service, F: Fn(&Call<'_>) -> Result<(), Fault> + Send + Sync + 'static> Layer
    for Guarded<S, F>
{
    type Inner = S;

    fn inner(&self) -> &S {
        &self.service
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

impl<S: Service, F: Fn(u32) -> bool + Send + Sync + 'static> Layer for Idempotent<S, F> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.service
    }

    fn is_idempotent(&self, procedure: u32) -> bool {
        (self.which)(procedure)
    }
}
