//! Puts store, hashes and throttle together.

use std::{fmt, net::IpAddr, path::Path, sync::Arc, time::Instant};

use super::{
    MAX_INPUT,
    account::Account,
    file::{Accounts, FileError},
    hash::{Hash, HashError, Hasher},
    store::Store,
    throttle::{Throttle, ThrottleLimits},
};
use crate::idl::passcheck::Verdict;

/// Checks names and passwords. A check costs what a hash costs: run it where waiting hurts nobody.
pub struct Checker {
    store: Store,
    hasher: Hasher,
    /// Verified where there is no account to verify, so that this takes as long.
    dummy: Hash,
    throttle: Throttle,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl Checker {
    /// A checker over this store.
    pub fn new(store: Store, hasher: Hasher, limits: ThrottleLimits) -> Result<Self, HashError> {
        Self::with_clock(store, hasher, limits, Box::new(Instant::now))
    }

    /// As [`new`](Self::new), with a clock for the throttle.
    pub fn with_clock(
        store: Store,
        hasher: Hasher,
        limits: ThrottleLimits,
        now: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> Result<Self, HashError> {
        let dummy = hasher.dummy()?;
        Ok(Self { store, hasher, dummy, throttle: Throttle::new(limits), now })
    }

    /// Whether these are the name and the password of an account.
    ///
    /// An account whose hash was made for less than the hasher's cost gets a new one as it is granted;
    /// until then its checks take less time than others.
    pub fn check(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<Verdict, Arc<FileError>> {
        let accounts = self.store.accounts()?;
        // What is too long is no account's, and is not to fill the tables.
        let fits = name.len() <= MAX_INPUT && password.len() <= MAX_INPUT;
        let (name, password) = if fits { (name, password) } else { ("", "") };
        if !self.throttle.admit(name, from, (self.now)()) {
            return Ok(Verdict::Busy);
        }
        let account = accounts.get(name).filter(|account| !account.locked);
        let hash = account.map_or(&self.dummy, |account| &account.hash);
        let matches = self.hasher.verify(password, hash);
        let Some(account) = account.filter(|_| matches) else { return Ok(Verdict::Denied) };
        self.throttle.granted(name, from);
        if self.hasher.is_outdated(&account.hash) {
            self.renew(account, password);
        }
        Ok(Verdict::Granted)
    }

    /// Where the accounts are.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// Whoever is granted is granted, whether or not the new hash can be kept.
    fn renew(&self, account: &Account, password: &str) {
        let name = account.name();
        match self.hasher.hash(password) {
            Err(error) => tracing::warn!(name, %error, "kept the account's outdated hash"),
            Ok(hash) => match self.replace(account, hash) {
                Ok(()) => tracing::info!(name, "renewed the account's hash at today's cost"),
                Err(error) => tracing::warn!(name, %error, "kept the account's outdated hash"),
            },
        }
    }

    fn replace(&self, verified: &Account, hash: Hash) -> Result<(), FileError> {
        let (mut accounts, identity) = Accounts::read(self.path())?;
        // Where the account was changed meanwhile, the hash is of an older password.
        if accounts.get(verified.name()) != Some(verified) {
            return Ok(());
        }
        let mut renewed = verified.clone();
        renewed.hash = hash;
        accounts.put(renewed);
        accounts.write(self.path(), Some(identity))
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Checker").field("path", &self.path()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;
    use crate::passcheck::hash::{CHEAP, Cost};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    const NO_LIMIT: ThrottleLimits = ThrottleLimits {
        account_tries: u32::MAX,
        account_interval: Duration::from_nanos(1),
        address_tries: u32::MAX,
        address_interval: Duration::from_nanos(1),
        max_entries: 100,
    };

    struct Fixture {
        directory: tempfile::TempDir,
        cost: Cost,
    }

    impl Fixture {
        fn new(cost: Cost) -> Self {
            let fixture = Self { directory: tempfile::tempdir().expect("a directory"), cost };
            for name in ["alice", "locked"] {
                let hash = fixture.hasher().hash("secret").expect("a hash");
                let mut account = Account::new(name, hash).expect("an account");
                account.locked = name == "locked";
                Store::update(&fixture.path(), |accounts| accounts.put(account)).expect("added");
            }
            fixture
        }

        fn hasher(&self) -> Hasher {
            Hasher::new(self.cost).expect("a hasher")
        }

        fn path(&self) -> std::path::PathBuf {
            self.directory.path().join("passwords")
        }

        fn checker(&self, cost: Cost, limits: ThrottleLimits) -> Checker {
            let store = Store::open(self.path()).expect("a store");
            let hasher = Hasher::new(cost).expect("a hasher");
            Checker::new(store, hasher, limits).expect("a checker")
        }
    }

    fn check(checker: &Checker, name: &str, password: &str) -> Verdict {
        checker.check(name, password, HERE).expect("a verdict")
    }

    #[test]
    fn grants_the_right_and_denies_the_rest() {
        let checker = Fixture::new(CHEAP);
        let checker = checker.checker(CHEAP, NO_LIMIT);
        assert_eq!(check(&checker, "alice", "secret"), Verdict::Granted);
        let long = "a".repeat(129);
        for (name, password) in [
            ("alice", "Secret"),
            ("alice", ""),
            ("alice", &long),
            ("Alice", "secret"),
            ("", ""),
            (&long, "secret"),
            ("locked", "secret"),
            ("bob", "secret"),
        ] {
            assert_eq!(check(&checker, name, password), Verdict::Denied, "{name}");
        }
    }

    #[test]
    fn too_many_tries_are_busy_even_with_the_right_password() {
        let fixture = Fixture::new(CHEAP);
        let checker =
            fixture.checker(CHEAP, ThrottleLimits { account_tries: 2, ..Default::default() });
        for name in ["alice", "nobody"] {
            assert_eq!(check(&checker, name, "a"), Verdict::Denied);
            assert_eq!(check(&checker, name, "b"), Verdict::Denied);
            assert_eq!(check(&checker, name, "secret"), Verdict::Busy);
        }
    }

    #[test]
    fn an_outdated_hash_is_renewed_when_it_is_granted() {
        let fixture = Fixture::new(CHEAP);
        let dearer = Cost { memory: 128, ..CHEAP };
        let checker = fixture.checker(dearer, NO_LIMIT);
        let stored = || Accounts::read(&fixture.path()).expect("read").0;
        let (before, locked) = (stored().get("alice").cloned(), stored().get("locked").cloned());
        assert_eq!(check(&checker, "alice", "wrong"), Verdict::Denied);
        assert_eq!(stored().get("alice").cloned(), before);
        assert_eq!(check(&checker, "alice", "secret"), Verdict::Granted);
        let hash = stored().get("alice").map(|account| account.hash.to_string()).expect("alice");
        assert!(hash.contains("m=128,"), "{hash}");
        assert_eq!(stored().get("locked").cloned(), locked);
        assert_eq!(check(&checker, "alice", "secret"), Verdict::Granted);
    }

    /// The least of many is what the work takes, whatever else the machine does. At a cost that stands out
    /// from the noise, yet lets a debug build finish; the medians of 1000 at the live cost are in
    /// `tests/passcheck_timing.rs`.
    #[test]
    fn unknown_locked_and_wrong_take_the_same_time() {
        let cost = Cost { memory: 1024, passes: 1, lanes: 1 };
        let fixture = Fixture::new(cost);
        let checker = fixture.checker(cost, NO_LIMIT);
        let names = ["alice", "locked", "nobody"];
        let mut least = [Duration::MAX; 3];
        for _ in 0..60 {
            for (name, least) in names.iter().zip(&mut least) {
                let began = Instant::now();
                assert_eq!(check(&checker, name, "wrong"), Verdict::Denied);
                *least = began.elapsed().min(*least);
            }
        }
        let [shortest, longest] =
            [least.iter().min(), least.iter().max()].map(|time| time.expect("three").as_secs_f64());
        assert!(longest / shortest < 1.25, "{least:?}");
    }
}
