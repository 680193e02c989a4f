//! The accounts as the file has them now.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::file::{Accounts, FileError, Identity};

/// The accounts of a file, read again whenever it has changed.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// What was read last, and from which state of the file.
#[derive(Debug)]
struct Seen {
    identity: Option<Identity>,
    accounts: Result<Arc<Accounts>, Arc<FileError>>,
}

impl Store {
    /// A store over that file, which need not exist yet; one that exists must be in order.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FileError> {
        let path = path.into();
        let (accounts, identity) = read_or_none(&path)?;
        let seen = Seen { identity, accounts: Ok(Arc::new(accounts)) };
        Ok(Self { path, seen: Mutex::new(seen) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The accounts; none where there is no file.
    ///
    /// Costs one look at the file's state. A file that can't be read is an error, not yesterday's
    /// accounts: whoever was removed or locked stays out.
    pub fn accounts(&self) -> Result<Arc<Accounts>, Arc<FileError>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Identity::of(&self.path);
        if now != seen.identity {
            // Should it change while it is read, it is read again at the next call.
            *seen = Seen { identity: now, accounts: self.read() };
        }
        seen.accounts.clone()
    }

    /// Tells of each state of the file once, however often it is asked for.
    fn read(&self) -> Result<Arc<Accounts>, Arc<FileError>> {
        match read_or_none(&self.path) {
            Ok((accounts, _)) => {
                let count = accounts.len();
                tracing::debug!(path = %self.path.display(), count, "read the accounts");
                Ok(Arc::new(accounts))
            }
            Err(error) => {
                tracing::error!(%error, "nobody is let in until the accounts' file is mended");
                Err(Arc::new(error))
            }
        }
    }

    /// Changes the file: reads it, applies `change`, writes it.
    pub fn update<T>(path: &Path, change: impl FnOnce(&mut Accounts) -> T) -> Result<T, FileError> {
        let (mut accounts, identity) = read_or_none(path)?;
        let result = change(&mut accounts);
        accounts.write(path, identity)?;
        Ok(result)
    }
}

fn read_or_none(path: &Path) -> Result<(Accounts, Option<Identity>), FileError> {
    match Accounts::read(path) {
        Ok((accounts, identity)) => Ok((accounts, Some(identity))),
        Err(error) if error.is_missing() => Ok((Accounts::default(), None)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::passcheck::{
        account::Account,
        hash::{CHEAP, Hasher},
    };

    fn add(path: &Path, name: &str) {
        let hash = Hasher::new(CHEAP).and_then(|hasher| hasher.hash("x")).expect("a hash");
        let account = Account::new(name, hash).expect("an account");
        Store::update(path, |accounts| accounts.put(account)).expect("added");
    }

    #[test]
    fn follows_the_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let store = Store::open(&path).expect("a store without a file");
        assert!(store.accounts().expect("none").is_empty());
        add(&path, "alice");
        add(&path, "bob");
        assert_eq!(store.accounts().expect("both").len(), 2);
        assert!(Arc::ptr_eq(&store.accounts().expect("1"), &store.accounts().expect("2")));
        assert!(Store::update(&path, |accounts| accounts.remove("alice")).expect("removed"));
        assert!(store.accounts().expect("bob").get("alice").is_none());
        fs::remove_file(&path).expect("removed");
        assert!(store.accounts().expect("none").is_empty());
    }

    #[test]
    fn a_broken_file_is_an_error_until_it_is_mended() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        add(&path, "alice");
        let store = Store::open(&path).expect("a store");
        let good = fs::read(&path).expect("read");
        fs::write(&path, "alice\n").expect("written");
        assert!(store.accounts().is_err());
        assert!(store.accounts().is_err(), "and again");
        fs::write(&path, good).expect("written");
        assert_eq!(store.accounts().expect("alice").len(), 1);
    }
}
