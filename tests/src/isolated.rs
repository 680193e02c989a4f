//! A network of a test's own: port 111 is free in it, only loopback is there, and `/run` is empty.
//!
//! The test runs itself again, alone, in namespaces of its own; so all that it starts is in them too, and dies with
//! it.

use std::{any::type_name, env, process::Command, sync::OnceLock};

use crate::{
    needs::{Need, have},
    process::{command, run},
};

/// Set where a test runs in its namespaces.
const INSIDE: &str = "SUNRPC_TEST_INSIDE";

/// Runs `test` (a closure written in the test function) in a network of its own, where `needs` are met.
///
/// ```no_run
/// # use sunrpc_tests::{isolated::isolated, needs::RPCINFO};
/// #[test]
/// fn port_111_is_free() {
///     isolated(&[RPCINFO], || drop(std::net::TcpListener::bind("127.0.0.1:111").unwrap()));
/// }
/// ```
///
/// # Panics
///
/// The test fails, or does not run at all.
pub fn isolated<T: FnOnce()>(needs: &[Need], test: T) {
    let name = test_name::<T>();
    if is_inside() {
        prepare();
        return test();
    }
    let needs: Vec<Need> = needs.iter().copied().chain([Need::Network]).collect();
    if !have(name, &needs) {
        return;
    }
    let this = env::current_exe().expect("this program");
    let inner = run(unshare()
        .arg(this)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .env("RUST_BACKTRACE", "0"));
    assert!(inner.status.success(), "in its own network:\n{inner}");
    assert!(inner.stdout.contains("1 passed"), "{name} did not run:\n{inner}");
}

/// Whether this process runs in namespaces of its own.
pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Why there can be no network of a test's own; `None` where there can.
pub(crate) fn impossible() -> Option<String> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    WHY.get_or_init(|| {
        if crate::needs::find("unshare").is_none() || crate::needs::find("ip").is_none() {
            return Some("packages util-linux and iproute2".to_owned());
        }
        let tried = run(unshare().args(["sh", "-c", SETUP]));
        (!tried.status.success()).then(|| tried.stderr.trim().to_owned())
    })
    .clone()
}

/// Loopback up, nothing in `/run`: no `rpcbind.sock` of the machine's own.
const SETUP: &str = "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && mount -t tmpfs none /run";

fn prepare() {
    let _ = run(command("sh").args(["-c", SETUP])).ok();
}

/// `unshare` with a network, mounts and process ids of its own. Whoever is not root becomes it in there.
fn unshare() -> Command {
    let mut unshare = command("unshare");
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| {
        use std::os::unix::fs::MetadataExt as _;
        me.uid() == 0
    });
    if !is_root {
        unshare.arg("--map-root-user");
    }
    unshare.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
    unshare
}

/// The name of the test in which the closure `T` stands, as the harness knows it.
fn test_name<T>() -> &'static str {
    let path = type_name::<T>();
    let path = path.split("::{{closure}}").next().unwrap_or(path);
    path.split_once("::").map_or(path, |(_, name)| name)
}
