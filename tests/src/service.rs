//! Services of tests: a program that does as a test says.

use sunrpc::server::{Args, Call, Fault, Results, Service};

/// One version of a program. [`does`] makes it.
#[derive(Debug)]
pub struct Does<F> {
    program: u32,
    version: u32,
    act: F,
}

/// A version of a program that answers each call as `act` does.
pub const fn does<F>(program: u32, version: u32, act: F) -> Does<F>
where
    F: Fn(&Call<'_>, Args<'_>, &mut Results<'_>) -> Result<(), Fault> + Send + Sync + 'static,
{
    Does { program, version, act }
}

/// One whose procedures are all like NULL.
#[must_use]
pub fn null(program: u32, version: u32) -> impl Service {
    does(program, version, |_, args, results| results.put(&args.get::<()>()?))
}

impl<F> Service for Does<F>
where
    F: Fn(&Call<'_>, Args<'_>, &mut Results<'_>) -> Result<(), Fault> + Send + Sync + 'static,
{
    fn program(&self) -> u32 {
        self.program
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn dispatch(
        &self,
        call: &Call<'_>,
        args: Args<'_>,
        results: &mut Results<'_>,
    ) -> Result<(), Fault> {
        (self.act)(call, args, results)
    }
}
