//! The plot in the terminal: a column of bars for each row of the table, and a line for each step of time.

use std::env;

use hdrhistogram::Histogram;

use crate::{spread::Spread, text::human};

/// Lines, and one for what is beyond them.
const STEPS: u32 = 16;
/// The width of a time, and of what is between columns.
const LABEL: usize = 8;
const GAP: usize = 2;
/// Eighths of a character's width.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// What bars are made of.
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Blocks,
    Ascii,
}

impl Ink {
    /// What the locale has.
    pub(crate) fn of_locale() -> Self {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(env::var_os);
        let locale = named.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.to_string_lossy().to_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Blocks } else { Self::Ascii }
    }

    /// A bar of that many eighths of a character.
    fn bar(self, eighths: usize) -> String {
        match self {
            Self::Ascii if (1..4).contains(&eighths) => ".".to_owned(),
            Self::Ascii => "#".repeat(eighths.saturating_add(4) / 8),
            Self::Blocks => {
                let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
                format!("{}{rest}", "█".repeat(eighths / 8))
            }
        }
    }
}

/// Draws the times of the rows with these names.
pub(crate) fn lines(rows: &[(String, &Histogram<u64>)], width: usize, ink: Ink) -> Vec<String> {
    let times: Vec<_> = rows.iter().map(|(_, times)| *times).collect();
    let Some(spread) = Spread::of(&times, STEPS) else { return Vec::new() };
    let width = width.saturating_sub(LABEL).checked_div(rows.len()).unwrap_or_default();
    let width = width.saturating_sub(GAP).max(1);
    let line = |label: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells = cells.map(|cell| format!("{:GAP$}{cell:width$.width$}", ""));
        format!("{label:>LABEL$}{}", cells.collect::<String>())
    };
    let head = line("", &mut rows.iter().map(|(name, _)| name.clone()));
    let bars = labels(&spread).into_iter().enumerate().map(|(step, label)| {
        let shares = spread.shares.iter().filter_map(|shares| shares.get(step));
        line(&label, &mut shares.map(|share| ink.bar(eighths(*share, spread.most, width))))
    });
    [head].into_iter().chain(bars).collect()
}

/// Where each step begins; the first one ends there, and the last one has no end.
fn labels(spread: &Spread) -> Vec<String> {
    let first = spread.steps().map(|(_, end)| format!("<{}", human(end))).take(1);
    let others = spread.steps().map(|(start, _)| human(start)).skip(1);
    first.chain(others).chain([format!(">{}", human(spread.ends().1))]).collect()
}

/// The length of a bar; what is not nothing is seen.
fn eighths(share: u64, most: u64, width: usize) -> usize {
    let width = u64::try_from(width).unwrap_or(u64::MAX).saturating_mul(8);
    let length = if most == 0 { 0 } else { share.saturating_mul(width).div_ceil(most) };
    usize::try_from(length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousands of nanoseconds, each so many times.
    fn times(of: &[(u64, u64)]) -> Histogram<u64> {
        let mut times = Histogram::new(3).unwrap();
        for (time, count) in of {
            times.record_n(time * 1000, *count).unwrap();
        }
        times
    }

    fn plot(width: usize, ink: Ink) -> Vec<String> {
        let udp = times(&[(9, 1), (10, 40), (13, 80), (17, 69), (30, 8), (900, 2)]);
        let tcp = times(&[(15, 50), (20, 40), (29, 5), (30, 5)]);
        let rows = [("udp".to_owned(), &udp), ("tcp".to_owned(), &tcp)];
        lines(&rows, width, ink).iter().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn bars_stand_beside_one_another_on_one_scale() {
        let expected = [
            "          udp                       tcp",
            " <10.7us  █████████▉",
            "  10.7us",
            "  11.4us",
            "  12.2us  ███████████████████▎",
            "  13.1us",
            "  14.0us",
            "  14.9us                            ████████████████████████",
            "  15.9us  ████████████████▋",
            "  17.0us",
            "  18.2us",
            "  19.5us                            ███████████████████▎",
            "  20.8us",
            "  22.2us",
            "  23.8us",
            "  25.4us",
            "  27.1us                            ██▌",
            " >29.0us  ██▌                       ██▌",
        ];
        assert_eq!(plot(60, Ink::Blocks), expected);
    }

    #[test]
    fn no_locale_and_no_room_are_no_reason_not_to_plot() {
        let lines = plot(60, Ink::Ascii);
        assert_eq!(lines[1], " <10.7us  ##########");
        assert_eq!(lines[17], " >29.0us  ###                       ###");
        let least = eighths(1, 1_000_000, 60);
        assert_eq!([Ink::Ascii.bar(least), Ink::Blocks.bar(least)], [".", "▏"]);
        let narrow = plot(0, Ink::Ascii);
        assert_eq!(narrow[0], "          u  t", "names stand above their columns of one character");
        assert_eq!(narrow[1], " <10.7us  #");
        assert!(super::lines(&[], 60, Ink::Ascii).is_empty());
    }
}
