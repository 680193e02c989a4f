use jiff::Zoned;

/// The text of C's `asctime`, without its newline: `Fri Nov 20 22:06:53 2026`.
///
/// As there, a day below ten is padded with a space, and the language is English whatever the locale.
pub fn classic_text(now: &Zoned) -> String {
    now.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(moment: &str) -> String {
        classic_text(&moment.parse().expect("a moment"))
    }

    #[test]
    fn reads_like_asctime() {
        assert_eq!(text("2026-11-20T22:06:53+01:00[Europe/Berlin]"), "Fri Nov 20 22:06:53 2026");
    }

    #[test]
    fn pads_the_day_with_a_space_and_the_rest_with_zeros() {
        assert_eq!(text("2024-02-01T03:04:05+00:00[UTC]"), "Thu Feb  1 03:04:05 2024");
    }
}
