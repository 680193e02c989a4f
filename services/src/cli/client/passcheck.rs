//! `services passcheck`: granted or denied.

use super::{
    super::{Outcome, args::Client, failure::Failure, print, secret},
    connect,
};
use crate::{
    idl::passcheck::{Credentials, PasscheckV1Client, Verdict},
    passcheck::MAX_INPUT,
};

pub(in crate::cli) fn check(name: Option<String>, args: &Client) -> Result<Outcome, Failure> {
    let (passcheck, asked) = connect::<PasscheckV1Client>("passcheck", args)?;
    let (name, password) = secret::credentials(name)?;
    if name.len() > MAX_INPUT || password.len() > MAX_INPUT {
        return Err(Failure::new(
            format!("the name or the password is longer than {MAX_INPUT} bytes"),
            "no account has such",
        ));
    }
    let credentials = Credentials { name, password };
    match passcheck.check(&credentials).map_err(|error| asked.failed(&error))? {
        Verdict::Granted => {
            print("access granted")?;
            Ok(Outcome::Done)
        }
        Verdict::Denied => {
            print("access denied")?;
            Ok(Outcome::Denied)
        }
        Verdict::Busy => Err(Failure::new(
            "asked passcheck, which is busy: too many checks at once, or too many tries at this name or \
             from this address",
            "try again in a minute",
        )),
    }
}
