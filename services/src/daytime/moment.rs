use jiff::Zoned;

/// A moment, and the time zone of the host that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01 00:00:00 UTC; negative before.
    pub seconds: i64,
    /// The rest, always forward in time: 0 to 999,999,999.
    pub nanoseconds: u32,
    /// The zone's offset at that moment, in seconds east of UTC.
    pub offset: i32,
    /// The zone's name, such as `Europe/Berlin` or `UTC`; where it has none, its abbreviation.
    pub zone: String,
}

impl From<&Zoned> for Moment {
    fn from(now: &Zoned) -> Self {
        let (seconds, nanoseconds) = since_the_epoch(now);
        Self { seconds, nanoseconds, offset: now.offset().seconds(), zone: zone_name(now) }
    }
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
    match zone.iana_name() {
        Some(name) => name.into(),
        None => now.strftime("%Z").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::from(&text.parse::<Zoned>().expect("a moment"))
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
        let moment = Moment::from(&Timestamp::UNIX_EPOCH.to_zoned(TimeZone::unknown()));
        assert_eq!((moment.offset, moment.zone.as_str()), (0, "UTC"));
    }

    #[test]
    fn before_the_epoch_the_nanoseconds_still_count_forward() {
        let moment = moment("1969-12-31T23:59:59.75+00:00[UTC]");
        assert_eq!((moment.seconds, moment.nanoseconds), (-1, 750_000_000));
    }
}
