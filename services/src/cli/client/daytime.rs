//! `services daytime`: what time it is there.

use super::{
    super::{Outcome, args::Client, failure::Failure, print},
    connect,
};
use crate::idl::daytime::{DaytimeV1Client, Moment};

pub(in crate::cli) fn ask(args: &Client) -> Result<Outcome, Failure> {
    let (daytime, asked) = connect::<DaytimeV1Client>("daytime", args)?;
    let text = daytime.text().map_err(|error| asked.failed(&error))?;
    let moment = daytime.get().map_err(|error| asked.failed(&error))?;
    print(&text)?;
    print(&describe(&moment))?;
    Ok(Outcome::Done)
}

/// `1795208813.250000000 s since 1970, UTC+01:00 (Europe/Berlin)`
pub(in crate::cli) fn describe(moment: &Moment) -> String {
    let Moment { seconds, nanoseconds, offset, zone } = moment;
    format!("{seconds}.{nanoseconds:09} s since 1970, UTC{} ({zone})", offset_text(*offset))
}

fn offset_text(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_described() {
        let mut moment =
            Moment { seconds: 1, nanoseconds: 5, offset: -12_600, zone: "America/St_Johns".into() };
        let expected = "1.000000005 s since 1970, UTC-03:30 (America/St_Johns)";
        assert_eq!(describe(&moment), expected);
        moment.offset = i32::MIN;
        assert!(describe(&moment).contains("UTC-596523:14"));
    }
}
