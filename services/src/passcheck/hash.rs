//! Argon2id hashes as PHC strings.

use std::{fmt, str::FromStr};

use argon2::{
    ARGON2ID_IDENT, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes; computed one after the other.
    pub lanes: u32,
}

impl Default for Cost {
    /// OWASP's least: 19 MiB, two passes, one lane; about 23 ms.
    fn default() -> Self {
        Self { memory: 19_456, passes: 2, lanes: 1 }
    }
}

/// More than this in a file is a mistake or an attack on the machine's memory and time.
const MAX_COST: Cost = Cost { memory: 1 << 20, passes: 64, lanes: 16 };

/// Makes and verifies hashes.
#[derive(Clone, Debug)]
pub struct Hasher {
    cost: Cost,
    argon2: Argon2<'static>,
}

/// A password's hash with its salt and cost, checked to be argon2id and affordable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash {
    phc: PasswordHash,
    cost: Cost,
}

/// Why there is no hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashError {
    /// Not a PHC string.
    Syntax(String),
    /// A PHC string, of something else than argon2id version 19.
    NotArgon2id,
    /// Without salt or without hash.
    Incomplete,
    /// With a cost beyond what this program spends.
    TooCostly(Cost),
    /// The hash could not be computed.
    Compute(String),
}

impl fmt::Display for HashError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what) => write!(to, "the hash is no PHC string: {what}"),
            Self::NotArgon2id => to.write_str("the hash is not of argon2id, version 19"),
            Self::Incomplete => to.write_str("the hash lacks its salt or its last part"),
            Self::TooCostly(cost) => write!(
                to,
                "the hash asks for m={},t={},p={}; at most m={},t={},p={} are spent",
                cost.memory,
                cost.passes,
                cost.lanes,
                MAX_COST.memory,
                MAX_COST.passes,
                MAX_COST.lanes
            ),
            Self::Compute(what) => write!(to, "no hash could be computed: {what}"),
        }
    }
}

impl std::error::Error for HashError {}

impl Hasher {
    /// A hasher whose new hashes cost this much.
    pub fn new(cost: Cost) -> Result<Self, HashError> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, None)
            .map_err(|error| HashError::Compute(error.to_string()))?;
        Ok(Self { cost, argon2: Argon2::from(params) })
    }

    /// Hashes under a fresh random salt of 16 bytes.
    pub fn hash(&self, password: &str) -> Result<Hash, HashError> {
        let phc = self.argon2.hash_password(password.as_bytes()).map_err(compute)?;
        Ok(Hash { phc, cost: self.cost })
    }

    /// A hash that costs what a new one costs, of a password that nobody knows.
    pub fn dummy(&self) -> Result<Hash, HashError> {
        let secret = password_hash::try_generate_salt()
            .map_err(|error| HashError::Compute(error.to_string()))?;
        let phc = self.argon2.hash_password(&secret).map_err(compute)?;
        Ok(Hash { phc, cost: self.cost })
    }

    /// Whether this is the password of that hash; at the hash's cost, compared in constant time.
    pub fn verify(&self, password: &str, hash: &Hash) -> bool {
        self.argon2.verify_password(password.as_bytes(), &hash.phc).is_ok()
    }

    /// Whether the hash was made for less than new ones are.
    pub fn is_outdated(&self, hash: &Hash) -> bool {
        let (old, new) = (hash.cost, self.cost);
        old.memory < new.memory || old.passes < new.passes || old.lanes < new.lanes
    }
}

fn compute(error: password_hash::Error) -> HashError {
    HashError::Compute(error.to_string())
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let phc = PasswordHash::new(text).map_err(|error| HashError::Syntax(error.to_string()))?;
        if phc.algorithm != ARGON2ID_IDENT || phc.version != Some(Version::V0x13.into()) {
            return Err(HashError::NotArgon2id);
        }
        if phc.salt.is_none() || phc.hash.is_none() {
            return Err(HashError::Incomplete);
        }
        let params =
            Params::try_from(&phc).map_err(|error| HashError::Syntax(error.to_string()))?;
        let cost =
            Cost { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        let within = cost.memory <= MAX_COST.memory
            && cost.passes <= MAX_COST.passes
            && cost.lanes <= MAX_COST.lanes;
        if within { Ok(Self { phc, cost }) } else { Err(HashError::TooCostly(cost)) }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.phc.fmt(to)
    }
}

#[cfg(test)]
pub(super) const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_is_promised() {
        let hash =
            Hasher::new(Cost::default()).and_then(|hasher| hasher.hash("x")).expect("a hash");
        assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(hash.phc.salt.map(|salt| salt.len()), Some(16));
    }

    #[test]
    fn verifies_what_it_hashed_and_reads_what_it_wrote() {
        let hasher = Hasher::new(CHEAP).expect("a hasher");
        let hash = hasher.hash("correct horse").expect("a hash");
        let read: Hash = hash.to_string().parse().expect("its own text");
        assert_eq!(read, hash);
        assert!(hasher.verify("correct horse", &read));
        assert!(!hasher.verify("correct horse ", &read));
        assert!(!hasher.verify("", &read));
        assert_ne!(hasher.hash("correct horse").expect("another"), hash, "the salt is fresh");
    }

    #[test]
    fn a_hash_is_verified_at_its_own_cost() {
        let cheap = Hasher::new(CHEAP).expect("a hasher");
        let dearer = Hasher::new(Cost { memory: 128, ..CHEAP }).expect("a hasher");
        let hash = cheap.hash("x").expect("a hash");
        assert!(dearer.verify("x", &hash));
        assert!(dearer.is_outdated(&hash));
        assert!(!cheap.is_outdated(&hash));
        assert!(!cheap.is_outdated(&dearer.hash("x").expect("a hash")), "dearer is not outdated");
    }

    #[test]
    fn refuses_other_hashes_and_ruinous_ones() {
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let out = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let error = |text: String| text.parse::<Hash>().expect_err(&text);
        assert!(matches!(error("secret".into()), HashError::Syntax(_)));
        assert_eq!(
            error(format!("$argon2i$v=19$m=64,t=1,p=1${salt}${out}")),
            HashError::NotArgon2id
        );
        assert_eq!(
            error(format!("$argon2id$v=16$m=64,t=1,p=1${salt}${out}")),
            HashError::NotArgon2id
        );
        assert_eq!(error(format!("$argon2id$v=19$m=64,t=1,p=1${salt}")), HashError::Incomplete);
        assert!(matches!(
            error(format!("$argon2id$v=19$m=4294967295,t=1,p=1${salt}${out}")),
            HashError::TooCostly(_)
        ));
        assert!(matches!(
            error(format!("$argon2id$v=19$m=64,t=4000000000,p=1${salt}${out}")),
            HashError::TooCostly(_)
        ));
    }
}
