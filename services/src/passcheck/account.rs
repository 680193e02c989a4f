//! One line of the accounts' file.

use std::{fmt, str::FromStr};

use super::{
    MAX_INPUT,
    hash::{Hash, HashError},
};

/// A name with its password's hash: `alice:$argon2id$…`, or `alice:!$argon2id$…` while it is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    name: String,
    /// A locked account is denied whatever the password.
    pub locked: bool,
    /// The password's hash.
    pub hash: Hash,
}

/// What is wrong with a line or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// A line without a colon.
    NoColon,
    /// A name without a character.
    EmptyName,
    /// A name longer than [`MAX_INPUT`] bytes.
    LongName(usize),
    /// A name with a colon, a control character, a `#` first or a space at an end.
    BadName(String),
    /// A hash that can't be used.
    Hash(HashError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColon => to.write_str("expected NAME:HASH, found no colon"),
            Self::EmptyName => to.write_str("the name is empty"),
            Self::LongName(len) => {
                write!(to, "the name has {len} bytes; at most {MAX_INPUT} are allowed")
            }
            Self::BadName(name) => write!(
                to,
                "the name {name:?} has a colon, a control character, a # at its start or a space at an end"
            ),
            Self::Hash(error) => error.fmt(to),
        }
    }
}

impl std::error::Error for AccountError {}

impl Account {
    /// An account that is not locked.
    pub fn new(name: &str, hash: Hash) -> Result<Self, AccountError> {
        Self::check_name(name)?;
        Ok(Self { name: name.into(), locked: false, hash })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an account may have this name.
    pub fn check_name(name: &str) -> Result<(), AccountError> {
        if name.is_empty() {
            return Err(AccountError::EmptyName);
        }
        if name.len() > MAX_INPUT {
            return Err(AccountError::LongName(name.len()));
        }
        let bad = |char: char| char == ':' || char.is_control();
        if name.contains(bad) || name.starts_with('#') || name.trim() != name {
            return Err(AccountError::BadName(name.into()));
        }
        Ok(())
    }
}

const LOCK: char = '!';

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(line: &str) -> Result<Self, AccountError> {
        let (name, rest) = line.split_once(':').ok_or(AccountError::NoColon)?;
        let (locked, hash) = match rest.strip_prefix(LOCK) {
            Some(hash) => (true, hash),
            None => (false, rest),
        };
        let hash = hash.parse().map_err(AccountError::Hash)?;
        Ok(Self { locked, ..Self::new(name, hash)? })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = if self.locked { "!" } else { "" };
        write!(to, "{}:{lock}{}", self.name, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passcheck::hash::{CHEAP, Hasher};

    fn hash() -> Hash {
        Hasher::new(CHEAP).and_then(|hasher| hasher.hash("x")).expect("a hash")
    }

    #[test]
    fn a_line_reads_as_it_was_written() {
        let mut account = Account::new("Zoë the 2nd", hash()).expect("an account");
        assert_eq!(account.to_string().parse(), Ok(account.clone()));
        account.locked = true;
        assert!(account.to_string().starts_with("Zoë the 2nd:!$argon2id$"));
        assert_eq!(account.to_string().parse(), Ok(account));
    }

    #[test]
    fn bad_lines_are_told_apart() {
        let error = |line: String| line.parse::<Account>().expect_err("a bad line");
        assert_eq!(error("alice".into()), AccountError::NoColon);
        assert_eq!(error(format!(":{}", hash())), AccountError::EmptyName);
        assert_eq!(error(format!("{}:{}", "a".repeat(129), hash())), AccountError::LongName(129));
        assert_eq!(error(format!(" a:{}", hash())), AccountError::BadName(" a".into()));
        assert_eq!(
            error(format!("a\u{1b}[m:{}", hash())),
            AccountError::BadName("a\u{1b}[m".into())
        );
        assert!(matches!(error("alice:secret".into()), AccountError::Hash(_)));
    }
}
