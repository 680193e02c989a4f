//! Keeps the accounts' file: add, remove, lock, unlock.

use std::{
    env,
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    Outcome,
    args::{Account as Args, Passwords},
    failure::Failure,
    print, secret,
};
use crate::passcheck::{Account, Accounts, Cost, FileError, Hasher, Store};

pub(super) fn add(args: &Args) -> Result<Outcome, Failure> {
    Account::check_name(&args.name)
        .map_err(|error| Failure::new(error, "choose another name; nothing was changed"))?;
    let path = path_to_write(&args.passwords)?;
    // Looked at before a password is asked for in vain.
    Store::open(&path).map_err(refused)?;
    let password = secret::new_password(&args.name)?;
    let account = Hasher::new(Cost::default())
        .and_then(|hasher| hasher.hash(&password))
        .map_err(|error| Failure::new(error, "try again"))
        .and_then(|hash| Account::new(&args.name, hash).map_err(|error| Failure::new(error, "")))?;
    let replaced = Store::update(&path, |accounts| {
        let mut account = account;
        // A new password does not unlock.
        account.locked = accounts.get(account.name()).is_some_and(|account| account.locked);
        accounts.put(account)
    })
    .map_err(refused)?;
    let done = if replaced { "has a new password" } else { "was added" };
    report(&args.name, done, &path)
}

pub(super) fn remove(args: &Args) -> Result<Outcome, Failure> {
    change(args, "was removed", |accounts| accounts.remove(&args.name))
}

pub(super) fn set_locked(args: &Args, locked: bool) -> Result<Outcome, Failure> {
    let done = if locked { "is locked" } else { "is unlocked" };
    change(args, done, |accounts| accounts.set_locked(&args.name, locked))
}

fn change(
    args: &Args,
    done: &str,
    change: impl FnOnce(&mut Accounts) -> bool,
) -> Result<Outcome, Failure> {
    let path = path(&args.passwords)?;
    let (mut accounts, identity) = Accounts::read(&path).map_err(refused)?;
    if !change(&mut accounts) {
        let file = path.display();
        return Err(Failure::new(
            format!("there is no account {:?} in {file}", args.name),
            format!(
                "`services passcheck add {} --passwords {file}` adds it; `cut -d: -f1 {file}` lists those there are",
                args.name
            ),
        ));
    }
    accounts.write(&path, Some(identity)).map_err(refused)?;
    report(&args.name, done, &path)
}

fn report(name: &str, done: &str, path: &Path) -> Result<Outcome, Failure> {
    print(&format!("{name} {done} ({})", path.display())).map(|()| Outcome::Done)
}

fn refused(error: FileError) -> Failure {
    Failure::new(error, "")
}

/// The accounts' file: as given, else in the user's own configuration.
pub(super) fn path(passwords: &Passwords) -> Result<PathBuf, Failure> {
    match &passwords.passwords {
        Some(path) => Ok(path.clone()),
        None => default_path(),
    }
}

fn path_to_write(passwords: &Passwords) -> Result<PathBuf, Failure> {
    let path = path(passwords)?;
    if passwords.passwords.is_none()
        && let Some(directory) = path.parent()
    {
        // Only the directory of our own choice; one that was named is not made on a slip of spelling.
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| {
            Failure::new(
                format!("could not make the directory {}: {error}", directory.display()),
                "name a file elsewhere with --passwords FILE",
            )
        })?;
    }
    Ok(path)
}

fn default_path() -> Result<PathBuf, Failure> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|config| config.join("sunrpc").join("passwords"))
        .ok_or_else(|| {
            Failure::new(
                "there is no home directory to keep the accounts in ($HOME is not set)",
                "name a file with --passwords FILE",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passcheck::Hash;

    fn args(name: &str, path: &Path) -> Args {
        Args { name: name.into(), passwords: Passwords { passwords: Some(path.into()) } }
    }

    fn hash() -> Hash {
        let cost = Cost { memory: 64, passes: 1, lanes: 1 };
        Hasher::new(cost).and_then(|hasher| hasher.hash("x")).expect("a hash")
    }

    #[test]
    fn locks_unlocks_and_removes() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let account = Account::new("alice", hash()).expect("an account");
        Store::update(&path, |accounts| accounts.put(account)).expect("added");
        let alice = args("alice", &path);
        let locked = || {
            let (accounts, _) = Accounts::read(&path).expect("read");
            accounts.get("alice").map(|account| account.locked)
        };
        set_locked(&alice, true).expect("locked");
        assert_eq!(locked(), Some(true));
        set_locked(&alice, false).expect("unlocked");
        assert_eq!(locked(), Some(false));
        let error = set_locked(&args("bob", &path), true).expect_err("no bob").to_string();
        assert!(error.starts_with("there is no account \"bob\" in /"), "{error}");
        remove(&alice).expect("removed");
        assert_eq!(locked(), None);
    }
}
