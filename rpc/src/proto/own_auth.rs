//! Who this process is, for those who say so by AUTH_SYS.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::{
    process::{getegid, geteuid, getgroups},
    system::uname,
};

use super::{
    AuthSysParms, Credentials,
    auth::{MAX_GIDS, MAX_MACHINE_NAME},
};

impl AuthSysParms {
    /// The effective user and group of this process, the first 16 of its further groups, the machine's name, and the
    /// time in seconds as the stamp: what C's `authunix_create_default` makes. A server takes all of it on trust.
    ///
    /// ```
    /// use sunrpc::{client::Client, proto::AuthSysParms};
    ///
    /// let builder = Client::builder().credentials(AuthSysParms::of_this_process().into());
    /// ```
    #[must_use]
    pub fn of_this_process() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let name = uname().nodename().to_string_lossy().into_owned();
        let gids = getgroups().unwrap_or_default();
        Self {
            stamp: u32::try_from(now & u64::from(u32::MAX)).unwrap_or_default(),
            machine_name: cut(name, MAX_MACHINE_NAME as usize),
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
            gids: gids.into_iter().take(MAX_GIDS as usize).map(|gid| gid.as_raw()).collect(),
        }
    }
}

impl From<AuthSysParms> for Credentials {
    fn from(parms: AuthSysParms) -> Self {
        Self::Sys(parms)
    }
}

/// As much of `name` as fits, in whole characters.
fn cut(mut name: String, most: usize) -> String {
    while name.len() > most {
        name.pop();
    }
    name
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{AuthSysParms, Credentials, cut};

    /// What a program of the system says.
    fn said(program: &str, option: &str) -> String {
        let output = Command::new(program).arg(option).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[test]
    fn is_what_the_system_says() {
        let me = AuthSysParms::of_this_process();
        assert_eq!(me.machine_name, said("uname", "-n"));
        assert_eq!((me.uid.to_string(), me.gid.to_string()), (said("id", "-u"), said("id", "-g")));
        let groups = said("id", "-G");
        assert!(me.gids.iter().all(|gid| groups.split(' ').any(|group| group == gid.to_string())));
        assert!(Credentials::from(me).to_bytes().is_ok());
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(cut("a".repeat(300), 255).len(), 255);
        assert_eq!(cut(format!("{}é", "a".repeat(254)), 255), "a".repeat(254));
    }
}
