//! Names of programs, from `/etc/rpc`.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// Where the names stand.
pub const ETC_RPC: &str = "/etc/rpc";
/// How much of the file is read.
const MAX_LEN: u64 = 1 << 20;
/// The longest name that is taken.
const MAX_NAME: usize = 64;

/// Names of programs by number, and numbers by name.
#[derive(Debug, Default)]
pub struct Names {
    by_number: HashMap<u32, String>,
    by_name: HashMap<String, u32>,
}

impl Names {
    /// The names in [`ETC_RPC`]; none where it cannot be read, since they are a convenience.
    #[must_use]
    pub fn load() -> Self {
        Self::read(Path::new(ETC_RPC)).unwrap_or_default()
    }

    /// The names in a file.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_LEN).read_to_end(&mut bytes)?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    /// The names in a text: in each line a name, a number, and other names; what follows `#` is a comment. Lines
    /// that are different are skipped.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut names = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace().filter(|word| word.len() <= MAX_NAME);
            let (Some(name), Some(number)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse() else { continue };
            names.by_number.entry(number).or_insert_with(|| name.to_owned());
            for name in std::iter::once(name).chain(words) {
                names.by_name.entry(name.to_owned()).or_insert(number);
            }
        }
        names
    }

    /// A program's name.
    #[must_use]
    pub fn name(&self, program: u32) -> Option<&str> {
        self.by_number.get(&program).map(String::as_str)
    }

    /// The number of a program that is given by name or by number: decimal, or hexadecimal behind `0x`.
    #[must_use]
    pub fn number(&self, program: &str) -> Option<u32> {
        let hex = program.strip_prefix("0x").or_else(|| program.strip_prefix("0X"));
        let number = match hex {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => program.parse().ok(),
        };
        number.or_else(|| self.by_name.get(program).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let names =
            Names::parse("# comment\nportmapper\t100000\tportmap sunrpc # more\nnfs 100003\n");
        assert_eq!(names.name(100_000), Some("portmapper"));
        assert_eq!(names.name(1), None);
        for program in ["portmapper", "sunrpc", "100000", "0x186a0"] {
            assert_eq!(names.number(program), Some(100_000), "{program}");
        }
        for program in ["", "nobody", "-1", "4294967296", "0x", "more"] {
            assert_eq!(names.number(program), None, "{program}");
        }
    }

    #[test]
    fn lines_that_are_no_names_are_skipped() {
        let names = Names::parse("\nalone\nname number\n 7 7\n\u{0}\u{1} 8\n");
        assert_eq!(names.name(7), Some("7"));
        assert_eq!(names.number("alone"), None);
    }
}
