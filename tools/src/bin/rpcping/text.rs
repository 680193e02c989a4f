//! Figures as a person reads them.

/// A time, in three digits.
pub(crate) fn human(nanos: f64) -> String {
    let (value, unit) = match nanos {
        _ if nanos < 1e3 => (nanos, "ns"),
        _ if nanos < 1e6 => (nanos / 1e3, "us"),
        _ if nanos < 1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    format!("{value:.*}{unit}", decimals(value))
}

/// A ratio, in three digits.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.*}x", decimals(ratio))
}

fn decimals(value: f64) -> usize {
    match value {
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    }
}

/// The lines of a table: the first column to the left, the others to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)?.len().into()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let line = |row: &Vec<String>| {
        let mut cells = row.iter().zip(&widths);
        let first = cells.next().map(|(cell, &width)| format!("{cell:width$}"));
        let rest = cells.map(|(cell, &width)| format!("  {cell:>width$}"));
        first.into_iter().chain(rest).collect()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_say_how_long() {
        for (nanos, said) in [
            (0.0, "0.00ns"),
            (812.0, "812ns"),
            (1_000.0, "1.00us"),
            (12_345.0, "12.3us"),
            (123_456_789.0, "123ms"),
            (86_400e9, "86400s"),
        ] {
            assert_eq!(human(nanos), said);
        }
        assert_eq!(times(0.8149), "0.81x");
    }

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let lines = table(&[row(["", "calls", "max"]), row(["udp", "1", "12.3us"])]);
        assert_eq!(lines, ["     calls     max", "udp      1  12.3us"]);
    }
}
