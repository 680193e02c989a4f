use jiff::Zoned;

use crate::idl::daytime::{DAYTIME_ZONE_MAX, Moment};

/// The moment as `daytime.x` has it; in a zone without a name of its own, by its abbreviation.
pub(super) fn moment(now: &Zoned) -> Moment {
    let (seconds, nanoseconds) = since_the_epoch(now);
    Moment { seconds, nanoseconds, offset: now.offset().seconds(), zone: zone_name(now) }
}

/// jiff counts a moment before 1970 towards zero; the structure counts on from the second before.
fn since_the_epoch(now: &Zoned) -> (i64, u32) {
    let at = now.timestamp();
    let (seconds, rest) = (at.as_second(), at.subsec_nanosecond());
    match u32::try_from(rest) {
        Ok(rest) => (seconds, rest),
        Err(_) => (seconds.saturating_sub(1), (rest.saturating_add(1_000_000_000)).unsigned_abs()),
    }
}

fn zone_name(now: &Zoned) -> String {
    let zone = now.time_zone();
    if zone.is_unknown() {
        // The host does not say; it is then taken for UTC.
        return "UTC".into();
    }
    let name = match zone.iana_name() {
        Some(name) => name.into(),
        None => now.strftime("%Z").to_string(),
    };
    // `TZ` may hold any abbreviation, however long.
    if name.len() <= DAYTIME_ZONE_MAX as usize { name } else { "?".into() }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    fn moment(text: &str) -> Moment {
        super::moment(&text.parse().expect("a moment"))
    }

    #[test]
    fn carries_the_zone_and_its_offset() {
        let winter = moment("2026-11-20T22:06:53.25+01:00[Europe/Berlin]");
        assert_eq!(
            winter,
            Moment {
                seconds: 1_795_208_813,
                nanoseconds: 250_000_000,
                offset: 3600,
                zone: "Europe/Berlin".into()
            }
        );
        assert_eq!(moment("2026-07-01T00:00:00+02:00[Europe/Berlin]").offset, 7200);
        assert_eq!(moment("2026-07-01T00:00:00-03:30[-03:30]").zone, "-03:30");
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        let moment = super::moment(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::unknown()));
        assert_eq!((moment.offset, moment.zone.as_str()), (0, "UTC"));
    }

    #[test]
    fn before_the_epoch_the_nanoseconds_still_count_forward() {
        let moment = moment("1969-12-31T23:59:59.75+00:00[UTC]");
        assert_eq!((moment.seconds, moment.nanoseconds), (-1, 750_000_000));
    }
}
