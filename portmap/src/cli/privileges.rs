//! What the process may do, and how much it may use.

use std::io;

use nix::{
    errno::Errno,
    unistd::{User, setgid, setgroups, setuid},
};
use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::set_no_new_privs,
};

/// Descriptors besides those of connections.
const OTHERS: u64 = 64;

/// Becomes `name` for good: its user, its group and no other group. Without root's user number the kernel keeps no
/// capability, and no program that is started can bring any back.
pub(super) fn become_user(name: &str) -> io::Result<()> {
    let failed = |what: &str, error: io::Error| {
        io::Error::new(error.kind(), format!("cannot {what} (--user {name}): {error}"))
    };
    let user = User::from_name(name)
        .map_err(|error| failed("look the user up", error.into()))?
        .ok_or_else(|| io::Error::other(format!("there is no user {name} (--user)")))?;
    setgroups(&[]).map_err(|error| match error {
        Errno::EPERM => io::Error::other(format!(
            "only root can become {name}: start as root, or without --user"
        )),
        error => failed("leave all groups", error.into()),
    })?;
    setgid(user.gid).map_err(|error| failed("change the group", error.into()))?;
    setuid(user.uid).map_err(|error| failed("change the user", error.into()))?;
    set_no_new_privs(true).map_err(|error| failed("renounce new privileges", error.into()))?;
    if !user.uid.is_root() && setuid(nix::unistd::Uid::from_raw(0)).is_ok() {
        return Err(io::Error::other(format!("--user {name}: the privileges came back")));
    }
    tracing::info!(user = name, uid = user.uid.as_raw(), "privileges given up");
    Ok(())
}

/// Lets the process have a descriptor for each connection, as far as the system permits.
pub(super) fn raise_descriptor_limit(connections: usize) {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let possible = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    if current.is_none_or(|current| current >= possible) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), maximum }) {
        tracing::warn!(%error, "cannot raise the limit of descriptors; fewer connections are possible");
    }
}
